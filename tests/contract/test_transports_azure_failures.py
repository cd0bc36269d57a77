"""Every way in which a delivery into a container goes wrong, with the exact code that says so."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import generate_container_sas
from azure.storage.blob.aio import ContainerClient
from pydantic import ValidationError

from distro_plugins.azure_blob import AzureBlobPlugin, AzureBlobSettings, AzureBlobTransport
from distro_plugins.azure_blob.client import open_client
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.sources import BytesSource, LabelledSource, PatternSource
from distro_sdk.transports import FileSource
from tests.exchange_servers import BadLine
from tests.object_servers import (
    AZURE_ACCOUNT,
    AZURE_KEY,
    ForgetfulLine,
    LocalFile,
    LyingLine,
    ObjectServer,
    azurite,
    azurite_command,
    never,
    scripted_storage,
)

MEBIBYTE = 1 << 20
CONTAINER = "label-deliveries"
LISTING = '<EnumerationResults ContainerName="c"><Blobs/><NextMarker/></EnumerationResults>'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    if azurite_command() is None:
        pytest.skip("azurite is not on this machine (make azurite)")
    with azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture
async def container(server: ObjectServer) -> AsyncIterator[ContainerClient]:
    """A client that looks into an empty container from outside."""
    async with open_client(at(server.url), AddressPolicy.everywhere()) as client:
        with suppress(ResourceExistsError):
            await client.create_container()
        yield client
        await client.delete_container()


def at(url: str, **others: object) -> AzureBlobSettings:
    known = {
        "account_name": AZURE_ACCOUNT,
        "account_key": AZURE_KEY,
        "container_name": CONTAINER,
        "endpoint": url,
        "prefix": "in",
    }
    return AzureBlobSettings.model_validate(known | others)


def signed(url: str, rights: str, *, hours: float = 1) -> AzureBlobSettings:
    """Settings with a shared access signature. `rights`: as in `rcwdl`; `hours`: until it expires."""
    token = generate_container_sas(
        AZURE_ACCOUNT, CONTAINER, AZURE_KEY, permission=rights, expiry=datetime.now(UTC) + timedelta(hours=hours)
    )
    return at(url, account_key=None, sas_token=f"?{token}")


async def blobs(container: ContainerClient) -> list[str]:
    return [str(blob.name) async for blob in container.list_blobs()]


async def waiting(container: ContainerClient, name: str) -> int:
    """Bytes in blocks that nobody has committed."""
    with suppress(ResourceNotFoundError):
        _, blocks = await container.get_blob_client(name).get_block_list("uncommitted")
        return sum(block.size for block in blocks)
    return 0


async def content_of(container: ContainerClient, name: str) -> bytes:
    content: bytes = await (await container.download_blob(name)).readall()
    return content


async def put(settings: AzureBlobSettings, source: FileSource, path: str = "batch/track.wav") -> list[int]:
    told: list[int] = []

    async def progress(confirmed: int) -> None:
        told.append(confirmed)

    async with AzureBlobTransport().connect(settings) as session:
        await session.put(path, source, progress)
    return told


async def failure(settings: AzureBlobSettings, source: FileSource | None = None) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await put(settings, source or BytesSource(b"content"))
    assert AZURE_KEY not in caught.value.message
    assert "sig=" not in caught.value.message
    return caught.value


def verdict(error: TransportError) -> tuple[ErrorCategory, str, bool]:
    return error.category, error.code, error.retryable


# What a target may not say.


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_name": "My-Account"},
        {"container_name": "Incoming"},
        {"container_name": "in--coming"},
        {"container_name": "incoming/label"},
        {"prefix": "../other"},
        {"endpoint": "https://storage.example/path"},
        {"endpoint": "ftp://storage.example"},
        {"account_key": "not base64!"},
        {"account_key": ""},
        {"sas_token": "https://storage.example/c?sv=1&sig=x"},
        {"sas_token": "sv=1&sig=x"},
        {"account_key": None},
        {"ca_certificate": "not a certificate"},
        {"directory": "x"},
    ],
)
def test_settings_that_contradict_or_lead_astray_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        at("https://storage.example", **wrong)

    assert [error["loc"][:1] for error in refused.value.errors()] in ([(next(iter(wrong)),)], [()])


def test_secrets_are_not_shown() -> None:
    settings = [at("https://storage.example"), signed("https://storage.example", "rw")]

    for each in settings:
        assert AZURE_KEY not in repr(each) + each.model_dump_json()
        assert "sig=" not in repr(each) + each.model_dump_json()


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (None, "https://devstoreaccount1.blob.core.windows.net"),
        ("https://devstoreaccount1.blob.core.chinacloudapi.cn", "https://devstoreaccount1.blob.core.chinacloudapi.cn"),
        ("http://127.0.0.1:10000", "http://127.0.0.1:10000/devstoreaccount1"),
    ],
)
def test_an_account_is_named_in_the_host_or_in_the_path(endpoint: str | None, url: str) -> None:
    assert at("https://storage.example", endpoint=endpoint).account_url == url


# Where it may connect to.


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_a_storage_in_the_operators_own_network_is_refused(server: ObjectServer, host: str) -> None:
    (transport,) = AzureBlobPlugin({}).register_transports()

    with pytest.raises(TransportError) as refused:
        async with transport.connect(at(f"http://{host}:{server.port}")):
            raise AssertionError("it connected")

    assert verdict(refused.value) == (ErrorCategory.NETWORK_CONNECTIVITY, "ADDRESS_FORBIDDEN", False)


async def test_a_network_that_the_operator_allows_is_connected_to(
    server: ObjectServer, container: ContainerClient
) -> None:
    (transport,) = AzureBlobPlugin({"private_networks": ["127.0.0.0/8"]}).register_transports()

    async with transport.connect(at(server.url)) as session:
        assert await session.stat("nothing.xml") is None


async def test_no_proxy_of_the_machine_is_used(
    server: ObjectServer, container: ContainerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://storage.invalid")

    await put(at(server.url), BytesSource(b"content"))

    assert await blobs(container) == ["in/batch/track.wav"]


# Who signs in.


@pytest.mark.proves("PRO-04")
async def test_a_shared_access_signature_opens_its_container(server: ObjectServer, container: ContainerClient) -> None:
    await put(signed(server.url, "rcwdl"), PatternSource(9 * MEBIBYTE))

    assert await blobs(container) == ["in/batch/track.wav"]


async def test_signatures_that_expired_or_lack_a_right(server: ObjectServer, container: ContainerClient) -> None:
    expired = await failure(signed(server.url, "rcwdl", hours=-1))
    read_only = await failure(signed(server.url, "rl"))

    assert read_only.category is ErrorCategory.AUTH_INVALID
    assert (read_only.code, read_only.retryable) == ("PERMISSION_DENIED", False)
    assert expired.category in {ErrorCategory.AUTH_INVALID, ErrorCategory.AUTH_EXPIRED}
    assert not expired.retryable
    assert await blobs(container) == []


# What the storage refuses.


@pytest.mark.parametrize(
    ("status", "code", "category", "named", "retryable"),
    [
        (403, "AuthenticationFailed", ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", False),
        (403, "AuthorizationPermissionMismatch", ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", False),
        (409, "BlobImmutableDueToPolicy", ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", False),
        (404, "ContainerNotFound", ErrorCategory.UNKNOWN, "BUCKET_MISSING", False),
        (400, "Md5Mismatch", ErrorCategory.NETWORK_CONNECTIVITY, "REMOTE_HASH_WRONG", True),
        (500, "OperationTimedOut", ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True),
        (400, "InvalidBlockList", ErrorCategory.UNKNOWN, "UPLOAD_LOST", True),
        (409, "SomethingNew", ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
        (301, "", ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
    ],
)
async def test_each_refusal_has_its_name(
    status: int, code: str, category: ErrorCategory, named: str, retryable: bool
) -> None:
    async def refuse(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        return azure_error(status, code) if request.method == "PUT" else listing()

    async with scripted_storage(refuse) as storage:
        refused = await failure(at(storage.url))

        assert verdict(refused) == (category, named, retryable)
        assert [each.split()[0] for each in storage.requests] == ["GET", "PUT"]


async def test_an_expired_signature_is_told_from_a_wrong_one() -> None:
    async def refuse(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        return azure_error(403, "AuthenticationFailed", "Signature not valid in the specified time frame: Start [x]")

    async with scripted_storage(refuse) as storage:
        refused = await failure(signed(storage.url, "rcwdl"))

    assert verdict(refused) == (ErrorCategory.AUTH_EXPIRED, "CREDENTIALS_EXPIRED", False)


@pytest.mark.parametrize(
    ("status", "code", "category", "named"),
    [
        (503, "ServerBusy", ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED"),
        (500, "InternalError", ErrorCategory.API_UNAVAILABLE, "STORAGE_UNAVAILABLE"),
        (503, "", ErrorCategory.API_UNAVAILABLE, "STORAGE_UNAVAILABLE"),
    ],
)
async def test_a_busy_storage_is_asked_again_until_it_asks_for_a_long_pause(
    status: int, code: str, category: ErrorCategory, named: str, quick: None
) -> None:
    pauses = iter(["0", "3600"])

    async def slow_down(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        return listing() if request.method == "GET" else azure_error(status, code, **{"Retry-After": next(pauses)})

    async with scripted_storage(slow_down) as storage:
        busy = await failure(at(storage.url))

    assert (*verdict(busy), busy.retry_after) == (category, named, True, 3600)
    assert [each.split()[0] for each in storage.requests] == ["GET", "PUT", "PUT"]


async def test_a_line_that_changes_a_file_is_noticed_by_its_hash(
    server: ObjectServer, container: ContainerClient
) -> None:
    """Azurite compares as Azure does, but says InvalidOperation where Azure says Md5Mismatch."""
    async with LyingLine(server.port, b"content", b"CONTENT") as line:
        wrong = await failure(at(f"http://localhost:{line.port}"))

    assert wrong.message == "cannot write batch/track.wav: the storage says InvalidOperation"
    assert await blobs(container) == []


async def test_a_listing_that_never_ends_is_given_up() -> None:
    async def repeat(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        return listing("<NextMarker>again</NextMarker>")

    async with scripted_storage(repeat) as storage, AzureBlobTransport().connect(at(storage.url)) as session:
        with pytest.raises(TransportError) as endless:
            await session.list("acknowledgements")

    assert verdict(endless.value) == (ErrorCategory.UNKNOWN, "REMOTE_FAILURE", True)


# What goes with each blob.


@pytest.mark.proves("PRO-04")
async def test_labels_and_the_recorded_hash_go_with_every_blob(
    server: ObjectServer, container: ContainerClient
) -> None:
    labels = {"delivery-id": "d1", "message-id": "M1", "batch-id": "20260101000000000", "icpn": "0602445790920"}
    large = PatternSource(9 * MEBIBYTE)
    recorded = {"md5": await large.hash("md5")}

    await put(at(server.url), LabelledSource(BytesSource(b"content"), labels), "small.xml")
    await put(at(server.url), LabelledSource(large, labels, recorded), "recorded.wav")
    await put(at(server.url), large, "unrecorded.wav")

    told = {}
    for name in ("small.xml", "recorded.wav", "unrecorded.wav"):
        properties = await container.get_blob_client(f"in/{name}").get_blob_properties()
        assert properties.content_settings.content_md5 is not None
        told[name] = (properties.metadata, bytes(properties.content_settings.content_md5).hex())
    stored = {name.replace("-", "_"): value for name, value in labels.items()}
    assert told == {
        "small.xml": (stored, hashlib.md5(b"content").hexdigest()),
        "recorded.wav": (stored, recorded["md5"]),
        "unrecorded.wav": ({}, recorded["md5"]),
    }


@pytest.mark.slow
@pytest.mark.proves("PRO-04")
async def test_a_file_of_more_than_256_mb_goes_in_blocks(server: ObjectServer, container: ContainerClient) -> None:
    source = PatternSource(260 * MEBIBYTE + 7)

    told = await put(at(server.url), source)

    committed, uncommitted = await container.get_blob_client("in/batch/track.wav").get_block_list("all")
    assert [block.size for block in committed] == [4 * MEBIBYTE] * 65 + [7]
    assert uncommitted == []
    assert (told[-1], len(told)) == (source.size, 66)
    digest = hashlib.sha256()
    async for chunk in (await container.download_blob("in/batch/track.wav")).chunks():
        digest.update(chunk)
    assert digest.hexdigest() == await source.hash("sha256")


async def test_a_file_of_this_machine_goes_in_blocks(
    server: ObjectServer, container: ContainerClient, tmp_path: Path
) -> None:
    source = PatternSource(9 * MEBIBYTE + 5)
    (tmp_path / "track.wav").write_bytes(b"".join([block async for block in source.blocks()]))

    told = await put(at(server.url), LocalFile(tmp_path / "track.wav"))

    assert hashlib.sha256(await content_of(container, "in/batch/track.wav")).hexdigest() == await source.hash("sha256")
    assert (told[-1], len(told)) == (source.size, 3)
    async with AzureBlobTransport().connect(at(server.url)) as session:
        assert await session.remote_hash("batch/track.wav", "md5") == await source.hash("md5")


# The line, and uploads that end half-way.


async def test_an_upload_that_was_cut_is_continued_by_the_next_attempt(
    server: ObjectServer, container: ContainerClient
) -> None:
    source = PatternSource(32 * MEBIBYTE)
    async with BadLine(server.port, 20 * MEBIBYTE, "cut") as line:
        lost = await failure(at(f"http://localhost:{line.port}"), source)
    before = await waiting(container, "in/batch/track.wav")
    seen = await blobs(container)

    async with BadLine(server.port, 1 << 40, "cut") as line:
        await put(at(f"http://localhost:{line.port}"), source)
        sent = line.passed

    assert verdict(lost) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", True)
    assert before >= 4 * MEBIBYTE
    assert seen == []
    assert sent < source.size - before + MEBIBYTE
    assert hashlib.sha256(await content_of(container, "in/batch/track.wav")).hexdigest() == await source.hash("sha256")
    assert await waiting(container, "in/batch/track.wav") == 0


async def test_blocks_of_another_file_are_not_kept(server: ObjectServer, container: ContainerClient) -> None:
    other = hashlib.md5(b"other").hexdigest()
    await container.get_blob_client("in/batch/track.wav").stage_block(f"000001-{other}", b"other")
    source = PatternSource(9 * MEBIBYTE)

    await put(at(server.url), source)

    assert hashlib.sha256(await content_of(container, "in/batch/track.wav")).hexdigest() == await source.hash("sha256")


async def test_a_line_that_stays_open_but_passes_nothing_on(server: ObjectServer, container: ContainerClient) -> None:
    async with BadLine(server.port, 6 * MEBIBYTE, "stall") as line:
        stalled = await failure(at(f"http://localhost:{line.port}", stall_timeout=1), PatternSource(12 * MEBIBYTE))

    assert verdict(stalled) == (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True)
    assert await blobs(container) == []


async def test_a_storage_that_never_answers() -> None:
    async def hang(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        await never()
        raise AssertionError

    async with scripted_storage(hang) as storage:
        stalled = await failure(at(storage.url, stall_timeout=0.3))

    assert verdict(stalled) == (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True)


async def test_a_cancelled_upload_is_never_visible(server: ObjectServer, container: ContainerClient) -> None:
    first = asyncio.Event()

    async def progress(_: int) -> None:
        first.set()

    async def send() -> None:
        async with AzureBlobTransport().connect(at(server.url)) as session:
            await session.put("track.wav", PatternSource(64 * MEBIBYTE), progress)

    sending = asyncio.ensure_future(send())
    await first.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert await blobs(container) == []


async def test_a_lost_answer_to_the_last_request_is_no_failure(
    server: ObjectServer, container: ContainerClient, quick: None
) -> None:
    """The storage committed the blocks, but the connection ended before it could say so."""
    source = PatternSource(9 * MEBIBYTE)
    async with CommitLosingLine(server.port) as line:
        await put(at(f"http://localhost:{line.port}"), source)

        assert line.forgotten == 1
    assert hashlib.sha256(await content_of(container, "in/batch/track.wav")).hexdigest() == await source.hash("sha256")


async def test_a_file_that_changed_since_it_was_announced(
    server: ObjectServer, container: ContainerClient, tmp_path: Path
) -> None:
    class Announced(LocalFile):
        size = 5 * MEBIBYTE

    for found in (4 * MEBIBYTE, 6 * MEBIBYTE):
        (tmp_path / "track.wav").write_bytes(bytes(found))
        changed = await failure(at(server.url), Announced(tmp_path / "track.wav"))
        assert verdict(changed) == (ErrorCategory.UNKNOWN, "SOURCE_CHANGED", False)
    gone = await failure(at(server.url), Announced(tmp_path / "gone.wav"))

    assert verdict(gone) == (ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", True)
    assert await blobs(container) == []


async def test_an_answer_that_is_not_there_or_too_large(server: ObjectServer, container: ContainerClient) -> None:
    await container.upload_blob("in/a.xml", b"0123456789")
    async with AzureBlobTransport().connect(at(server.url)) as session:
        with pytest.raises(TransportError) as missing:
            await session.read("b.xml", max_size=100)
        with pytest.raises(TransportError) as large:
            await session.read("a.xml", max_size=9)
        with pytest.raises(TransportError) as unsafe:
            await session.read("folder/\x00.xml", max_size=9)

    codes = [each.value.code for each in (missing, large, unsafe)]
    assert codes == ["REMOTE_FILE_MISSING", "REMOTE_FILE_TOO_LARGE", "PATH_UNSAFE"]


class CommitLosingLine(ForgetfulLine):
    """Loses the answer to the request that commits the blocks."""

    def __init__(self, server_port: int) -> None:
        super().__init__(server_port, b"HTTP/1.1 201")
        self._committing = False

    def going_up(self, data: bytes) -> bytes:
        """The same; from the commit on, answers are looked at."""
        self._committing = self._committing or (b"comp=blocklist" in data and b"PUT " in data)
        return data

    def coming_down(self, data: bytes) -> bytes | None:
        """The answer, unless it is the one to lose."""
        return super().coming_down(data) if self._committing else data


def listing(more: str = "<NextMarker/>") -> web.Response:
    """An empty page of a listing."""
    return web.Response(text=LISTING.replace("<NextMarker/>", more), content_type="application/xml")


def azure_error(status: int, code: str, detail: str = "as scripted", **headers: str) -> web.Response:
    """A refusal as Azure writes it."""
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>as scripted</Message>'
        f"<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>"
    )
    told = {"x-ms-error-code": code} if code else {}
    return web.Response(status=status, text=text, content_type="application/xml", headers=told | headers)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between two requests, shortened."""
    monkeypatch.setattr("distro_sdk.object_storage.patience.repeated.__defaults__", ((0.01, 0.01),))
