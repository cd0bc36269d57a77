"""Whether previews and cues lie within the recording they belong to (row TRK-12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset
from distro_sdk.models.catalogue import Preview, Release, ResourceType
from distro_sdk.models.structure import Cue
from distro_sdk.models.validation import ValidationIssue


def find_length_errors(release: Release, assets: Mapping[str, Asset]) -> Iterator[ValidationIssue]:
    """Previews and cues that end after the file of their track. `assets`: by id."""
    for place, track in enumerate(release.tracks):
        asset = assets.get(recording_id(track.resource_type, track.audio_asset_id, track.video_asset_id) or "")
        for fault in find_parts_outside(asset, track.preview, track.cues):
            path = ".".join(str(step) for step in ("tracks", place, *fault.path))
            yield ValidationIssue(code=fault.code, message=f"track {place + 1}: {fault.message}", path=path)


def find_parts_outside(asset: Asset | None, preview: Preview | None, cues: Iterable[Cue]) -> Iterator[DomainError]:
    """What ends after its recording, with its path into the track. `asset`: of the recording, as far as it is known."""
    media = (asset.audio or asset.video) if asset else None
    if media is None:
        return
    if preview and _ends_after(preview, media.duration):
        message = f"the preview ends after the recording, which lasts {media.duration} seconds"
        yield DomainError("PREVIEW_OUTSIDE_TRACK", message, ("preview",))
    for place, cue in enumerate(cues):
        if _ends_after(cue, media.duration):
            message = f"the cue {cue.title!r} ends after the video, which lasts {media.duration} seconds"
            yield DomainError("CUE_OUTSIDE_VIDEO", message, ("cues", place))


def recording_id(kind: ResourceType, audio_asset_id: str | None, video_asset_id: str | None) -> str | None:
    """The id of the file that is the recording itself."""
    return video_asset_id if kind is ResourceType.VIDEO else audio_asset_id


def _ends_after(part: Preview | Cue, duration: Decimal) -> bool:
    return part.start_time + part.duration > duration
