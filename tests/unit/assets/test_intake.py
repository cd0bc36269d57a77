"""Files while they stream in: hashed and stored in one pass, refused as early as possible."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from distro_core.assets.hashing import HASHED_BLOCK
from distro_core.assets.intake import ReceivedFile, receive_blocks
from distro_core.objects.local import LocalObjectStorage
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AssetKind
from tests.unit.assets.corpus import ID3V2_4, mp3, picture, sound

KEY = "label/assets/1"
HEAD = b"RIFF\0\0\0\0WAVE"


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalObjectStorage:
    return LocalObjectStorage(tmp_path_factory.mktemp("objects"))


@pytest.mark.proves("AST-07")
@hypothesis_settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    sizes=st.lists(st.integers(0, 2 * HASHED_BLOCK), min_size=1, max_size=8),
    seed=st.binary(min_size=1, max_size=16),
)
async def test_however_a_file_is_cut_its_bytes_and_hashes_are_the_same(
    storage: LocalObjectStorage, sizes: list[int], seed: bytes
) -> None:
    blocks = [HEAD, *((seed * (size // len(seed) + 1))[:size] for size in sizes)]
    whole = b"".join(blocks)

    async with storage.writer(KEY) as writer:
        received = await receive_blocks(
            _stream(blocks), writer, kind=AssetKind.AUDIO, file_name="a.wav", limit=len(whole)
        )
        await writer.commit()

    assert received.size == len(whole)
    assert received.hashes.md5 == hashlib.md5(whole).hexdigest()
    assert received.hashes.sha1 == hashlib.sha1(whole).hexdigest()
    assert received.hashes.sha256 == hashlib.sha256(whole).hexdigest()
    assert await storage.get(KEY) == whole


@pytest.mark.proves("AST-09")
@pytest.mark.parametrize("limit", [20, HASHED_BLOCK, 3 * HASHED_BLOCK + 17])
async def test_the_size_limit_is_exact_to_the_byte(storage: LocalObjectStorage, limit: int) -> None:
    fitting = HEAD + bytes(limit - len(HEAD))

    for whole in (fitting[:-1], fitting):
        received = await _receive(storage, [whole[:15], whole[15:]], limit=limit)
        assert received.size == len(whole)

    with pytest.raises(DomainError) as refusal:
        await _receive(storage, [fitting, b"x"], limit=limit)
    assert refusal.value.code == "FILE_TOO_LARGE"


@pytest.mark.proves("AST-09")
async def test_a_file_that_is_too_large_is_refused_before_it_has_travelled_whole(storage: LocalObjectStorage) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield HEAD
        while True:
            sent += 65_536
            yield bytes(65_536)

    async with storage.writer(KEY) as writer:
        with pytest.raises(DomainError):
            await receive_blocks(endless(), writer, kind=AssetKind.AUDIO, file_name="a.wav", limit=2_000_000)

    assert sent < 2_000_000 + 2 * 65_536


@pytest.mark.proves("AST-10")
@pytest.mark.parametrize(
    ("content", "name", "kind", "code"),
    [
        (b"<html>", "a.wav", AssetKind.AUDIO, "FILE_TYPE_UNKNOWN"),
        (picture(), "a.wav", AssetKind.AUDIO, "KIND_MISMATCH"),
        (mp3(), "a.wav", AssetKind.AUDIO, "CONTENT_MISMATCH"),
    ],
)
async def test_a_wrong_file_is_refused_by_its_first_bytes(
    storage: LocalObjectStorage, content: bytes, name: str, kind: AssetKind, code: str
) -> None:
    asked_for_more = False

    async def stream() -> AsyncIterator[bytes]:
        nonlocal asked_for_more
        yield content + bytes(HASHED_BLOCK)
        asked_for_more = True
        yield b"more"

    async with storage.writer(KEY) as writer:
        with pytest.raises(DomainError) as refusal:
            await receive_blocks(stream(), writer, kind=kind, file_name=name, limit=10_000_000)

    assert refusal.value.code == code
    assert not asked_for_more


async def test_a_tagged_file_waits_for_what_follows_its_tag(storage: LocalObjectStorage) -> None:
    received = await _receive(storage, [ID3V2_4, mp3()], name="a.mp3")

    assert received.size == len(ID3V2_4 + mp3())


async def test_a_stream_without_a_byte_is_an_empty_file(storage: LocalObjectStorage) -> None:
    with pytest.raises(DomainError) as refusal:
        await _receive(storage, [b"", b""])

    assert refusal.value.code == "FILE_EMPTY"


@pytest.mark.parametrize("before", [b"", bytes(3 * HASHED_BLOCK)])
async def test_a_sender_that_goes_away_leaves_nothing_behind(
    storage: LocalObjectStorage, tmp_path: Path, before: bytes
) -> None:
    fresh = LocalObjectStorage(tmp_path)

    async def broken() -> AsyncIterator[bytes]:
        yield sound() + before
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await _receive_stream(fresh, broken())

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def _receive(
    storage: LocalObjectStorage, blocks: Sequence[bytes], *, name: str = "a.wav", limit: int = 100_000_000
) -> ReceivedFile:
    return await _receive_stream(storage, _stream(blocks), name=name, limit=limit)


async def _receive_stream(
    storage: LocalObjectStorage, blocks: AsyncIterator[bytes], *, name: str = "a.wav", limit: int = 100_000_000
) -> ReceivedFile:
    async with storage.writer(KEY) as writer:
        return await receive_blocks(blocks, writer, kind=AssetKind.AUDIO, file_name=name, limit=limit)


async def _stream(blocks: Sequence[bytes]) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block
