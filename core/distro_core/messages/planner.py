"""From a release and an order to a plan: everything that a message says is decided here, once for all formats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from distro_core.messages.credits import PartyReferences, plan_artists, plan_contributors
from distro_core.messages.deals import plan_deals
from distro_core.messages.faults import artists_of, find_faults
from distro_core.messages.naming import audio_name, image_name
from distro_core.messages.order import MessageOrder
from distro_sdk.errors import DomainErrors
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import CompleteRelease, Genre, ImageType, ParentalWarning, Release, ReleaseType, Track
from distro_sdk.models.delivery import FileKind, ResourceFile
from distro_sdk.models.message import (
    MessagePlan,
    MessageSubtype,
    PlannedFile,
    PlannedGenre,
    PlannedGroup,
    PlannedImage,
    PlannedRelease,
    PlannedSoundRecording,
    PlannedTrackRelease,
    ReleaseProfile,
)

MAIN_RELEASE = "R0"
WARNING_ORDER = (
    ParentalWarning.EXPLICIT,
    ParentalWarning.EXPLICIT_CONTENT_EDITED,
    ParentalWarning.UNKNOWN,
    ParentalWarning.NO_ADVICE_AVAILABLE,
    ParentalWarning.NOT_EXPLICIT,
)


def plan_message(complete: CompleteRelease, order: MessageOrder) -> MessagePlan:
    """Decide the whole message; raises `DomainErrors` with every reason why the release cannot be told."""
    if faults := find_faults(complete, order):
        raise DomainErrors(faults)
    release = complete.release
    parties = PartyReferences(complete)
    profile = order.profile or _fitting_profile(release)
    recordings = tuple(_plan_recordings(complete, order, parties))
    images = tuple(_plan_images(complete, order, first_reference=len(recordings) + 1))
    main = _plan_release(complete, order, parties, recordings)
    tracks = (
        ()
        if profile is ReleaseProfile.SIMPLE_AUDIO_SINGLE
        else _plan_track_releases(release, order, parties, recordings)
    )
    takedown = order.subtype is MessageSubtype.TAKEDOWN
    references = (MAIN_RELEASE, *(track.reference for track in tracks))
    return MessagePlan(
        message_id=order.message_id,
        thread_id=order.thread_id,
        subtype=order.subtype,
        test=order.test,
        created_at=order.created_at,
        sender=order.sender,
        sent_on_behalf_of=order.sent_on_behalf_of,
        recipients=order.recipients,
        profile=profile,
        language=order.language or str(release.language),
        parties=parties.planned(),
        sound_recordings=recordings,
        images=images,
        release=main,
        track_releases=tracks,
        deals=() if takedown else plan_deals(release, order.terms, references),
    )


def resource_files(plan: MessagePlan, complete: CompleteRelease) -> tuple[ResourceFile, ...]:
    """The files that travel with the message, in the order in which it names them."""
    return tuple(_resource_file(kind, file, complete) for kind, file in _files(plan) if file.provided)


def _files(plan: MessagePlan) -> Iterator[tuple[FileKind, PlannedFile]]:
    yield from ((FileKind.AUDIO, recording.file) for recording in plan.sound_recordings)
    yield from ((FileKind.IMAGE, image.file) for image in plan.images)


def _resource_file(kind: FileKind, file: PlannedFile, complete: CompleteRelease) -> ResourceFile:
    return ResourceFile(
        kind=kind,
        name=file.name,
        original_name=complete.asset(file.asset_id).file_name,
        asset_id=file.asset_id,
        size=file.size,
        hashes=file.hashes,
    )


def _fitting_profile(release: Release) -> ReleaseProfile:
    simple = release.type is ReleaseType.SINGLE and len(release.tracks) == 1 and len(release.images) == 1
    return ReleaseProfile.SIMPLE_AUDIO_SINGLE if simple else ReleaseProfile.AUDIO


def _plan_recordings(
    complete: CompleteRelease, order: MessageOrder, parties: PartyReferences
) -> Iterator[PlannedSoundRecording]:
    release = complete.release
    placed: dict[int, int] = {}
    for number, track in enumerate(release.tracks, start=1):
        asset = complete.asset(str(track.audio_asset_id))
        if asset.audio is None or track.isrc is None:
            raise AssertionError("find_faults lets no track without ISRC or audio pass")
        placed[track.disc_number] = placed.get(track.disc_number, 0) + 1
        name = audio_name(str(release.icpn), track.disc_number, placed[track.disc_number], asset.extension)
        yield PlannedSoundRecording(
            reference=f"A{number}",
            technical_reference=f"T{number}",
            track_id=track.id,
            isrc=track.isrc,
            iswc=track.iswc,
            title=track.title,
            version=track.version,
            display_artist=track.display_artist,
            artists=plan_artists(artists_of(release, track), parties),
            contributors=plan_contributors((*track.contributors, *release.contributors), parties),
            p_line=track.p_line or release.p_line,
            duration=asset.audio.duration,
            parental_warning=track.parental_warning,
            language=track.language or release.language,
            instrumental=track.instrumental,
            first_publication_date=track.first_publication_date
            or release.original_release_date
            or release.release_date,
            preview=track.preview,
            audio=asset.audio,
            file=_plan_file(FileKind.AUDIO, name, asset, order),
        )


def _first_publication(release: Release, track: Track) -> date | None:
    return track.first_publication_date or release.original_release_date or release.release_date


def _plan_images(complete: CompleteRelease, order: MessageOrder, first_reference: int) -> Iterator[PlannedImage]:
    release = complete.release
    cover_first = sorted(release.images, key=lambda image: image.type is not ImageType.FRONT_COVER)
    for index, image in enumerate(cover_first, start=1):
        asset = complete.asset(image.asset_id)
        if asset.image is None:
            raise AssertionError("find_faults lets no image pass that is none")
        name = image_name(str(release.icpn), index, asset.extension)
        number = first_reference + index - 1
        yield PlannedImage(
            reference=f"A{number}",
            technical_reference=f"T{number}",
            type=image.type,
            proprietary_id=f"{release.icpn}_IMG_{index:02d}",
            parental_warning=ParentalWarning.NOT_EXPLICIT,
            image=asset.image,
            file=_plan_file(FileKind.IMAGE, name, asset, order),
        )


def _plan_file(kind: FileKind, name: str, asset: Asset, order: MessageOrder) -> PlannedFile:
    travels = order.subtype is not MessageSubtype.TAKEDOWN and asset.id not in order.already_delivered
    return PlannedFile(
        uri=order.resource_uri(kind, name),
        name=name,
        asset_id=asset.id,
        size=asset.size,
        hashes=asset.hashes,
        provided=travels,
    )


def _plan_release(
    complete: CompleteRelease,
    order: MessageOrder,
    parties: PartyReferences,
    recordings: tuple[PlannedSoundRecording, ...],
) -> PlannedRelease:
    release = complete.release
    if release.release_date is None or release.genre is None:
        raise AssertionError("find_faults lets no release without date or genre pass")
    return PlannedRelease(
        reference=MAIN_RELEASE,
        type=release.type,
        icpn=str(release.icpn),
        grid=release.grid,
        catalog_number=release.catalog_number,
        title=release.title,
        version=release.version,
        display_artist=release.display_artist,
        artists=plan_artists(release.artists, parties),
        label_reference=parties.reference(str(release.label_party_id)),
        p_line=release.p_line,
        c_line=release.c_line,
        duration=sum((recording.duration for recording in recordings), Decimal(0)),
        genre=_plan_genre(release.genre, order),
        release_date=release.release_date,
        original_release_date=release.original_release_date,
        parental_warning=release.parental_warning or _strongest_warning(recordings),
        groups=tuple(_plan_groups(release, recordings)),
    )


def _strongest_warning(recordings: tuple[PlannedSoundRecording, ...]) -> ParentalWarning:
    given = {recording.parental_warning for recording in recordings}
    return next(warning for warning in WARNING_ORDER if warning in given)


def _plan_groups(release: Release, recordings: tuple[PlannedSoundRecording, ...]) -> Iterator[PlannedGroup]:
    discs: dict[int, list[str]] = {}
    for track, recording in zip(release.tracks, recordings, strict=True):
        discs.setdefault(track.disc_number, []).append(recording.reference)
    for disc_number in sorted(discs):
        yield PlannedGroup(disc_number=disc_number, resource_references=tuple(discs[disc_number]))


def _plan_track_releases(
    release: Release,
    order: MessageOrder,
    parties: PartyReferences,
    recordings: tuple[PlannedSoundRecording, ...],
) -> tuple[PlannedTrackRelease, ...]:
    return tuple(
        PlannedTrackRelease(
            reference=f"R{number}",
            proprietary_id=f"{release.icpn}_{recording.isrc}",
            resource_reference=recording.reference,
            label_reference=parties.reference(str(release.label_party_id)),
            genre=_plan_genre(_genre(release, track), order),
        )
        for number, (track, recording) in enumerate(zip(release.tracks, recordings, strict=True), start=1)
    )


def _genre(release: Release, track: Track) -> Genre:
    genre = track.genre or release.genre
    if genre is None:
        raise AssertionError("find_faults lets no release without genre pass")
    return genre


def _plan_genre(genre: Genre, order: MessageOrder) -> PlannedGenre:
    mapped = order.genre_mapper.map(genre) if order.genre_mapper else None
    return mapped or PlannedGenre(name=genre.name, subgenre=genre.subgenre_name)
