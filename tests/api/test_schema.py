"""The schema as a whole: documented, bounded, guarded, and the same as the copy in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)

from distro_api import schema as schema_module
from distro_api.graphql.node import NODE_KINDS
from distro_api.schema import main, render_schema
from distro_core.identity.permissions import Permission
from tests.api.operations import SCHEMA, operations

OURS = {name: type_ for name, type_ in SCHEMA.type_map.items() if not name.startswith("__")}
PERMISSION_LINE = re.compile(r"Permission: (`(?P<name>[a-z_]+:[a-z]+)`|none[^.]*)\.$")

NO_PAGES = {"MetadataConnection"}
"""Types whose name ends like a page's and that are none: the second connection of a target."""

TOLD_ONCE = {"ApiKeyCreatePayload.key", "TargetWebhookCreatePayload.secret", "TargetWebhookCreatePayload.url"}
"""Secrets that we make ourselves: told once, by the answer to what makes them, and never again."""


def described_things() -> Iterator[tuple[str, Any]]:
    for name, type_ in OURS.items():
        if name in {"Query", "Mutation", "Subscription"} or isinstance(type_, GraphQLEnumType):
            yield name, type_
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield name, type_
            for field_name, field in type_.fields.items():
                yield f"{name}.{field_name}", field
                for argument_name, argument in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}({argument_name})", argument


@pytest.mark.proves("API-37", "API-42")
def test_everything_is_described() -> None:
    roots = {"Query", "Mutation", "Subscription"}
    undescribed = [name for name, thing in described_things() if not thing.description and name not in roots]

    assert undescribed == []


def test_the_copy_in_the_repository_is_up_to_date() -> None:
    copy = Path(__file__).parents[2] / "schema.graphql"

    assert copy.read_text("utf-8") == render_schema(), "run: make schema"


def test_a_stale_copy_is_noticed_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_every_operation_names_its_permission() -> None:
    named = {each.key: PERMISSION_LINE.search(each.field.description or "") for each in operations()}

    assert [key for key, match in named.items() if match is None] == []
    permissions = {match["name"] for match in named.values() if match and match["name"]}
    assert permissions == {permission.value for permission in Permission}


def test_an_operation_without_a_permission_is_refused() -> None:
    @strawberry.type
    class Careless:
        everything: str = strawberry.field(description="Forgot to say what it needs.")

    with pytest.raises(TypeError, match=r"Query\.everything does not say which permission it needs"):
        schema_module._merge("Query", [Careless])


def test_an_operation_cannot_replace_another() -> None:
    queries = schema_module.QUERIES[0]

    with pytest.raises(TypeError, match="is declared twice"):
        schema_module._merge("Query", [queries, queries])


def test_mutations_take_one_input_and_answer_with_their_own_payload() -> None:
    mutations = [each for each in operations() if each.kind == "mutation"]

    for each in mutations:
        title = f"{each.name[0].upper()}{each.name[1:]}"
        assert {name: str(argument.type) for name, argument in each.field.args.items()} == {"input": f"{title}Input!"}
        assert str(each.field.type) == f"{title}Payload!"
        payload = get_named_type(each.field.type)
        assert isinstance(payload, GraphQLObjectType)
        assert "Payload" in {interface.name for interface in payload.interfaces}
        assert all(
            name == "errors" or not isinstance(field.type, GraphQLNonNull) or field.type.of_type.name == "Boolean"
            if not str(field.type).startswith("[")
            else True
            for name, field in payload.fields.items()
        )


def is_page(type_: Any) -> bool:
    """Whether a type is a page of a list, as Relay's connections are."""
    return "pageInfo" in getattr(type_, "fields", {})


def test_lists_that_grow_come_in_pages() -> None:
    for each in operations():
        named = get_named_type(each.field.type)
        if is_page(named):
            assert {"first", "after"} <= each.field.args.keys(), each.key
        for name, nested in getattr(named, "fields", {}).items():
            if is_page(get_named_type(nested.type)):
                assert {"first", "after"} <= nested.args.keys(), f"{named.name}.{name}"
    assert {name for name, type_ in OURS.items() if name.endswith("Connection") and not is_page(type_)} == NO_PAGES


def test_no_type_has_a_field_for_a_secret() -> None:
    suspicious = re.compile(r"password|secret(?!s$)|sealed|hash$|privateKey|refreshToken|objectKey", re.IGNORECASE)
    found = {
        f"{name}.{field}"
        for name, type_ in OURS.items()
        if isinstance(type_, GraphQLObjectType)
        for field in type_.fields
        if suspicious.search(field)
    }

    assert found == {"Session.refreshToken", "TargetWebhookCreatePayload.secret"}


@pytest.mark.parametrize("name", sorted(TOLD_ONCE))
def test_a_secret_that_is_told_says_that_it_is_told_once(name: str) -> None:
    type_, field = name.split(".")

    payload = OURS[type_]
    assert isinstance(payload, GraphQLObjectType)
    assert "This is the only time that it is told" in (payload.fields[field].description or "")
    assert type_.endswith("CreatePayload")


def test_node_finds_everything_that_has_a_global_id() -> None:
    node = OURS["Node"]
    assert isinstance(node, GraphQLInterfaceType)

    assert {type_.name for type_ in SCHEMA.get_possible_types(node)} == NODE_KINDS.keys()
