"""CueSheetList: what is heard in a long video."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml.etree import Element, SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add, add_line, add_titles, duration
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_resources import PlannedParty, PlannedVideo
from distro_sdk.models.structure import Cue


def cue_sheet_references(plan: MessagePlan) -> Mapping[str, str]:
    """The anchor `Q…` of the cue sheet of each video that has one, by the reference of the video."""
    with_cues = [video.reference for video in plan.videos if video.cues]
    return {reference: f"Q{number}" for number, reference in enumerate(with_cues, start=1)}


def cue_parties(plan: MessagePlan) -> tuple[PlannedParty, ...]:
    """Artists of cues that are no parties of the message yet, `PCue…`."""
    known = {party.name for party in plan.parties}
    named = dict.fromkeys(cue.display_artist for video in plan.videos for cue in video.cues if cue.display_artist)
    return tuple(
        PlannedParty(reference=f"PCue{number}", name=name)
        for number, name in enumerate((name for name in named if name not in known), start=1)
    )


def cue_sheet_elements(writing: Writing) -> Iterator[_Element]:
    """A cue sheet for each video that has cues."""
    sheets = cue_sheet_references(writing.plan)
    parties = {party.name: party.reference for party in (*cue_parties(writing.plan), *writing.plan.parties)}
    for video in writing.plan.videos:
        if video.cues:
            sheet = Element("CueSheet")
            add(sheet, "CueSheetReference", sheets[video.reference])
            add(sheet, "CueSheetType", "StandardCueSheet")
            for cue in video.cues:
                _add_cue(sheet, cue, video, parties, video.p_line or writing.plan.release.p_line)
            yield sheet


def _add_cue(
    sheet: _Element, cue: Cue, video: PlannedVideo, parties: Mapping[str, str], p_line: RightsLine | None
) -> None:
    """A cue by who is shown on it, else by the artists of the video (RP 2.1, 5.4.3(4)).

    The schema wants either a recording or a work. `p_line`: of the video, which a recording without one falls back to.
    """
    element = SubElement(sheet, "Cue")
    if cue.isrc:
        add(SubElement(element, "ResourceId"), "ISRC", cue.isrc)
    elif cue.iswc:
        add(SubElement(element, "WorkId"), "ISWC", cue.iswc)
    add_titles(element, cue.title, None)
    for number, reference in enumerate(_performers(cue, video, parties), start=1):
        contributor = SubElement(element, "Contributor", {"SequenceNumber": str(number)})
        add(contributor, "ContributorPartyReference", reference)
    add(element, "HasMusicalContent", "true")
    line = cue.p_line or (p_line if cue.isrc else None)
    if line:
        add_line(element, "PLine", line)
    if cue.c_line:
        add_line(element, "CLine", cue.c_line)
    add(element, "StartTime", duration(cue.start_time))
    add(element, "Duration", duration(cue.duration))


def _performers(cue: Cue, video: PlannedVideo, parties: Mapping[str, str]) -> Iterator[str]:
    if cue.display_artist:
        yield parties[cue.display_artist]
    else:
        yield from dict.fromkeys(artist.party_reference for artist in video.artists)
