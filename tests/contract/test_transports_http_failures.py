"""Every way in which delivery over HTTP goes wrong, with the exact code that says so."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator
from email.utils import format_datetime
from pathlib import Path

import pytest
from starlette.responses import Response

from distro_plugins.http_api import HttpPutTransport, HttpSettings
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.testing.sources import BytesSource, PatternSource
from distro_sdk.transports import FileSource
from tests.exchange_servers import BadLine, SilentServer
from tests.http_receiver import HttpReceiver, http_receiver, make_certificate

MEBIBYTE = 1024 * 1024
PATH = "batch/message.xml"


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[HttpReceiver]:
    async with http_receiver(tmp_path) as running:
        yield running


def at(address: str, **others: object) -> HttpSettings:
    return HttpSettings.model_validate({"address": address, "allow_plain": True, "authentication": "none"} | others)


async def ignore(_: int) -> None:
    return


async def put(
    settings: HttpSettings, source: FileSource | None = None, transport: HttpPutTransport | None = None
) -> list[int]:
    told: list[int] = []

    async def progress(sent: int) -> None:
        told.append(sent)

    async with (transport or HttpPutTransport()).connect(settings) as session:
        await session.put(PATH, source or BytesSource(b"content"), progress)
    return told


async def failure(
    settings: HttpSettings, source: FileSource | None = None, transport: HttpPutTransport | None = None
) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await put(settings, source, transport)
    return caught.value


# What the receiver answers.


@pytest.mark.parametrize(
    ("status", "category", "code", "retryable"),
    [
        (400, ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
        (401, ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED", False),
        (403, ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", False),
        (404, ErrorCategory.UNKNOWN, "ENDPOINT_MISSING", False),
        (405, ErrorCategory.UNKNOWN, "COMMAND_UNSUPPORTED", False),
        (408, ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", True),
        (409, ErrorCategory.UNKNOWN, "REMOTE_CONFLICT", False),
        (413, ErrorCategory.API_UNAVAILABLE, "REMOTE_SIZE_LIMIT", False),
        (422, ErrorCategory.UNKNOWN, "REQUEST_REFUSED", False),
        (423, ErrorCategory.UNKNOWN, "REMOTE_FAILURE", True),
        (429, ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", True),
        (500, ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE", True),
        (503, ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE", True),
        (507, ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", True),
    ],
)
@pytest.mark.parametrize("size", [7, 4 * MEBIBYTE])
async def test_a_refused_file_has_the_code_of_its_status(
    receiver: HttpReceiver, status: int, category: ErrorCategory, code: str, *, retryable: bool, size: int
) -> None:
    receiver.faults["PUT"] = [Response(status_code=status)]
    receiver.faults["MKCOL"] = [Response(status_code=501)]

    refused = await failure(at(receiver.address), PatternSource(size))

    assert (refused.category, refused.code, refused.retryable) == (category, code, retryable)
    assert list(receiver.folder.rglob("*")) == []
    assert [request.received for request in receiver.of("PUT")] == [0]


async def test_a_large_file_is_not_sent_before_the_receiver_wants_it(receiver: HttpReceiver) -> None:
    receiver.faults["PUT"] = [Response(status_code=507)]
    told: list[int] = []

    async def progress(sent: int) -> None:
        told.append(sent)

    async with HttpPutTransport().connect(at(receiver.address)) as session:
        with pytest.raises(TransportError, match="507"):
            await session.put(PATH, PatternSource(8 * MEBIBYTE), progress)
        await session.put(PATH, PatternSource(2 * MEBIBYTE), progress)

    assert told == [MEBIBYTE, 2 * MEBIBYTE]
    assert [request.headers.get("expect") for request in receiver.of("PUT")] == ["100-continue", "100-continue"]


@pytest.mark.parametrize("as_date", [True, False])
async def test_the_wait_that_the_receiver_asks_for_is_told(receiver: HttpReceiver, as_date: bool) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
    wait = format_datetime(later, usegmt=True) if as_date else "90"
    receiver.faults["PUT"] = [Response(status_code=429, headers={"Retry-After": wait})]

    refused = await failure(at(receiver.address))

    assert (refused.code, refused.retryable) == ("RATE_LIMITED", True)
    assert refused.retry_after == pytest.approx(90, abs=3)


@pytest.mark.parametrize("wait", ["soon", "-5", "1e9", ""])
async def test_a_wait_that_makes_no_sense_is_left_out(receiver: HttpReceiver, wait: str) -> None:
    receiver.faults["PUT"] = [Response(status_code=503, headers={"Retry-After": wait})]

    assert (await failure(at(receiver.address))).retry_after is None


async def test_neither_errors_nor_logs_have_secrets(receiver: HttpReceiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.accepts = {"Bearer right"}
    settings = at(receiver.address, authentication="bearer", token="open-sesame")

    with caplog.at_level(logging.DEBUG):
        refused = await failure(settings)

    assert refused.code == "LOGIN_REFUSED"
    assert "open-sesame" not in f"{refused} {settings!r} {caplog.text}"


# Redirections.


async def test_a_redirection_on_the_same_host_is_followed(receiver: HttpReceiver) -> None:
    receiver.faults["PUT"] = [Response(status_code=307, headers={"Location": "/incoming/elsewhere.xml"})]

    await put(at(receiver.address), PatternSource(2 * MEBIBYTE))

    assert (receiver.folder / "elsewhere.xml").stat().st_size == 2 * MEBIBYTE


async def test_a_redirection_to_another_host_gets_nothing(receiver: HttpReceiver, tmp_path: Path) -> None:
    async with http_receiver(tmp_path / "other") as other:
        receiver.faults["PUT"] = [Response(status_code=308, headers={"Location": f"{other.address}/{PATH}"})]

        refused = await failure(at(receiver.address, authentication="bearer", token="open-sesame"))

        assert (refused.code, refused.retryable) == ("REDIRECT_REFUSED", False)
        assert other.seen == []


@pytest.mark.parametrize("location", ["https://127.0.0.1/x", "http://[", "//elsewhere/x", None])
async def test_a_redirection_that_leads_nowhere_safe_is_refused(receiver: HttpReceiver, location: str | None) -> None:
    receiver.faults["PUT"] = [Response(status_code=302, headers={"Location": location} if location else None)]

    assert (await failure(at(receiver.address))).code == "REDIRECT_REFUSED"


async def test_redirections_without_end_are_given_up(receiver: HttpReceiver) -> None:
    receiver.faults["PUT"] = [Response(status_code=307, headers={"Location": f"/incoming/{n}"}) for n in range(9)]

    assert (await failure(at(receiver.address))).code == "REDIRECT_REFUSED"
    assert len(receiver.of("PUT")) == 4


# The line.


async def test_a_connection_cut_in_the_middle_of_a_file_is_lost(receiver: HttpReceiver) -> None:
    async with BadLine(receiver.port, 2 * MEBIBYTE, "cut") as line:
        lost = await failure(at(f"http://127.0.0.1:{line.port}/incoming"), PatternSource(16 * MEBIBYTE))

    assert (lost.category, lost.code, lost.retryable) == (ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", True)
    assert [path for path in receiver.folder.rglob("*") if path.is_file()] == []


async def test_a_receiver_that_takes_no_more_bytes_is_given_up(receiver: HttpReceiver) -> None:
    async with BadLine(receiver.port, 2 * MEBIBYTE, "stall") as line:
        settings = at(f"http://127.0.0.1:{line.port}/incoming", stall_timeout=0.5)
        stalled = await failure(settings, PatternSource(32 * MEBIBYTE))

    assert (stalled.category, stalled.code) == (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED")
    assert stalled.retryable


async def test_a_server_that_says_nothing_is_given_up() -> None:
    with SilentServer() as server:
        stalled = await failure(at(f"http://127.0.0.1:{server.port}", stall_timeout=0.3))

    assert (stalled.code, stalled.retryable) == ("TRANSFER_STALLED", True)


async def test_a_source_that_takes_its_time_is_not_held_against_the_receiver(receiver: HttpReceiver) -> None:
    class Slow(PatternSource):
        async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
            begun = False
            async for block in super().blocks(offset=offset, block_size=block_size):
                await asyncio.sleep(2.2 if begun else 0)
                begun = True
                yield block

    await put(at(receiver.address, stall_timeout=2.0), Slow(2 * MEBIBYTE))

    assert (receiver.folder / PATH).stat().st_size == 2 * MEBIBYTE


async def raw_server(answer: bytes, *, first: int) -> tuple[asyncio.Server, str]:
    """A server that answers each request once `first` bytes of its body have come, and 404 to HEAD."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"HEAD"):
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                    continue
                await reader.readexactly(first)
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/incoming"


