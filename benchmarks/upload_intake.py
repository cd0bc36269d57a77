"""What it costs to take a file in: three hashes and the MD5 of each part, storage with fsync, and a probe.

Floor: a bare loop that reads the same file in blocks of 1 MB and updates MD5, SHA-1 and SHA-256; it stores nothing and
looks at nothing. Ours receives the same bytes in blocks of 64 KB, as an HTTP server gives them. The limit holds
for PCM, whose probe reads sizes; FLAC and MP3 are decoded to their end, which costs more than hashing them and is
printed for information.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import compare_async, judge
from distro_core.assets.description import probe_file
from distro_core.assets.intake import receive_blocks
from distro_core.objects.local import LocalObjectStorage
from distro_sdk.models.assets import AssetKind

LEAST_SPEED = 0.6
ROUNDS = 9


async def measure(title: str, path: Path, storage: LocalObjectStorage, least_speed: float | None) -> None:
    """Compare both on one file."""

    async def bare_loop() -> None:
        hashes = (hashlib.md5(), hashlib.sha1(), hashlib.sha256())
        with path.open("rb", buffering=0) as file:
            while block := file.read(1 << 20):
                for running in hashes:
                    running.update(block)

    async def stream() -> AsyncIterator[bytes]:
        with path.open("rb") as file:
            while block := file.read(1 << 16):
                yield block

    async def take_in() -> None:
        async with storage.writer("label/assets/1") as writer:
            await receive_blocks(stream(), writer, kind=AssetKind.AUDIO, file_name=path.name, limit=1 << 30)
            async with writer.written() as written:
                await asyncio.to_thread(probe_file, written, AssetKind.AUDIO, path.name)
            await writer.commit()

    comparison = await compare_async(take_in, bare_loop, rounds=ROUNDS)
    size = path.stat().st_size / 1e6
    judge(f"intake of {title}, {size:.0f} MB", comparison, least_speed=least_speed)
    print(f"{size / comparison.ours:.0f} MB/s taken in, {size / comparison.floor:.0f} MB/s hashed")


async def main() -> None:
    chance = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        storage = LocalObjectStorage(folder / "objects")
        frames = chance.normal(0, 0.1, (96_000 * 240, 2)).astype(np.float32)
        frames += 0.4 * np.sin(np.arange(len(frames), dtype=np.float32) / 40)[:, None]
        soundfile.write(folder / "a.wav", frames, 96_000, subtype="PCM_24")
        soundfile.write(folder / "a.flac", frames[: 96_000 * 120], 96_000, subtype="PCM_24")
        soundfile.write(folder / "a.mp3", frames[: 44_100 * 180], 44_100, format="MP3", bitrate_mode="CONSTANT")
        await measure("WAV 24/96", folder / "a.wav", storage, LEAST_SPEED)
        await measure("FLAC 24/96", folder / "a.flac", storage, None)
        await measure("MP3", folder / "a.mp3", storage, None)


if __name__ == "__main__":
    asyncio.run(main())
