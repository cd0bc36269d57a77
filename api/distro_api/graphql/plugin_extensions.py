"""The fields that plugins add to releases and tracks, in the schema: read in their places, set by mutations.

Types of the platform are shared by all schemas, so a field is added to the built schema, which belongs to one alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import strawberry
from graphql import GraphQLField as SchemaField
from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema
from strawberry import UNSET

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation
from distro_api.graphql.ids import local_id
from distro_api.graphql.plugin_types import PluginTypes
from distro_api.graphql.releases import Release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.extensions import ExtensionService
from distro_core.identity.permissions import Permission
from distro_core.plugins.extensions import read_values, shown_values
from distro_sdk.errors import DomainError
from distro_sdk.graphql import ExtendedModel, GraphQLApi, ModelExtension, capitalised


def extension_types(api: GraphQLApi, types: PluginTypes) -> Sequence[type]:
    """The types that a plugin's fields have in the schema."""
    return [types.output(extension.fields) for extension in api.extensions]


def extension_mutations(api: GraphQLApi, types: PluginTypes) -> Mapping[str, Any]:
    """By name, the mutations that set them."""
    return {api.setter_name(extension): _setter(api, types, extension) for extension in api.extensions}


def extend_models(schema: GraphQLSchema, api: GraphQLApi) -> None:
    """Add a plugin's fields to the releases and tracks of a schema that was just built."""
    for extension in api.extensions:
        model, shown = (
            schema.type_map[name] for name in (extension.model.value, api.type_name(extension.fields, is_input=False))
        )
        assert isinstance(model, GraphQLObjectType)
        assert isinstance(shown, GraphQLObjectType)
        description = (
            f"{extension.description} Null where nothing is set; refused with PLUGIN_NOT_ENABLED to tenants that have "
            "not switched the plugin on."
        )
        model.fields[api.namespace] = SchemaField(
            shown, resolve=partial(_resolve, api, extension), description=description
        )


async def _resolve(api: GraphQLApi, extension: ModelExtension, root: Any, info: GraphQLResolveInfo[Any]) -> Any:
    plugin = (await info.context.scope()).plugins.check_graphql(api.namespace)
    stored = root.extensions.get(plugin)
    return None if stored is None else shown_values(extension.fields, stored)


def _setter(api: GraphQLApi, types: PluginTypes, extension: ModelExtension) -> Any:
    name, noun = api.setter_name(extension), extension.model.value
    payload = _payload(name)
    given = _input(name, noun, types.input(extension.fields, api.type_name(extension.fields, is_input=True)))

    async def resolve(info: Info, input: Any) -> Any:
        scope = await info.context.scope()
        service = ExtensionService(scope, scope.plugins.check_graphql(api.namespace))
        id = local_id(noun, input.id, ("id",))
        values = _checked_values(extension, input.values)
        change = service.set_release if extension.model is ExtendedModel.RELEASE else service.set_track
        return payload(release=await change(id, values, input.revision))

    argument = Annotated[given, strawberry.argument(description="What is to be done.")]  # type: ignore[valid-type]
    resolve.__annotations__ = {"info": strawberry.Info, "input": argument}
    return mutation(Permission.CATALOGUE_WRITE, payload, extension.description)(resolve)


def _payload(name: str) -> Any:
    members: dict[str, Any] = {
        "__annotations__": {"release": ReleaseDocument | None},
        "release": strawberry.field(default=None, graphql_type=Release | None, description="The release as it now is."),
    }
    made = type(f"{capitalised(name)}Payload", (Payload,), members)
    return strawberry.type(made, description=f"What {name} answers.")


def _input(name: str, noun: str, values: Any) -> Any:
    members: dict[str, Any] = {
        "__annotations__": {"id": strawberry.ID, "values": values | None, "revision": int | None},
        "id": strawberry.field(description=f"Global id of the {noun.lower()}."),
        "values": strawberry.field(default=UNSET, description="All of the fields; null removes what is stored."),
        "revision": strawberry.field(
            default=None, description="The revision that was read; refuses the change if there is a newer one."
        ),
    }
    made = type(f"{capitalised(name)}Input", (), members)
    return strawberry.input(made, description=f"Fields of a {noun.lower()}.")


def _checked_values(extension: ModelExtension, given: Any) -> Mapping[str, Any] | None:
    if given is UNSET:
        raise DomainError("PLUGIN_INPUT_INVALID", "give the fields, or null to remove what is stored", ("values",))
    return None if given is None else read_values(extension.model, extension.fields, plain_input(given))


def plain_input(value: Any) -> Any:
    """An input as mappings and lists, without what was not given."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: plain_input(found)
            for field in dataclasses.fields(value)
            if (found := getattr(value, field.name)) is not UNSET
        }
    return [plain_input(each) for each in value] if isinstance(value, list) else value
