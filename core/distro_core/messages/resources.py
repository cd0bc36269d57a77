"""Sound recordings, images and their files: `A1…`, `T1…`, recordings first (RP 2.3.1: resources in schema order)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from distro_core.messages.credits import plan_artists, plan_contributors
from distro_core.messages.naming import audio_name, image_name
from distro_core.messages.planning import Planning, known
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import ImageType, ParentalWarning
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageSubtype, PlannedFile, PlannedImage, PlannedSoundRecording


def plan_recordings(planning: Planning) -> Iterator[PlannedSoundRecording]:
    """One recording per track; who wrote or published the whole release did so for each track (row CAT-33)."""
    release = planning.release
    placed: Counter[int] = Counter()
    for number, track in enumerate(release.tracks, start=1):
        asset = planning.assets[known(track.audio_asset_id)]
        audio = known(asset.audio)
        placed[track.disc_number] += 1
        name = audio_name(planning.icpn, track.disc_number, placed[track.disc_number], asset.extension)
        yield PlannedSoundRecording(
            reference=f"A{number}",
            technical_reference=f"T{number}",
            track_id=track.id,
            isrc=known(track.isrc),
            iswc=track.iswc,
            title=track.title,
            version=track.version,
            display_artist=track.display_artist,
            artists=plan_artists(track.artists or release.artists, planning.parties),
            contributors=plan_contributors((*track.contributors, *release.contributors), planning.parties),
            p_line=track.p_line or release.p_line,
            duration=audio.duration,
            parental_warning=track.parental_warning,
            language=track.language or release.language,
            instrumental=track.instrumental,
            first_publication_date=track.first_publication_date,
            preview=track.preview,
            audio=audio,
            file=_plan_file(FileKind.AUDIO, name, asset, planning),
        )


def plan_images(planning: Planning, first_number: int) -> Iterator[PlannedImage]:
    """The front cover, then the others as they stand. Nobody gives advice about images, so none is invented."""
    cover_first = sorted(planning.release.images, key=lambda image: image.type is not ImageType.FRONT_COVER)
    for index, image in enumerate(cover_first, start=1):
        asset = planning.assets[image.asset_id]
        number = first_number + index - 1
        yield PlannedImage(
            reference=f"A{number}",
            technical_reference=f"T{number}",
            type=image.type,
            proprietary_id=f"{planning.icpn}_IMG_{index:03d}",
            parental_warning=ParentalWarning.NO_ADVICE_AVAILABLE,
            image=known(asset.image),
            file=_plan_file(FileKind.IMAGE, image_name(planning.icpn, index, asset.extension), asset, planning),
        )


def _plan_file(kind: FileKind, name: str, asset: Asset, planning: Planning) -> PlannedFile:
    order = planning.order
    return PlannedFile(
        uri=order.resource_uri(kind, name),
        name=name,
        asset_id=asset.id,
        size=asset.size,
        hashes=asset.hashes,
        provided=order.subtype is not MessageSubtype.TAKEDOWN and asset.id not in order.already_delivered,
    )
