"""Summaries: by them a recipient knows of what a message speaks, by the ids of the ERN message it travels with."""

from __future__ import annotations

from collections.abc import Sequence

from lxml.etree import SubElement, _Element

from distro_sdk.mead.dialect import Writing
from distro_sdk.mead.elements import add
from distro_sdk.models.planned_resources import PlannedArtist, PlannedRecording


def add_release_summary(information: _Element, writing: Writing) -> None:
    """The main release."""
    release = writing.plan.release
    summary = SubElement(information, "ReleaseSummary")
    ids = SubElement(summary, "ReleaseId")
    if release.grid:
        add(ids, "GRid", release.grid)
    add(ids, "ICPN", release.icpn)
    if release.catalog_number:
        add(ids, "CatalogNumber", release.catalog_number, {"Namespace": writing.namespace})
    _add_title(summary, release.title, release.version)
    _add_artists(summary, writing, release.display_artist, release.artists)


def add_resource_summary(information: _Element, writing: Writing, recording: PlannedRecording) -> None:
    """A sound recording or video."""
    summary = SubElement(information, "ResourceSummary")
    add(SubElement(summary, "ResourceId"), "ISRC", recording.isrc)
    _add_title(summary, recording.title, recording.version)
    _add_artists(summary, writing, recording.display_artist, recording.artists)


def _add_title(summary: _Element, title: str, version: str | None) -> None:
    display = SubElement(summary, "DisplayTitle", {"ApplicableTerritoryCode": "Worldwide", "IsDefault": "true"})
    add(SubElement(display, "TitleText"), "Title", title)
    if version:
        add(SubElement(display, "SubTitle", {"SubTitleType": "Version"}), "Title", version)


def _add_artists(summary: _Element, writing: Writing, shown: str, artists: Sequence[PlannedArtist]) -> None:
    parties = tuple(writing.parties[artist.party_reference] for artist in artists)
    writing.dialect.parties.add_shown(summary, shown, parties)
