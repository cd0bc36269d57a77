"""The transports over HTTP on two different servers: one written for these tests, and rclone's WebDAV."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel
from starlette.responses import Response

from distro_plugins.http_api import HttpPutTransport, HttpSettings, HttpWriteOnlyTransport
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.sources import BytesSource, InterruptedSource, PatternSource
from distro_sdk.testing.transports import Refusal, TransportConformance
from distro_sdk.transports import RemoteFile, Transport
from tests.exchange_servers import free_port, wait_for_port
from tests.http_receiver import HttpReceiver, http_receiver


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[HttpReceiver]:
    async with http_receiver(tmp_path) as running:
        running.accepts = {"Bearer open-sesame"}
        yield running


def settings(address: str, **others: object) -> HttpSettings:
    given = {"address": address, "allow_plain": True, "authentication": "bearer", "token": "open-sesame"}
    return HttpSettings.model_validate(given | others)


def unreachable(address: str) -> list[Refusal]:
    """Ways in which no connection comes about, whatever the server."""
    return [
        Refusal(
            "nobody listens",
            settings(f"http://127.0.0.1:{free_port()}"),
            ErrorCategory.NETWORK_CONNECTIVITY,
            retryable=True,
        ),
        Refusal("no such host", settings("http://dsp.invalid"), ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
        Refusal("a wrong token", settings(address, token="guess"), ErrorCategory.AUTH_INVALID, retryable=False),
    ]


@pytest.mark.proves("PRO-07")
class TestHttpPut(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return HttpPutTransport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return HttpPutTransport(AddressPolicy())

    @pytest.fixture
    def configuration(self, receiver: HttpReceiver) -> BaseModel:
        return settings(receiver.address)

    @pytest.fixture
    def refusals(self, receiver: HttpReceiver) -> Sequence[Refusal]:
        return unreachable(receiver.address)


@pytest.mark.proves("PRO-07")
class TestHttpWriteOnly(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return HttpWriteOnlyTransport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return HttpWriteOnlyTransport(AddressPolicy())

    @pytest.fixture
    def configuration(self, receiver: HttpReceiver) -> BaseModel:
        receiver.refuses = {"GET", "DELETE"}
        return settings(receiver.address)

    @pytest.fixture
    def refusals(self, receiver: HttpReceiver) -> Sequence[Refusal]:
        return unreachable(receiver.address)


@pytest.fixture
def webdav(tmp_path: Path) -> Iterator[str]:
    """The address of rclone's WebDAV server, which wants folders made and shows files while they are written."""
    beside = Path(sys.executable).with_name("rclone")
    program = str(beside) if beside.exists() else shutil.which("rclone")
    if program is None:
        pytest.skip("rclone is not on this machine")
    port = free_port()
    (tmp_path / "webdav").mkdir()
    command = [program, "serve", "webdav", str(tmp_path / "webdav"), "--config", str(tmp_path / "rclone.conf")]
    command += ["--addr", f"127.0.0.1:{port}", "--user", "label", "--pass", "open-sesame", "--etag-hash", "MD5"]
    with (tmp_path / "rclone.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.proves("PRO-07")
class TestHttpPutOnWebdav(TransportConformance):
    @pytest.fixture
    def transport(self) -> Transport:
        return HttpPutTransport()

    @pytest.fixture
    def guarded(self) -> Transport:
        return HttpPutTransport(AddressPolicy())

    @pytest.fixture
    def configuration(self, webdav: str) -> BaseModel:
        return webdav_settings(webdav)

    @pytest.fixture
    def refusals(self, webdav: str) -> Sequence[Refusal]:
        wrong = webdav_settings(webdav, password="guess")
        return [Refusal("a wrong password", wrong, ErrorCategory.AUTH_INVALID, retryable=False)]

    @pytest.mark.skip(reason="this server tells MD5 alone, as its ETag; the test of its own below compares that")
    async def test_hashes_are_those_it_declares(self, transport: Transport, configuration: BaseModel) -> None:
        raise AssertionError


def webdav_settings(address: str, **others: object) -> HttpSettings:
    given = {
        "address": address,
        "allow_plain": True,
        "authentication": "basic",
        "username": "label",
        "password": "open-sesame",
        "publish": "move",
        "etag_is_md5": True,
    }
    return HttpSettings.model_validate(given | others)


async def ignore(_: int) -> None:
    return


@pytest.mark.parametrize(
    ("checksum", "header", "value"),
    [
        ("md5", "content-md5", "mgNkuembtIDdJeHwKEyFVQ=="),
        ("sha256", "content-digest", "sha-256=:7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=:"),
    ],
)
async def test_a_hash_goes_along_where_the_target_wants_it(
    receiver: HttpReceiver, checksum: str, header: str, value: str
) -> None:
    async with HttpPutTransport().connect(settings(receiver.address, checksum=checksum)) as session:
        await session.put("a/content.xml", BytesSource(b"content"), ignore)

    (request,) = receiver.of("PUT")
    assert request.headers[header] == value
    assert request.headers["content-length"] == "7"
    assert request.headers["content-type"] == "application/xml"


@pytest.mark.parametrize(
    ("told", "others"),
    [
        ({"X-Checksum-md5": "0" * 32}, {}),
        ({"ETag": f'"{"0" * 32}"'}, {"etag_is_md5": True}),
    ],
)
async def test_a_receiver_that_tells_another_hash_is_noticed_at_once(
    receiver: HttpReceiver, told: dict[str, str], others: dict[str, object]
) -> None:
    receiver.tells = lambda _: told

    async with HttpPutTransport().connect(settings(receiver.address, checksum="md5", **others)) as session:
        with pytest.raises(TransportError) as caught:
            await session.put("content.xml", BytesSource(b"content"), ignore)

    assert (caught.value.category, caught.value.code, caught.value.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "REMOTE_HASH_WRONG",
        True,
    )


@pytest.mark.parametrize(
    ("told", "algorithm", "expected"),
    [
        ({"ETag": '"9a0364b9e99bb480dd25e1f0284c8555"'}, "md5", None),
        ({"ETag": 'W/"9a0364b9e99bb480dd25e1f0284c8555"'}, "md5", None),
        ({"Digest": "md5=mgNkuembtIDdJeHwKEyFVQ==,sha=BAYD"}, "md5", "9a0364b9e99bb480dd25e1f0284c8555"),
        ({"Digest": "SHA=BAYD"}, "sha1", None),
        ({"Content-MD5": "no base64!"}, "md5", None),
        ({"X-Checksum-Sha256": "ab"}, "sha256", None),
        ({"Repr-Digest": "sha-256=:AAAA:"}, "sha256", None),
        ({}, "sha256", None),
        ({"Content-MD5": "mgNkuembtIDdJeHwKEyFVQ=="}, "crc32", None),
    ],
)
async def test_only_a_hash_that_is_one_is_believed(
    receiver: HttpReceiver, told: dict[str, str], algorithm: str, expected: str | None
) -> None:
    receiver.tells = lambda _: told

    async with HttpWriteOnlyTransport().connect(settings(receiver.address)) as session:
        await session.put("content.xml", BytesSource(b"content"), ignore)

        assert await session.remote_hash("content.xml", algorithm) == expected
        assert await session.remote_hash("missing.xml", algorithm) is None


@pytest.mark.proves("MD5-03")
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
async def test_a_receiver_that_tells_no_hash_is_hashed_from_what_it_gives_back(
    receiver: HttpReceiver, algorithm: str
) -> None:
    receiver.tells = lambda _: {}

    async with HttpPutTransport().connect(settings(receiver.address)) as session:
        await session.put("track.wav", PatternSource(300_000), ignore)
        await session.put("empty.txt", BytesSource(b""), ignore)

        assert await session.remote_hash("track.wav", algorithm) == await PatternSource(300_000).hash(algorithm)
        assert await session.remote_hash("empty.txt", algorithm) == hashlib.new(algorithm).hexdigest()
        assert await session.remote_hash("missing.wav", algorithm) is None


async def test_nothing_is_read_back_where_the_receiver_tells_another_hash(receiver: HttpReceiver) -> None:
    receiver.tells = lambda _: {"X-Checksum-Sha256": "ab" * 32}

    async with HttpPutTransport().connect(settings(receiver.address)) as session:
        await session.put("content.xml", BytesSource(b"content"), ignore)

        assert await session.remote_hash("content.xml", "md5") is None
        assert receiver.of("GET") == []


@pytest.mark.parametrize("given", [b"content" * 100_000, b"cont"], ids=["more", "less"])
async def test_what_is_not_as_long_as_the_receiver_told_is_not_hashed(receiver: HttpReceiver, given: bytes) -> None:
    receiver.tells = lambda _: {}
    receiver.faults["GET"].append(Response(given))

    async with HttpPutTransport().connect(settings(receiver.address)) as session:
        await session.put("content.xml", BytesSource(b"content"), ignore)

        with pytest.raises(TransportError) as wrong:
            await session.remote_hash("content.xml", "md5")

    assert (wrong.value.code, wrong.value.retryable) == ("REMOTE_SIZE_WRONG", True)


async def test_a_receiver_without_head_is_believed_about_what_this_session_sent(receiver: HttpReceiver) -> None:
    receiver.refuses = {"HEAD", "GET", "DELETE"}

    async with HttpWriteOnlyTransport().connect(settings(receiver.address)) as session:
        await session.put("content.xml", BytesSource(b"content"), ignore)

        assert await session.stat("content.xml") == RemoteFile(path="content.xml", size=7)
        assert await session.remote_hash("content.xml", "md5") is None

    async with HttpWriteOnlyTransport().connect(settings(receiver.address)) as session:
        assert await session.stat("content.xml") is None


async def test_folders_are_made_where_the_receiver_wants_that(receiver: HttpReceiver) -> None:
    receiver.needs_folders = True

    async with HttpPutTransport().connect(settings(receiver.address)) as session:
        await session.put("batch/Release1/audio/a.wav", BytesSource(b"content"), ignore)
        await session.put("batch/Release1/audio/b.wav", BytesSource(b"content"), ignore)

    assert [request.path for request in receiver.of("MKCOL")] == ["batch/", "batch/Release1/", "batch/Release1/audio/"]
    assert (receiver.folder / "batch/Release1/audio/b.wav").read_bytes() == b"content"


async def test_webdav_gets_a_file_under_its_name_when_it_is_whole_and_tells_its_md5(
    webdav: str, tmp_path: Path
) -> None:
    async with HttpPutTransport().connect(webdav_settings(webdav, checksum="md5")) as session:
        await session.put("batch/Release1/a.wav", PatternSource(3_000_000), ignore)
        await session.put("batch/Release1/a.wav", PatternSource(2_500_000), ignore)

        told = await session.remote_hash("batch/Release1/a.wav", "md5")

    files = [path for path in (tmp_path / "webdav").rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["a.wav"]
    assert told == await PatternSource(2_500_000).hash("md5")


@pytest.mark.parametrize("path", ["a.xml", "batch/Release1/a.xml"])
async def test_the_folder_of_the_target_is_made_too(webdav: str, tmp_path: Path, path: str) -> None:
    async with HttpPutTransport().connect(webdav_settings(f"{webdav}/label")) as session:
        await session.put(path, BytesSource(b"content"), ignore)

    assert (tmp_path / "webdav" / "label" / path).read_bytes() == b"content"


async def test_what_webdav_got_a_part_of_is_not_seen(webdav: str, tmp_path: Path) -> None:
    async def broken() -> None:
        raise OSError("the disk has gone")

    async with HttpPutTransport().connect(webdav_settings(webdav)) as session:
        with pytest.raises(TransportError) as caught:
            await session.put("batch/a.wav", InterruptedSource(PatternSource(3_000_000), broken), ignore)

        assert await session.stat("batch/a.wav") is None

    assert caught.value.code == "SOURCE_UNREADABLE"
    assert {path.name for path in (tmp_path / "webdav").rglob("*") if path.is_file()} <= {".a.wav.part"}


async def test_a_receiver_that_does_not_rename_keeps_no_working_file(receiver: HttpReceiver) -> None:
    async with HttpPutTransport().connect(settings(receiver.address, publish="move")) as session:
        with pytest.raises(TransportError) as caught:
            await session.put("batch/a.wav", BytesSource(b"content"), ignore)

    assert (caught.value.code, caught.value.retryable) == ("COMMAND_UNSUPPORTED", False)
    assert [path for path in receiver.folder.rglob("*") if path.is_file()] == []
