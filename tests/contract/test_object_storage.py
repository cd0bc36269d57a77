"""One contract for every object storage, run on a local folder and on a real S3 server."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.objects.open import open_object_storage
from distro_core.objects.port import ObjectStorage, checked_key, storage_failed
from distro_core.objects.s3 import PART_SIZE, S3Location
from distro_core.settings import Settings
from distro_sdk.errors import DomainError
from tests.exchange_servers import free_port, wait_for_port

KEY = "label_a/assets/64f000000000000000000001"
OTHER_KEY = "label_b/assets/64f000000000000000000001"
STORAGES = ("folder", "s3")


@dataclass
class Place:
    """A storage under test, and how to look into it from outside."""

    storage: ObjectStorage
    settings: Settings
    s3: Any = None

    async def keys(self) -> set[str]:
        """Every key that really exists."""
        if self.s3 is None:
            root = self.settings.data_path / "objects"
            return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        listed = await self.s3.list_objects_v2(Bucket="assets")
        return {entry["Key"].removeprefix("distro/") for entry in listed.get("Contents", [])}

    async def leftovers(self) -> int:
        """Temporary files and unfinished uploads."""
        folder = self.settings.data_path / ("objects/.writing" if self.s3 is None else "spool")
        count = len(list(folder.iterdir()))
        if self.s3 is not None:
            listed = await self.s3.list_multipart_uploads(Bucket="assets")
            count += len(listed.get("Uploads", []))
        return count


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for_port(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.fixture(params=STORAGES)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "folder":
        settings = Settings(data_dir=tmp_path)
        async with open_object_storage(settings) as storage:
            yield Place(storage, settings)
        return
    settings = _s3_settings(tmp_path, request.getfixturevalue("s3_endpoint"))
    async with open_object_storage(settings) as storage:
        client = storage._client  # type: ignore[attr-defined]
        await client.create_bucket(Bucket="assets")
        yield Place(storage, settings, client)
        for key in await Place(storage, settings, client).keys():
            await client.delete_object(Bucket="assets", Key=f"distro/{key}")
        await client.delete_bucket(Bucket="assets")


@pytest.mark.parametrize("size", [1, PART_SIZE, PART_SIZE + 1, 2 * PART_SIZE + 12_345])
async def test_what_was_written_is_read_back(place: Place, size: int) -> None:
    content = random.Random(size).randbytes(size)

    async with place.storage.writer(KEY) as writer:
        for start in range(0, size, 3_000_001):
            await writer.write(content[start : start + 3_000_001])
        await writer.commit()

    assert await place.storage.get(KEY) == content
    assert await place.keys() == {KEY}
    assert await place.leftovers() == 0


async def test_an_object_shows_only_when_it_is_committed(place: Place) -> None:
    async with place.storage.writer(KEY) as writer:
        await writer.write(b"first ")
        await writer.write(b"second")

        async with writer.written() as path:
            assert path.read_bytes() == b"first second"
        assert await place.keys() - await _temporary_keys(place) == set()

        await writer.commit()

    assert await place.storage.get(KEY) == b"first second"


@pytest.mark.parametrize("size", [10, 2 * PART_SIZE + 1])
async def test_what_is_not_committed_is_thrown_away(place: Place, size: int) -> None:
    async def write_and_fail() -> None:
        async with place.storage.writer(KEY) as writer:
            await writer.write(bytes(size))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()

    assert await place.keys() == set()
    assert await place.leftovers() == 0


async def test_a_second_object_of_the_same_key_replaces_the_first_whole(place: Place) -> None:
    await place.storage.put(KEY, b"a long first object")

    await place.storage.put(KEY, b"second")

    assert await place.storage.get(KEY) == b"second"


@pytest.mark.proves("AST-04")
async def test_two_tenants_keep_their_objects_apart(place: Place) -> None:
    await place.storage.put(KEY, b"of label a")
    await place.storage.put(OTHER_KEY, b"of label b")

    await place.storage.delete(KEY)

    assert await place.keys() == {OTHER_KEY}
    assert await place.storage.get(OTHER_KEY) == b"of label b"


async def test_a_missing_object_is_said_to_be_missing_by_every_way_of_reading(place: Place) -> None:
    async def by_local_file() -> None:
        async with place.storage.local_file(KEY):
            raise AssertionError("there is no such file")

    async def by_source() -> None:
        await _collect(place.storage.source(KEY, 5).blocks())

    for reading in (place.storage.get(KEY), _collect(place.storage.read(KEY)), by_local_file(), by_source()):
        with pytest.raises(DomainError) as refusal:
            await reading
        assert refusal.value.code == "OBJECT_MISSING"


async def test_deleting_twice_is_no_error(place: Place) -> None:
    await place.storage.put(KEY, b"x")

    await place.storage.delete(KEY)
    await place.storage.delete(KEY)

    assert await place.keys() == set()


async def test_reading_starts_where_it_is_asked_to_and_keeps_its_block_size(place: Place) -> None:
    content = random.Random(1).randbytes(300_000)
    await place.storage.put(KEY, content)

    blocks = [block async for block in place.storage.read(KEY, offset=100_000, block_size=65_536)]

    assert b"".join(blocks) == content[100_000:]
    assert max(len(block) for block in blocks) <= 65_536
    assert await _collect(place.storage.read(KEY, offset=300_000)) == b""


async def test_a_source_is_read_more_than_once_and_from_its_middle(place: Place) -> None:
    await place.storage.put(KEY, b"0123456789")

    source = place.storage.source(KEY, 10)

    assert source.size == 10
    assert await _collect(source.blocks()) == b"0123456789"
    assert await _collect(source.blocks(offset=4, block_size=3)) == b"456789"
    assert source.local_path is None or source.local_path.read_bytes() == b"0123456789"


async def test_a_local_file_holds_the_object_and_a_copy_goes_away(place: Place) -> None:
    await place.storage.put(KEY, b"content")

    async with place.storage.local_file(KEY) as path:
        assert path.read_bytes() == b"content"

    assert await place.leftovers() == 0
    assert await place.storage.get(KEY) == b"content"


async def test_a_key_the_platform_would_not_make_is_refused_before_anything_is_touched(place: Place) -> None:
    for key in ("../label_b/x", "label_a/../x", "/etc/passwd", "label_a//x", "label_a/.hidden", "alone", "a/b\0"):
        with pytest.raises(ValueError, match="not an object key"):
            await place.storage.put(key, b"x")

    assert await place.keys() == set()


async def test_a_storage_that_is_gone_is_a_classified_error(place: Place) -> None:
    if place.s3 is None:
        (place.settings.data_path / "objects" / ".writing").rmdir()
    else:
        await place.s3.delete_bucket(Bucket="assets")

    with pytest.raises(DomainError) as refusal:
        await place.storage.put(KEY, b"x")

    assert refusal.value.code == "OBJECT_STORAGE_FAILED"
    if place.s3 is not None:
        await place.s3.create_bucket(Bucket="assets")


async def test_a_bucket_that_goes_away_in_mid_upload_is_reported_as_the_storages_failure(
    tmp_path: Path, s3_endpoint: str
) -> None:
    settings = _s3_settings(tmp_path, s3_endpoint)
    async with open_object_storage(settings) as storage:
        client = storage._client  # type: ignore[attr-defined]
        await client.create_bucket(Bucket="assets")

        async def write_while_the_bucket_goes_away() -> None:
            async with storage.writer(KEY) as writer:
                await writer.write(bytes(PART_SIZE + 1))
                await client.delete_bucket(Bucket="assets")
                await writer.write(bytes(PART_SIZE))
                await writer.commit()

        with pytest.raises(DomainError) as refusal:
            await write_while_the_bucket_goes_away()

    assert refusal.value.code == "OBJECT_STORAGE_FAILED"
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_server_that_does_not_answer_is_a_classified_error(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings = _s3_settings(tmp_path, f"http://127.0.0.1:{closed.getsockname()[1]}")
        async with open_object_storage(settings) as storage:
            with pytest.raises(DomainError) as refusal:
                await storage.get(KEY)

    assert refusal.value.code == "OBJECT_STORAGE_FAILED"


def test_a_full_disk_has_a_code_of_its_own() -> None:
    assert storage_failed(OSError(28, "No space left on device")).code == "OBJECT_STORAGE_FULL"
    assert storage_failed(OSError(5, "Input/output error")).code == "OBJECT_STORAGE_FAILED"


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("s3://music", S3Location("music", "")),
        ("s3://music/", S3Location("music", "")),
        ("s3://music/some/folder/", S3Location("music", "some/folder/")),
        ("https://music.example/x", None),
        ("s3:///x", None),
        ("/a/folder", None),
    ],
)
def test_a_storage_url_names_a_bucket_and_a_prefix(url: str, location: S3Location | None) -> None:
    assert S3Location.from_url(url) == location


async def test_a_storage_url_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DomainError) as refusal:
        async with open_object_storage(Settings(data_dir=tmp_path, objects_url="ftp://music")):
            raise AssertionError("there is no such storage")

    assert (refusal.value.code, refusal.value.path) == ("OBJECTS_URL_INVALID", ("objects_url",))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_a_key_that_is_accepted_stays_in_its_folder_whatever_it_looks_like(key: str) -> None:
    try:
        accepted = checked_key(key)
    except ValueError:
        return

    root = Path("/objects")
    assert accepted.isascii()
    assert (root / accepted).resolve().is_relative_to(root)
    assert len(Path(accepted).parts) >= 2


def _s3_settings(data: Path, endpoint: str) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": data,
            "objects_url": "s3://assets/distro",
            "s3_endpoint": endpoint,
            "s3_access_key": "key",
            "s3_secret_key": "secret",
        }
    )


async def _temporary_keys(place: Place) -> set[str]:
    return {key for key in await place.keys() if key.startswith(".writing/")}


async def _collect(blocks: AsyncIterator[bytes]) -> bytes:
    return b"".join([block async for block in blocks])
