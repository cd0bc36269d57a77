"""What a partner does not want is left out of a release before anything is planned, and so never travels."""

from __future__ import annotations

from typing import Any

from distro_sdk.models.catalogue import ImageType, Release
from distro_sdk.models.message import MessageOptions


def leave_out(release: Release, options: MessageOptions) -> Release:
    """The release without immersive twins, further images or the booklet where the partner does not take them."""
    changed: dict[str, Any] = {}
    if not options.immersive_audio and any(track.immersive for track in release.tracks):
        changed["tracks"] = tuple(track.model_copy(update={"immersive": None}) for track in release.tracks)
    if not options.further_images:
        changed["images"] = tuple(image for image in release.images if image.type is ImageType.FRONT_COVER)
    if not options.booklet:
        changed["booklet_asset_id"] = None
    return release.model_copy(update=changed) if changed else release
