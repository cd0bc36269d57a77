"""Rules of ERN 4 for profiles with track releases and bonus resources: Audio, Video and MixedMedia."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.ern4.rules.common import bonus_references, primary_references, resources
from distro_sdk.models.validation import Severity

TRACK_IDS = "ReleaseList/TrackRelease/ReleaseId/ProprietaryId"
TITLES = ("DisplayTitleText", "DisplayTitle", "AdditionalTitle", "FormalTitle", "GroupingTitle")


def _miscounted(message: Judged) -> Iterator[Hit]:
    told = Counter(message.texts("ReleaseList/TrackRelease/ReleaseResourceReference/text()"))
    wrong = {reference for reference in message.once(primary_references) if told[reference] != 1}
    for resource in resources(message, wrong):
        yield resource, str(told[resource.findtext("ResourceReference") or ""])


def _secondary(message: Judged) -> Iterator[_Element]:
    primary = message.once(primary_references)
    told = "ReleaseList/TrackRelease/ReleaseResourceReference"
    for reference in message.select(told) if not primary.issuperset(message.texts(f"{told}/text()")) else ():
        if reference.text not in primary:
            yield reference


def _repeated_titles(message: Judged) -> Iterator[_Element]:
    titles = message.select(" | ".join(f"ReleaseList/TrackRelease/{name}" for name in TITLES))
    holders = {title.getparent() for title in titles} - {None}
    tracks = {track.findtext("ReleaseResourceReference") or "": track for track in holders if track is not None}
    for resource in resources(message, set(tracks)):
        track = tracks[resource.findtext("ResourceReference") or ""]
        known = {(name, _content(title)) for name in TITLES for title in resource.findall(name)}
        for name in TITLES:
            yield from (title for title in track.findall(name) if (name, _content(title)) in known)


def _doubled_ids(message: Judged) -> Iterator[_Element]:
    ids = message.texts(f"{TRACK_IDS}/text()")
    if len(set(ids)) < len(ids):
        times = Counter(ids)
        yield from (element for element in message.select(TRACK_IDS) if times[element.text or ""] > 1)


def _unmarked(message: Judged) -> Iterator[_Element]:
    extras = message.select("ResourceList/Text | ResourceList/SheetMusic | ResourceList/Software")
    bonus = message.once(bonus_references) if extras else set()
    yield from (extra for extra in extras if extra.findtext("ResourceReference") not in bonus)


def _unidentified_bonus(message: Judged) -> Iterator[_Element]:
    for resource in resources(message, message.once(bonus_references)):
        ids = (identity.text or "" for identity in resource.iterfind(".//ResourceId/ProprietaryId"))
        if not any(text.strip() for text in ids):
            yield resource


def _content(element: _Element) -> str:
    return " ".join("".join(element.itertext()).split())


TRACKS: tuple[Rule, ...] = (
    Rule(
        "TRACK_RELEASE_COUNT",
        _miscounted,
        "the {name} has {detail} track releases instead of one",
        "RP 2.1, 5.1.1(b)",
    ),
    Rule(
        "TRACK_RELEASE_SECONDARY",
        _secondary,
        "the track release refers to {value}, which is no primary resource",
        "RP 2.1, 5.6(2)",
    ),
    Rule(
        "TITLE_REDUNDANT",
        _repeated_titles,
        "the track release repeats the {name} of its resource",
        "RP 2.1, 5.6(4)",
    ),
    Rule(
        "TRACK_RELEASE_ID_DOUBLED",
        _doubled_ids,
        "{value} identifies several track releases",
        "RP 2.3.1, 7.3",
        severity=Severity.WARNING,
    ),
)
BONUS: tuple[Rule, ...] = (
    # DDEX's own sample of MixedMedia does not mark its booklet, and its checker asks for the contrary of the clause.
    Rule(
        "BONUS_NOT_MARKED",
        _unmarked,
        "the {name} is not marked as a bonus resource",
        "RP 2.1, 5.1.2(c)",
        severity=Severity.WARNING,
    ),
    Rule("BONUS_ID_MISSING", _unidentified_bonus, "the bonus {name} has no ProprietaryId", "RP 2.1, 5.3.1.4(2b)"),
)
