"""Small files of this machine, which the system sends by itself where it can."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from distro_plugins.ftp import FtpTransport
from distro_sdk.errors import TransportError
from tests.ftp_servers import pyftpdlib
from tests.object_servers import LocalFile

CONTENT = os.urandom(3_000_001)
SendFile = Callable[[int, int, int, int], int]


async def arrives(folder: Path) -> bool:
    """Whether a small file arrives as it is, and nothing else."""

    async def ignore(_: int) -> None:
        return

    track = folder / "track.wav"
    track.write_bytes(CONTENT)
    with pyftpdlib(folder) as server:
        async with FtpTransport().connect(server.settings("batch")) as session:
            await session.put("track.wav", LocalFile(track), ignore)
        return [(each.name, each.read_bytes()) for each in (server.folder / "batch").iterdir()] == [
            ("track.wav", CONTENT)
        ]


def in_pieces(most: int) -> SendFile:
    """The system's call, which may take less than it was asked to."""
    whole = os.sendfile
    return lambda out, file, offset, count: whole(out, file, offset, min(count, most))


def broken_after(most: int, error: OSError) -> SendFile:
    """The system's call, which fails after so many bytes."""
    whole = os.sendfile

    def call(out: int, file: int, offset: int, count: int) -> int:
        if offset >= most:
            raise error
        return whole(out, file, offset, min(count, most - offset))

    return call


@pytest.mark.parametrize(
    "call",
    [
        in_pieces(700_000),
        broken_after(0, OSError(errno.EINVAL, "the file's system cannot")),
        broken_after(1_000_000, OSError(errno.EIO, "Input/output error")),
    ],
    ids=["in pieces", "never", "up to a point"],
)
async def test_what_the_system_does_not_send_is_read_and_sent(
    call: SendFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sendfile", call)

    assert await arrives(tmp_path)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BlockingIOError(errno.EAGAIN, "nothing moved"), "TRANSFER_STALLED"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "CONNECTION_LOST"),
    ],
)
async def test_a_line_that_breaks_meanwhile_has_its_name(
    error: OSError, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sendfile", broken_after(1_000_000, error))

    with pytest.raises(TransportError) as broken:
        await arrives(tmp_path)

    assert (broken.value.code, broken.value.retryable) == (code, True)
