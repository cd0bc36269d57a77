"""CueSheetList: what is heard in a long video."""

from __future__ import annotations

from decimal import Decimal

from distro_plugins.ern382.reading.parties import InlineParties
from distro_plugins.ern382.reading.titles import read_titles
from distro_sdk.ern.reading.found import FoundCredits
from distro_sdk.ern.reading.lines import read_own_line
from distro_sdk.ern.reading.nodes import Node
from distro_sdk.ern.reading.values import read_seconds
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.structure import Cue


class CueSheets:
    """The cue sheets of a message by reference, read for the video that they belong to."""

    def __init__(self, root: Node, parties: InlineParties) -> None:
        self._parties = parties
        listed = root.child("CueSheetList")
        sheets = listed.children("CueSheet") if listed else []
        self._sheets = {sheet.need("CueSheetReference").value: sheet for sheet in sheets}

    def read(
        self, references: list[Node], told: FoundCredits, p_line: RightsLine | None, c_line: RightsLine | None
    ) -> tuple[Cue, ...]:
        """The cues of a video, with whose credits and lines those of its cues are compared."""
        found = []
        for holder in references:
            reference = holder.child("VideoCueSheetReference") or holder
            sheet = self._sheets.get(reference.value)
            if sheet is None:
                reference.fault("REFERENCE_DANGLING", f"there is no cue sheet {reference.value}")
                continue
            sheet.children("CueSheetType")
            found += [self._cue(node, told, p_line, c_line) for node in sheet.children("Cue")]
        return tuple(cue for cue in found if cue is not None)

    def _cue(self, node: Node, told: FoundCredits, p_line: RightsLine | None, c_line: RightsLine | None) -> Cue | None:
        """A cue, where it says what is heard and when."""
        isrc, iswc = node.text("ReferencedCreationId", "ISRC"), node.text("ReferencedCreationId", "ISWC")
        title = read_titles(None, node.children("ReferencedCreationTitle"))[0].title
        start, length = node.parsed(read_seconds, "StartTime"), _length(node)
        if not (isrc or iswc) or title is None or start is None or length is None or length <= 0:
            node.leave()
            return None
        node.children("CueUseType", "HasMusicalContent")
        return node.build(
            Cue,
            title=title,
            start_time=start,
            duration=length,
            isrc=isrc,
            iswc=iswc,
            display_artist=self._performer(node, told),
            p_line=read_own_line(node, "PLine", p_line),
            c_line=read_own_line(node, "CLine", c_line),
        )

    def _performer(self, node: Node, told: FoundCredits) -> str | None:
        """Who is heard; None where it is who is shown on the video."""
        ids = []
        for entry in node.children("ReferencedCreationContributor"):
            entry.children("ResourceContributorRole")
            ids.append(self._parties.add(entry))
        names = ", ".join(self._parties.registry.name(party_id) for party_id in ids if party_id)
        artists = list(dict.fromkeys(artist.party_id for artist in told.artists))
        return None if ids == artists or names == told.display_artist else names or None


def _length(node: Node) -> Decimal | None:
    start, end = node.parsed(read_seconds, "StartTime"), node.parsed(read_seconds, "EndTime")
    told = node.parsed(read_seconds, "Duration")
    return end - start if not told and start is not None and end is not None else told
