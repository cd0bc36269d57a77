"""ReleaseList: the main release with its resource groups, then the track releases."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_plugins.ern43.elements import add, add_artists, add_genre, add_line, add_titles, duration
from distro_sdk.models.catalogue import ImageType, ReleaseType
from distro_sdk.models.message import MessagePlan, PlannedRelease, PlannedTrackRelease, ReleaseProfile

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
    """One disc: its recordings in the top group. Several: a Component each (RP 2.1, 5.3.1.2(5.2) and (5.3))."""
    top = SubElement(element, "ResourceGroup")
    groups = plan.release.groups
    for group in groups:
        disc = top
        if len(groups) > 1:
            disc = SubElement(top, "ResourceGroup", {"ResourceGroupType": "Component"})
            add(disc, "SequenceNumber", str(group.disc_number))
        for number, reference in enumerate(group.resource_references, start=1):
            item = SubElement(disc, "ResourceGroupContentItem")
            add(item, "SequenceNumber", str(number))
            add(item, "ReleaseResourceReference", reference)
            if plan.profile is ReleaseProfile.SIMPLE_AUDIO_SINGLE:
                _link_images(item, plan)
    if plan.profile is not ReleaseProfile.SIMPLE_AUDIO_SINGLE:
        _link_images(top, plan)


def _link_images(element: _Element, plan: MessagePlan) -> None:
    """Link images: from the top group (RP 2.1, 5.3.1.2(5.8)), in a simple single from its item (5.4.1(3.2))."""
    for image in plan.images:
        cover = {"LinkDescription": "CoverArt"} if image.type is ImageType.FRONT_COVER else None
        SubElement(element, "LinkedReleaseResourceReference", cover).text = image.reference


def _add_track_release(releases: _Element, track: PlannedTrackRelease, namespace: str) -> None:
    """A track release says nothing that its recording says already (RP 2.1, 5.6(4))."""
    element = SubElement(releases, "TrackRelease")
    add(element, "ReleaseReference", track.reference)
    identity = SubElement(SubElement(element, "ReleaseId"), "ProprietaryId", {"Namespace": namespace})
    identity.text = track.proprietary_id
    add(element, "ReleaseResourceReference", track.resource_reference)
    add(element, "ReleaseLabelReference", track.label_reference)
    add_genre(element, track.genre)
