"""What user interfaces show of plugins (row PLG-13)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from distro_api.graphql.fields import Access, Info, query
from distro_sdk import ui

strawberry.enum(ui.UIComponent, name="UiComponent", description="How a slot is drawn.", graphql_name_from="value")


@strawberry.type(description="A place in a user interface that a plugin fills.")
class UiSlot:
    """A place in a user interface."""

    key: str = strawberry.field(description="Tells it from all others.")
    slot: str = strawberry.field(description="The place, such as `track-editor`.")
    component: ui.UIComponent = strawberry.field(description="How it is drawn.")
    title: str = strawberry.field(description="Title, for people.")
    document: str = strawberry.field(description="The GraphQL operation behind it; `id` is what the place is about.")


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
