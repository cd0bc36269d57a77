"""Business rules beyond the schema of ERN 3.8.2: DDEX's release and business profiles 1.4, and our own.

`docs/business-rules.md` lists every rule with its code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from distro_plugins.ern382.rules.common import GENERAL, IDENTIFIERS, KINDS, TERRITORIES, VALUES
from distro_plugins.ern382.rules.deals import DEALS
from distro_plugins.ern382.rules.films import LONG_FORM_VIDEO
from distro_plugins.ern382.rules.profiles import (
    AUDIO_ALBUM,
    AUDIO_ALBUM_MUSIC_ONLY,
    AUDIO_BOOK,
    AUDIO_SINGLE,
    BOXED_SET,
    CLASSICAL,
    FILMS,
    MIXED_MEDIA,
    RINGTONE,
    SINGLE_RESOURCE,
    SINGLE_RESOURCE_WITH_COVER,
    VIDEO_ALBUM,
    VIDEO_SINGLE,
)
from distro_sdk.ern.header import HEADER
from distro_sdk.ern.identifiers import FORMS
from distro_sdk.ern.rules import Judged, Rule, RuleSet, needed_by
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage

PROFILES: Mapping[str, tuple[Rule, ...]] = {
    "AudioAlbum": AUDIO_ALBUM,
    "AudioAlbumMusicOnly": AUDIO_ALBUM_MUSIC_ONLY,
    "AudioBook": AUDIO_BOOK,
    "AudioSingle": AUDIO_SINGLE,
    "ClassicalAudioAlbum": CLASSICAL,
    "DigitalBoxedSet": BOXED_SET,
    "DigitalClassicalAudioAlbum": CLASSICAL,
    "FilmBundle": FILMS,
    "LongformMusicVideo": LONG_FORM_VIDEO,
    "MixedMediaBundle": MIXED_MEDIA,
    "Ringtone": RINGTONE,
    "SingleResourceRelease": SINGLE_RESOURCE,
    "SingleResourceReleaseWithCoverArt": SINGLE_RESOURCE_WITH_COVER,
    "TvSeries": FILMS,
    "VideoAlbum": VIDEO_ALBUM,
    "VideoSingle": VIDEO_SINGLE,
}
PROFILE_ID = re.compile(r"CommonReleaseTypes(?:Types)?/[0-9]+/(\w+)", re.ASCII)

PROFILE_UNJUDGED = Rule(
    "PROFILE_UNJUDGED",
    "/*",
    "the message names no release profile whose rules are known, so that only the general rules were applied",
    severity=Severity.WARNING,
)
PROFILE_ID_UNUSUAL = Rule(
    "PROFILE_ID_UNUSUAL",
    "/*[@ReleaseProfileVersionId][not(starts-with(@ReleaseProfileVersionId, 'CommonReleaseTypes/14/'))]",
    "the id of the release profile does not begin with CommonReleaseTypes/14/",
    "RP 1.4, 3.2",
    severity=Severity.WARNING,
)
MESSAGE_TYPE_UNJUDGED = Rule(
    "MESSAGE_TYPE_UNJUDGED", "/*", "a message of this type is judged by its schema alone", severity=Severity.WARNING
)
IDENTIFIED = (
    "ReleaseId[normalize-space(GRid) or normalize-space(ICPN) or normalize-space(ISRC)"
    " or normalize-space(ProprietaryId)]"
)
PURGE: tuple[Rule, ...] = (
    *HEADER,
    *IDENTIFIERS,
    *VALUES,
    Rule(
        "PURGED_ID_MISSING",
        f"/*[not(PurgedRelease/{IDENTIFIED})]",
        "the message does not identify the release to purge",
    ),
)
CATALOG_LIST: tuple[Rule, ...] = (
    *HEADER,
    *IDENTIFIERS,
    *VALUES,
    Rule(
        "CATALOG_ITEM_ID_MISSING",
        f"CatalogItem[not({IDENTIFIED})]",
        "the item does not identify its release",
    ),
    Rule(
        "CATALOG_ITEM_TITLE_MISSING",
        "CatalogItem[not(normalize-space(Title/TitleText))]",
        "the item has no title",
    ),
)
EVERY: tuple[Rule, ...] = tuple(
    dict.fromkeys(
        (
            PROFILE_UNJUDGED, PROFILE_ID_UNUSUAL, MESSAGE_TYPE_UNJUDGED, *GENERAL, *DEALS, *PURGE, *CATALOG_LIST,
            *(rule for rules in PROFILES.values() for rule in rules),
        )
    )
)  # fmt: skip
TAGS = (*(tag for kind in KINDS for tag in kind.tags), *FORMS, *TERRITORIES, *needed_by(EVERY))


class Ern382Rules:
    """Judges messages of ERN 3.8.2 in the business rules stage."""

    name = "ern/3.8.2 rules"
    stage = ValidationStage.BUSINESS_RULES
    only_reads = True
    formats = frozenset({"ern/3.8.2"})

    def __init__(self) -> None:
        general = (*GENERAL, *DEALS)
        self._unjudged = RuleSet((*general, PROFILE_UNJUDGED))
        self._profiles = {name: RuleSet((*general, PROFILE_ID_UNUSUAL, *rules)) for name, rules in PROFILES.items()}
        self._others = {"PurgeReleaseMessage": RuleSet(PURGE), "CatalogListMessage": RuleSet(CATALOG_LIST)}

    def validate(self, message: ParsedMessage) -> list[ValidationIssue]:
        """Every finding, in document order."""
        judged = Judged(message, TAGS)
        if judged.name in self._others:
            return self._others[judged.name].judge(judged)
        if judged.name != "NewReleaseMessage":
            return list(MESSAGE_TYPE_UNJUDGED.judge(judged))
        profile = PROFILE_ID.fullmatch(judged.profile)
        rules = self._profiles.get(profile[1]) if profile else None
        return (rules or self._unjudged).judge(judged)

    def rules(self) -> Iterable[Rule]:
        """Every rule of the version, for tables and tests."""
        return EVERY
