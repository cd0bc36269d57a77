"""ReleaseList: the main release with its resource groups, then the track releases."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_plugins.ern43.elements import add, add_artists, add_genre, add_titles, duration
from distro_plugins.ern43.resources import add_line
from distro_sdk.models.catalogue import ImageType, ReleaseType
from distro_sdk.models.message import MessagePlan, PlannedGroup, PlannedRelease, PlannedTrackRelease, ReleaseProfile

RELEASE_TYPES = {
    ReleaseType.SINGLE: "Single",
    ReleaseType.EP: "EP",
    ReleaseType.ALBUM: "Album",
    ReleaseType.COMPILATION: "Album",
}


def add_release_list(root: _Element, plan: MessagePlan) -> None:
    """Write the main release and every track release."""
    releases = SubElement(root, "ReleaseList")
    _add_release(releases, plan)
    for track in plan.track_releases:
        _add_track_release(releases, track, plan.namespace)


def _add_release(releases: _Element, plan: MessagePlan) -> None:
    release = plan.release
    element = SubElement(releases, "Release")
    add(element, "ReleaseReference", release.reference)
    add(element, "ReleaseType", RELEASE_TYPES[release.type])
    _add_release_id(element, release, plan.namespace)
    add_titles(element, release.title, release.version)
    add(element, "DisplayArtistName", release.display_artist)
    add_artists(element, release.artists)
    add(element, "ReleaseLabelReference", release.label_reference)
    if release.p_line:
        add_line(element, "PLine", release.p_line)
    if release.c_line:
        add_line(element, "CLine", release.c_line)
    add(element, "Duration", duration(release.duration))
    add_genre(element, release.genre)
    add(element, "ReleaseDate", release.release_date.isoformat())
    if release.original_release_date:
        add(element, "OriginalReleaseDate", release.original_release_date.isoformat())
    add(element, "ParentalWarningType", release.parental_warning.value)
    if release.type is ReleaseType.COMPILATION:
        add(element, "IsMultiArtistCompilation", "true")
    _add_resource_group(element, plan)


def _add_release_id(element: _Element, release: PlannedRelease, namespace: str) -> None:
    ids = SubElement(element, "ReleaseId")
    if release.grid:
        add(ids, "GRid", release.grid)
    add(ids, "ICPN", release.icpn)
    if release.catalog_number:
        add(ids, "CatalogNumber", release.catalog_number, Namespace=namespace)


def _add_resource_group(element: _Element, plan: MessagePlan) -> None:
    top = SubElement(element, "ResourceGroup")
    groups = plan.release.groups
    if len(groups) == 1:
        item = _add_items(top, groups[0])
    else:
        item = None
        for number, group in enumerate(groups, start=1):
            disc = SubElement(top, "ResourceGroup", ResourceGroupType="Component")
            add(disc, "SequenceNumber", str(number))
            _add_items(disc, group)
    simple = plan.profile is ReleaseProfile.SIMPLE_AUDIO_SINGLE
    holder = item if simple and item is not None else top
    for image in plan.images:
        description = {"LinkDescription": "CoverArt"} if image.type is ImageType.FRONT_COVER else {}
        add(holder, "LinkedReleaseResourceReference", image.reference, **description)


def _add_items(group: _Element, planned: PlannedGroup) -> _Element:
    for number, reference in enumerate(planned.resource_references, start=1):
        item = SubElement(group, "ResourceGroupContentItem")
        add(item, "SequenceNumber", str(number))
        add(item, "ReleaseResourceReference", reference)
    return item


def _add_track_release(releases: _Element, track: PlannedTrackRelease, namespace: str) -> None:
    element = SubElement(releases, "TrackRelease")
    add(element, "ReleaseReference", track.reference)
    add(SubElement(element, "ReleaseId"), "ProprietaryId", track.proprietary_id, Namespace=namespace)
    add(element, "ReleaseResourceReference", track.resource_reference)
    add(element, "ReleaseLabelReference", track.label_reference)
    add_genre(element, track.genre)
