"""A batch as files to send, each with its recorded hash, proven before the first upload (row MD5-02)."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from distro_core.assets.documents import AssetDocument
from distro_core.assets.parts import split_md5s
from distro_core.brief_work import BRIEF_BYTES, run_work
from distro_core.delivery.documents import BatchDocument, DeliveryDocument, StoredSidecar
from distro_core.delivery.labels import LabelledSource, file_labels
from distro_core.delivery.preparation import PreparedMessage
from distro_core.delivery.sidecars import sidecar_files
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.capabilities import read_choreography_settings
from distro_core.objects.port import BLOCK_SIZE
from distro_core.preparation.cleanup import drop_broken
from distro_core.preparation.releases import find_sent_assets
from distro_core.scope import Scope
from distro_sdk.choreography.files import hash_bytes
from distro_sdk.errors import DomainError
from distro_sdk.messages import Choreography
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.delivery import Batch, BatchedRelease, CompanionMessage, FileKind, PackageFile
from distro_sdk.transports import FileSource

PROOF = "sha1"
"""The fastest of the hashes that were recorded at intake, with and without SHA instructions; MD5 is not."""

READERS = os.cpu_count() or 1


@dataclass(frozen=True)
class BytesSource:
    """A small file that was made in memory, as something to send."""

    content: bytes

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self.content)

    @property
    def local_path(self) -> Path | None:
        """None: it lies in memory."""
        return None

    async def blocks(self, *, offset: int = 0, block_size: int = BLOCK_SIZE) -> AsyncIterator[bytes]:
        """The bytes from `offset` on, in blocks of at most `block_size` bytes."""
        for start in range(offset, len(self.content), block_size):
            yield self.content[start : start + block_size]


@dataclass(frozen=True)
class StoredFile:
    """A file in object storage.

    `plugin`: id of the plugin that added it, None for one of the catalogue; `part_md5s`: see `PartHasher`.
    """

    id: str
    object_key: str
    file_name: str
    size: int
    hashes: FileHashes
    plugin: str | None = None
    part_md5s: Sequence[bytes] = ()

    @classmethod
    def of_asset(cls, asset: AssetDocument) -> StoredFile:
        """A file of the catalogue, or what was made of it."""
        parts = split_md5s(asset.part_md5s)
        return cls(asset.id, asset.object_key, asset.file_name, asset.size, asset.hashes, part_md5s=parts)

    @classmethod
    def of_sidecar(cls, sidecar: StoredSidecar) -> StoredFile:
        """A file that a plugin added; its key is its id."""
        return cls(sidecar.key, sidecar.key, sidecar.name, sidecar.size, sidecar.hashes, sidecar.plugin)


@dataclass(frozen=True)
class PackedFile:
    """A file of the package with its bytes and their hashes."""

    file: PackageFile
    source: FileSource
    hashes: FileHashes

    @property
    def path(self) -> str:
        """Where it is to stand at the receiver."""
        return self.file.path

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.size


@dataclass(frozen=True)
class PackedBatch:
    """All files of a batch in writing order. `faults`: what is wrong with stored files, by the delivery's id."""

    files: tuple[PackedFile, ...]
    faults: Mapping[str, Sequence[DomainError]]

    @property
    def marker(self) -> PackedFile | None:
        """What completes the package at the receiver: the marker, or the last message where there is no marker."""
        last = self.files[-1]
        return last if last.file.kind in {FileKind.COMPLETION, FileKind.MESSAGE} else None

    @property
    def payload(self) -> tuple[PackedFile, ...]:
        """Everything but what completes the package."""
        return self.files[:-1] if self.marker else self.files


async def read_message(scope: Scope, delivery: DeliveryDocument) -> bytes:
    """The message of a delivery as it was stored; raises OBJECT_MISSING or MESSAGE_CORRUPTED."""
    if delivery.message_key is None or delivery.message_hashes is None:
        raise DomainError("MESSAGE_MISSING", "the delivery has no message yet")
    return await _read_proven(scope, delivery.message_key, delivery.message_hashes)


async def read_companions(scope: Scope, delivery: DeliveryDocument) -> tuple[CompanionMessage, ...]:
    """What travels beside a delivery's message, as it was stored; raises OBJECT_MISSING or MESSAGE_CORRUPTED."""
    return tuple(
        [
            CompanionMessage(
                format=companion.format,
                name=companion.name,
                content=await _read_proven(scope, companion.key, companion.hashes),
            )
            for companion in delivery.companions
        ]
    )


async def _read_proven(scope: Scope, key: str, hashes: FileHashes) -> bytes:
    content = await scope.objects.get(key)
    if hashlib.sha256(content).hexdigest() != hashes.sha256:
        raise DomainError("MESSAGE_CORRUPTED", "the stored message has changed since it was validated")
    return content


