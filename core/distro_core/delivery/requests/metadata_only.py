"""Telling a platform of a release anew without sending any of its files (rows TAP-03, IDM-02)."""

from __future__ import annotations

from distro_core.assets.documents import AssetDocument
from distro_core.delivery.requests.precedents import find_files_there
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.omissions import leave_out
from distro_core.scope import Scope
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import Release
from distro_sdk.models.message import MessageSubtype

_SHOWN = 5


def wanted_files(release: Release) -> list[str]:
    """The id of every file that a message names: recordings, videos, images and the booklet."""
    wanted: list[str | None] = []
    for track in release.tracks:
        wanted += [track.audio_asset_id, track.video_asset_id, track.screen_capture_asset_id]
        if track.immersive:
            wanted.append(track.immersive.audio_asset_id)
    wanted += [*(image.asset_id for image in release.images), release.booklet_asset_id]
    return [asset_id for asset_id in wanted if asset_id]


async def check_metadata_only(scope: Scope, release: Release, target: TargetDocument, subtype: MessageSubtype) -> None:
    """Raise where an update of a release could not be told without files.

    NOT_YET_DELIVERED where the platform does not have the release; RESOURCES_CHANGED, with the files, where it has not
    got all that the release names now.
    """
    if subtype is not MessageSubtype.UPDATE:
        message = f"{target.name} does not have this release, so that there is nothing to update: deliver it"
        raise DomainError("NOT_YET_DELIVERED", message)
    there = await find_files_there(scope, release.id, target)
    new = [asset_id for asset_id in wanted_files(leave_out(release, target.options)) if asset_id not in there]
    if not new:
        return
    found = await scope.store.collection(AssetDocument).get_many(new)
    names = [found[asset_id].file_name for asset_id in dict.fromkeys(new) if asset_id in found]
    listed = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    message = f"audio or artwork changed since the last delivery ({listed}): deliver the release with its files"
    raise DomainError("RESOURCES_CHANGED", message)
