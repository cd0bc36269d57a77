"""Which of DDEX's rule files judge a message, and which of their rules are left out because they misfire."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from distro_sdk.xml import ParsedMessage

ALWAYS: Final = frozenset(
    {
        # It has one check for details that stand there and one for details that do not: one of them always fires.
        "MultiProfile_TechnicalDetails",
        # Looks for the physical deal at a place where none can stand, so that it fires for every group of type Side.
        "MultiProfile_ResourceGroupTypeSide",
        # Written the wrong way round: fires for the booklet that is a bonus resource, as it must be.
        "MultiProfile_TextSheetMusicSoftwareMustBeBonus",
        # Compares with all names of the message instead of with the release's.
        "MultiProfile_DisplayArtistNameDuplicate",
    }
)
SINCE_EDITIONS: Final = frozenset(
    {
        # From ERN 4.3 on a trailer has the type of the film too, and is told by its format: the film is counted twice.
        "LongFormVideo_MustContainOneWorkVideo",
        "LongFormVideo_PrimaryResourceMustHaveCueSheetInfo",
    }
)
_FILE = re.compile(
    r"NewReleaseMessage_(?P<profile>BusinessProfile|ReleaseProfile_(?P<name>\w+))_(?P<version>[12]\d+)\.sch", re.ASCII
)
_OLD_PROFILE = re.compile(r"CommonReleaseTypes(Types)?/1[34]/(?P<name>\w+)", re.ASCII)

# The names of two profiles differ between ids and files.
_OLD_NAMES: Final = {"LongformMusicVideo": "LongformVideo", "TvSeries": "TVSeries"}


@dataclass(frozen=True)
class RuleFile:
    """A rule file with the patterns that are left out of it."""

    path: Path
    left_out: frozenset[str]


class RuleFolder:
    """The folder with DDEX's rule files, at any depth and under DDEX's names; raises ValueError where it has none."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[tuple[str, str], Path] = {}
        for path in sorted(folder.rglob("*.sch")):
            if match := _FILE.fullmatch(path.name):
                name = match["name"] or match["profile"]
                self._files[match["version"][0], name] = path  # later versions of the profiles come later
        if not self._files:
            raise ValueError(f"there are no Schematron files of DDEX in {folder}")

    def select(self, message: ParsedMessage, format: str) -> Sequence[RuleFile]:
        """The files that judge a message, none for a profile without rules."""
        major, left_out = format.removeprefix("ern/")[0], ALWAYS
        if format.startswith("ern/4.3"):
            left_out |= SINCE_EDITIONS
        generation, names = ("1", _old_names(message)) if major == "3" else ("2", _names(message))
        found = [self._files.get((generation, name)) for name in names]
        return [RuleFile(path, left_out) for path in found if path is not None]


def _names(message: ParsedMessage) -> list[str]:
    profile = message.root.get("ReleaseProfileVersionId", "")
    variants = message.root.get("ReleaseProfileVariantVersionId", "").split()
    return [profile, *(f"{variant}Variant" for variant in variants)]


def _old_names(message: ParsedMessage) -> list[str]:
    """The release profile of an ERN 3 message, and the business profile where it names one."""
    match = _OLD_PROFILE.fullmatch(message.root.get("ReleaseProfileVersionId") or "")
    names = []
    if match:
        name = _OLD_NAMES.get(match["name"], match["name"])
        names.append("AudioAlbumMusicOnly" if name == "AudioAlbum" and not _has_speech(message) else name)
    if message.root.get("BusinessProfileVersionId"):
        names.append("BusinessProfile")
    return names


def _has_speech(message: ParsedMessage) -> bool:
    types = message.root.iterfind("ResourceList/SoundRecording/SoundRecordingType")
    return any(kind.text == "NonMusicalWorkSoundRecording" for kind in types)
