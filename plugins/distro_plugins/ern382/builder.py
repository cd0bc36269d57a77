"""Writes a plan in ERN 3.8.2. Every decision that other versions share was made in the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from lxml.etree import Element, _Element
from pydantic import BaseModel

from distro_plugins.ern382.business_profiles import business_profile_id
from distro_plugins.ern382.context import Context
from distro_plugins.ern382.cues import cue_sheet_elements
from distro_plugins.ern382.deals import deal_elements
from distro_plugins.ern382.header import NAMESPACE, header_element, root_attributes
from distro_plugins.ern382.other_messages import find_list_refusals, write_catalog_list, write_purge
from distro_plugins.ern382.profiles import profile_id
from distro_plugins.ern382.refusals import find_refusals
from distro_plugins.ern382.releases import release_elements
from distro_plugins.ern382.resources import resource_elements
from distro_plugins.ern382.settings import Ern382Settings
from distro_sdk.ern.stream import MessageStream
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
    message = MessageStream(
        name=MessageType.NEW_RELEASE,
        namespace=NAMESPACE,
        attributes=root_attributes(plan, profiles),
        head=_head(plan),
        lists=_lists(context),
    )
    return message.write()


def _head(plan: MessagePlan) -> Iterator[_Element]:
    yield header_element(plan)
    if plan.options.update_indicator:
        indicator = Element("UpdateIndicator")
        indicator.text = "OriginalMessage" if plan.subtype is MessageSubtype.INITIAL else "UpdateMessage"
        yield indicator


def _lists(context: Context) -> Iterator[tuple[str, Iterator[_Element]]]:
    """The lists of a NewReleaseMessage in the order of the schema; one without elements is not written."""
    yield "CueSheetList", cue_sheet_elements(context)
    yield "ResourceList", resource_elements(context)
    yield "ReleaseList", release_elements(context)
    yield "DealList", deal_elements(context)


def _written(plan: Model, write: Callable[[], bytes]) -> bytes:
    try:
        return write()
    except ValueError as error:
        # lxml refuses characters that XML cannot carry; where they stand is worth a search only then.
        unwritable = DomainError("MESSAGE_UNWRITABLE", f"the message cannot be written: {error}")
        raise DomainErrors(list(find_illegal_texts(plan)) or [unwritable]) from error
