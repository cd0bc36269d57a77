"""Focus, as MEAD 1.1 tells it of the recording."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_sdk.mead.dialect import Writing
from distro_sdk.mead.elements import add, add_named, add_period
from distro_sdk.models.planned_resources import PlannedRecording


def add_focus(information: _Element, recording: PlannedRecording, writing: Writing) -> None:
    """Focus: the default where it holds everywhere; for whom it is the focus, the artist of the release."""
    focus, plan = recording.focus, writing.plan
    if focus is None:
        return
    everywhere = not set(focus.territories) - {"Worldwide"}
    element = SubElement(information, "Focus", {"IsDefault": "true"} if everywhere else {})
    add_named(element, "DisplayArtistName", plan.release.display_artist)
    if focus.sequence is not None:
        add(element, "SequenceNumber", str(focus.sequence))
    if focus.period:
        add_period(element, "PeriodOfBeingFocus", focus.period)
    for territory in focus.territories:
        add(element, "TerritoryOfBeingFocusTrackDescription", territory)
    if focus.comment:
        add(element, "Comment", focus.comment, {"LanguageAndScriptCode": plan.language})
