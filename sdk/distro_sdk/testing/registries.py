"""What every reader of registries must be able to do, as a suite to subclass."""

from __future__ import annotations

import re

import pytest

from distro_sdk.errors import TransportError
from distro_sdk.registries import RegistrySource

SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*$")


@pytest.mark.asyncio
class RegistrySourceConformance:
    """Subclass it as `Test…` and override the four fixtures."""

    @pytest.fixture
    def source(self) -> RegistrySource:
        """The reader under test."""
        raise NotImplementedError("override the fixture `source` with the reader under test")

    @pytest.fixture
    def address(self) -> str:
        """Where something lies."""
        raise NotImplementedError("override the fixture `address` with one where something lies")

    @pytest.fixture
    def content(self) -> bytes:
        """What lies there: at least a thousand bytes."""
        raise NotImplementedError("override the fixture `content` with what lies at the address")

    @pytest.fixture
    def missing(self) -> str:
        """An address where nothing lies."""
        raise NotImplementedError("override the fixture `missing` with an address where nothing lies")

    async def test_is_named_like_the_scheme_of_its_addresses(self, source: RegistrySource, address: str) -> None:
        assert SCHEME.match(source.key)
        assert address.startswith(f"{source.key}:")

    async def test_reads_what_lies_there_each_time(self, source: RegistrySource, address: str, content: bytes) -> None:
        assert len(content) >= 1000
        for _ in range(2):
            assert await _read(source, address, len(content)) == content

    async def test_reads_no_more_than_is_asked_for(self, source: RegistrySource, address: str, content: bytes) -> None:
        blocks: list[bytes] = []
        with pytest.raises(TransportError) as refused:
            await _read_into(blocks, source, address, len(content) // 2)

        assert refused.value.code == "REMOTE_FILE_TOO_LARGE"
        assert sum(map(len, blocks)) <= len(content) // 2

    async def test_says_in_its_own_words_that_nothing_is_there(self, source: RegistrySource, missing: str) -> None:
        with pytest.raises(TransportError) as refused:
            await _read(source, missing, 1000)

        assert refused.value.code
        assert refused.value.message

    async def test_what_is_no_address_is_refused(self, source: RegistrySource) -> None:
        for nonsense in (f"{source.key}:", f"{source.key}://", f"{source.key}://\u0000/"):
            with pytest.raises(TransportError):
                await _read(source, nonsense, 1000)


async def _read(source: RegistrySource, address: str, most: int) -> bytes:
    blocks: list[bytes] = []
    await _read_into(blocks, source, address, most)
    return b"".join(blocks)


async def _read_into(blocks: list[bytes], source: RegistrySource, address: str, most: int) -> None:
    async for block in source.read(address, most):
        blocks.append(block)  # noqa: PERF401 (what came before an error is looked at)
