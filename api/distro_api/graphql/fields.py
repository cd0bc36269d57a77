"""How fields are declared: what they need, what they catch, and where their values come from.

Every field of Query, Mutation and Subscription is made by `query`, `mutation` or `subscription`, which name the
permission that it needs; `build_schema` refuses a field that is not. GraphQL types are views: their plain fields are
read by name from the document or model behind them, `derived` ones by a function.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from distro_api.graphql.context import RequestContext
from distro_api.graphql.errors import as_user_errors
from distro_api.graphql.streams import until
from distro_core.identity.permissions import Permission
from distro_sdk.errors import DomainError

Info: TypeAlias = strawberry.Info[RequestContext, None]
Resolver = Callable[..., Any]


class Access(StrEnum):
    """What a field needs that asks for no permission."""

    ANYBODY = "none: anybody may call this"
    SIGNED_IN = "none beyond being signed in"


@dataclass(frozen=True)
class PluginDemand:
    """The name of a permission that the plugin behind a namespace declares."""

    value: str
    namespace: str


Requirement = Permission | Access | PluginDemand


class Guard(FieldExtension):
    """Lets nobody through who has not got what the field needs."""

    def __init__(self, requirement: Requirement) -> None:
        self.requirement = requirement

    def check(self, context: RequestContext) -> None:
        """Raises UNAUTHENTICATED or FORBIDDEN."""
        if isinstance(self.requirement, Permission):
            context.caller.require(self.requirement)
        elif self.requirement is not Access.ANYBODY:
            _ = context.caller

    async def resolve_async(self, next_: Resolver, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """Check first, then do what the field does."""
        self.check(info.context)
        if isinstance(self.requirement, PluginDemand):
            # What the tenant's plugins declare is looked up each time: it goes when the plugin goes.
            plugins = (await info.context.scope()).plugins
            plugins.check_graphql(self.requirement.namespace)
            info.context.caller.require(self.requirement.value, plugins.permissions)
        result = next_(source, info, **kwargs)
        return await result if inspect.isawaitable(result) else result


class PayloadErrors(FieldExtension):
    """Puts the faults that a caller can mend into the payload, and forgets what was loaded before the change."""

    def __init__(self, payload: type) -> None:
        self._payload = payload

    async def resolve_async(self, next_: Resolver, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """The payload of the mutation, or one with errors only."""
        context: RequestContext = info.context
        try:
            return await next_(source, info, **kwargs)
        except DomainError as error:
            return self._payload(errors=as_user_errors(error, kwargs.get("input")))
        finally:
            context.renew()


class Live(FieldExtension):
    """Ends a subscription with the caller's token, session or permission, and loads everything anew for every event."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve_async(self, next_: Resolver, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """The stream of events, bounded."""
        context: RequestContext = info.context
        return self._watched(until(context.caller.expires_at, next_(source, info, **kwargs), context.now), context)

    async def _watched(self, events: AsyncGenerator[Any, None], context: RequestContext) -> AsyncGenerator[Any, None]:
        async with aclosing(events):
            async for event in events:
                await context.authenticate_again()
                self._guard.check(context)
                context.renew()
                yield event


def query(
    requirement: Requirement, description: str, *, returns: Any, name: str | None = None
) -> Callable[[Resolver], StrawberryField]:
    """A field of Query. `returns`: its GraphQL type; `name`: where it is not the function's."""
    return _field([Guard(requirement)], _described(description, requirement), returns, name)


def mutation(requirement: Requirement, payload: type, description: str) -> Callable[[Resolver], StrawberryField]:
    """A field of Mutation with one argument `input`, that answers with `payload`."""
    declare = _field([PayloadErrors(payload), Guard(requirement)], _described(description, requirement), payload)

    def decorate(resolver: Resolver) -> StrawberryField:
        field = declare(resolver)
        for argument in field.arguments:
            argument.description = "What is to be done."
        return field

    return decorate


def subscription(requirement: Permission, description: str, *, returns: Any) -> Callable[[Resolver], StrawberryField]:
    """A field of Subscription. `returns`: the GraphQL type of its events."""
    guard = Guard(requirement)

    def decorate(resolver: Resolver) -> StrawberryField:
        field: StrawberryField = strawberry.subscription(
            resolver,
            description=_described(description, requirement),
            extensions=[Live(guard), guard],
            graphql_type=returns,
        )
        return field

    return decorate


def loaded(resolver: Resolver, description: str) -> Any:
    """A field inside a type that needs the request; its GraphQL type is the annotation."""
    return strawberry.field(resolver=resolver, description=description)


def guarded(requirement: Permission, resolver: Resolver, description: str) -> Any:
    """A field inside a type that shows another noun, and so needs that noun's permission."""
    return strawberry.field(
        resolver=resolver, description=_described(description, requirement), extensions=[Guard(requirement)]
    )


def derived(read: Callable[[Any], Any], description: str) -> Any:
    """A field inside a type that is read from the model behind it by a function."""
    return DerivedField(description=description, metadata={"read": read})


class DerivedField(StrawberryField):
    """A field without arguments that costs no more than one that is read by name."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """What the function makes of the model."""
        return self.metadata["read"](source)


def _field(
    extensions: list[FieldExtension], description: str, returns: Any, name: str | None = None
) -> Callable[[Resolver], StrawberryField]:
    def decorate(resolver: Resolver) -> StrawberryField:
        field: StrawberryField = strawberry.field(
            resolver, name=name, description=description, extensions=extensions, graphql_type=returns
        )
        return field

    return decorate


def _described(description: str, requirement: Requirement) -> str:
    name = requirement.value if isinstance(requirement, Access) else f"`{requirement.value}`"
    return f"{description}\n\nPermission: {name}."
