"""Hashes that go along with files."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import aclosing

from distro_sdk.http_targets.bodies import read_blocks
from distro_sdk.transports import FileSource


async def digest_of(source: FileSource, algorithm: str) -> bytes:
    """The hash of a source, computed in a thread block by block."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    async with aclosing(read_blocks(source)) as blocks:
        async for block in blocks:
            await asyncio.to_thread(digest.update, block)
    return digest.digest()


def digest_header(algorithm: str, digest: bytes) -> dict[str, str]:
    """The header that carries a hash: Content-MD5 (RFC 1864) or Content-Digest (RFC 9530)."""
    text = base64.b64encode(digest).decode("ascii")
    return {"Content-MD5": text} if algorithm == "md5" else {"Content-Digest": f"sha-256=:{text}:"}
