"""CueSheetList: what is heard in a long-form video (RP 1.4, 4.8(9))."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import Element, SubElement, _Element

from distro_plugins.ern382.context import Context
from distro_plugins.ern382.elements import add_party
from distro_sdk.ern.elements import add, add_flag, add_line, duration
from distro_sdk.models.catalogue import ArtistRole
from distro_sdk.models.planned_resources import PlannedParty, PlannedVideo
from distro_sdk.models.structure import Cue


def cue_sheet_reference(video: PlannedVideo) -> str:
    """The anchor of a video's cue sheet, `Q…`."""
    return f"Q{video.reference[1:]}"


def cue_sheet_elements(context: Context) -> Iterator[_Element]:
    """The cue sheet of each video that has cues."""
    for video in context.plan.videos:
        if not video.cues:
            continue
        sheet = Element("CueSheet")
        add(sheet, "CueSheetReference", cue_sheet_reference(video))
        add(sheet, "CueSheetType", "StandardCueSheet")
        for cue in video.cues:
            _add_cue(sheet, cue, video, context)
        yield sheet


def _add_cue(sheet: _Element, cue: Cue, video: PlannedVideo, context: Context) -> None:
    """A recording in the video; without lines of its own, those of the video cover it (4.8(9e3) and (9e6))."""
    entry = SubElement(sheet, "Cue")
    identity = SubElement(entry, "ReferencedCreationId")
    if cue.iswc:
        add(identity, "ISWC", cue.iswc)
    if cue.isrc:
        add(identity, "ISRC", cue.isrc)
    for kind in ("FormalTitle", "DisplayTitle"):
        add(SubElement(entry, "ReferencedCreationTitle", {"TitleType": kind}), "TitleText", cue.title)
    for number, (party, role) in enumerate(_performers(cue, video, context), start=1):
        contributor = SubElement(entry, "ReferencedCreationContributor", {"SequenceNumber": str(number)})
        add_party(contributor, party)
        add(contributor, "ResourceContributorRole", role)
    add_flag(entry, "HasMusicalContent", value=True)
    add(entry, "StartTime", duration(cue.start_time))
    add(entry, "Duration", duration(cue.duration))
    if p_line := cue.p_line or video.p_line or context.plan.release.p_line:
        add_line(entry, "PLine", p_line)
    if c_line := cue.c_line or video.c_line or context.plan.release.c_line:
        add_line(entry, "CLine", c_line)


def _performers(cue: Cue, video: PlannedVideo, context: Context) -> Iterator[tuple[PlannedParty, ArtistRole]]:
    """Who is heard: the party of the message of that name, else the name alone; without one, the artists shown."""
    if cue.display_artist:
        named = next((party for party in context.plan.parties if party.name == cue.display_artist), None)
        yield named or PlannedParty(reference="", name=cue.display_artist), ArtistRole.MAIN_ARTIST
        return
    shown = {artist.party_reference: artist for artist in reversed(video.artists)}
    for artist in reversed(shown.values()):
        yield context.parties[artist.party_reference], artist.role
