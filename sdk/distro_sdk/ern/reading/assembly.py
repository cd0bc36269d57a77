"""Puts what was found in a message together: releases of our catalogue, with ids that the message alone decides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pydantic import ValidationError

from distro_sdk.ern.reading.found import (
    FoundFile,
    FoundMessage,
    FoundRelease,
    FoundResource,
    ResourceKind,
    TerritoryDay,
)
from distro_sdk.ern.reading.nodes import leave_all
from distro_sdk.ern.reading.offers import Offers, read_offers
from distro_sdk.ern.reading.parties import PartyRegistry
from distro_sdk.ern.reading.structure import GroupReader, Structure, TrackPlace, captures
from distro_sdk.ern.reading.types import release_type
from distro_sdk.ern.reading.vocabulary import IMAGE_TYPES, VIDEO_TYPES
from distro_sdk.messages import ReadRelease
from distro_sdk.models.catalogue import (
    CompleteRelease,
    Genre,
    ImmersiveEdition,
    ParentalWarning,
    Release,
    ReleaseImage,
    ReleaseStatus,
    ResourceType,
    Track,
    VideoType,
)
from distro_sdk.models.commerce import WORLDWIDE, Territories, Visibility

NOBODY = "Unknown artist"
"""Who is shown where a message names nobody; ERN 3.8.2 allows that."""


class Assembler:
    """Makes the releases of one message."""

    def __init__(self, found: FoundMessage, parties: PartyRegistry) -> None:
        self._found = found
        self._parties = parties
        self._used: set[str] = set()
        self._genres = {track.resource_reference: track.genre for track in found.track_releases if track.genre}

    def releases(self) -> tuple[ReadRelease, ...]:
        """Every main release of the message."""
        releases = tuple(self._assemble(release) for release in self._found.releases)
        for reference, resource in self._found.resources.items():
            if reference not in self._used:
                # What stands on no release has no place in our model.
                resource.node.leave()
        return releases

    def _assemble(self, found: FoundRelease) -> ReadRelease:
        structure = GroupReader(self._found.resources).read(found.group) if found.group else Structure()
        _settle_titles(found, structure)
        try:
            offers = read_offers(self._found.deals, found.reference, self._found.track_releases, found.release_date)
        except ValidationError as error:
            found.node.refuse(error)
        _settle_dates(found, offers)
        files: dict[str, FoundFile] = {}
        tracks = tuple(self._track(place, found, offers, files) for place in structure.places)
        images = tuple(self._images(structure, files))
        documents = tuple(self._documents(structure, files))
        release = found.node.build(
            Release,
            id=_release_id(found),
            title=found.titles.title or found.reference,
            version=found.titles.version,
            translations=found.titles.translations,
            type=release_type(found, structure.places),
            status=ReleaseStatus.TAKEN_DOWN if offers.withdrawn or found.purged else ReleaseStatus.DRAFT,
            display_artist=found.credits.display_artist or "",
            artists=found.credits.artists,
            contributors=found.credits.contributors,
            label_party_id=found.label_party_id,
            icpn=found.icpn,
            grid=found.grid,
            catalog_number=found.catalog_number,
            language=found.language,
            genre=found.genre,
            parental_warning=found.parental_warning,
            release_date=found.release_date,
            original_release_date=found.original_release_date,
            p_line=found.p_line,
            c_line=found.c_line,
            territories=offers.territories,
            rights=offers.rights,
            territory_groups=offers.groups,
            pre_order_date=offers.pre_order_date,
            visibility=_visibility(found),
            components=tuple(structure.components),
            works=tuple(structure.works),
            tracks=tracks,
            images=images,
            booklet_asset_id=documents[0] if documents else None,
            document_asset_ids=documents[1:],
        )
        return ReadRelease(
            complete=CompleteRelease(release=release, parties=self._parties.chosen(_party_ids(release))),
            files={asset_id: file.uri for asset_id, file in files.items() if file.uri},
            details={asset_id: file.details for asset_id, file in files.items()},
            terms=offers.terms,
        )

    def _track(self, place: TrackPlace, release: FoundRelease, offers: Offers, files: dict[str, FoundFile]) -> Track:
        resource = place.resource
        video = resource.kind is ResourceKind.VIDEO
        asset_id = _asset_id("video" if video else "audio", place)
        files[asset_id] = resource.file
        capture = next(iter(captures(place, self._found.resources)), None)
        self._used.add(resource.reference)
        if capture is not None:
            self._used.add(capture.reference)
            files[f"{asset_id}-capture"] = capture.file
        immersive = None
        if resource.immersive is not None and resource.immersive_isrc is not None:
            files[f"{asset_id}-immersive"] = resource.immersive
            immersive = ImmersiveEdition(isrc=resource.immersive_isrc, audio_asset_id=f"{asset_id}-immersive")
        return resource.node.build(
            Track,
            id=place.id,
            resource_type=ResourceType.VIDEO if video else ResourceType.SOUND_RECORDING,
            title=resource.titles.title or resource.reference,
            version=resource.titles.version,
            translations=resource.titles.translations,
            disc_number=place.disc,
            isrc=resource.isrc,
            iswc=resource.work.iswc,
            display_artist=resource.credits.display_artist or release.credits.display_artist or NOBODY,
            artists=resource.credits.artists,
            contributors=resource.credits.contributors,
            genre=self._genre(resource, release),
            language=resource.language,
            parental_warning=resource.parental_warning or release.parental_warning or ParentalWarning.UNKNOWN,
            instrumental=resource.instrumental,
            preview=resource.preview,
            p_line=resource.p_line,
            c_line=resource.c_line,
            first_publication_date=resource.first_publication_date,
            instant_gratification_date=offers.gratification.get(resource.reference),
            audio_asset_id=None if video else asset_id,
            immersive=immersive,
            video_type=VIDEO_TYPES.get(resource.type, VideoType.SHORT_FORM),
            video_asset_id=asset_id if video else None,
            screen_capture_asset_id=f"{asset_id}-capture" if capture is not None else None,
            cues=resource.cues,
        )

    def _genre(self, resource: FoundResource, release: FoundRelease) -> Genre | None:
        """A genre of its own, where it is another than that of the release."""
        of_track = self._genres.get(resource.reference, resource.genre)
        return None if of_track == release.genre else of_track

    def _documents(self, structure: Structure, files: dict[str, FoundFile]) -> Iterator[str]:
        for number, resource in enumerate(structure.texts.values(), start=1):
            self._used.add(resource.reference)
            files[f"document-{number}"] = resource.file
            yield f"document-{number}"

    def _images(self, structure: Structure, files: dict[str, FoundFile]) -> Iterator[ReleaseImage]:
        number = 0
        for resource in structure.images.values():
            image_type = IMAGE_TYPES.get(resource.type)
            if image_type is None:
                continue
            number += 1
            self._used.add(resource.reference)
            files[f"image-{number}"] = resource.file
            yield ReleaseImage(asset_id=f"image-{number}", type=image_type)


def _asset_id(kind: str, place: TrackPlace) -> str:
    return f"{kind}-{place.id.removeprefix('track-')}"


def _release_id(found: FoundRelease) -> str:
    """An id that the same product has in every message."""
    identity = found.icpn.lstrip("0") if found.icpn else found.grid or found.isrc or found.reference
    return f"release-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"


def _settle_titles(found: FoundRelease, structure: Structure) -> None:
    """Recordings are cited by a work and its part, booklets are called as their release: other titles are left."""
    works = {track_id: work.title for work in structure.works for track_id in work.track_ids}
    for place in structure.places:
        work = works.get(place.id)
        for citation in place.resource.citations:
            text = citation.text("TitleText") or ""
            if work is None or not (text == work or text.endswith(f"{work}: {place.resource.titles.title}")):
                citation.leave()
    for booklet in structure.texts.values():
        if booklet.titles.title not in {None, found.titles.title}:
            leave_all(booklet.node.children("DisplayTitle", "DisplayTitleText", "Title"))


def _settle_dates(found: FoundRelease, offers: Offers) -> None:
    """Dates for single territories are those from which it is offered there: others are left."""
    for dated in found.territory_dates:
        if not any(group.start_date == dated.day and _holds(group.territories, dated) for group in offers.groups):
            dated.node.leave()


def _holds(territories: Territories, dated: TerritoryDay) -> bool:
    if territories.included != (WORLDWIDE,):
        return dated.codes <= {*territories.included}
    return WORLDWIDE in dated.codes or not dated.codes & {*territories.excluded}


def _visibility(found: FoundRelease) -> Visibility | None:
    told = found.visibility
    days = [] if told is None else [told.display_start, told.cover_art_start, told.track_listing_start, told.clip_start]
    known = [day for day in days if day is not None]
    if told is None or not known:
        return None
    return Visibility(
        display_start=told.display_start or min(known),
        cover_art_start=told.cover_art_start,
        track_listing_start=told.track_listing_start,
        clip_start=told.clip_start,
    )


def _party_ids(release: Release) -> Iterator[str]:
    """Every party of a release, in the order in which it names them."""
    holders: tuple[Release | Track, ...] = (release, *release.tracks)
    for holder in holders:
        yield from (artist.party_id for artist in holder.artists)
        yield from (contributor.party_id for contributor in holder.contributors)
    if release.label_party_id:
        yield release.label_party_id
