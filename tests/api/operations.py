"""Every operation of the schema, and documents that call one with any values that its types allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

from distro_api.graphql.ids import global_id
from distro_api.schema import build_schema
from distro_core.settings import Settings

SCHEMA = build_schema(Settings(_env_file=None))._schema
SCALARS: Mapping[str, Any] = {
    "Boolean": False,
    "Bytes": 1,
    "DateTime": "2030-01-01T00:00:00+00:00",
    "Decimal": "1",
    "Float": 1.0,
    "ID": global_id("Nothing", "none"),
    "Int": 1,
    "JSON": {},
    "String": "text",
}
"""A value of each scalar."""

Path = tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """A field of Query, Mutation or Subscription."""

    kind: str
    name: str
    field: GraphQLField

    @property
    def key(self) -> str:
        """Such as `mutation releaseCreate`."""
        return f"{self.kind} {self.name}"

    def id_paths(self) -> list[Path]:
        """Where the operation takes global ids, list places left out."""
        return [
            path
            for name, argument in self.field.args.items()
            for path in _id_paths(argument.type, (name,), frozenset())
        ]

    def request(self, values: Mapping[Path, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """A document that calls it, and its variables: what is required, and every path in `values`."""
        wanted = dict(values or {})
        variables = {
            name: _value(argument.type, (name,), wanted)
            for name, argument in self.field.args.items()
            if is_required_argument(argument) or any(path[0] == name for path in wanted)
        }
        declared = ", ".join(f"${name}: {self.field.args[name].type}" for name in variables)
        given = ", ".join(f"{name}: ${name}" for name in variables)
        call = f"{self.name}({given})" if given else self.name
        return f"{self.kind} Call{f'({declared})' if declared else ''} {{ {call} {self._selection()} }}", variables

    def _selection(self) -> str:
        if not is_composite_type(get_named_type(self.field.type)):
            return ""
        return "{ errors { code path } }" if self.kind == "mutation" else "{ __typename }"


def operations() -> list[Operation]:
    """Every operation of the schema."""
    roots = {"query": SCHEMA.query_type, "mutation": SCHEMA.mutation_type, "subscription": SCHEMA.subscription_type}
    return [
        Operation(kind, name, field)
        for kind, root in roots.items()
        if isinstance(root, GraphQLObjectType)
        for name, field in root.fields.items()
    ]


def operation(key: str) -> Operation:
    """The operation of that key."""
    return {each.key: each for each in operations()}[key]


def _bare(type_: GraphQLInputType) -> Any:
    while isinstance(type_, GraphQLNonNull | GraphQLList):
        type_ = type_.of_type
    return type_


def _is_list(type_: Any) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def _id_paths(type_: GraphQLInputType, path: Path, above: frozenset[str]) -> Iterator[Path]:
    bare = _bare(type_)
    if isinstance(bare, GraphQLInputObjectType):
        if bare.name not in above:
            for name, field in bare.fields.items():
                yield from _id_paths(field.type, (*path, name), above | {bare.name})
    elif bare.name == "ID":
        yield path


def _value(type_: Any, path: Path, wanted: Mapping[Path, Any]) -> Any:
    bare = _bare(type_)
    if path in wanted:
        single = wanted[path]
    elif isinstance(bare, GraphQLInputObjectType):
        single = {
            name: _value(field.type, (*path, name), wanted)
            for name, field in bare.fields.items()
            if (is_required_input_field(field) and field.default_value is Undefined)
            or any(other[: len(path) + 1] == (*path, name) for other in wanted)
        }
    elif isinstance(bare, GraphQLEnumType):
        single = next(iter(bare.values))
    else:
        single = SCALARS[bare.name]
    return [single] if _is_list(type_) and not isinstance(single, list) else single
