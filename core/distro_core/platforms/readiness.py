"""What the interface of a target's platform would refuse (rows ADI-01 and ADI-08)."""

from __future__ import annotations

from collections.abc import Iterator

from distro_core.delivery.readiness.issues import ReadinessGroup, ReadinessIssue
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.platforms.adapters import find_adapter
from distro_core.scope import Scope
from distro_sdk.adapters import PlatformAdapter
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.models.validation import ValidationIssue


def find_interface_faults(scope: Scope, complete: CompleteRelease, target: TargetDocument) -> Iterator[ReadinessIssue]:
    """Everything that the target's adapter finds in a release."""
    adapter = find_adapter(scope, target)
    if adapter is None:
        return
    release = complete.release
    for issue in (*adapter.validate_content(release), *_unfit_files(adapter, complete)):
        yield ReadinessIssue(
            group=ReadinessGroup.PLATFORM,
            severity=issue.severity,
            code=issue.code,
            message=issue.message,
            path=issue.path,
            release_id=release.id,
            target_id=target.id,
        )


def _unfit_files(adapter: PlatformAdapter, complete: CompleteRelease) -> Iterator[ValidationIssue]:
    wanted = adapter.content_requirements()
    assets = {asset.id: asset for asset in complete.assets}
    for place, track in enumerate(complete.release.tracks):
        asset = assets.get(track.audio_asset_id or "")
        if asset is not None and asset.audio is not None and asset.audio.format not in wanted.audio_formats:
            message = f"track {place + 1} is {asset.audio.format.value}, which the platform's interface does not take"
            path = f"tracks.{place}.audio_asset_id"
            yield ValidationIssue(code="AUDIO_FORMAT_UNSUITABLE", message=message, path=path)
    for place, image in enumerate(complete.release.images):
        asset = assets.get(image.asset_id)
        if asset is None or asset.image is None:
            continue
        smaller = min(asset.image.width, asset.image.height)
        if smaller < wanted.minimum_cover:
            message = f"an image has {smaller} pixels, and the platform's interface wants {wanted.minimum_cover}"
            yield ValidationIssue(code="COVER_TOO_SMALL", message=message, path=f"images.{place}.asset_id")
