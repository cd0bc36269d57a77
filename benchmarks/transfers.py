"""What the benchmarks of transports share: files to send, several at once, and what that takes of this process."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvloop

from benchmarks.measure import compare, report
from distro_sdk.transports import FileSource, Transport, TransportSession

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine, as the delivery engine hands it to a transport."""

    local_path: Path
    size: int

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes, for transports that cannot read the file themselves."""
        with self.local_path.open("rb") as file:
            file.seek(offset)
            while block := await asyncio.to_thread(file.read, block_size):
                yield block


Describe = Callable[[Path], FileSource]
"""How a file is handed to a transport."""


def local_file(path: Path) -> LocalFile:
    """A file of which nothing is known but its bytes."""
    return LocalFile(path, path.stat().st_size)


async def send_files(
    session: TransportSession,
    files: Sequence[Path],
    at_once: int,
    folder: str = "",
    *,
    describe: Describe = local_file,
) -> None:
    """Send files through one session, so many at once."""

    async def ignore(_: int) -> None:
        return

    rest = iter(files)

    async def work() -> None:
        for file in rest:
            await session.put(f"{folder}{file.name}", describe(file), ignore)

    await asyncio.gather(*(work() for _ in range(at_once)))


def run_upload(
    transport: Transport,
    settings: Any,
    files: Sequence[Path],
    at_once: int,
    folder: str = "",
    *,
    describe: Describe = local_file,
) -> None:
    """Connect and send files, in a loop of its own."""

    async def upload() -> None:
        async with transport.connect(settings) as session:
            await send_files(session, files, at_once, folder, describe=describe)

    uvloop.run(upload())


def run_upload_to_new_prefix(
    transport: Transport, settings: Any, files: Sequence[Path], at_once: int, *, describe: Describe = local_file
) -> None:
    """As `run_upload`, into a place of an object storage that nobody has used."""
    run_upload(transport, settings.model_copy(update={"prefix": uuid4().hex}), files, at_once, describe=describe)


def measure_upload(
    title: str,
    files: list[Path],
    *,
    ours: Callable[[], object],
    floor: Callable[[], object],
    rounds: int,
    least_speed: float,
) -> None:
    """Compare both on the same files, print how much of a processor ours takes, and end the program if it is slow."""
    if not report_upload(title, files, ours=ours, floor=floor, rounds=rounds, least_speed=least_speed):
        sys.exit(1)


def report_upload(
    title: str,
    files: list[Path],
    *,
    ours: Callable[[], object],
    floor: Callable[[], object],
    rounds: int,
    least_speed: float,
) -> bool:
    """As `measure_upload`; returns whether ours is fast enough."""
    started, used = time.perf_counter(), processor_seconds()
    ours()
    share = (processor_seconds() - used) / (time.perf_counter() - started)
    comparison = compare(ours, floor, rounds=rounds, warm_up=1)
    total = sum(file.stat().st_size for file in files)
    print(f"{title}: {total / MEGABYTE / comparison.ours:.0f} MB/s sent, {share:.0%} of one processor")
    return report(title, comparison, least_speed=least_speed)


def fast_folder(room: int = 2048 * MEGABYTE) -> str | None:
    """A folder in memory where there is one with `room` bytes: a busy disk would hide what is measured."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > room else None


def random_file(path: Path, size: int) -> Path:
    """A file that cannot be compressed."""
    block = os.urandom(MEGABYTE)
    with path.open("wb") as file:
        for _ in range(size // MEGABYTE):
            file.write(block)
    return path


def processor_seconds() -> float:
    """Seconds that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_memory() -> int:
    """The most memory that this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
