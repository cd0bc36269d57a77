"""Every way in which a delivery to Google Cloud goes wrong, with the exact code that says so."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from pydantic import ValidationError
from structlog.testing import capture_logs

from distro_plugins.google_cloud import GoogleCloudPlugin, GoogleCloudSettings, GoogleCloudTransport
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.testing.sources import BytesSource, InterruptedSource, LabelledSource, PatternSource
from distro_sdk.transports import FileSource
from tests.exchange_servers import BadLine
from tests.object_servers import (
    ForgetfulLine,
    LocalFile,
    ObjectServer,
    google_storage,
    never,
    read_object,
    scripted_storage,
)

MEBIBYTE = 1 << 20
BUCKET = "label-deliveries"
TOKEN = "ya29.test-token"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    with google_storage(tmp_path_factory.mktemp("google"), BUCKET) as running:
        yield running


@pytest.fixture
def prefix() -> str:
    """A place of each test's own, because the bucket is shared."""
    return uuid4().hex


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between two requests, shortened."""
    monkeypatch.setattr("distro_sdk.object_storage.patience.repeated.__defaults__", ((0.01, 0.01),))


def at(url: str, **others: object) -> GoogleCloudSettings:
    known = {"bucket": BUCKET, "token": TOKEN, "endpoint": url, "prefix": "in"}
    return GoogleCloudSettings.model_validate(known | others)


async def put(
    settings: GoogleCloudSettings,
    source: FileSource,
    path: str = "track.wav",
    *,
    through: GoogleCloudTransport | None = None,
) -> list[int]:
    told: list[int] = []

    async def progress(confirmed: int) -> None:
        told.append(confirmed)

    async with (through or GoogleCloudTransport()).connect(settings) as session:
        await session.put(path, source, progress)
    return told


async def failure(
    settings: GoogleCloudSettings, source: FileSource | None = None, *, through: GoogleCloudTransport | None = None
) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await put(settings, source or BytesSource(b"content"), through=through)
    assert TOKEN not in caught.value.message
    return caught.value


def verdict(error: TransportError) -> tuple[ErrorCategory, str, bool]:
    return error.category, error.code, error.retryable


async def recorded(source: PatternSource) -> LabelledSource:
    """A file whose MD5 was recorded at intake, as the engine hands it over."""
    return LabelledSource(source, {}, {"md5": await source.hash("md5")})


def sha256_of(server: ObjectServer, name: str) -> str:
    return hashlib.sha256(read_object(server, BUCKET, name)).hexdigest()


def google_error(status: int, reason: str, message: str = "as scripted", **headers: str) -> web.Response:
    """A refusal as Google writes it."""
    told = {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}
    return web.json_response(told, status=status, headers=headers)


# What a target may not say.


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": "gs://label"},
        {"bucket": "label/incoming"},
        {"bucket": "label..incoming"},
        {"bucket": "google-incoming"},
        {"prefix": "../other"},
        {"endpoint": "https://storage.example/path"},
        {"storage_class": "GLACIER"},
        {"token": "with spaces"},
        {"token": ""},
        {"token": None},
        {"service_account": "{}"},
        {"token": None, "service_account": "not JSON"},
        {"token": None, "service_account": '{"type": "authorized_user"}'},
        {"ca_certificate": "not a certificate"},
        {"directory": "x"},
    ],
)
def test_settings_that_contradict_or_lead_astray_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        at("https://storage.example", **wrong)

    assert {error["loc"][:1] for error in refused.value.errors()} <= {(name,) for name in wrong} | {()}


def test_a_wrong_key_file_is_not_repeated() -> None:
    key_file = json.dumps({"type": "service_account", "client_email": "a@b", "private_key": "NOT A KEY"})

    with pytest.raises(ValidationError) as refused:
        at("https://storage.example", token=None, service_account=key_file)

    (fault,) = refused.value.errors()
    assert fault["msg"] == "Value error, must be the key file of a service account; wrong: private_key"


def test_secrets_are_not_shown() -> None:
    settings = at("https://storage.example")

    assert TOKEN not in repr(settings) + settings.model_dump_json()


# Where it may connect to.


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_a_storage_in_the_operators_own_network_is_refused(server: ObjectServer, host: str) -> None:
    (transport,) = GoogleCloudPlugin({}).register_transports()

    with pytest.raises(TransportError) as refused:
        async with transport.connect(at(f"http://{host}:{server.port}")):
            raise AssertionError("it connected")

    assert verdict(refused.value) == (ErrorCategory.NETWORK_CONNECTIVITY, "ADDRESS_FORBIDDEN", False)


async def test_a_network_that_the_operator_allows_is_connected_to(server: ObjectServer) -> None:
    (transport,) = GoogleCloudPlugin({"private_networks": ["127.0.0.0/8"]}).register_transports()

    async with transport.connect(at(server.url)) as session:
        assert await session.stat("nothing.xml") is None


async def test_no_proxy_of_the_machine_is_used(
    server: ObjectServer, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "STORAGE_EMULATOR_HOST"):
        monkeypatch.setenv(name, "http://storage.invalid")

    await put(at(server.url, prefix=prefix), BytesSource(b"content"))

    assert read_object(server, BUCKET, f"{prefix}/track.wav") == b"content"


# What the storage refuses.


@pytest.mark.parametrize(
    ("status", "reason", "category", "named", "retryable"),
    [
        (401, "authError", ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", False),
        (403, "forbidden", ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", False),
        (404, "notFound", ErrorCategory.UNKNOWN, "BUCKET_MISSING", False),
        (408, "", ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True),
        (400, "invalid", ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
        (307, "", ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
    ],
)
async def test_each_refusal_has_its_name(
    status: int, reason: str, category: ErrorCategory, named: str, retryable: bool
) -> None:
    async def refuse(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        return google_error(status, reason) if request.method == "POST" else web.json_response({})

    async with scripted_storage(refuse) as storage:
        refused = await failure(at(storage.url))

        assert verdict(refused) == (category, named, retryable)
        assert [each.split()[0] for each in storage.requests] == ["GET", "POST"]


@pytest.mark.parametrize(
    ("status", "reason", "category", "named"),
    [
        (403, "rateLimitExceeded", ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED"),
        (429, "", ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED"),
        (503, "backendError", ErrorCategory.API_UNAVAILABLE, "STORAGE_UNAVAILABLE"),
    ],
)
async def test_a_busy_storage_is_asked_again_until_it_asks_for_a_long_pause(
    status: int, reason: str, category: ErrorCategory, named: str, quick: None
) -> None:
    pauses = iter(["0", "3600"])

    async def slow_down(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "GET":
            return web.json_response({})
        return google_error(status, reason, **{"Retry-After": next(pauses)})

    async with scripted_storage(slow_down) as storage:
        busy = await failure(at(storage.url))

    assert (*verdict(busy), busy.retry_after) == (category, named, True, 3600)
    assert [each.split()[0] for each in storage.requests] == ["GET", "POST", "POST"]


async def test_a_listing_that_never_ends_is_given_up() -> None:
    async def repeat(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        return web.json_response({"nextPageToken": "again"})

    async with scripted_storage(repeat) as storage, GoogleCloudTransport().connect(at(storage.url)) as session:
        with pytest.raises(TransportError) as endless:
            await session.list("acknowledgements")

    assert verdict(endless.value) == (ErrorCategory.UNKNOWN, "REMOTE_FAILURE", True)


# Hashes and labels.


@pytest.mark.proves("PRO-06")
@pytest.mark.parametrize("size", [1000, 9 * MEBIBYTE])
async def test_another_content_than_was_recorded_is_refused_by_the_storage(
    server: ObjectServer, prefix: str, size: int
) -> None:
    changed = LabelledSource(PatternSource(size), {}, {"md5": hashlib.md5(b"what was taken in").hexdigest()})

    wrong = await failure(at(server.url, prefix=prefix), changed)

    assert verdict(wrong) == (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", True)
    async with GoogleCloudTransport().connect(at(server.url, prefix=prefix)) as session:
        assert await session.stat("track.wav") is None


@pytest.mark.parametrize("size", [1000, 2 * MEBIBYTE])
async def test_a_storage_that_keeps_something_else_than_was_sent(size: int) -> None:
    """The object is deleted again."""
    other = base64.b64encode(hashlib.md5(b"other").digest()).decode()

    async def forget(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "POST" and "uploadType=resumable" in request.raw_path:
            return web.json_response({}, headers={"Location": "/upload?upload_id=u1"})
        return web.json_response({} if request.method == "GET" else {"md5Hash": other})

    async with scripted_storage(forget) as storage:
        wrong = await failure(at(storage.url), PatternSource(size))

        assert verdict(wrong) == (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", True)
        assert f"DELETE /storage/v1/b/{BUCKET}/o/in%2Ftrack.wav?" in [
            each.rstrip("?") + "?" for each in storage.requests
        ]


@pytest.mark.proves("PRO-06")
async def test_labels_go_with_every_object(server: ObjectServer, prefix: str) -> None:
    labels = {"delivery-id": "d1", "message-id": "M1", "batch-id": "20260101000000000", "icpn": "0602445790920"}
    settings = at(server.url, prefix=prefix, storage_class="NEARLINE")

    await put(settings, LabelledSource(BytesSource(b"content"), labels), "small.xml")
    await put(settings, LabelledSource(PatternSource(9 * MEBIBYTE), labels), "large.wav")

    for name in ("small.xml", "large.wav"):
        told = read_object(server, BUCKET, f"{prefix}/{name}", described=True)
        resource: dict[str, Any] = json.loads(told)
        assert resource["metadata"] == labels
        assert resource["storageClass"] == "NEARLINE"


async def test_every_byte_of_a_small_file_arrives(server: ObjectServer, prefix: str) -> None:
    content = bytes(range(256)) * 4000 + b"\r\n--\r\n"

    await put(at(server.url, prefix=prefix), BytesSource(content))

    assert read_object(server, BUCKET, f"{prefix}/track.wav") == content


async def test_a_file_of_this_machine_goes_in_chunks(server: ObjectServer, prefix: str, tmp_path: Path) -> None:
    source = PatternSource(17 * MEBIBYTE + 5)
    (tmp_path / "track.wav").write_bytes(b"".join([block async for block in source.blocks()]))

    told = await put(at(server.url, prefix=prefix), LocalFile(tmp_path / "track.wav"))

    assert sha256_of(server, f"{prefix}/track.wav") == await source.hash("sha256")
    assert told == [8 * MEBIBYTE, 16 * MEBIBYTE, source.size]


# The line, and uploads that end half-way.


async def test_an_upload_that_was_cut_is_continued_by_the_next_attempt(
    server: ObjectServer, prefix: str, quick: None
) -> None:
    source = await recorded(PatternSource(32 * MEBIBYTE))
    transport = GoogleCloudTransport()
    async with BadLine(server.port, 20 * MEBIBYTE, "cut") as line:
        lost = await failure(at(f"http://localhost:{line.port}", prefix=prefix), source, through=transport)
        # The upload belongs to the address of the target, which stays the same.
        line.limit = 1 << 40
        before = line.passed
        told = await put(at(f"http://localhost:{line.port}", prefix=prefix), source, through=transport)
        sent = line.passed - before

    assert verdict(lost) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", True)
    assert told[0] > 16 * MEBIBYTE
    assert sent <= 17 * MEBIBYTE
    assert sha256_of(server, f"{prefix}/track.wav") == hashlib.sha256(await whole(source)).hexdigest()


async def test_a_line_that_is_cut_for_a_moment_costs_one_chunk(server: ObjectServer, prefix: str, quick: None) -> None:
    source = PatternSource(24 * MEBIBYTE)
    async with ForgetfulLine(server.port, b" 308 ") as line:
        told = await put(at(f"http://localhost:{line.port}", prefix=prefix), source)

        assert line.forgotten == 1
    assert told == [8 * MEBIBYTE, 16 * MEBIBYTE, 24 * MEBIBYTE]
    assert sha256_of(server, f"{prefix}/track.wav") == await source.hash("sha256")


async def test_a_lost_answer_to_the_last_chunk_is_no_failure(server: ObjectServer, prefix: str, quick: None) -> None:
    """The storage made the object, but the connection ended before it could say so."""
    source = PatternSource(9 * MEBIBYTE)
    async with ForgetfulLine(server.port, b'"md5Hash"') as line:
        told = await put(at(f"http://localhost:{line.port}", prefix=prefix), source)

        assert line.forgotten == 1
    assert told == [8 * MEBIBYTE, source.size]
    assert sha256_of(server, f"{prefix}/track.wav") == await source.hash("sha256")


async def test_a_chunk_of_which_a_part_was_confirmed_goes_on_from_there() -> None:
    """Google may keep less of a chunk than was sent."""
    kept = bytearray()
    ranges: list[str] = []

    async def keep_half(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "GET":
            return web.json_response({})
        if request.method == "POST":
            return web.json_response({}, headers={"Location": "https://elsewhere.example/upload?upload_id=u1"})
        ranges.append(request.headers["Content-Range"])
        first = int(ranges[-1].split()[1].split("-")[0])
        kept[first:] = body if ranges[1:] else body[: 3 * MEBIBYTE]
        if len(kept) < 10 * MEBIBYTE:
            return web.Response(status=308, headers={"Range": f"bytes=0-{len(kept) - 1}"})
        return web.json_response({"md5Hash": base64.b64encode(hashlib.md5(kept).digest()).decode()})

    async with scripted_storage(keep_half) as storage:
        await put(at(storage.url), PatternSource(10 * MEBIBYTE))

    assert ranges == [
        f"bytes 0-{8 * MEBIBYTE - 1}/{10 * MEBIBYTE}",
        f"bytes {3 * MEBIBYTE}-{8 * MEBIBYTE - 1}/{10 * MEBIBYTE}",
        f"bytes {8 * MEBIBYTE}-{10 * MEBIBYTE - 1}/{10 * MEBIBYTE}",
    ]


async def test_an_upload_that_the_storage_forgets_half_way() -> None:
    async def forget(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "POST":
            return web.json_response({}, headers={"Location": "/upload?upload_id=u1"})
        return web.json_response({}) if request.method == "GET" else google_error(410, "gone")

    async with scripted_storage(forget) as storage:
        lost = await failure(at(storage.url), PatternSource(9 * MEBIBYTE))

    assert verdict(lost) == (ErrorCategory.UNKNOWN, "UPLOAD_LOST", True)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 308}, "confirms nothing"),
        ({"status": 308, "headers": {"Range": f"bytes=0-{9 * MEBIBYTE - 1}"}}, "made no object"),
        ({"status": 200, "text": "<html>"}, "no JSON"),
    ],
)
async def test_a_storage_that_breaks_the_protocol(answer: dict[str, Any], words: str) -> None:
    async def confuse(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "POST":
            return web.json_response({}, headers={"Location": "/upload?upload_id=u1"})
        return web.json_response({}) if request.method == "GET" else web.Response(**answer)

    async with scripted_storage(confuse) as storage:
        broken = await failure(at(storage.url), PatternSource(9 * MEBIBYTE))

    assert verdict(broken) == (ErrorCategory.UNKNOWN, "REMOTE_FAILURE", True)
    assert words in broken.message


async def test_a_line_that_stays_open_but_passes_nothing_on(server: ObjectServer, prefix: str) -> None:
    async with BadLine(server.port, 6 * MEBIBYTE, "stall") as line:
        settings = at(f"http://localhost:{line.port}", prefix=prefix, stall_timeout=1)
        stalled = await failure(settings, PatternSource(24 * MEBIBYTE))

    assert verdict(stalled) == (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True)


async def test_a_storage_that_never_answers() -> None:
    async def hang(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        await never()
        raise AssertionError

    async with scripted_storage(hang) as storage:
        stalled = await failure(at(storage.url, stall_timeout=0.3))

    assert verdict(stalled) == (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True)


@pytest.mark.parametrize("error", [OSError("the disk has gone"), RuntimeError("nobody thought of this")])
async def test_our_own_file_that_breaks_off_throws_the_upload_away(error: Exception) -> None:
    async def break_off() -> None:
        raise error

    async def take(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "POST":
            return web.json_response({}, headers={"Location": "/upload?upload_id=u1"})
        return web.json_response({}) if request.method == "GET" else web.Response(status=499)

    async with scripted_storage(take) as storage:
        with pytest.raises((TransportError, RuntimeError)):
            await put(at(storage.url), InterruptedSource(PatternSource(9 * MEBIBYTE), break_off))

        assert storage.requests[-1].startswith("DELETE /upload/storage/v1/")


async def test_an_upload_that_cannot_be_thrown_away_is_told_in_the_log() -> None:
    async def refuse(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "POST":
            return web.json_response({}, headers={"Location": "/upload?upload_id=u1"})
        return web.json_response({}) if request.method == "GET" else google_error(403, "forbidden")

    async with scripted_storage(refuse) as storage:
        with capture_logs() as logged:
            refused = await failure(at(storage.url), PatternSource(9 * MEBIBYTE))

    assert refused.code == "PERMISSION_DENIED"
    assert [each["event"] for each in logged] == ["resumable_upload_left_behind"]


async def test_a_cancelled_upload_is_thrown_away() -> None:
    reached = asyncio.Event()

    async def hang(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "PUT":
            reached.set()
            await never()
        if request.method == "POST":
            return web.json_response({}, headers={"Location": "/upload?upload_id=u1"})
        return web.json_response({}) if request.method == "GET" else web.Response(status=499)

    async with scripted_storage(hang) as storage:
        sending = asyncio.ensure_future(put(at(storage.url), PatternSource(9 * MEBIBYTE)))
        await reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

        assert storage.requests[-1].startswith("DELETE /upload/storage/v1/")


async def test_a_file_that_changed_since_it_was_announced(server: ObjectServer, prefix: str, tmp_path: Path) -> None:
    class Announced(LocalFile):
        size = 9 * MEBIBYTE

    for found in (8 * MEBIBYTE, 10 * MEBIBYTE):
        (tmp_path / "track.wav").write_bytes(bytes(found))
        changed = await failure(at(server.url, prefix=prefix), Announced(tmp_path / "track.wav"))
        assert verdict(changed) == (ErrorCategory.UNKNOWN, "SOURCE_CHANGED", False)
    gone = await failure(at(server.url, prefix=prefix), Announced(tmp_path / "gone.wav"))

    assert verdict(gone) == (ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", True)


async def test_an_answer_that_is_not_there_or_too_large(server: ObjectServer, prefix: str) -> None:
    async with GoogleCloudTransport().connect(at(server.url, prefix=prefix)) as session:
        await session.put("a.xml", BytesSource(b"0123456789"), _ignore)
        with pytest.raises(TransportError) as missing:
            await session.read("b.xml", max_size=100)
        with pytest.raises(TransportError) as large:
            await session.read("a.xml", max_size=9)
        with pytest.raises(TransportError) as unsafe:
            await session.read("folder/\x00.xml", max_size=9)

    codes = [each.value.code for each in (missing, large, unsafe)]
    assert codes == ["REMOTE_FILE_MISSING", "REMOTE_FILE_TOO_LARGE", "PATH_UNSAFE"]


async def _ignore(_: int) -> None:
    return


async def whole(source: FileSource) -> bytes:
    content = BytesIO()
    async for block in source.blocks():
        content.write(block)
    return content.getvalue()
