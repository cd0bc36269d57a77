"""Assets of a tenant: taken in, described, stored, read and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from distro_core.assets.description import FileDescription, probe_file
from distro_core.assets.documents import AssetDocument
from distro_core.assets.intake import ReceivedFile, receive_blocks
from distro_core.assets.names import sanitise_file_name
from distro_core.assets.parts import join_md5s
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.preparation.cleanup import forget_prepared
from distro_core.scope import Scope
from distro_core.settings import Settings
from distro_core.store.collection import Filter, Order, Page
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset, AssetKind
from distro_sdk.models.events import AssetStored

NEWEST_FIRST = Order(descending=True)


class AssetService:
    """The files of one tenant's catalogue."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._assets = scope.store.collection(AssetDocument)

    async def receive(self, kind: AssetKind, file_name: str, blocks: AsyncIterator[bytes]) -> AssetDocument:
        """Store a file that passes every check; one that does not leaves nothing behind.

        `file_name`: as its owner calls it; only its last part is kept, for people. Raises `DomainError` FILE_TOO_LARGE,
        FILE_EMPTY, FILE_TYPE_UNKNOWN, KIND_MISMATCH, CONTENT_MISMATCH, FILE_TRUNCATED, FILE_DAMAGED,
        IMMERSIVE_PLUGIN_REQUIRED, those of the probes for audio and images, those of plugins' audio formats, and what a
        plugin objects (rows AST-01, AST-07 to AST-10, PLG-12 and TRK-15).
        """
        name = sanitise_file_name(file_name)
        asset_id = new_id()
        key = object_key(self._scope.tenant_key, asset_id)
        formats = tuple(self._scope.plugins.audio_formats.values())
        async with self._scope.objects.writer(key) as writer:
            received = await receive_blocks(
                blocks,
                writer,
                kind=kind,
                file_name=name,
                limit=size_limit(self._scope.settings, kind),
                formats=formats,
            )
            async with writer.written() as path:
                described = await asyncio.to_thread(probe_file, path, kind, name, formats)
                document = self._document(asset_id, key, name, received, described)
                asset = document.asset()
                await self._scope.plugins.before_asset_process(asset, path)
            await writer.commit()
        stored = await self._insert(document)
        await self._scope.plugins.after_asset_process(asset)
        return stored

    async def get(self, id: str) -> AssetDocument:
        """One asset; raises NOT_FOUND."""
        return await self._assets.get(id)

    async def page(
        self, *, kind: AssetKind | None = None, order: Order = NEWEST_FIRST, first: int = 50, after: str | None = None
    ) -> Page[AssetDocument]:
        """Assets, the newest first, all or those of one kind."""
        where: Filter = {} if kind is None else {"kind": kind}
        return await self._assets.page(where, order=order, first=first, after=after)

    async def duplicates(self, asset: Asset) -> Sequence[AssetDocument]:
        """Other assets of the tenant with the same bytes, the oldest first."""
        same = await self._assets.list({"hashes.sha256": asset.hashes.sha256})
        return [other for other in same if other.id != asset.id]

    async def read(self, id: str) -> AsyncIterator[bytes]:
        """The bytes of an asset, in blocks of 1 MB; raises NOT_FOUND, and OBJECT_MISSING where storage lost it."""
        document = await self._assets.get(id)
        async for block in self._scope.objects.read(document.object_key):
            yield block

    async def delete(self, id: str) -> AssetDocument:
        """Remove an asset and its bytes; raises NOT_FOUND, and ASSET_IN_USE while a release names it."""
        document = await self._assets.get(id)
        user = await self._scope.store.collection(ReleaseDocument).find_one(_uses(id))
        if user is not None:
            raise DomainError("ASSET_IN_USE", f"release {user.id} ({user.title}) uses this asset", ("id",))
        # The document goes first: bytes without a document are merely lost room, the reverse is a broken asset.
        await self._assets.delete(id)
        await self._scope.objects.delete(document.object_key)
        await forget_prepared(self._scope, document.hashes.sha256)
        return document

    def _document(
        self, id: str, key: str, name: str, received: ReceivedFile, described: FileDescription
    ) -> AssetDocument:
        return AssetDocument(
            id=id,
            kind=described.kind,
            file_name=name,
            size=received.size,
            hashes=received.hashes,
            part_md5s=join_md5s(received.part_md5s),
            audio=described.audio,
            image=described.image,
            video=described.video,
            uploaded_at=self._scope.clock.now(),
            object_key=key,
        )

    async def _insert(self, document: AssetDocument) -> AssetDocument:
        event = AssetStored(
            id=new_id(), tenant_id=self._scope.tenant_id, at=self._scope.clock.now(), asset_id=document.id
        )
        try:
            return await self._assets.insert(document, by=self._scope.actor, events=[event])
        except BaseException:
            await self._scope.objects.delete(document.object_key)
            raise


def object_key(tenant_key: str, asset_id: str) -> str:
    """Where an asset's bytes lie: a key made of ids alone, within its tenant's folder (rows AST-04 and AST-08)."""
    return f"{tenant_key}/assets/{asset_id}"


def size_limit(settings: Settings, kind: AssetKind) -> int:
    """The largest file of a kind, bytes (row AST-09)."""
    limits = {
        AssetKind.AUDIO: settings.max_audio_bytes,
        AssetKind.IMAGE: settings.max_image_bytes,
        AssetKind.VIDEO: settings.max_video_bytes,
        AssetKind.DOCUMENT: settings.max_document_bytes,
    }
    return limits[kind]


def _uses(asset_id: str) -> Filter:
    return {"named_assets": asset_id}
