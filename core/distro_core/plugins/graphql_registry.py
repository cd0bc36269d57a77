"""What plugins add to the GraphQL schema, and which names they may not take.

`api_names.json` holds the names of the platform's own schema; it is written together with schema.graphql.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from distro_core.plugins.offers import Registry
from distro_core.store.collection import MAX_PAGE
from distro_sdk.errors import PluginError, SetupFailure
from distro_sdk.graphql import GraphQLApi, GraphQLField, ModelExtension, classes_in, opened
from distro_sdk.plugin import PluginContext

NAMES_FILE = "api_names.json"
NAME = re.compile(r"[a-z][A-Za-z0-9]{0,60}")
MOST_FIELDS = 100


@cache
def platform_names() -> frozenset[str]:
    """Every name of the platform's own schema: fields as ``Query.name``, types as they are."""
    return frozenset(json.loads((files(__package__) / NAMES_FILE).read_text("utf-8")))


class GraphQLRegistry(Registry[GraphQLApi]):
    """The APIs of plugins, by namespace. Two plugins share no name, and none has one of the platform's."""

    def __init__(self) -> None:
        super().__init__("GraphQL API", "namespace", GraphQLApi)

    def add(self, plugin: str, offered: GraphQLApi) -> None:
        """Take what a plugin offers; raises `PluginError` KEY_TAKEN for a name that is taken."""
        if not isinstance(offered, GraphQLApi):
            raise PluginError(plugin, f"its GraphQL API is {type(offered).__name__}, not GraphQLApi")
        if faults := list(_faults(offered)):
            raise PluginError(plugin, f"its GraphQL API: {'; '.join(faults[:5])}")
        if self.keys_of(plugin):
            raise PluginError(plugin, "it has more than one GraphQL API")
        if taken := offered.names & platform_names():
            message = f"its GraphQL name {min(taken)} is one of the platform's"
            raise PluginError(plugin, message, SetupFailure.KEY_TAKEN)
        for other in self._offers:
            if taken := offered.names & frozenset(self.keys_of(other)):
                message = f"its GraphQL name {min(taken)} is already provided by plugin {other}"
                raise PluginError(plugin, message, SetupFailure.KEY_TAKEN)
        super().add(plugin, offered)

    def keys_of(self, plugin: str) -> Sequence[str]:
        """Every name that a plugin has in the schema."""
        return sorted({name for api in self._offers.get(plugin, {}).values() for name in api.names})

    def empty(self) -> GraphQLRegistry:
        """A registry of this kind without anything."""
        return GraphQLRegistry()


def check_namespace(plugin: str, namespace: str | None, apis: Sequence[str]) -> None:
    """Compare what plugin.json says with what the plugin registers; raises `PluginError`."""
    found = next(iter(apis), None)
    if found != namespace:
        message = f"plugin.json names the GraphQL namespace {namespace}, its class registers {found}"
        raise PluginError(plugin, message)


async def checked_answer(field: GraphQLField, context: PluginContext, arguments: object) -> Any:
    """What a plugin answers to a field; raises `ValueError` for something else than it promises, or for too much."""
    answer = await field.resolve(context, arguments)
    try:
        answer = TypeAdapter(field.returns).validate_python(answer)
    except ValidationError as error:
        raise ValueError(f"what it answered to {field.name} is not what it promises") from error
    if isinstance(answer, list | tuple) and len(answer) > MAX_PAGE:
        raise ValueError(f"it answered {field.name} with more than {MAX_PAGE} entries")
    return answer


def _faults(api: GraphQLApi) -> Iterator[str]:
    fields = (*api.queries, *api.mutations)
    if not NAME.fullmatch(api.namespace):
        yield f"{api.namespace!r} is no name of a field"
    if not api.queries and not api.extensions:
        yield "it has no query"
    if len({extension.model for extension in api.extensions}) != len(api.extensions):
        yield "it extends a model twice"
    for extension in api.extensions:
        yield from _faults_of_extension(extension)
    if len(fields) > MOST_FIELDS:
        yield f"it has more than {MOST_FIELDS} fields"
    for kind in (api.queries, api.mutations):
        if len({field.name for field in kind}) != len(kind):
            yield "two of its fields have one name"
    for field in fields:
        yield from _faults_of(field)


def _faults_of_extension(extension: ModelExtension) -> Iterator[str]:
    name = f"its extension of {extension.model.value}"
    if not extension.description:
        yield f"{name} is not described"
    try:
        described = list(classes_in(extension.fields))
    except TypeError as error:
        yield f"{name}: {error}"
        return
    yield from _undescribed(described)
    for model in described:
        for field, told in getattr(model, "model_fields", {}).items():
            if _holds_dict(told.annotation):
                yield f"{name}: {model.__name__}.{field} is a dict"
            if model is extension.fields and told.is_required():
                yield f"{name}: {field} has no default"


def _holds_dict(annotation: Any) -> bool:
    bare, inner = opened(annotation)
    return bare is dict or any(map(_holds_dict, inner))


def _undescribed(described: Sequence[type]) -> Iterator[str]:
    for model in described:
        if not issubclass(model, BaseModel):
            continue
        if not model.model_fields:
            yield f"{model.__name__} has no field"
        for name, told in model.model_fields.items():
            if not told.description:
                yield f"{model.__name__}.{name} is not described"


def _faults_of(field: GraphQLField) -> Iterator[str]:
    if not NAME.fullmatch(field.name):
        yield f"{field.name!r} is no name of a field"
    if not field.description:
        yield f"{field.name} is not described"
    try:
        described = [*classes_in(field.returns), *(classes_in(field.arguments) if field.arguments else ())]
    except TypeError as error:
        yield f"{field.name}: {error}"
        return
    yield from _undescribed(described)
