"""What was made of a file goes with it, and what is broken is made anew."""

from __future__ import annotations

from collections.abc import Sequence

from distro_core.assets.documents import AssetDocument
from distro_core.preparation.documents import PreparedFileDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change


async def forget_prepared(scope: Scope, sha256: str) -> None:
    """Remove all files that were made of bytes which no asset of the tenant has any more, begun ones included."""
    if await scope.store.collection(AssetDocument).find_one({"hashes.sha256": sha256}) is not None:
        return
    files = scope.store.collection(PreparedFileDocument)
    while found := await files.list({"source_sha256": sha256}):
        for file in found:
            for key in file.written:
                await scope.objects.delete(key)
            await files.delete(file.id)


async def drop_broken(scope: Scope, keys: Sequence[str]) -> None:
    """Have prepared files made anew whose bytes are gone or damaged. `keys`: where they lie; others are passed over."""
    files = scope.store.collection(PreparedFileDocument)
    for key in keys:
        await files.try_update({"object_key": key}, Change(set={"object_key": None}))
