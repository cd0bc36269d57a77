"""ReleaseList: the main release, then one component release for each recording (RP 1.4, 3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml.etree import Element, SubElement, _Element

from distro_plugins.ern382.context import Component, Context, resource_type
from distro_plugins.ern382.elements import (
    add_artists,
    add_genre,
    add_reference_title,
    add_territories,
    add_title,
    add_titles,
    displayed,
)
from distro_plugins.ern382.groups import add_component_group, add_main_group, add_release_id, captures_of
from distro_plugins.ern382.profiles import RELEASE_TYPES
from distro_plugins.ern382.resources import companion_reference
from distro_sdk.ern.elements import add, add_flag, add_line, duration
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.lines import RightsLine


def release_elements(context: Context) -> Iterator[_Element]:
    """Every release."""
    yield _main_release(context)
    for component in context.components:
        yield _component_release(component, context)


def _main_release(context: Context) -> _Element:
    plan = context.plan
    release = plan.release
    element = Element("Release", {"IsMainRelease": "true"})
    ids = add_release_id(element, release.grid, release.icpn)
    if release.catalog_number:
        add(ids, "CatalogNumber", release.catalog_number, {"Namespace": context.namespace})
    add(element, "ReleaseReference", release.reference)
    add_reference_title(element, release.title, release.version)
    beside = [
        *(image.reference for image in plan.images),
        *(text.reference for text in plan.texts),
        *(companion_reference(number) for number in range(1, len(plan.companions) + 1)),
    ]
    _add_resource_references(element, (recording.reference for recording in plan.recordings), beside)
    for word in RELEASE_TYPES[context.profile][release.type]:
        add(element, "ReleaseType", word)
    _add_main_details(element, context)
    _add_territory_details(element, displayed(release.title, release.version), context)
    add(element, "Duration", duration(release.duration))
    _add_lines(element, release.p_line, release.c_line)
    return element


def _add_main_details(element: _Element, context: Context) -> None:
    release = context.plan.release
    details = SubElement(element, "ReleaseDetailsByTerritory")
    add_territories(details)
    add(details, "DisplayArtistName", release.display_artist)
    add(details, "LabelName", context.parties[release.label_reference].name)
    add_titles(details, release.title, release.version, release.translations)
    add_artists(details, release.artists, context.parties)
    if release.type is ReleaseType.COMPILATION:
        add_flag(details, "IsMultiArtistCompilation", release.several_artists)
    add(details, "ParentalWarningType", release.parental_warning)
    add_main_group(details, context)
    add_genre(details, release.genre)
    _add_dates(details, context)


def _component_release(component: Component, context: Context) -> _Element:
    """What the recording says of itself is said again: this version inherits nothing."""
    recording, release = component.recording, context.plan.release
    kind = resource_type(recording)
    element = Element("Release")
    ids = SubElement(element, "ReleaseId")
    add(ids, "ISRC", recording.isrc)
    if component.proprietary_id:
        add(ids, "ProprietaryId", component.proprietary_id, {"Namespace": context.namespace})
    add(element, "ReleaseReference", component.reference)
    add_reference_title(element, recording.title, recording.version)
    _add_resource_references(element, [recording.reference], captures_of(recording, None, context))
    add(element, "ReleaseType", "VideoTrackRelease" if kind == "Video" else "TrackRelease")
    details = SubElement(element, "ReleaseDetailsByTerritory")
    add_territories(details)
    add(details, "DisplayArtistName", recording.display_artist)
    add(details, "LabelName", context.parties[component.label_reference].name)
    add_titles(details, recording.title, recording.version, recording.translations, recording.formal_title)
    add_artists(details, recording.artists, context.parties)
    add(details, "ParentalWarningType", recording.parental_warning)
    add_component_group(details, component, context)
    add_genre(details, component.genre)
    _add_dates(details, context)
    _add_territory_details(element, displayed(recording.title, recording.version), context)
    add(element, "Duration", duration(recording.duration))
    c_line = getattr(recording, "c_line", None) or release.c_line
    _add_lines(element, recording.p_line or release.p_line, c_line)
    return element


def _add_resource_references(element: _Element, primary: Iterable[str], secondary: Iterable[str]) -> None:
    references = SubElement(element, "ReleaseResourceReferenceList")
    for kind, members in (("PrimaryResource", primary), ("SecondaryResource", secondary)):
        for reference in members:
            add(references, "ReleaseResourceReference", reference, {"ReleaseResourceType": kind})


def _add_dates(details: _Element, context: Context) -> None:
    release = context.plan.release
    add(details, "ReleaseDate", release.release_date.isoformat())
    if release.original_release_date:
        add(details, "OriginalReleaseDate", release.original_release_date.isoformat())


def _add_territory_details(element: _Element, title: str, context: Context) -> None:
    """Where the release date is another one; each block has the title too (RP 1.4, 4.8(12) of classical releases)."""
    for dated in context.plan.release.territory_dates:
        details = SubElement(element, "ReleaseDetailsByTerritory")
        add_territories(details, dated.territories)
        add_title(details, "DisplayTitle", title)
        add(details, "ReleaseDate", dated.release_date.isoformat())


def _add_lines(element: _Element, p_line: RightsLine | None, c_line: RightsLine | None) -> None:
    """On the release and in none of its territories (RP 1.4, 4.3(5a))."""
    if p_line:
        add_line(element, "PLine", p_line)
    if c_line:
        add_line(element, "CLine", c_line)
