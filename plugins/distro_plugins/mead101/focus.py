"""Tracks in focus, which MEAD 1.0.1 tells of the artist and not of the recording."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import Element, SubElement, _Element

from distro_sdk.mead.dialect import Writing
from distro_sdk.mead.elements import add, add_named, add_period
from distro_sdk.models.catalogue import ArtistRole
from distro_sdk.models.planned_enrichment import PlannedFocus
from distro_sdk.models.planned_resources import PlannedParty, PlannedRecording


def focuses(writing: Writing) -> tuple[str, Iterator[_Element]]:
    """The list of the main artists of the release with their tracks in focus, empty where there is none."""
    chosen = [recording for recording in writing.plan.recordings if recording.focus]
    parties = _main_artists(writing) if chosen else ()
    return "PartyInformationList", (_information(party, chosen, writing) for party in parties)


def _main_artists(writing: Writing) -> tuple[PlannedParty, ...]:
    """Who is shown first on the release; all artists where nobody is the main one."""
    artists = writing.plan.release.artists
    main = [artist for artist in artists if artist.role is ArtistRole.MAIN_ARTIST] or artists
    return tuple(writing.parties[reference] for reference in dict.fromkeys(artist.party_reference for artist in main))


def _information(party: PlannedParty, recordings: list[PlannedRecording], writing: Writing) -> _Element:
    information: _Element = Element("PartyInformation")
    writing.dialect.parties.add_party(information, "Party", party.name, party)
    for recording in recordings:
        if recording.focus:
            _add_focus(information, recording, recording.focus, writing)
    return information


def _add_focus(information: _Element, recording: PlannedRecording, focus: PlannedFocus, writing: Writing) -> None:
    """One for each territory, and the default where it holds everywhere."""
    narrow = [territory for territory in focus.territories if territory != "Worldwide"]
    plan = writing.plan
    for attributes in [{"ApplicableTerritoryCode": territory} for territory in narrow] or [{"IsDefault": "true"}]:
        element = SubElement(information, "FocusTrack", attributes)
        add(SubElement(element, "ResourceId"), "ISRC", recording.isrc)
        add_named(element, "DisplayArtistName", plan.release.display_artist)
        if focus.sequence is not None:
            add(element, "SequenceNumber", str(focus.sequence))
        if focus.period:
            add_period(element, "PeriodOfBeingFocusTrack", focus.period)
        if focus.comment:
            add(element, "Comment", focus.comment, {"LanguageAndScriptCode": plan.language})
