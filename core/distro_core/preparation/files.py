"""Prepared files: made once for the same bytes and the same recipe, measured, and kept in the tenant's storage."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from distro_core.assets.description import describe_file
from distro_core.assets.documents import AssetDocument
from distro_core.assets.hashing import hash_file
from distro_core.objects.port import BLOCK_SIZE, storage_failed
from distro_core.preparation.cleanup import drop_broken
from distro_core.preparation.documents import PreparedFileDocument
from distro_core.preparation.orders import FileOrder
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset, AssetKind
from distro_sdk.preparation import AudioRecipe

_THREADS: Final = {
    AssetKind.AUDIO: ThreadPoolExecutor(2, "audio-preparation"),
    AssetKind.IMAGE: ThreadPoolExecutor(1, "image-preparation"),
}
"""Of the whole process: an image is in memory as a whole, so there is one at a time."""


class PreparedFiles:
    """The prepared files of one tenant; others have their own, even of the same bytes."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._files = scope.store.collection(PreparedFileDocument)

    async def find(self, orders: Sequence[FileOrder]) -> dict[str, PreparedFileDocument]:
        """Those that are there already, by the id of their asset."""
        found = await self._files.get_many({file_id(order) for order in orders})
        gone = [file.object_key for file in found.values() if file.object_key and not await self._is_there(file)]
        await drop_broken(self._scope, gone)
        there = {order.asset.id: found.get(file_id(order)) for order in orders}
        return {id: file for id, file in there.items() if file and file.object_key and file.object_key not in gone}

    async def make(self, order: FileOrder) -> PreparedFileDocument:
        """Make a file and keep it; where two do so at once, both get that of the first.

        Raises NOT_FOUND, ASSET_CORRUPTED, OBJECT_MISSING, OBJECT_STORAGE_FULL, OBJECT_STORAGE_FAILED,
        PREPARED_FILE_WRONG, PREPARATION_FAILED, and what the preparer raises.
        """
        original = await self._scope.store.collection(AssetDocument).get(order.asset.id)
        id = file_id(order)
        with tempfile.TemporaryDirectory(prefix="stardust-distro-", ignore_cleanup_errors=True) as folder:
            result = Path(folder) / "result"
            try:
                async with self._scope.objects.local_file(original.object_key) as source:
                    loop = asyncio.get_running_loop()
                    made = await loop.run_in_executor(_THREADS[order.asset.kind], _make, order, source, result)
                key = f"{self._scope.tenant_key}/prepared/{id}/{new_id()}"
                await self._announce(order, id, key)
                await self._keep(key, result)
            except OSError as error:
                raise storage_failed(error) from error
        measured = {"size": made.size, "hashes": made.hashes, "audio": made.audio, "image": made.image}
        kept = await self._files.try_update({"id": id, "object_key": None}, Change(set={"object_key": key, **measured}))
        if kept is None:
            await self._scope.objects.delete(key)
            return await self._files.get(id)
        return kept

    async def _is_there(self, file: PreparedFileDocument) -> bool:
        """Whether storage has anything of the file: one byte tells; all are proven when it is packed."""
        try:
            async for _ in self._scope.objects.read(file.object_key or "", offset=file.size - 1, block_size=1):
                return True
        except DomainError as error:
            if error.code != "OBJECT_MISSING":
                raise
        return False

    async def _announce(self, order: FileOrder, id: str, key: str) -> None:
        """Write down where the file will lie before it does: nothing that a crash leaves is forgotten."""
        fresh = PreparedFileDocument(id=id, source_sha256=order.asset.hashes.sha256, preparer=order.preparer.name)
        if await self._files.find(id) is None:
            with suppress(DomainError):
                await self._files.insert(fresh)
        await self._files.update(id, Change(push={"written": [key]}))

    async def _keep(self, key: str, result: Path) -> None:
        async with self._scope.objects.writer(key) as writer:
            with result.open("rb", buffering=0) as file:
                while block := await asyncio.to_thread(file.read, BLOCK_SIZE):
                    await writer.write(block)
            await writer.commit()


def file_id(order: FileOrder) -> str:
    """The same for the same bytes, recipe and preparer: SHA-256 of all three, shortened to 40 digits."""
    recipe = order.recipe.model_dump(mode="json")
    said = [order.asset.hashes.sha256, recipe, order.preparer.name, order.preparer.version]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:40]


def _make(order: FileOrder, source: Path, result: Path) -> Asset:
    """Prove the source, prepare it, and measure what came of it; in a thread."""
    if hash_file(source) != order.asset.hashes:
        message = f"the stored file {order.asset.file_name} is not what was received: upload it again"
        raise DomainError("ASSET_CORRUPTED", message, order.path)
    try:
        order.preparer.prepare(order.asset, order.recipe, source, result)
    except DomainError as error:
        raise DomainError(error.code, error.message, order.path) from error
    except OSError:
        raise
    except Exception as error:
        message = f"{order.preparer.name} failed with {order.asset.file_name}: {type(error).__name__}: {error}"
        raise DomainError("PREPARATION_FAILED", message, order.path) from error
    made = _measured(order, result)
    if fault := _fault(order, made):
        message = f"{order.preparer.name} made a file of {order.asset.file_name} that {fault}"
        raise DomainError("PREPARED_FILE_WRONG", message, order.path)
    return made


def _measured(order: FileOrder, result: Path) -> Asset:
    try:
        return describe_file(result, order.asset.kind, id=order.asset.id)
    except DomainError as error:
        message = f"{order.preparer.name} made a file of {order.asset.file_name} that cannot be read: {error.message}"
        raise DomainError("PREPARED_FILE_WRONG", message, order.path) from error


def _fault(order: FileOrder, made: Asset) -> str | None:
    """What is otherwise than the recipe says, or changed although it says nothing of it."""
    recipe, before = order.recipe, order.asset
    if isinstance(recipe, AudioRecipe):
        if made.audio is None or before.audio is None or made.audio.format is not recipe.format:
            return f"is no {recipe.format.value}"
        wanted = {
            "duration": before.audio.duration,
            "channels": before.audio.channels,
            "sample_rate": recipe.sample_rate or before.audio.sample_rate,
        }
        if made.audio.lossless:
            wanted["bit_depth"] = recipe.bit_depth or before.audio.bit_depth
        changed = [name for name, value in wanted.items() if getattr(made.audio, name) != value]
        return f"has another {changed[0].replace('_', ' ')}" if changed else None
    if made.image is None or before.image is None or made.image.format is not recipe.format:
        return f"is no {recipe.format.value}"
    if made.image.colour_mode != recipe.colour_mode or made.size > recipe.largest_file:
        return f"is {made.image.colour_mode} and has {made.size} bytes"
    sides = max(made.image.width, made.image.height)
    before_sides = max(before.image.width, before.image.height)
    return f"has {sides} pixels a side" if sides > min(recipe.longest_side or sides, before_sides) else None