async def test_a_server_that_does_not_know_100_continue_gets_the_file_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("distro_sdk.http_targets.client.CONTINUE_SECONDS", 0.2)
    server, address = await raw_server(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", first=2 * MEBIBYTE)
    async with server:
        told = await put(at(address), PatternSource(2 * MEBIBYTE))

    assert told == [MEBIBYTE, 2 * MEBIBYTE]


async def test_a_server_that_refuses_100_continue_gets_the_file_without(receiver: HttpReceiver) -> None:
    receiver.faults["PUT"] = [Response(status_code=417)]

    await put(at(receiver.address), PatternSource(2 * MEBIBYTE))

    assert [request.headers.get("expect") for request in receiver.of("PUT")] == ["100-continue", None]
    assert (receiver.folder / PATH).stat().st_size == 2 * MEBIBYTE


async def test_a_server_that_confirms_half_a_file_is_not_believed() -> None:
    confirmed = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
    server, address = await raw_server(confirmed, first=0)
    async with server:
        doubtful = await failure(at(address), PatternSource(64 * MEBIBYTE))

    assert (doubtful.code, doubtful.retryable) == ("PROTOCOL_ERROR", True)


async def test_an_answer_that_is_no_http_is_named() -> None:
    server, address = await raw_server(b"220 ready\r\n\r\n", first=7)
    async with server:
        assert (await failure(at(address))).code == "PROTOCOL_ERROR"


# TLS and addresses.


async def test_a_receiver_with_a_certificate_of_its_own_authority_is_trusted_when_told(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    async with http_receiver(tmp_path / "tls", certificate) as receiver:
        await put(at(receiver.address, ca_certificates=certificate.text, allow_plain=False), PatternSource(3_000_000))

        refused = await failure(at(receiver.address))

        assert (receiver.folder / PATH).stat().st_size == 3_000_000
    assert (refused.category, refused.code, refused.retryable) == (
        ErrorCategory.NETWORK_CONNECTIVITY,
        "CERTIFICATE_REFUSED",
        False,
    )


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "dsp.example")
    async with http_receiver(tmp_path / "tls", certificate) as receiver:
        refused = await failure(at(receiver.address, ca_certificates=certificate.text))

    assert refused.code == "CERTIFICATE_REFUSED"


async def test_a_server_without_tls_is_named(receiver: HttpReceiver) -> None:
    assert (await failure(at(receiver.address.replace("http:", "https:")))).code == "TLS_FAILED"


@pytest.mark.proves("SEC-17")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_no_tenant_reaches_the_operators_network(receiver: HttpReceiver, host: str) -> None:
    settings = at(receiver.address.replace("127.0.0.1", host))

    refused = await failure(settings, transport=HttpPutTransport(AddressPolicy()))

    assert (refused.code, refused.retryable) == ("ADDRESS_FORBIDDEN", False)
    assert receiver.seen == []


# Our own files and paths.


async def test_what_stops_the_delivery_comes_out_as_it_is(receiver: HttpReceiver) -> None:
    class Cancelled(Exception):
        """What the engine raises when a delivery is cancelled on its way."""

    async def progress(_: int) -> None:
        raise Cancelled

    async with HttpPutTransport().connect(at(receiver.address)) as session:
        with pytest.raises(Cancelled):
            await session.put(PATH, PatternSource(4 * MEBIBYTE), progress)

    assert not (receiver.folder / PATH).exists()


@pytest.mark.parametrize("change", [-1, 1, MEBIBYTE])
async def test_a_file_of_another_size_than_announced_is_not_delivered(receiver: HttpReceiver, change: int) -> None:
    class Changed(PatternSource):
        async def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
            async for block in PatternSource(self.size + change).blocks(offset=offset, block_size=block_size):
                yield block

    changed = await failure(at(receiver.address), Changed(2 * MEBIBYTE))

    assert (changed.code, changed.retryable) == ("SOURCE_CHANGED", False)
    assert not (receiver.folder / PATH).exists()


async def test_our_own_file_that_is_gone_is_told_apart_from_the_line(receiver: HttpReceiver, tmp_path: Path) -> None:
    class Gone(BytesSource):
        local_path = tmp_path / "gone.wav"

    missing = await failure(at(receiver.address), Gone(b"content"))

    assert (missing.code, missing.retryable) == ("SOURCE_UNREADABLE", True)


async def test_a_file_of_this_machine_is_sent_from_there(receiver: HttpReceiver, tmp_path: Path) -> None:
    class Local(PatternSource):
        local_path = tmp_path / "track.wav"

    (tmp_path / "track.wav").write_bytes(b"RIFF" * 600_000)

    assert await put(at(receiver.address), Local(2_400_000)) == [MEBIBYTE, 2 * MEBIBYTE, 2_400_000]
    assert (receiver.folder / PATH).read_bytes() == b"RIFF" * 600_000


@pytest.mark.parametrize("path", ["a\r\nX-Evil: 1/b", "a\0b", "a//b", "./a", "a/\ud800", "", "a/../b"])
async def test_a_path_can_neither_leave_the_address_nor_end_a_line(receiver: HttpReceiver, path: str) -> None:
    async with HttpPutTransport().connect(at(receiver.address)) as session:
        with pytest.raises(TransportError) as caught:
            await session.put(path, BytesSource(b"content"), ignore)

    assert (caught.value.code, caught.value.retryable) == ("PATH_UNSAFE", False)
    assert receiver.of("PUT") == []


async def test_a_name_with_signs_of_an_address_stays_one_name(receiver: HttpReceiver) -> None:
    async with HttpPutTransport().connect(at(receiver.address)) as session:
        await session.put("a?b=c#d&e%2e%2e;f\\g/h", BytesSource(b"content"), ignore)

    assert (receiver.folder / "a?b=c#d&e%2e%2e;f\\g" / "h").read_bytes() == b"content"
