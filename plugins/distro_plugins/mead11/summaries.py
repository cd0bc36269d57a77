"""Summaries: by them a recipient knows of what a message speaks, by the ids of the ERN message it travels with."""

from __future__ import annotations

from collections.abc import Sequence

from lxml.etree import SubElement, _Element

from distro_plugins.mead11.elements import add, add_named, add_party
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_resources import PlannedArtist, PlannedRecording


def add_release_summary(information: _Element, plan: MessagePlan) -> None:
    """The main release."""
    release = plan.release
    summary = SubElement(information, "ReleaseSummary")
    ids = SubElement(summary, "ReleaseId")
    if release.grid:
        add(ids, "GRid", release.grid)
    add(ids, "ICPN", release.icpn)
    if release.catalog_number:
        add(ids, "CatalogNumber", release.catalog_number, {"Namespace": plan.namespace})
    _add_title(summary, release.title, release.version)
    _add_artists(summary, plan, release.display_artist, release.artists)


def add_resource_summary(information: _Element, plan: MessagePlan, recording: PlannedRecording) -> None:
    """A sound recording or video."""
    summary = SubElement(information, "ResourceSummary")
    add(SubElement(summary, "ResourceId"), "ISRC", recording.isrc)
    _add_title(summary, recording.title, recording.version)
    _add_artists(summary, plan, recording.display_artist, recording.artists)


def _add_title(summary: _Element, title: str, version: str | None) -> None:
    display = SubElement(summary, "DisplayTitle", {"ApplicableTerritoryCode": "Worldwide", "IsDefault": "true"})
    add(SubElement(display, "TitleText"), "Title", title)
    if version:
        add(SubElement(display, "SubTitle", {"SubTitleType": "Version"}), "Title", version)


def _add_artists(summary: _Element, plan: MessagePlan, shown: str, artists: Sequence[PlannedArtist]) -> None:
    add_named(summary, "DisplayArtistName", shown)
    for artist in artists:
        party = plan.party(artist.party_reference)
        add_party(summary, "DisplayArtist", party.name, party)
