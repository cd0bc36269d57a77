"""Writes a plan in ERN 3.8.2. Every decision that other versions share was made in the plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from distro_plugins.ern382.business_profiles import business_profile_id
from distro_plugins.ern382.context import Context
from distro_plugins.ern382.cues import add_cue_sheet_list
from distro_plugins.ern382.deals import add_deal_list
from distro_plugins.ern382.header import NAMESPACE, serialise, start_message
from distro_plugins.ern382.other_messages import find_list_refusals, write_catalog_list, write_purge
from distro_plugins.ern382.profiles import profile_id
from distro_plugins.ern382.refusals import find_refusals
from distro_plugins.ern382.releases import add_release_list
from distro_plugins.ern382.resources import add_resource_list
from distro_plugins.ern382.settings import Ern382Settings
from distro_sdk.ern.elements import add
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.base import Model
from distro_sdk.models.message import (
    CatalogListPlan,
    MessagePlan,
    MessageSubtype,
    MessageType,
    ProfileVariant,
    ReleaseProfile,
    TakedownForm,
)
from distro_sdk.xml import find_illegal_texts


class Ern382Builder:
    """Builds ERN 3.8.2: new releases of every profile, purges, lists of a catalogue (rows ERN-03, MSG-05, MSG-06)."""

    format = "ern/3.8.2"
    schema = "ern/3.8.2"
    namespace = NAMESPACE
    profiles = frozenset(ReleaseProfile)
    variants = frozenset(ProfileVariant)
    takedown_forms = frozenset(TakedownForm)
    supports_immersive_audio = False
    file_name: str | None = None
    configuration: type[BaseModel] = Ern382Settings
    grammar: Path | None = Path(__file__).with_name("grammar.rng")

    def build(self, plan: MessagePlan) -> bytes:
        """The message as UTF-8 XML; raises `DomainErrors` with what ERN 3.8.2 cannot say."""
        if plan.type is MessageType.PURGE_RELEASE:
            return _written(plan, lambda: write_purge(plan))
        if plan.type is MessageType.CATALOG_LIST:
            text = "a list of a catalogue is no message about one release"
            raise DomainErrors([DomainError("MESSAGE_TYPE_UNSUPPORTED", text, ("type",))])
        context = Context.of(plan)
        if refusals := list(find_refusals(context)):
            raise DomainErrors(refusals)
        return _written(plan, lambda: _new_release(context))

    def build_catalog_list(self, plan: CatalogListPlan) -> bytes:
        """The list as UTF-8 XML; raises `DomainErrors` for a release without a date."""
        if refusals := list(find_list_refusals(plan)):
            raise DomainErrors(refusals)
        return _written(plan, lambda: write_catalog_list(plan))


def _new_release(context: Context) -> bytes:
    plan = context.plan
    profiles = {"ReleaseProfileVersionId": profile_id(context.profile, context.settings)}
    if business := business_profile_id(plan, context.settings):
        profiles["BusinessProfileVersionId"] = business
    root = start_message(MessageType.NEW_RELEASE, plan, profiles)
    if plan.options.update_indicator:
        first = plan.subtype is MessageSubtype.INITIAL
        add(root, "UpdateIndicator", "OriginalMessage" if first else "UpdateMessage")
    add_cue_sheet_list(root, context)
    add_resource_list(root, context)
    add_release_list(root, context)
    add_deal_list(root, context)
    return serialise(root)


def _written(plan: Model, write: Callable[[], bytes]) -> bytes:
    try:
        return write()
    except ValueError as error:
        # lxml refuses characters that XML cannot carry; where they stand is worth a search only then.
        unwritable = DomainError("MESSAGE_UNWRITABLE", f"the message cannot be written: {error}")
        raise DomainErrors(list(find_illegal_texts(plan)) or [unwritable]) from error
