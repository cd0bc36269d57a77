"""What every transport of whole packages must be able to do, as a suite to subclass."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel

from distro_sdk.errors import TransportError
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.delivery import FileKind
from distro_sdk.packages import OutgoingPackage, PackageAnswer, PackagePart, PackageSession
from distro_sdk.testing.sources import BytesSource, InterruptedSource, PatternSource
from distro_sdk.testing.transports import BLOCKS_ON_THE_WAY, LARGE, MEBIBYTE, UNICODE_NAMES, Refusal
from distro_sdk.transports import FileSource, Transport

BATCH = "20260101000000000"

Inbox = Callable[[], Sequence[Mapping[str, str]]]
"""The packages that the receiver has taken, each as the SHA-256 of its files by the names that it was told."""


async def make_part(path: str, source: FileSource, kind: FileKind = FileKind.AUDIO) -> PackagePart:
    """A part with the hashes of what its source gives."""
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha1", "sha256")}
    async for block in source.blocks():
        for digest in digests.values():
            digest.update(block)
    return PackagePart(path, kind, source, FileHashes(**{name: each.hexdigest() for name, each in digests.items()}))


async def make_package(message: bytes = b"<message/>", **files: FileSource) -> OutgoingPackage:
    """A batch of one release: the files given, their message and a completion marker."""
    parts = [await make_part(f"{BATCH}/release/{name}.wav", source) for name, source in files.items()]
    parts.append(await make_part(f"{BATCH}/release/release.xml", BytesSource(message), FileKind.MESSAGE))
    parts.append(await make_part(f"{BATCH}/BatchComplete.xml", BytesSource(b""), FileKind.COMPLETION))
    return OutgoingPackage(BATCH, tuple(parts))


@pytest.mark.asyncio
class PackageConformance:
    """Subclass it as `Test…` and override the four fixtures. The receiver has taken nothing before each test."""

    @pytest.fixture
    def transport(self) -> Transport:
        """The transport under test."""
        raise NotImplementedError("override the fixture `transport` with the transport under test")

    @pytest.fixture
    def configuration(self) -> BaseModel:
        """Settings of a working target, to which files are told by their whole paths."""
        raise NotImplementedError("override the fixture `configuration` with the settings of a working target")

    @pytest.fixture
    def inbox(self) -> Inbox:
        """What the receiver has taken."""
        raise NotImplementedError("override the fixture `inbox` with a function that tells what the receiver has")

    @pytest.fixture
    def refusals(self) -> Sequence[Refusal]:
        """At least one way in which a connection does not come about, such as a wrong password or a closed port."""
        raise NotImplementedError("override the fixture `refusals` with at least one that cannot connect")

    async def test_says_what_it_is(self, transport: Transport, configuration: BaseModel) -> None:
        assert transport.key
        assert transport.title
        assert transport.capabilities.whole_package
        assert isinstance(configuration, transport.configuration)
        async with transport.connect(configuration) as session:
            assert isinstance(session, PackageSession)

    async def test_all_files_arrive_together(
        self, transport: Transport, configuration: BaseModel, inbox: Inbox
    ) -> None:
        package = await make_package(first=PatternSource(3 * MEBIBYTE + 7), second=BytesSource(b"another"))

        await _send(transport, configuration, package)

        assert inbox() == [{part.path: part.hashes.sha256 for part in package.parts}]

    async def test_hashes_that_are_told_are_those_of_the_files(
        self, transport: Transport, configuration: BaseModel
    ) -> None:
        package = await make_package(first=BytesSource(b"a recording"))

        answer = await _send(transport, configuration, package)

        recorded = {part.path: part.hashes.model_dump() for part in package.parts}
        for path, told in answer.hashes.items():
            assert told == {algorithm: recorded[path][algorithm] for algorithm in told}

    async def test_names_keep_every_character(
        self, transport: Transport, configuration: BaseModel, inbox: Inbox
    ) -> None:
        parts = [await make_part(f"folder/{name}", BytesSource(name.encode())) for name in UNICODE_NAMES]

        await _send(transport, configuration, OutgoingPackage(BATCH, tuple(parts)))

        assert set(inbox()[0]) == {f"folder/{name}" for name in UNICODE_NAMES}

    async def test_a_large_file_is_streamed(self, transport: Transport, configuration: BaseModel, inbox: Inbox) -> None:
        package = await make_package(large=PatternSource(LARGE))
        most_memory = transport.capabilities.memory + BLOCKS_ON_THE_WAY
        told: dict[str, list[int]] = {}

        async def progress(path: str, transferred: int) -> None:
            told.setdefault(path, []).append(transferred)

        async with transport.connect(configuration) as session:
            assert isinstance(session, PackageSession)
            tracemalloc.start()
            try:
                before, _ = tracemalloc.get_traced_memory()
                await session.send_package(package, progress)
                _, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()

        assert most - before <= most_memory, f"{(most - before) // MEBIBYTE} MiB in memory"
        assert inbox()[0][package.parts[0].path] == package.parts[0].hashes.sha256
        for path, counts in told.items():
            size = next(part.source.size for part in package.parts if part.path == path)
            assert all(earlier <= later for earlier, later in pairwise(counts)), "progress went backwards"
            assert counts[-1] <= size
        assert told[package.parts[0].path][-1] == LARGE

    async def test_a_repetition_is_not_taken_twice(
        self, transport: Transport, configuration: BaseModel, inbox: Inbox
    ) -> None:
        first = await _send(transport, configuration, await make_package(first=BytesSource(b"a recording")))
        again = await _send(transport, configuration, await make_package(first=BytesSource(b"a recording")))

        assert again == first
        assert len(inbox()) == 1

    async def test_the_same_batch_with_another_message_is_taken(
        self, transport: Transport, configuration: BaseModel, inbox: Inbox
    ) -> None:
        await _send(transport, configuration, await make_package(b"<message>wrong</message>"))
        await _send(transport, configuration, await make_package(b"<message>right</message>"))

        assert len(inbox()) == 2

    async def test_what_it_cannot_read_of_our_own_leaves_nothing_behind(
        self, transport: Transport, configuration: BaseModel, inbox: Inbox
    ) -> None:
        async def break_off() -> None:
            raise OSError("the disk has gone")

        whole = await make_package(first=PatternSource(MEBIBYTE))
        broken = InterruptedSource(whole.parts[0].source, break_off)

        with pytest.raises(TransportError):
            await _send(transport, configuration, _with_first(whole, broken))

        assert inbox() == []

    @pytest.mark.parametrize("size", [MEBIBYTE - 1, MEBIBYTE + 1])
    async def test_a_file_of_another_size_than_announced_leaves_nothing_behind(
        self, transport: Transport, configuration: BaseModel, inbox: Inbox, size: int
    ) -> None:
        whole = await make_package(first=PatternSource(MEBIBYTE))
        changed = _MisjudgedSource(PatternSource(size), MEBIBYTE)

        with pytest.raises(TransportError) as caught:
            await _send(transport, configuration, _with_first(whole, changed))

        assert not caught.value.retryable
        assert inbox() == []

    async def test_a_cancelled_package_is_not_taken(
        self, transport: Transport, configuration: BaseModel, inbox: Inbox
    ) -> None:
        half_way = asyncio.Event()

        async def wait_for_ever() -> None:
            half_way.set()
            await asyncio.Event().wait()

        whole = await make_package(first=PatternSource(MEBIBYTE))
        waiting = _with_first(whole, InterruptedSource(whole.parts[0].source, wait_for_ever))
        sending = asyncio.ensure_future(_send(transport, configuration, waiting))
        await half_way.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

        assert inbox() == []

    async def test_what_progress_raises_stops_the_package(
        self, transport: Transport, configuration: BaseModel, inbox: Inbox
    ) -> None:
        class StopError(Exception):
            """What the platform raises when somebody cancels."""

        async def stop(path: str, transferred: int) -> None:
            raise StopError

        package = await make_package(first=PatternSource(4 * MEBIBYTE))
        async with transport.connect(configuration) as session:
            assert isinstance(session, PackageSession)
            with pytest.raises(StopError):
                await session.send_package(package, stop)

        assert inbox() == []

    async def test_takes_no_file_alone(self, transport: Transport, configuration: BaseModel, inbox: Inbox) -> None:
        async with transport.connect(configuration) as session:
            with pytest.raises(TransportError) as caught:
                await session.put("message.xml", BytesSource(b"alone"), _ignore)
            assert not caught.value.retryable

        assert inbox() == []

    async def test_says_why_it_cannot_connect(self, transport: Transport, refusals: Sequence[Refusal]) -> None:
        assert refusals, "name at least one way in which a connection does not come about"
        for refusal in refusals:
            with pytest.raises(TransportError) as caught:
                async with transport.connect(refusal.configuration):
                    raise AssertionError(f"{refusal.title}: it connected")

            assert (caught.value.category, caught.value.retryable) == (refusal.category, refusal.retryable)


class _MisjudgedSource:
    """A file that says it has another size than it has."""

    local_path: Path | None = None

    def __init__(self, source: FileSource, size: int) -> None:
        self._source = source
        self.size = size

    def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes that there really are."""
        return self._source.blocks(offset=offset, block_size=block_size)


async def _send(transport: Transport, configuration: BaseModel, package: OutgoingPackage) -> PackageAnswer:
    async with transport.connect(configuration) as session:
        assert isinstance(session, PackageSession)
        return await session.send_package(package, _ignore_part)


def _with_first(package: OutgoingPackage, source: FileSource) -> OutgoingPackage:
    first, *others = package.parts
    return OutgoingPackage(package.batch_id, (PackagePart(first.path, first.kind, source, first.hashes), *others))


async def _ignore(transferred: int) -> None:
    """Nobody watches."""


async def _ignore_part(path: str, transferred: int) -> None:
    """Nobody watches."""
