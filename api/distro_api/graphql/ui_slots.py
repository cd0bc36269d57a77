"""What user interfaces show of plugins (row PLG-13)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    is_input_type,
    parse,
    type_from_ast,
    validate,
)
from strawberry.scalars import JSON

from distro_api.graphql.fields import Access, Info, loaded, query
from distro_api.graphql.input_schemas import input_schema
from distro_core.plugins.registry import Registries
from distro_sdk import ui
from distro_sdk.ui import UIComponent, UISlot

GIVEN = {"id", "input"}

strawberry.enum(ui.UIComponent, name="UiComponent", description="How a slot is drawn.", graphql_name_from="value")


class SlotError(ValueError):
    """A slot that an interface must not use, and why."""


async def _plugin(root: strawberry.Parent[UISlot], info: Info) -> strawberry.ID:
    return strawberry.ID(_registries(info).ui_slots.provider(root.key) or "")


async def _fault(root: strawberry.Parent[UISlot], info: Info) -> str | None:
    try:
        _checked(root, info.schema._schema, _registries(info))
    except SlotError as error:
        return str(error)
    return None


async def _input_schema(root: strawberry.Parent[UISlot], info: Info) -> JSON | None:
    schema = info.schema._schema
    try:
        operation = _checked(root, schema, _registries(info))
    except SlotError:
        return None
    for variable in operation.variable_definitions or ():
        given = type_from_ast(schema, variable.type)
        if variable.variable.name.value == "input" and is_input_type(given):
            return JSON(input_schema(given))
    return None


@strawberry.type(description="A place in a user interface that a plugin fills.")
class UiSlot:
    """A place in a user interface."""

    key: str = strawberry.field(description="Tells it from all others.")
    plugin: strawberry.ID = loaded(_plugin, "The plugin's own id.")
    slot: str = strawberry.field(description="The place, such as `track-editor`.")
    component: ui.UIComponent = strawberry.field(description="How it is drawn.")
    title: str = strawberry.field(description="Title, for people.")
    document: str = strawberry.field(description="The GraphQL operation behind it; `id` is what the place is about.")
    fault: str | None = loaded(
        _fault,
        "Why an interface should not run its document: it does not fit the API, a table or fields would change "
        "something, or a form would do more than call mutations of its own plugin. Null where it is sound.",
    )
    input_schema: JSON | None = loaded(
        _input_schema, "JSON Schema of the variable `input` of its document; null where it has none."
    )


@strawberry.type
class UiSlotQueries:
    """Fields of Query."""

    @query(Access.SIGNED_IN, "What your tenant's plugins show in user interfaces.", returns=list[UiSlot])
    @staticmethod
    async def ui_slots(
        info: Info,
        slot: Annotated[str | None, strawberry.argument(description="Only this place; null for all.")] = None,
    ) -> list[ui.UISlot]:
        """What plugins show."""
        return [one for one in (await info.context.scope()).plugins.ui_slots if slot in {None, one.slot}]


def _registries(info: Info) -> Registries:
    return info.context.state.platform.runtimes.current.registries


def _checked(slot: UISlot, schema: GraphQLSchema, registries: Registries) -> OperationDefinitionNode:
    """The operation of a slot; raises `SlotError` where it would do more than who opens a page has asked for."""
    operation = _operation(slot.document, schema)
    changes = slot.component is UIComponent.FORM
    if operation.operation is not (OperationType.MUTATION if changes else OperationType.QUERY):
        raise SlotError("a form needs a mutation" if changes else "what is shown needs a query")
    if strange := {each.variable.name.value for each in operation.variable_definitions or ()} - GIVEN:
        raise SlotError(f"nobody gives its variable {min(strange)}")
    if changes and (foreign := _roots(operation) - _mutations(slot, registries)):
        raise SlotError(f"{min(foreign)} is no mutation of its plugin")
    return operation


def _operation(document: str, schema: GraphQLSchema) -> OperationDefinitionNode:
    try:
        parsed = parse(document, no_location=True)
        if errors := validate(schema, parsed, max_errors=1):
            raise SlotError(f"it does not fit the API: {errors[0].message}")
    except GraphQLError as error:
        raise SlotError(f"it is not GraphQL: {error.message}") from error
    match parsed.definitions:
        case (OperationDefinitionNode() as operation,):
            return operation
    raise SlotError("it is not one operation without fragments")


def _roots(operation: OperationDefinitionNode) -> set[str]:
    """What is asked for at the root. An inline fragment there has no name: it is nobody's mutation."""
    found: list[Any] = list(operation.selection_set.selections)
    return {each.name.value if hasattr(each, "name") else "a fragment" for each in found}


def _mutations(slot: UISlot, registries: Registries) -> set[str]:
    plugin = registries.ui_slots.provider(slot.key)
    apis = registries.graphql.offered_by([plugin] if plugin else []).values()
    return {name for api in apis for name in api.mutation_names}
