"""ReleaseList: the main release with its resource groups, then the track releases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from lxml.etree import Element, SubElement, _Element

from distro_sdk.ern4.writing.credits import add_artists
from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add, add_line, add_titles, duration
from distro_sdk.ern4.writing.groups import add_resource_group
from distro_sdk.ern4.writing.vocabulary import release_type
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.commerce import WORLDWIDE
from distro_sdk.models.planned_releases import PlannedGenre, PlannedRelease, PlannedTrackRelease


def release_elements(writing: Writing) -> Iterator[_Element]:
    """The main release, then every track release."""
    yield _release(writing)
    for track in writing.plan.track_releases:
        yield _track_release(track, writing)


def add_release_id(element: _Element, release: PlannedRelease, namespace: str) -> None:
    """GRid, ICPN and catalogue number of the main release."""
    ids = SubElement(element, "ReleaseId")
    if release.grid:
        add(ids, "GRid", release.grid)
    add(ids, "ICPN", release.icpn)
    if release.catalog_number:
        SubElement(ids, "CatalogNumber", {"Namespace": namespace}).text = release.catalog_number


def _release(writing: Writing) -> _Element:
    release = writing.plan.release
    element = Element("Release")
    add(element, "ReleaseReference", release.reference)
    add(element, "ReleaseType", release_type(writing.plan) or "")
    add_release_id(element, release, writing.namespace)
    add_titles(element, release.title, release.version, release.translations)
    add_artists(element, release.display_artist, release.artists)
    add(element, "ReleaseLabelReference", release.label_reference)
    if release.p_line:
        add_line(element, "PLine", release.p_line)
    if release.c_line:
        add_line(element, "CLine", release.c_line)
    add(element, "Duration", duration(release.duration))
    _add_genre(element, release.genre, writing)
    _add_dates(element, release)
    _add_visibility(element, release.visibility_reference, writing)
    add(element, "ParentalWarningType", release.parental_warning)
    if release.type is ReleaseType.COMPILATION:
        add(element, "IsMultiArtistCompilation" if release.several_artists else "IsSingleArtistCompilation", "true")
    add_resource_group(element, writing)
    return element


def _add_dates(element: _Element, release: PlannedRelease) -> None:
    default, others = _release_dates(release)
    everywhere = {"ApplicableTerritoryCode": WORLDWIDE, "IsDefault": "true"} if others else None
    SubElement(element, "ReleaseDate", everywhere).text = default.isoformat()
    for code, day in others.items():
        SubElement(element, "ReleaseDate", {"ApplicableTerritoryCode": code}).text = day.isoformat()
    if release.original_release_date:
        add(element, "OriginalReleaseDate", release.original_release_date.isoformat())


def _release_dates(release: PlannedRelease) -> tuple[date, dict[str, date]]:
    """The date that holds by default, and those of single territories, of which an element can name but one.

    A date for everywhere but for some becomes the default; those that it leaves out keep the release's own.
    """
    default = release.release_date
    others: dict[str, date] = {}
    for told in release.territory_dates:
        if WORLDWIDE in told.territories.included:
            default = told.release_date
            others = dict.fromkeys(told.territories.excluded, release.release_date) | others
        else:
            others |= dict.fromkeys(told.territories.included, told.release_date)
    return default, {code: day for code, day in sorted(others.items()) if day != default}


def _add_genre(element: _Element, genre: PlannedGenre, writing: Writing) -> None:
    """Genre and subgenre."""
    entry = SubElement(element, writing.dialect.genre_element)
    add(entry, "GenreText", genre.name)
    if genre.subgenre:
        add(entry, "SubGenre", genre.subgenre)


def _add_visibility(element: _Element, reference: str | None, writing: Writing) -> None:
    """A message without deals has no place for what it would refer to."""
    if reference and writing.plan.deals:
        add(element, "ReleaseVisibilityReference", reference)


def _track_release(track: PlannedTrackRelease, writing: Writing) -> _Element:
    """A track release says nothing that its recording says already (RP 2.1, 5.6(4))."""
    element = Element("TrackRelease")
    add(element, "ReleaseReference", track.reference)
    identity = SubElement(SubElement(element, "ReleaseId"), "ProprietaryId", {"Namespace": writing.namespace})
    identity.text = track.proprietary_id
    add(element, "ReleaseResourceReference", track.resource_reference)
    add(element, "ReleaseLabelReference", track.label_reference)
    _add_genre(element, track.genre, writing)
    _add_visibility(element, track.visibility_reference, writing)
    return element
