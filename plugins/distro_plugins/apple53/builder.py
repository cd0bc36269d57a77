"""Writes a plan as Apple's metadata.xml, music 5.3. Every decision was made in the plan or in the settings."""

from __future__ import annotations

from pathlib import Path

from lxml import etree
from lxml.etree import _Element
from pydantic import BaseModel, ValidationError

from distro_plugins.apple53.album import album_head, track_elements
from distro_plugins.apple53.elements import add, add_known
from distro_plugins.apple53.refusals import find_refusals
from distro_plugins.apple53.settings import AppleSettings, settings_of
from distro_plugins.apple53.stream import write_package
from distro_plugins.apple53.tables import FORMAT, KEY, NAMESPACE
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.message import MessagePlan, ProfileVariant, ReleaseProfile, TakedownForm
from distro_sdk.xml import find_illegal_texts


class AppleBuilder:
    """Builds Apple's metadata of audio releases; the same plan gives the same bytes (row APL-01)."""

    format = FORMAT
    schema = FORMAT
    namespace = NAMESPACE
    profiles = frozenset({ReleaseProfile.AUDIO, ReleaseProfile.SIMPLE_AUDIO_SINGLE})
    variants: frozenset[ProfileVariant] = frozenset()
    takedown_forms = frozenset({TakedownForm.NO_DEALS})
    supports_immersive_audio = True
    file_name: str | None = "metadata.xml"
    choreographies: frozenset[str] = frozenset({KEY})
    configuration: type[BaseModel] = AppleSettings
    grammar: Path | None = Path(__file__).with_name("grammar.rng")

    def build(self, plan: MessagePlan) -> bytes:
        """The metadata as UTF-8 XML; raises `DomainErrors` with everything that Apple's format cannot say."""
        try:
            settings = settings_of(plan)
        except ValidationError as error:
            raise DomainErrors(_setting_faults(error)) from error
        if refusals := list(find_refusals(plan, settings)):
            raise DomainErrors(refusals)
        try:
            return _write(plan, settings)
        except ValueError as error:
            # lxml refuses characters that XML cannot carry; where they stand is worth a search only then.
            raise DomainErrors(list(find_illegal_texts(plan)) or [_unwritable(error)]) from error


def _write(plan: MessagePlan, settings: AppleSettings) -> bytes:
    facts: _Element = etree.Element("package")
    add(facts, "language", plan.language)
    add(facts, "provider", settings.provider)
    add_known(facts, "team_id", settings.team_id)
    return write_package(facts, album_head(plan, settings), track_elements(plan, settings))


def _setting_faults(error: ValidationError) -> list[DomainError]:
    return [
        DomainError("APPLE_SETTING_INVALID", str(fault["msg"]), ("settings", *fault["loc"])) for fault in error.errors()
    ]


def _unwritable(error: ValueError) -> DomainError:
    return DomainError("MESSAGE_UNWRITABLE", f"the message cannot be written: {error}")
