"""What the builders of ERN 4 write, and the official schemas that judge it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import etree

from distro_plugins.ern42 import Ern42Builder
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern432 import Ern432Builder
from distro_sdk.ern4.writing import Ern4Builder
from distro_sdk.models.message import MessagePlan, ProfileVariant, ReleaseProfile
from distro_sdk.xml import ParsedMessage, parse_message
from tests.unit.messages.official import script

BUILDERS: dict[str, Ern4Builder] = {
    builder.format: builder for builder in (Ern42Builder(), Ern43Builder(), Ern432Builder())
}
LATER = ("ern/4.3", "ern/4.3.2")
STATES: dict[str, tuple[str | None, ...]] = {
    "ern/4.2": (None, "avs-2020"),
    "ern/4.3": (None, "avs-2022"),
    "ern/4.3.2": (None,),
}
"""The states of the allowed values that are kept of each version, None for the newest."""

FAULTY_RULE = "Text, SheetMusic and Software must be bonus resources"
"""DDEX wrote this rule the wrong way round: it fires where the booklet is a bonus resource, as it must be."""

SHAPES: tuple[tuple[ReleaseProfile, tuple[ProfileVariant, ...]], ...] = (
    *((profile, ()) for profile in ReleaseProfile),
    (ReleaseProfile.AUDIO, (ProfileVariant.BOXED_SET,)),
    (ReleaseProfile.AUDIO, (ProfileVariant.CLASSICAL,)),
    (ReleaseProfile.AUDIO, (ProfileVariant.BOXED_SET, ProfileVariant.CLASSICAL)),
    (ReleaseProfile.VIDEO, (ProfileVariant.BOXED_SET,)),
    (ReleaseProfile.MIXED_MEDIA, (ProfileVariant.BOXED_SET,)),
    (ReleaseProfile.MIXED_MEDIA, (ProfileVariant.CLASSICAL,)),
)
"""Every profile with every variant that it may have."""


def written(format: str, plan: MessagePlan) -> ParsedMessage:
    """The message of a plan, read back."""
    return parse_message(BUILDERS[format].build(plan))


def root_of(format: str, plan: MessagePlan) -> etree._Element:
    """The root of the message of a plan."""
    return written(format, plan).root


def first(root: etree._Element, path: str) -> etree._Element:
    """The first element at a path, which there must be."""
    element = root.find(path)
    assert element is not None, path
    return element


def texts(root: etree._Element, path: str) -> list[str | None]:
    """The texts of all elements at a path."""
    return [element.text for element in root.findall(path)]


def tags(element: etree._Element) -> list[str]:
    """The names of an element's children, in order."""
    return [str(child.tag) for child in element]


def schema_faults(folder: Path, format: str, root: etree._Element) -> list[str]:
    """What the official schema says against a message, under any state of the allowed values."""
    faults = []
    for state in STATES[format]:
        schema = _schema(folder, format, state)
        if not schema.validate(root):
            faults += [f"{state or 'newest'}: {entry.message[:200]}" for entry in schema.error_log]
    return faults


def rule_sets(plan: MessagePlan) -> list[str]:
    """The files of DDEX's rules that judge the message of a plan."""
    return [plan.profile.value, *(f"{variant.value}Variant" for variant in plan.variants)]


@cache
def _schema(folder: Path, format: str, state: str | None) -> etree.XMLSchema:
    standard, _, version = format.partition("/")
    schema: etree.XMLSchema = script(folder / "ddex_xsd.py").load(standard, version, avs=state)
    return schema
