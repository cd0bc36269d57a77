"""Resources and their files: `A1…`, `T1…`, in the order in which the schema lists their kinds (RP 2.3.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from distro_core.messages.credits import plan_artists, plan_contributors
from distro_core.messages.naming import booklet_name, image_name, immersive_name, recording_name
from distro_core.messages.planning import Planning, known
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import (
    ContributorRole,
    Extensions,
    ImageType,
    ParentalWarning,
    Preview,
    ResourceType,
    TitleTranslation,
    Track,
)
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.planned_resources import (
    PlannedArtist,
    PlannedContributor,
    PlannedFile,
    PlannedImage,
    PlannedImmersiveEdition,
    PlannedRecording,
    PlannedSoundRecording,
    PlannedText,
    PlannedVideo,
    PlannedWork,
)


@dataclass(frozen=True)
class PlannedResources:
    """All resources of a message. `of_tracks`: the recording of each track, in the order of the tracks."""

    sound_recordings: tuple[PlannedSoundRecording, ...]
    videos: tuple[PlannedVideo, ...]
    images: tuple[PlannedImage, ...]
    texts: tuple[PlannedText, ...]
    of_tracks: tuple[PlannedRecording, ...]


def plan_resources(planning: Planning) -> PlannedResources:
    """Every resource of the release: sound recordings, videos, images, the booklet."""
    places = tuple(_places(planning.release.tracks))
    audio = [place for place in places if place.track.resource_type is ResourceType.SOUND_RECORDING]
    video = [place for place in places if place.track.resource_type is ResourceType.VIDEO]
    recordings = {
        place.track.id: _plan_sound_recording(planning, place, number) for number, place in enumerate(audio, start=1)
    }
    count = len(audio) + len(video)
    captures = {
        place.track.id: f"A{number}"
        for number, place in enumerate(
            (place for place in video if place.track.screen_capture_asset_id),
            start=count + len(planning.release.images) + 1,
        )
    }
    videos = {
        place.track.id: _plan_video(planning, place, number, captures.get(place.track.id))
        for number, place in enumerate(video, start=len(audio) + 1)
    }
    images = tuple(_plan_images(planning, video, first_number=count + 1))
    by_track: dict[str, PlannedRecording] = {**recordings, **videos}
    return PlannedResources(
        sound_recordings=tuple(recordings.values()),
        videos=tuple(videos.values()),
        images=images,
        texts=tuple(_plan_texts(planning, first_number=count + len(images) + 1)),
        of_tracks=tuple(by_track[place.track.id] for place in places),
    )


@dataclass(frozen=True)
class _Place:
    """Where a track stands. `number`: on its disc, from 1."""

    track: Track
    number: int


def _places(tracks: Sequence[Track]) -> Iterator[_Place]:
    placed: Counter[int] = Counter()
    for track in tracks:
        placed[track.disc_number] += 1
        yield _Place(track, placed[track.disc_number])


class _Common(TypedDict):
    """What sound recordings and videos tell alike."""

    reference: str
    technical_reference: str
    track_id: str
    isrc: str
    work: PlannedWork | None
    title: str
    version: str | None
    formal_title: str | None
    translations: tuple[TitleTranslation, ...]
    display_artist: str
    artists: tuple[PlannedArtist, ...]
    contributors: tuple[PlannedContributor, ...]
    p_line: RightsLine | None
    parental_warning: ParentalWarning
    language: str | None
    preview: Preview | None
    extensions: Extensions


def _common(planning: Planning, track: Track, number: int) -> _Common:
    """Who wrote or published the whole release did so for each track (row CAT-33).

    The language of the performance is the track's alone: that of the metadata says nothing of what is sung.
    """
    release = planning.release
    return _Common(
        reference=f"A{number}",
        technical_reference=f"T{number}",
        track_id=track.id,
        isrc=known(track.isrc),
        work=_plan_work(planning, track),
        title=track.title,
        version=track.version,
        formal_title=_formal_title(planning, track),
        translations=track.translations,
        display_artist=track.display_artist,
        artists=plan_artists(track.artists or release.artists, planning.parties),
        contributors=plan_contributors((*track.contributors, *release.contributors), planning.parties),
        p_line=track.p_line or release.p_line,
        parental_warning=track.parental_warning,
        language=None if track.instrumental else track.language,
        preview=track.preview,
        extensions=track.extensions,
    )


def _plan_sound_recording(planning: Planning, place: _Place, number: int) -> PlannedSoundRecording:
    track = place.track
    asset = planning.assets[known(track.audio_asset_id)]
    audio = known(asset.audio)
    name = recording_name(planning.icpn, track.disc_number, place.number, asset.extension)
    return PlannedSoundRecording(
        **_common(planning, track, number),
        duration=audio.duration,
        first_publication_date=track.first_publication_date,
        instrumental=track.instrumental,
        classical=track.id in planning.works,
        audio=audio,
        immersive=_plan_twin(planning, place, number),
        file=plan_file(FileKind.AUDIO, name, asset, planning),
    )


def _plan_twin(planning: Planning, place: _Place, number: int) -> PlannedImmersiveEdition | None:
    track = place.track
    if track.immersive is None:
        return None
    asset = planning.assets[track.immersive.audio_asset_id]
    name = immersive_name(planning.icpn, track.disc_number, place.number, asset.extension)
    return PlannedImmersiveEdition(
        technical_reference=f"T{number}I",
        isrc=track.immersive.isrc,
        audio=known(asset.audio),
        file=plan_file(FileKind.AUDIO, name, asset, planning),
    )


def _plan_video(planning: Planning, place: _Place, number: int, capture: str | None) -> PlannedVideo:
    track = place.track
    asset = planning.assets[known(track.video_asset_id)]
    video = known(asset.video)
    name = recording_name(planning.icpn, track.disc_number, place.number, asset.extension)
    return PlannedVideo(
        **_common(planning, track, number),
        duration=video.duration,
        first_publication_date=track.first_publication_date,
        type=track.video_type,
        c_line=track.c_line or planning.release.c_line,
        video=video,
        screen_capture_reference=capture,
        cues=track.cues,
        file=plan_file(FileKind.VIDEO, name, asset, planning),
    )


def _plan_images(planning: Planning, videos: Sequence[_Place], first_number: int) -> Iterator[PlannedImage]:
    """The front cover, the others as they stand, then what stands for videos. Nobody gives advice about images."""
    cover_first = sorted(planning.release.images, key=lambda image: image.type is not ImageType.FRONT_COVER)
    shown = [(image.asset_id, image.type) for image in cover_first]
    captures = [place.track.screen_capture_asset_id for place in videos if place.track.screen_capture_asset_id]
    shown += [(asset_id, ImageType.SCREEN_CAPTURE) for asset_id in captures]
    for index, (asset_id, type) in enumerate(shown, start=1):
        asset = planning.assets[asset_id]
        number = first_number + index - 1
        yield PlannedImage(
            reference=f"A{number}",
            technical_reference=f"T{number}",
            type=type,
            proprietary_id=f"{planning.icpn}_IMG_{index:03d}",
            parental_warning=ParentalWarning.NO_ADVICE_AVAILABLE,
            image=known(asset.image),
            file=plan_file(FileKind.IMAGE, image_name(planning.icpn, index, asset.extension), asset, planning),
        )


def _plan_texts(planning: Planning, first_number: int) -> Iterator[PlannedText]:
    """The booklet."""
    if planning.release.booklet_asset_id is None:
        return
    asset = planning.assets[planning.release.booklet_asset_id]
    yield PlannedText(
        reference=f"A{first_number}",
        technical_reference=f"T{first_number}",
        proprietary_id=f"{planning.icpn}_TXT_001",
        title=planning.release.title,
        parental_warning=ParentalWarning.NO_ADVICE_AVAILABLE,
        file=plan_file(FileKind.DOCUMENT, booklet_name(planning.icpn, asset.extension), asset, planning),
    )


def _plan_work(planning: Planning, track: Track) -> PlannedWork | None:
    work = planning.works.get(track.id)
    if work is None:
        return PlannedWork(iswc=track.iswc) if track.iswc else None
    return PlannedWork(
        iswc=track.iswc, opus_number=work.opus_number, composer_catalog_number=work.composer_catalog_number
    )


def _formal_title(planning: Planning, track: Track) -> str | None:
    """`Composer: Work: Movement`, as DDEX suggests for classical recordings (RP 2.3.1)."""
    work = planning.works.get(track.id)
    if work is None:
        return None
    writers = (*track.contributors, *planning.release.contributors)
    composer = next((one for one in writers if ContributorRole.COMPOSER in one.roles), None)
    parts = [planning.party_names[composer.party_id]] if composer else []
    return ": ".join([*parts, work.title, track.title])


def plan_file(kind: FileKind, name: str, asset: Asset, planning: Planning) -> PlannedFile:
    """A file with its place beside the message, and whether it travels."""
    order = planning.order
    return PlannedFile(
        uri=order.resource_uri(kind, name),
        name=name,
        asset_id=asset.id,
        size=asset.size,
        hashes=asset.hashes,
        provided=order.subtype is not MessageSubtype.TAKEDOWN and asset.id not in order.already_delivered,
    )