async def pack_batch(
    scope: Scope,
    choreography: Choreography,
    target: TargetDocument,
    batch: BatchDocument,
    deliveries: Sequence[DeliveryDocument],
    *,
    written: Mapping[str, PreparedMessage],
) -> PackedBatch:
    """Lay the batch out and prove every stored file against the hash that was recorded at intake.

    `written`: messages that need not be read, because they have just been stored, by the delivery's id.

    Raises OBJECT_MISSING or MESSAGE_CORRUPTED for a message, SIDECARS_NOT_TAKEN where the choreography leaves files of
    plugins out, and whatever it refuses.
    """
    releases = []
    for delivery in deliveries:
        if (fresh := written.get(delivery.id)) is not None:
            releases.append(_batched(delivery, fresh.content, fresh.companions))
        else:
            stored, beside = await read_message(scope, delivery), await read_companions(scope, delivery)
            releases.append(_batched(delivery, stored, beside))
    told = Batch(
        id=batch.id,
        created_at=batch.created_at or batch.due_at,
        sender=target.sender,
        recipient=target.recipient,
        test=deliveries[0].test,
        settings=read_choreography_settings(choreography, target.choreography_settings),
        releases=tuple(releases),
    )
    brief = sum(len(each.message) for each in releases) <= BRIEF_BYTES
    package = await run_work(lambda: choreography.lay_out(told), brief=brief)
    named = {file.asset_id for file in package.files if file.asset_id is not None}
    sidecars = {each.key: StoredFile.of_sidecar(each) for delivery in deliveries for each in delivery.sidecars}
    if sidecars.keys() - named:
        message = f"the choreography {target.choreography} leaves out files that plugins add"
        raise DomainError("SIDECARS_NOT_TAKEN", message)
    wanted = named - sidecars.keys()
    found = await find_sent_assets(scope, deliveries, wanted)
    assets = {id: StoredFile.of_asset(asset) for id, asset in found.items()} | sidecars
    broken = await _prove(scope, list(assets.values()))
    await drop_broken(scope, [assets[asset_id].object_key for asset_id in broken])
    broken |= {asset_id: _gone(asset_id) for asset_id in wanted - assets.keys()}
    files = tuple(
        _packed(scope, file, assets, file_labels(file, batch.id, deliveries))
        for file in package.files
        if file.asset_id not in broken
    )
    faults: dict[str, list[DomainError]] = {}
    for file in package.files:
        if file.asset_id in broken and file.delivery_id is not None:
            faults.setdefault(file.delivery_id, []).append(broken[file.asset_id])
    return PackedBatch(files, faults)


async def _prove(scope: Scope, assets: Sequence[StoredFile]) -> dict[str, DomainError]:
    gate = asyncio.Semaphore(READERS)

    async def prove(asset: StoredFile) -> DomainError | None:
        async with gate:
            return await _fault(scope.objects.source(asset.object_key, asset.size), asset)

    found = await asyncio.gather(*(prove(asset) for asset in assets))
    return {asset.id: fault for asset, fault in zip(assets, found, strict=True) if fault is not None}


async def _fault(source: FileSource, asset: StoredFile) -> DomainError | None:
    try:
        size, digest = await _digest(source)
    except DomainError as error:
        if error.code != "OBJECT_MISSING":
            raise
        return error
    except OSError as error:
        return DomainError("OBJECT_MISSING", f"{asset.file_name} cannot be read from storage: {error.strerror}")
    if size == asset.size and digest == getattr(asset.hashes, PROOF):
        return None
    if asset.plugin is not None:
        message = f"the stored file {asset.file_name} is not what plugin {asset.plugin} added: try the delivery again"
        return DomainError("SIDECAR_CORRUPTED", message)
    message = f"the stored file {asset.file_name} is not what was received: upload it again"
    return DomainError("ASSET_CORRUPTED", message)


async def _digest(source: FileSource) -> tuple[int, str]:
    if source.local_path is not None:
        return await asyncio.to_thread(_digest_file, source.local_path)
    hasher, size = hashlib.new(PROOF, usedforsecurity=False), 0
    async for block in source.blocks(block_size=4 * BLOCK_SIZE):
        await asyncio.to_thread(hasher.update, block)
        size += len(block)
    return size, hasher.hexdigest()


def _digest_file(path: Path) -> tuple[int, str]:
    hasher, size = hashlib.new(PROOF, usedforsecurity=False), 0
    block = memoryview(bytearray(BLOCK_SIZE))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(block):
            hasher.update(block[:count])
            size += count
    return size, hasher.hexdigest()


def _packed(scope: Scope, file: PackageFile, assets: Mapping[str, StoredFile], labels: Mapping[str, str]) -> PackedFile:
    if file.content is not None:
        hashes = hash_bytes(file.content)
        return PackedFile(file, LabelledSource(BytesSource(file.content), labels, hashes), hashes)
    asset = assets[file.asset_id or ""]
    source = scope.objects.source(asset.object_key, asset.size)
    return PackedFile(file, LabelledSource(source, labels, asset.hashes, asset.part_md5s), asset.hashes)


def _batched(delivery: DeliveryDocument, message: bytes, companions: tuple[CompanionMessage, ...]) -> BatchedRelease:
    return BatchedRelease(
        delivery_id=delivery.id,
        message_id=delivery.message_id,
        message_file=f"{delivery.message_id}.xml",
        message=message,
        type=delivery.message_type,
        subtype=delivery.subtype,
        profile=delivery.profile,
        companions=companions,
        icpn=delivery.icpn or "",
        grid=delivery.grid,
        files=delivery.files,
        sidecars=sidecar_files(delivery),
    )


def _gone(asset_id: str) -> DomainError:
    return DomainError("ASSET_NOT_FOUND", f"asset {asset_id}, or what was made of it for the target, is gone")
