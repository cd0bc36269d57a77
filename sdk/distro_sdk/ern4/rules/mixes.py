"""The release profile DjMix of ERN 4 (DDEX RP 2.1, rules 1477 to 1492)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.rules import Judged, Rule
from distro_sdk.ern4.rules.profiles import COVER, EDITIONS, usual_types
from distro_sdk.ern4.rules.tracks import BONUS
from distro_sdk.models.validation import Severity

MIX = "ResourceList/SoundRecording[not(@IsSupplemental='true')][Type='MusicalWorkSoundRecording']"
PART = "ResourceList/SoundRecording[@IsSupplemental='true'][Type='MusicalWorkSoundRecording']"
ITEMS = "ReleaseList/Release/ResourceGroup/descendant::ResourceGroupContentItem/ReleaseResourceReference/text()"
TIE = "RelatedResource[ResourceRelationshipType='HasContentFrom']"


def _grouped(message: Judged) -> Iterator[_Element]:
    grouped = set(message.texts(ITEMS))
    yield from (part for part in message.select(PART) if part.findtext("ResourceReference") in grouped)


def _ungrouped(message: Judged) -> Iterator[_Element]:
    grouped = set(message.texts(ITEMS))
    yield from (mix for mix in message.select(MIX) if mix.findtext("ResourceReference") not in grouped)


def _untied(message: Judged) -> Iterator[_Element]:
    tied = set(message.texts(f"{MIX}/{TIE}/ResourceRelatedResourceReference/text()"))
    yield from (part for part in message.select(PART) if part.findtext("ResourceReference") not in tied)


DJ_MIX: tuple[Rule, ...] = (
    usual_types("DjMix", "Playlist", "UserDefined"),
    Rule(
        "TRACK_RELEASE_FORBIDDEN",
        "ReleaseList/TrackRelease",
        "the profile has no track releases",
        "RP 2.1, 5.1.1(b)",
    ),
    Rule(
        "RECORDING_COUNT", f"/*[count({MIX}) != 1]", "there is not exactly one recording of a mix", "RP 2.1, 5.1.2(a)"
    ),
    Rule("MIX_PART_COUNT", f"/*[count({PART}) < 2]", "the mix has fewer than two parts", "RP 2.1, 5.1.2(b)"),
    Rule("MIX_NOT_GROUPED", _ungrouped, "the mix does not stand in the release's group", "RP 2.1, 5.4.4(1)"),
    Rule("MIX_PART_GROUPED", _grouped, "a part of the mix stands in the release's group", "RP 2.1, 5.4.4(2)"),
    Rule("MIX_PART_UNTIED", _untied, "the mix does not name this part as HasContentFrom", "RP 2.1, 5.4.4(4a)"),
    Rule(
        "MIX_PART_UNTIMED",
        f"{MIX}/{TIE}[not(Timing/StartPoint) or not(Timing/DurationUsed)]",
        "the mix does not say where a part begins and how long it lasts",
        "RP 2.1, 5.4.4(4b)",
    ),
    # DDEX's own samples identify the parts otherwise.
    Rule(
        "MIX_PART_ISRC_ABSENT",
        f"{PART}[not({EDITIONS}/ResourceId/ISRC[normalize-space()])]",
        "the part of the mix has no ISRC",
        "RP 2.1, 5.4.4(6)",
        severity=Severity.WARNING,
    ),
    *COVER,
    *BONUS,
)
