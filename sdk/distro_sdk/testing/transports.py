"""What every transport must be able to do, as a suite to subclass."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import ChecksDestination
from distro_sdk.testing.sources import BytesSource, InterruptedSource, PatternSource
from distro_sdk.transports import (
    DiscardingSession,
    FileSource,
    RemoteFile,
    Transport,
    TransportCapabilities,
    TransportSession,
)

MEBIBYTE = 1024 * 1024
LARGE = 48 * MEBIBYTE
BLOCKS_ON_THE_WAY = 4 * MEBIBYTE
"""The block that the source makes, and those that the client hands to its connection."""

READABLE = 64 * 1024

CONTENT = b"what a label delivers"
UNICODE_NAMES = ("Beyoncé – Déjà Vu.txt", "光と影.txt", "naïve 🎵.txt", "a b+c&d%20.txt")


@dataclass(frozen=True)
class Refusal:
    """A configuration with which no connection comes about, and how that must be classified."""

    title: str
    configuration: BaseModel
    category: ErrorCategory
    retryable: bool


@pytest.mark.asyncio
class TransportConformance:
    """Subclass it as `Test…` and override the three fixtures; `guarded` where the transport is a `ChecksDestination`.

    The directory of the configuration must be empty for each test. Names that begin with a dot are working files of
    the transport and are not looked at.
    """

    @pytest.fixture
    def transport(self) -> Transport:
        """The transport under test."""
        raise NotImplementedError("override the fixture `transport` with the transport under test")

    @pytest.fixture
    def configuration(self) -> BaseModel:
        """Settings of a working target with an empty directory."""
        raise NotImplementedError("override the fixture `configuration` with the settings of a working target")

    @pytest.fixture
    def refusals(self) -> Sequence[Refusal]:
        """At least one way in which a connection does not come about, such as a wrong password or a closed port."""
        raise NotImplementedError("override the fixture `refusals` with at least one that cannot connect")

    @pytest.fixture
    def guarded(self) -> Transport | None:
        """The transport without any private network allowed, where the configuration's server lies in one."""
        return None

    async def test_says_what_it_is(self, transport: Transport, configuration: BaseModel) -> None:
        assert transport.key
        assert transport.title
        assert isinstance(transport.capabilities, TransportCapabilities)
        assert issubclass(transport.configuration, BaseModel)
        assert isinstance(configuration, transport.configuration)

    async def test_a_file_arrives_with_its_size_and_content(
        self, transport: Transport, configuration: BaseModel
    ) -> None:
        async with transport.connect(configuration) as session:
            await _put(session, "message.xml", CONTENT)

            await _assert_stands(transport, session, "message.xml", CONTENT)

    async def test_folders_are_made_as_needed(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            await _put(session, "20260101000000000/Release1/audio/track.wav", CONTENT)
            await _put(session, "20260101000000000/Release1/message.xml", b"another")

            await _assert_stands(transport, session, "20260101000000000/Release1/audio/track.wav", CONTENT)
            await _assert_stands(transport, session, "20260101000000000/Release1/message.xml", b"another")

    async def test_a_second_file_of_the_same_path_replaces_the_first_whole(
        self, transport: Transport, configuration: BaseModel
    ) -> None:
        async with transport.connect(configuration) as session:
            await _put(session, "folder/message.xml", b"a long first version of the file")
            await _put(session, "folder/message.xml", b"short")

            await _assert_stands(transport, session, "folder/message.xml", b"short")

    async def test_an_empty_file_arrives(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            told = await _put(session, "empty.txt", b"")

            await _assert_stands(transport, session, "empty.txt", b"")
            assert set(told) <= {0}

    async def test_names_keep_every_character(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            for name in UNICODE_NAMES:
                await _put(session, f"folder/{name}", name.encode())

            for name in UNICODE_NAMES:
                await _assert_stands(transport, session, f"folder/{name}", name.encode())

    async def test_a_large_file_is_streamed(self, transport: Transport, configuration: BaseModel) -> None:
        source = PatternSource(LARGE)
        most_memory = transport.capabilities.memory + BLOCKS_ON_THE_WAY
        assert most_memory < LARGE // 2, "a transport that streams holds less than half of a large file"

        async with transport.connect(configuration) as session:
            most, told = await _put_and_measure(session, "audio/large.wav", source, most_memory)

            found = await session.stat("audio/large.wav")
            assert found is not None
            assert found.size == LARGE
            assert most <= most_memory, f"{most // MEBIBYTE} MiB in memory, {most_memory // MEBIBYTE} are declared"
            assert told[-1] == LARGE
            assert all(earlier <= later for earlier, later in pairwise(told)), "progress went backwards"
            if transport.capabilities.read:
                content = await session.read("audio/large.wav", max_size=LARGE)
                assert hashlib.sha256(content).hexdigest() == await source.hash("sha256")

    async def test_several_files_at_once_arrive_whole(self, transport: Transport, configuration: BaseModel) -> None:
        contents = {f"batch/{number}.bin": bytes([number]) * (number * 50_001) for number in range(1, 9)}

        async with transport.connect(configuration) as session:
            await asyncio.gather(*(_put(session, path, content) for path, content in contents.items()))

            for path, content in contents.items():
                await _assert_stands(transport, session, path, content)

    async def test_there_is_nothing_where_nothing_was_put(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            await _put(session, "folder/file.txt", CONTENT)

            assert await session.stat("other.txt") is None
            assert await session.stat("no/such/folder/file.txt") is None

    async def test_no_path_leads_out_of_the_directory(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            for path in ("../outside.txt", "folder/../../outside.txt", "/outside.txt"):
                with pytest.raises(TransportError) as caught:
                    await _put(session, path, CONTENT)
                assert not caught.value.retryable

    async def test_what_it_cannot_read_of_our_own_leaves_nothing_behind(
        self, transport: Transport, configuration: BaseModel
    ) -> None:
        async def break_off() -> None:
            raise OSError("the disk has gone")

        async with transport.connect(configuration) as session:
            with pytest.raises(TransportError):
                await session.put("audio/track.wav", InterruptedSource(PatternSource(MEBIBYTE), break_off), _ignore)

            assert await session.stat("audio/track.wav") is None

    async def test_a_cancelled_file_is_not_visible(self, transport: Transport, configuration: BaseModel) -> None:
        half_way = asyncio.Event()

        async def wait_for_ever() -> None:
            half_way.set()
            await asyncio.Event().wait()

        async with transport.connect(configuration) as session:
            source = InterruptedSource(PatternSource(MEBIBYTE), wait_for_ever)
            putting = asyncio.ensure_future(session.put("audio/track.wav", source, _ignore))
            await half_way.wait()
            putting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await putting

        if transport.capabilities.atomic_put:
            async with transport.connect(configuration) as session:
                assert await session.stat("audio/track.wav") is None

    async def test_what_a_cancelled_file_left_is_discarded(
        self, transport: Transport, configuration: BaseModel
    ) -> None:
        half_way = asyncio.Event()

        async def wait_for_ever() -> None:
            half_way.set()
            await asyncio.Event().wait()

        async with transport.connect(configuration) as session:
            if not isinstance(session, DiscardingSession):
                return
            await _put(session, "audio/whole.wav", CONTENT)
            source = InterruptedSource(PatternSource(MEBIBYTE), wait_for_ever)
            putting = asyncio.ensure_future(session.put("audio/track.wav", source, _ignore))
            await half_way.wait()
            putting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await putting

        async with transport.connect(configuration) as session:
            assert isinstance(session, DiscardingSession)
            for path in ("audio/track.wav", "audio/track.wav", "audio/whole.wav", "no/such/folder/track.wav"):
                await session.discard(path)

            for name in ("track.wav", ".track.wav.part", ".whole.wav.part"):
                assert await session.stat(f"audio/{name}") is None
            await _assert_stands(transport, session, "audio/whole.wav", CONTENT)
            if transport.capabilities.list:
                assert [file.path for file in await session.list("audio")] == ["audio/whole.wav"]

    async def test_a_half_written_file_is_never_visible(self, transport: Transport, configuration: BaseModel) -> None:
        seen: list[RemoteFile | None] = []

        async with transport.connect(configuration) as observer, transport.connect(configuration) as session:

            async def look() -> None:
                seen.append(await observer.stat("audio/track.wav"))

            await session.put("audio/track.wav", InterruptedSource(PatternSource(4 * MEBIBYTE), look), _ignore)
            await _put(session, "audio/track.wav", CONTENT)
            await session.put("audio/track.wav", InterruptedSource(PatternSource(4 * MEBIBYTE), look), _ignore)

        assert len(seen) == 2
        if transport.capabilities.atomic_put:
            assert seen[0] is None
            assert seen[1] is not None
            assert seen[1].size == len(CONTENT)

    async def test_lists_the_files_of_one_folder(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            if not transport.capabilities.list:
                await _assert_refuses(session.list("acknowledgements"))
                return
            for path in ("acknowledgements/b.xml", "acknowledgements/a.xml", "acknowledgements/old/c.xml", "d.xml"):
                await _put(session, path, path.encode())

            listed = {file.path: file.size for file in await session.list("acknowledgements")}
            assert listed == {path: len(path) for path in ("acknowledgements/a.xml", "acknowledgements/b.xml")}
            assert [file.path for file in await session.list("")] == ["d.xml"]
            assert list(await session.list("no/such/folder")) == []

    async def test_reads_no_more_than_asked_for(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            await _put(session, "answer.xml", CONTENT)
            if not transport.capabilities.read:
                await _assert_refuses(session.read("answer.xml", max_size=READABLE))
                return

            assert await session.read("answer.xml", max_size=len(CONTENT)) == CONTENT
            await _assert_refuses(session.read("answer.xml", max_size=len(CONTENT) - 1))
            await _assert_refuses(session.read("missing.xml", max_size=READABLE))

    async def test_deletes_a_file_once_and_again(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            await _put(session, "folder/answer.xml", CONTENT)
            await _put(session, "folder/other.xml", CONTENT)
            if not transport.capabilities.delete:
                await _assert_refuses(session.delete("folder/answer.xml"))
                return

            await session.delete("folder/answer.xml")
            await session.delete("folder/answer.xml")
            await session.delete("no/such/folder/answer.xml")

            assert await session.stat("folder/answer.xml") is None
            await _assert_stands(transport, session, "folder/other.xml", CONTENT)

    async def test_hashes_are_those_it_declares(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            await _put(session, "track.wav", CONTENT)

            for algorithm in ("md5", "sha1", "sha256"):
                stated = await session.remote_hash("track.wav", algorithm)
                expected = hashlib.new(algorithm, CONTENT).hexdigest()
                assert stated == (expected if algorithm in transport.capabilities.remote_hash else None)

    async def test_says_why_it_cannot_connect(self, transport: Transport, refusals: Sequence[Refusal]) -> None:
        assert refusals, "name at least one way in which a connection does not come about"
        for refusal in refusals:
            with pytest.raises(TransportError) as caught:
                async with transport.connect(refusal.configuration):
                    raise AssertionError(f"{refusal.title}: it connected")

            told = (caught.value.category, caught.value.retryable)
            assert told == (refusal.category, refusal.retryable), refusal.title
            assert caught.value.code
            assert caught.value.message

    async def test_knows_from_settings_where_no_connection_may_go(
        self, transport: Transport, configuration: BaseModel, guarded: Transport | None
    ) -> None:
        if not isinstance(transport, ChecksDestination):
            assert guarded is None, "only a `ChecksDestination` is asked"
            return
        assert guarded is not None, "override the fixture `guarded`"
        assert isinstance(guarded, ChecksDestination)

        assert dict(await transport.find_forbidden(configuration)) == {}
        forbidden = await guarded.find_forbidden(configuration)
        with pytest.raises(TransportError) as caught:
            async with guarded.connect(configuration):
                raise AssertionError("it connected where it may not")

        assert forbidden
        assert set(forbidden) <= set(type(configuration).model_fields)
        assert all(forbidden.values()), "say why"
        assert (caught.value.code, caught.value.retryable) == ("ADDRESS_FORBIDDEN", False)

    async def test_a_session_can_be_opened_again(self, transport: Transport, configuration: BaseModel) -> None:
        async with transport.connect(configuration) as session:
            await _put(session, "first.txt", CONTENT)

        async with transport.connect(configuration) as session:
            await _assert_stands(transport, session, "first.txt", CONTENT)


async def _ignore(_: int) -> None:
    return


async def _put(session: TransportSession, path: str, content: bytes) -> list[int]:
    told: list[int] = []

    async def progress(transferred: int) -> None:
        told.append(transferred)

    await session.put(path, BytesSource(content), progress)
    return told


class _MeasuredSource:
    """Looks at the memory that is in use whenever it hands a block out.

    Only what is still needed counts: before the first reading is believed that exceeds the limit, what merely waits
    for the garbage collector is thrown away.
    """

    local_path = None

    def __init__(self, source: FileSource, limit: int) -> None:
        self.size = source.size
        self.most = 0
        self._source = source
        self._limit = limit
        gc.collect()
        self._before = _memory_in_use()

    async def blocks(self, *, offset: int = 0, block_size: int = MEBIBYTE) -> AsyncIterator[bytes]:
        async for block in self._source.blocks(offset=offset, block_size=block_size):
            self._look()
            yield block
            self._look()

    def _look(self) -> None:
        held = _memory_in_use() - self._before
        if held > self._limit >= self.most:
            gc.collect()
            held = _memory_in_use() - self._before
        self.most = max(self.most, held)


async def _put_and_measure(
    session: TransportSession, path: str, source: FileSource, limit: int
) -> tuple[int, list[int]]:
    """The most memory in use above the start while the file is read, bytes, and the progress that was told."""
    told: list[int] = []

    async def progress(transferred: int) -> None:
        told.append(transferred)

    tracemalloc.start()
    try:
        measured = _MeasuredSource(source, limit)
        await session.put(path, measured, progress)
    finally:
        tracemalloc.stop()
    return measured.most, told


def _memory_in_use() -> int:
    return tracemalloc.get_traced_memory()[0]


async def _assert_stands(transport: Transport, session: TransportSession, path: str, content: bytes) -> None:
    found = await session.stat(path)
    assert found is not None, f"{path} is not there"
    assert (found.path, found.size) == (path, len(content))
    if transport.capabilities.read:
        assert await session.read(path, max_size=max(len(content), 1)) == content


async def _assert_refuses(doing: Any) -> None:
    with pytest.raises(TransportError):
        await doing
