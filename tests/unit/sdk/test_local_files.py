"""Reading files of this machine: at once what is in memory, in a thread what is not."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distro_sdk import local_files
from distro_sdk.local_files import read_blocks

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads that do not wait are Linux's")

BLOCK = 10


async def read_all(path: Path, offset: int = 0, block_size: int = BLOCK) -> list[bytes]:
    return [bytes(block) async for block in read_blocks(path, offset=offset, block_size=block_size)]


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """In which threads files were read that were not in memory."""
    used: list[int] = []
    original = local_files._read

    def read(*arguments: Any) -> bytes | bytearray:
        used.append(threading.get_ident())
        return original(*arguments)

    monkeypatch.setattr(local_files, "_read", read)
    return used


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int, Sequence[Any], int], int]], None]:
    """Lets the kernel answer what a test says to reads that must not wait."""

    def answer(preadv: Callable[[int, Sequence[Any], int], int]) -> None:
        monkeypatch.setattr(local_files, "_NOW", 8)
        monkeypatch.setattr(os, "preadv", lambda file, buffers, offset, _: preadv(file, buffers, offset))

    return answer


def in_memory(_: int, buffers: Sequence[Any], offset: int) -> int:
    """What a file of 25 bytes holds."""
    content = b"0123456789abcdefghijABCDE"[offset : offset + len(buffers[0])]
    buffers[0][: len(content)] = content
    return len(content)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "recording.wav"
    path.write_bytes(b"0123456789abcdefghijABCDE")
    return path


async def test_a_file_comes_in_blocks_of_which_the_last_is_shorter(file: Path) -> None:
    assert await read_all(file) == [b"0123456789", b"abcdefghij", b"ABCDE"]


async def test_reading_begins_where_it_is_told(file: Path) -> None:
    assert await read_all(file, offset=18) == [b"ijABCDE"]


async def test_whole_blocks_have_no_empty_one_behind_them(tmp_path: Path) -> None:
    path = tmp_path / "even"
    path.write_bytes(b"x" * 20)

    assert await read_all(path) == [b"x" * 10, b"x" * 10]


async def test_an_empty_file_has_no_blocks(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()

    assert await read_all(path) == []


async def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await read_all(tmp_path / "missing")


async def test_what_is_in_memory_needs_no_thread(
    file: Path, answering: Callable[[Any], None], threads: list[int]
) -> None:
    answering(in_memory)

    assert await read_all(file) == [b"0123456789", b"abcdefghij", b"ABCDE"]
    assert threads == []


async def test_what_the_disk_has_is_read_in_a_thread(
    file: Path, answering: Callable[[Any], None], threads: list[int]
) -> None:
    """Given a file of which the second block has left the memory, only that one takes a thread."""

    def answer(number: int, buffers: Sequence[Any], offset: int) -> int:
        if offset == BLOCK:
            raise BlockingIOError(errno.EAGAIN, "would wait")
        return in_memory(number, buffers, offset)

    answering(answer)

    assert await read_all(file) == [b"0123456789", b"abcdefghij", b"ABCDE"]
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


async def test_half_a_block_in_memory_is_not_taken_for_the_end(
    file: Path, answering: Callable[[Any], None], threads: list[int]
) -> None:
    def answer(number: int, buffers: Sequence[Any], offset: int) -> int:
        return min(4, in_memory(number, buffers, offset))

    answering(answer)

    assert await read_all(file) == [b"0123456789", b"abcdefghij", b"ABCDE"]
    assert len(threads) == 3


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EINVAL])
async def test_a_file_system_that_cannot_tell_is_asked_once(
    file: Path, answering: Callable[[Any], None], threads: list[int], number: int
) -> None:
    asked: list[int] = []

    def answer(_: int, __: Sequence[Any], offset: int) -> int:
        asked.append(offset)
        raise OSError(number, "cannot tell")

    answering(answer)

    assert await read_all(file) == [b"0123456789", b"abcdefghij", b"ABCDE"]
    assert asked == [0]
    assert len(threads) == 3


async def test_a_system_without_such_reads_uses_threads(
    file: Path, monkeypatch: pytest.MonkeyPatch, threads: list[int]
) -> None:
    monkeypatch.setattr(local_files, "_NOW", 0)

    assert await read_all(file) == [b"0123456789", b"abcdefghij", b"ABCDE"]
    assert len(threads) == 3


async def test_a_file_that_grows_meanwhile_shows_what_was_added(file: Path) -> None:
    """Who sends a file must see that it has changed: what came behind its old end is read too."""
    found = b""
    async with aclosing(read_blocks(file, block_size=BLOCK)) as blocks:
        async for block in blocks:
            found += block
            if len(found) == 20:
                with file.open("ab") as end:
                    end.write(b"FG")

    assert found == b"0123456789abcdefghijABCDEFG"


@LINUX
async def test_a_file_that_was_just_written_is_in_memory(tmp_path: Path, threads: list[int]) -> None:
    """With the real kernel: no thread where the file system can tell, the same bytes in any case."""
    path = tmp_path / "recording.wav"
    content = os.urandom(3 * 4096 + 17)
    path.write_bytes(content)
    with path.open("rb") as opened:
        try:
            os.preadv(opened.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
        except OSError:
            can_tell = False
        else:
            can_tell = True

    assert b"".join(await read_all(path, block_size=4096)) == content
    assert len(threads) == (0 if can_tell else 4)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "any"


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 310), st.integers(1, 120))
def test_any_file_is_read_as_it_is(kept: Path, content: bytes, offset: int, block_size: int) -> None:
    kept.write_bytes(content)

    blocks = asyncio.run(read_all(kept, offset, block_size))

    assert b"".join(blocks) == content[offset:]
    assert all(len(block) == block_size for block in blocks[:-1])
    assert all(blocks)
