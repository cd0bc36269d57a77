"""Exports of releases for platforms that a person delivers to (rows MAN-01, MAN-02, SVC-05)."""

from __future__ import annotations

import asyncio
import hashlib

from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.preparation import check_status
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.manual.documents import SUFFIXES, ExportFormat, ManualExportDocument
from distro_core.manual.tables import write_table
from distro_core.manual.walk import find_waiting, note_export
from distro_core.scope import Scope
from distro_core.store.collection import Order, Page
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import CompleteRelease, Track

COLUMNS = (
    "releaseId",
    "deliveryId",
    "icpn",
    "releaseTitle",
    "releaseVersion",
    "releaseArtist",
    "label",
    "releaseType",
    "releaseDate",
    "genre",
    "pLine",
    "cLine",
    "disc",
    "number",
    "isrc",
    "trackTitle",
    "trackVersion",
    "trackArtist",
    "audioFile",
    "coverFile",
)
"""One row for each track."""


class ManualExportService:
    """The exports of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._exports = scope.store.collection(ManualExportDocument)

    async def create(self, release_id: str, target_id: str, format: ExportFormat) -> ManualExportDocument:
        """Export a release for the platform of a target and store the file.

        A delivery of the release that waits for a person at this target is under way from then on (row MAN-06).
        Raises NOT_FOUND, PARTY_NOT_FOUND or ASSET_NOT_FOUND, and RELEASE_STATUS_CHANGED, RELEASE_NOT_READY or
        RELEASE_ARCHIVED where the release no longer is what that delivery was made for.
        """
        scope = self._scope
        target = await scope.store.collection(TargetDocument).find(target_id)
        if target is None:
            raise DomainError("NOT_FOUND", f"there is no target with id {target_id}", ("target_id",))
        release = await scope.store.collection(ReleaseDocument).get(release_id)
        delivery = await find_waiting(scope, release_id, target_id)
        if delivery is not None:
            check_status(release.status, delivery)
        complete = await load_complete_release(scope.store, release)
        rows = describe_release(complete, delivery)
        content = await asyncio.to_thread(write_table, format, COLUMNS, rows)
        platform = target.platform or target.id
        export_id = new_id()
        key = f"{scope.tenant_key}/exports/{platform}/{export_id}.{SUFFIXES[format]}"
        await scope.objects.put(key, content)
        export = await self._exports.insert(
            ManualExportDocument(
                id=export_id,
                release_id=release_id,
                target_id=target_id,
                platform=platform,
                format=format,
                key=key,
                file_name=f"{platform}-{release.icpn or release_id}.{SUFFIXES[format]}",
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                delivery_id=delivery.id if delivery else None,
            ),
            by=scope.actor,
        )
        if delivery is not None:
            await note_export(scope, delivery, format.value)
        return export

    async def get(self, id: str) -> ManualExportDocument:
        """An export; raises NOT_FOUND."""
        return await self._exports.get(id)

    async def page(self, release_id: str | None, first: int, after: str | None) -> Page[ManualExportDocument]:
        """A page of exports, the newest first. `release_id`: of this release alone."""
        where = {"release_id": release_id} if release_id else {}
        return await self._exports.page(where, order=Order(descending=True), first=first, after=after)


def describe_release(complete: CompleteRelease, delivery: DeliveryDocument | None) -> list[dict[str, str]]:
    """The rows of an export, one for each track; a release without tracks has one."""
    release = complete.release
    assets = {asset.id: asset for asset in complete.assets}
    cover = next((assets[image.asset_id].file_name for image in release.images if image.asset_id in assets), "")
    common = {
        "releaseId": release.id,
        "deliveryId": delivery.id if delivery else "",
        "icpn": release.icpn or "",
        "releaseTitle": release.title,
        "releaseVersion": release.version or "",
        "releaseArtist": release.display_artist,
        "label": complete.party(release.label_party_id).name if release.label_party_id else "",
        "releaseType": release.type.value,
        "releaseDate": release.release_date.isoformat() if release.release_date else "",
        "genre": release.genre.name if release.genre else "",
        "pLine": release.p_line.text if release.p_line else "",
        "cLine": release.c_line.text if release.c_line else "",
        "coverFile": cover,
    }

    def of_track(place: int, track: Track) -> dict[str, str]:
        audio = assets.get(track.audio_asset_id or "")
        return {
            "disc": str(track.disc_number),
            "number": str(place),
            "isrc": track.isrc or "",
            "trackTitle": track.title,
            "trackVersion": track.version or "",
            "trackArtist": track.display_artist,
            "audioFile": audio.file_name if audio else "",
        }

    tracks = [of_track(place, track) for place, track in enumerate(release.tracks, 1)]
    return [{**common, **track} for track in tracks or [{}]]
