"""Why a release cannot be told: every reason at once, with its place in the release. Nothing is ever invented."""

from __future__ import annotations

from collections.abc import Iterator

from distro_core.messages.order import MessageOrder
from distro_sdk.errors import DomainError, Path
from distro_sdk.models.assets import Asset, AssetKind
from distro_sdk.models.catalogue import CompleteRelease, DisplayArtist, Genre, ImageType, Release, Track
from distro_sdk.models.message import MessageSubtype, ReleaseProfile


def find_faults(complete: CompleteRelease, order: MessageOrder) -> list[DomainError]:
    """Every reason why this release cannot be planned as ordered."""
    faults = [*_release_faults(complete.release, order), *_reference_faults(complete)]
    faults += _image_faults(complete)
    for index, track in enumerate(complete.release.tracks):
        faults += _track_faults(complete, track, ("tracks", index))
    faults += _profile_faults(complete, order)
    return faults + list(_genre_faults(complete.release, order))


def _release_faults(release: Release, order: MessageOrder) -> Iterator[DomainError]:
    needed: dict[str, object] = {
        "icpn": release.icpn,
        "label_party_id": release.label_party_id,
        "genre": release.genre,
        "display_artist": release.display_artist,
        "release_date": release.release_date,
        "p_line": release.p_line,
        "c_line": release.c_line,
        "artists": release.artists,
        "tracks": release.tracks,
    }
    for name, value in needed.items():
        if not value:
            yield _missing(name, (name,))
    if order.language is None and release.language is None:
        yield _missing("language", ("language",))
    ends = release.rights.end_date if release.rights else None
    if ends and release.release_date and ends < release.release_date:
        text = f"the rights end on {ends}, before the release date"
        yield DomainError("RIGHTS_END_BEFORE_RELEASE", text, ("rights", "end_date"))
    if order.subtype is not MessageSubtype.TAKEDOWN and not order.terms:
        yield DomainError("COMMERCIAL_TERMS_MISSING", "the target offers no commercial terms, so there is no deal")


def _track_faults(complete: CompleteRelease, track: Track, path: Path) -> Iterator[DomainError]:
    if not track.isrc:
        yield DomainError("ISRC_MISSING", f"the track {track.title} has no ISRC", (*path, "isrc"))
    if not track.artists and not complete.release.artists:
        yield _missing("artists", (*path, "artists"))
    if track.audio_asset_id is None:
        yield DomainError("AUDIO_MISSING", f"the track {track.title} has no audio", (*path, "audio_asset_id"))
        return
    asset = _asset(complete, track.audio_asset_id)
    if asset is not None and asset.kind is not AssetKind.AUDIO:
        yield DomainError("AUDIO_MISSING", "the asset is not audio", (*path, "audio_asset_id"))
    if asset is not None and asset.audio and track.preview and track.preview.start_time >= asset.audio.duration:
        yield DomainError("PREVIEW_BEYOND_END", "the preview starts after the end", (*path, "preview", "start_time"))


def _reference_faults(complete: CompleteRelease) -> Iterator[DomainError]:
    release = complete.release
    parties = {party.id for party in complete.parties}
    assets = {asset.id for asset in complete.assets}
    for holder, path in [(release, ()), *((track, ("tracks", n)) for n, track in enumerate(release.tracks))]:
        for name in ("artists", "contributors"):
            for place, credit in enumerate(getattr(holder, name)):
                if credit.party_id not in parties:
                    yield _unknown("party", credit.party_id, (*path, name, place, "party_id"))
    if release.label_party_id and release.label_party_id not in parties:
        yield _unknown("party", release.label_party_id, ("label_party_id",))
    for index, track in enumerate(release.tracks):
        if track.audio_asset_id and track.audio_asset_id not in assets:
            yield _unknown("asset", track.audio_asset_id, ("tracks", index, "audio_asset_id"))
    for index, image in enumerate(release.images):
        if image.asset_id not in assets:
            yield _unknown("asset", image.asset_id, ("images", index, "asset_id"))


def _image_faults(complete: CompleteRelease) -> Iterator[DomainError]:
    covers = [image for image in complete.release.images if image.type is ImageType.FRONT_COVER]
    if len(covers) != 1:
        yield DomainError(
            "FRONT_COVER_MISSING", f"a release has one front cover, this one has {len(covers)}", ("images",)
        )
    for index, image in enumerate(complete.release.images):
        asset = _asset(complete, image.asset_id)
        if asset is not None and asset.image is None:
            yield DomainError("IMAGE_MISSING", "the asset is not an image", ("images", index, "asset_id"))


def _profile_faults(complete: CompleteRelease, order: MessageOrder) -> Iterator[DomainError]:
    if order.profile is not ReleaseProfile.SIMPLE_AUDIO_SINGLE:
        return
    if len(complete.release.tracks) > 1:
        yield DomainError("PROFILE_UNFIT", "SimpleAudioSingle carries one track", ("tracks",))
    if len(complete.release.images) > 1:
        yield DomainError("PROFILE_UNFIT", "SimpleAudioSingle carries one image, the front cover", ("images",))


def _genre_faults(release: Release, order: MessageOrder) -> Iterator[DomainError]:
    if order.genre_mapper is None:
        return
    genres: list[tuple[Genre | None, Path]] = [(release.genre, ("genre",))]
    genres += [(track.genre, ("tracks", index, "genre")) for index, track in enumerate(release.tracks)]
    for genre, path in genres:
        if genre is not None and order.genre_mapper.map(genre) is None:
            provider = order.genre_mapper.provider
            yield DomainError(
                "GENRE_UNMAPPED", f"{provider} has no place for the genre {genre.code or genre.name}", path
            )


def artists_of(release: Release, track: Track) -> tuple[DisplayArtist, ...]:
    """The artists of a track: its own, else the release's."""
    return track.artists or release.artists


def _asset(complete: CompleteRelease, asset_id: str) -> Asset | None:
    return next((asset for asset in complete.assets if asset.id == asset_id), None)


def _missing(name: str, path: Path) -> DomainError:
    return DomainError(
        f"{name.upper().removesuffix('_PARTY_ID')}_MISSING", f"the {name.replace('_', ' ')} is missing", path
    )


def _unknown(kind: str, id: str, path: Path) -> DomainError:
    return DomainError(f"{kind.upper()}_UNKNOWN", f"there is no {kind} {id} here", path)
