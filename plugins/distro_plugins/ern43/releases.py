"""ReleaseList: the main release with its resource groups, then the track releases."""

from __future__ import annotations

from collections.abc import Sequence, Set

from lxml.etree import SubElement, _Element

from distro_plugins.ern43.elements import add, add_artists, add_genre, add_line, add_titles, duration
from distro_sdk.models.catalogue import ImageType, ReleaseType
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_releases import PlannedGroup, PlannedRelease, PlannedTrackRelease

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
    add_artists(element, release.display_artist, release.artists)
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
    add(element, "ParentalWarningType", release.parental_warning)
    if release.type is ReleaseType.COMPILATION:
        add(element, "IsMultiArtistCompilation" if release.several_artists else "IsSingleArtistCompilation", "true")
    _add_resource_group(element, plan)


def _add_release_id(element: _Element, release: PlannedRelease, namespace: str) -> None:
    ids = SubElement(element, "ReleaseId")
    if release.grid:
        add(ids, "GRid", release.grid)
    add(ids, "ICPN", release.icpn)
    if release.catalog_number:
        SubElement(ids, "CatalogNumber", {"Namespace": namespace}).text = release.catalog_number


def _add_resource_group(element: _Element, plan: MessagePlan) -> None:
    """The tree of groups as it was planned (RP 2.1, 5.3.1.2(5))."""
    covers = {image.reference for image in plan.images if image.type is ImageType.FRONT_COVER}
    _add_group(SubElement(element, "ResourceGroup"), plan.release.group, covers)


def _add_group(element: _Element, group: PlannedGroup, covers: Set[str]) -> None:
    if group.sequence is not None:
        add(element, "SequenceNumber", str(group.sequence))
    for inner in group.groups:
        _add_group(SubElement(element, "ResourceGroup", {"ResourceGroupType": str(inner.type)}), inner, covers)
    for item in group.items:
        entry = SubElement(element, "ResourceGroupContentItem")
        if item.sequence is not None:
            add(entry, "SequenceNumber", str(item.sequence))
        add(entry, "ReleaseResourceReference", item.resource_reference)
        _link(entry, item.linked, covers)
    _link(element, group.linked, covers)


def _link(element: _Element, references: Sequence[str], covers: Set[str]) -> None:
    """Link images, and tell which is the cover."""
    for reference in references:
        cover = {"LinkDescription": "CoverArt"} if reference in covers else None
        SubElement(element, "LinkedReleaseResourceReference", cover).text = reference


def _add_track_release(releases: _Element, track: PlannedTrackRelease, namespace: str) -> None:
    """A track release says nothing that its recording says already (RP 2.1, 5.6(4))."""
    element = SubElement(releases, "TrackRelease")
    add(element, "ReleaseReference", track.reference)
    identity = SubElement(SubElement(element, "ReleaseId"), "ProprietaryId", {"Namespace": namespace})
    identity.text = track.proprietary_id
    add(element, "ReleaseResourceReference", track.resource_reference)
    add(element, "ReleaseLabelReference", track.label_reference)
    add_genre(element, track.genre)
