"""The fields that plugins add to Query and Mutation: checked for their permission, and for who has the plugin.

A plugin's API becomes one field of Query, named after its namespace, and flat mutations that begin with it. Names that
are taken never get here: `distro_core.plugins.graphql_registry` refuses them.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry
from pydantic import BaseModel, ValidationError
from strawberry import UNSET

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Access, Info, PluginDemand, mutation, query
from distro_api.graphql.plugin_extensions import extension_mutations, plain_input
from distro_api.graphql.plugin_types import PluginTypes
from distro_core.identity.permissions import Permission
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.graphql import GraphQLApi, GraphQLField, capitalised


def plugin_roots(api: GraphQLApi, types: PluginTypes) -> tuple[type | None, type | None]:
    """What a plugin's API adds to Query and to Mutation."""
    queries = {api.namespace: _namespace(api, types)} if api.queries else {}
    mutations = {api.mutation_name(field): _mutation(api, types, field) for field in api.mutations}
    mutations |= extension_mutations(api, types)
    return (
        _root(f"{api.prefix}QueryRoot", queries) if queries else None,
        _root(f"{api.prefix}MutationRoot", mutations) if mutations else None,
    )


def _namespace(api: GraphQLApi, types: PluginTypes) -> Any:
    fields = {field.name: _query(api, types, field) for field in api.queries}
    shown = _root(f"{api.prefix}Query", fields, description=api.description)

    async def enter(info: Info) -> object:
        (await info.context.scope()).plugins.check_graphql(api.namespace)
        return object()

    declare = query(
        Access.SIGNED_IN,
        f"{api.description} Refused with PLUGIN_NOT_ENABLED to tenants that have not switched the plugin on.",
        returns=shown | None,
        name=api.namespace,
    )
    return declare(enter)


def _query(api: GraphQLApi, types: PluginTypes, field: GraphQLField) -> Any:
    arguments = types.arguments(field.arguments) if field.arguments else {}

    async def resolve(info: Info, **given: Any) -> Any:
        return await _answer(info, api, field, given)

    _sign(resolve, arguments)
    returns = types.output(field.returns)
    return query(_requirement(api, field), field.description, returns=returns, name=field.name)(resolve)


def _mutation(api: GraphQLApi, types: PluginTypes, field: GraphQLField) -> Any:
    name = api.mutation_name(field)
    returned = types.output(field.returns)
    payload = strawberry.type(
        type(
            f"{capitalised(name)}Payload",
            (Payload,),
            {
                "__annotations__": {"result": returned | None},
                "result": strawberry.field(default=None, description="What it answers; null where it was refused."),
            },
        ),
        description=f"What {name} answers.",
    )
    given = types.input(field.arguments, f"{capitalised(name)}Input") if field.arguments else None

    async def resolve(info: Info, **arguments: Any) -> Any:
        input_fields = plain_input(arguments["input"]) if given is not None else {}
        return payload(result=await _answer(info, api, field, input_fields))

    _sign(resolve, {"input": (given, "What is to be done.", UNSET)} if given is not None else {})
    return mutation(_requirement(api, field), payload, field.description)(resolve)


def _requirement(api: GraphQLApi, field: GraphQLField) -> Permission | PluginDemand:
    """What a field demands: a permission of the platform, else one that the plugin itself declares."""
    if field.permission in set(Permission):
        return Permission(field.permission)
    return PluginDemand(field.permission, api.namespace)


async def _answer(info: Info, api: GraphQLApi, field: GraphQLField, given: Mapping[str, Any]) -> Any:
    arguments = None if field.arguments is None else _checked(field.arguments, given)
    return await (await info.context.scope()).plugins.answer(api.namespace, field, arguments)


def _checked(model: type[BaseModel], given: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate({name: value for name, value in given.items() if value is not UNSET})
    except ValidationError as error:
        raise DomainErrors(
            [DomainError("PLUGIN_INPUT_INVALID", fault["msg"], tuple(fault["loc"])) for fault in error.errors()]
        ) from error


def _sign(resolver: Any, arguments: Mapping[str, tuple[Any, str, Any]]) -> None:
    """Give a resolver the signature by which Strawberry learns of its arguments."""
    parameters = [inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info)]
    for name, (type_, description, default) in arguments.items():
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=Annotated[type_, strawberry.argument(description=description)],
                default=inspect.Parameter.empty if default is UNSET else default,
            )
        )
    resolver.__signature__ = inspect.Signature(parameters)
    resolver.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}


def _root(name: str, fields: Mapping[str, Any], *, description: str | None = None) -> Any:
    return strawberry.type(type(name, (), dict(fields)), name=name, description=description)
