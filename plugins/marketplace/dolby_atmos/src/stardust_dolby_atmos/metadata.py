"""The metadata of masters, kept from the upload to the delivery: packed, and cut into documents."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator

from distro_sdk.collections import OwnCollection
from stardust_dolby_atmos.adm import MOST_AXML

PART = 45_000
"""Bytes of one document before they are written in base64, which fits into what a document may hold."""


async def keep_metadata(collection: OwnCollection, asset_id: str, axml: bytes) -> None:
    """Keep the metadata of a master. The first document is written last, so that what is found is whole."""
    parts = list(_parts(zlib.compress(axml)))
    for place in reversed(range(len(parts))):
        told = {"parts": len(parts), "data": base64.b64encode(parts[place]).decode()}
        await collection.put(_key(asset_id, place), told)


async def find_metadata(collection: OwnCollection, asset_id: str) -> bytes | None:
    """The metadata of a master as it stands in the file, None where it is not kept."""
    first = await collection.get(_key(asset_id, 0))
    if first is None:
        return None
    packed = base64.b64decode(first.content["data"])
    for place in range(1, first.content["parts"]):
        part = await collection.get(_key(asset_id, place))
        if part is None:
            return None
        packed += base64.b64decode(part.content["data"])
    return zlib.decompressobj().decompress(packed, MOST_AXML)


def _parts(content: bytes) -> Iterator[bytes]:
    return (content[start : start + PART] for start in range(0, len(content), PART))


def _key(asset_id: str, place: int) -> str:
    return f"{asset_id}.{place:04}"
