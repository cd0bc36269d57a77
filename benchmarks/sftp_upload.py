"""Uploading over SFTP against OpenSSH's own `sftp`, on the same sshd in the same run.

One file of 512 MB, and 200 files of 1 MB of which ours sends four at once through one session, as the delivery engine
does. Each measurement connects, signs in and uploads. The peer runs with its own defaults; a third line compares with
the cipher that ours asks for, and is printed for information. Needs openssh-server and openssh-client.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import compare, judge
from distro_plugins.sftp import SftpSettings, SftpTransport
from tests.exchange_servers import OpenSsh, has_openssh, openssh

LEAST_SPEED_BIG = 0.95
LEAST_SPEED_SMALL = 1.0
ROUNDS = 11
MEGABYTE = 1_000_000
BIG = 512 * MEGABYTE
SMALL = 200
FILES_AT_ONCE = 4


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine, as the delivery engine hands it to a transport."""

    local_path: Path

    @property
    def size(self) -> int:
        """Bytes."""
        return self.local_path.stat().st_size

    async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes, for transports that cannot read the file themselves."""
        with self.local_path.open("rb") as file:
            file.seek(offset)
            while block := await asyncio.to_thread(file.read, block_size):
                yield block


async def upload(settings: SftpSettings, files: list[Path]) -> None:
    """Send files, four at once, through one session."""

    async def ignore(_: int) -> None:
        return

    rest = iter(files)
    async with SftpTransport().connect(settings) as session:

        async def work() -> None:
            for file in rest:
                await session.put(f"ours/{file.name}", LocalFile(file), ignore)

        await asyncio.gather(*(work() for _ in range(FILES_AT_ONCE)))


def upload_with_openssh(server: OpenSsh, files: list[Path], *options: str) -> None:
    """Send the same files with the program `sftp`."""
    commands = "".join(f"put {file} {server.directory}/theirs/{file.name}\n" for file in files)
    subprocess.run(
        [
            *("sftp", "-q", "-b", "-", "-P", str(server.port), "-i", str(server.folder / "user_key"), *options),
            *("-o", f"UserKnownHostsFile={server.folder / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes"),
            f"{server.user}@127.0.0.1",
        ],
        input=commands,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def main() -> None:
    if not has_openssh():
        sys.exit("openssh-server is needed")
    with tempfile.TemporaryDirectory(dir=fast_folder()) as name, openssh(Path(name) / "sshd") as server:
        (server.folder / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
        (server.directory / "theirs").mkdir()
        big = [random_file(Path(name) / "big.wav", BIG)]
        small = [random_file(Path(name) / f"{number:03}.wav", MEGABYTE) for number in range(SMALL)]
        settings = SftpSettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": server.port,
                "username": server.user,
                "private_key": server.private_key,
                "host_key": server.host_key,
                "directory": str(server.directory),
            }
        )
        before = peak_memory()
        cases = (("one file of 512 MB", big, LEAST_SPEED_BIG), (f"{SMALL} files of 1 MB", small, LEAST_SPEED_SMALL))
        for title, files, least in cases:
            comparison = compare(
                lambda files=files: uvloop.run(upload(settings, files)),  # type: ignore[misc]
                lambda files=files: upload_with_openssh(server, files),  # type: ignore[misc]
                rounds=ROUNDS,
                warm_up=1,
            )
            judge(f"SFTP, {title}", comparison, least_speed=least)
            print(f"{sum(file.stat().st_size for file in files) / MEGABYTE / comparison.ours:.0f} MB/s sent")
        print(f"memory: {before} MB before, {peak_memory()} MB at most")
        same_cipher = compare(
            lambda: uvloop.run(upload(settings, big)),
            lambda: upload_with_openssh(server, big, "-c", "aes128-gcm@openssh.com"),
            rounds=ROUNDS,
            warm_up=0,
        )
        judge("SFTP, one file of 512 MB, both with AES-GCM", same_cipher)


def fast_folder() -> str | None:
    """A folder in memory where there is one with room: a busy disk would hide what is measured."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 4 * BIG else None


def random_file(path: Path, size: int) -> Path:
    """A file that cannot be compressed."""
    block = os.urandom(MEGABYTE)
    with path.open("wb") as file:
        for _ in range(size // MEGABYTE):
            file.write(block)
    return path


def peak_memory() -> int:
    """The most memory that this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
