"""The transport over WebDAV, on a real server."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest
from pydantic import SecretStr, ValidationError

from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.network import AddressPolicy
from distro_sdk.plugin import Plugin
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from distro_sdk.testing.sources import BytesSource, PatternSource
from distro_sdk.testing.transports import Refusal, TransportConformance
from stardust_webdav import WebDavPlugin, WebDavSettings, WebDavTransport
from stardust_webdav.properties import read_properties

USER, PASSWORD = "label", SecretStr("pässword")


class DavServer(Protocol):
    port: int
    before: Callable[[dict[str, Any], Callable[..., Any]], Any] | None

    def collection(self) -> tuple[str, Path]: ...


def settings_of(address: str, **changes: Any) -> WebDavSettings:
    given = {"address": address, "allow_plain": True, "username": USER, "password": PASSWORD}
    return WebDavSettings.model_validate(given | changes)


@pytest.fixture
def transport() -> WebDavTransport:
    return WebDavTransport(AddressPolicy(["127.0.0.0/8"]))


class TestWebDavPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return WebDavPlugin


@pytest.mark.proves("PRO-09")
@pytest.mark.hook("register_transports")
class TestWebDavTransport(TransportConformance):
    @pytest.fixture
    def transport(self) -> WebDavTransport:
        return WebDavTransport(AddressPolicy(["127.0.0.0/8"]))

    @pytest.fixture
    def guarded(self) -> WebDavTransport:
        return WebDavTransport(AddressPolicy())

    @pytest.fixture
    def configuration(self, dav: DavServer) -> WebDavSettings:
        return settings_of(dav.collection()[0])

    @pytest.fixture
    def refusals(self, dav: DavServer) -> Sequence[Refusal]:
        address, _ = dav.collection()
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            closed = f"http://127.0.0.1:{unused.getsockname()[1]}"
        forbidden = settings_of("http://10.1.2.3/files", timeout=1)
        return [
            Refusal("wrong password", settings_of(address, password="no"), ErrorCategory.AUTH_INVALID, retryable=False),
            Refusal("no such collection", settings_of(f"{address}/no"), ErrorCategory.UNKNOWN, retryable=False),
            Refusal("closed port", settings_of(closed), ErrorCategory.NETWORK_CONNECTIVITY, retryable=True),
            Refusal("forbidden address", forbidden, ErrorCategory.NETWORK_CONNECTIVITY, retryable=False),
        ]


async def ignore(_: int) -> None:
    return


async def test_a_file_is_shown_only_when_the_server_has_all_of_it(dav: DavServer, transport: WebDavTransport) -> None:
    address, folder = dav.collection()
    seen: list[tuple[str, list[str]]] = []

    def look(environment: Mapping[str, Any], _: object) -> None:
        names = sorted(path.name for path in folder.rglob("*"))
        seen.append((environment["REQUEST_METHOD"], names))

    async with transport.connect(settings_of(address)) as session:
        dav.before = look
        await session.put("a/track.wav", BytesSource(b"sound"), ignore)
        await session.put("a/other.wav", BytesSource(b"sound"), ignore)

    methods = [method for method, _ in seen]
    assert methods == ["MKCOL", "PUT", "MOVE", "PUT", "MOVE"]
    assert seen[2][1] == [".track.wav.part", "a"]
    assert (folder / "a" / "track.wav").read_bytes() == b"sound"


async def test_the_root_of_a_server_is_a_target_too(dav: DavServer, transport: WebDavTransport) -> None:
    async with transport.connect(settings_of(f"http://127.0.0.1:{dav.port}/")) as session:
        await session.put("at-the-root.txt", BytesSource(b"here"), ignore)
        assert await session.read("at-the-root.txt", max_size=10) == b"here"
        await session.delete("at-the-root.txt")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("507 Insufficient Storage", (ErrorCategory.API_UNAVAILABLE, "REMOTE_DISK_FULL", True)),
        ("403 Forbidden", (ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", False)),
        ("423 Locked", (ErrorCategory.UNKNOWN, "REMOTE_FAILURE", True)),
        ("302 Found", (ErrorCategory.UNKNOWN, "REDIRECT_REFUSED", False)),
        ("429 Too Many", (ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", True)),
        ("503 Later", (ErrorCategory.API_UNAVAILABLE, "HTTP_UNAVAILABLE", True)),
        ("207 Multi-Status", (ErrorCategory.UNKNOWN, "PROTOCOL_ERROR", True)),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "MOVE"])
async def test_what_the_server_refuses_leaves_nothing_behind(
    dav: DavServer,
    transport: WebDavTransport,
    method: str,
    status: str,
    expected: tuple[ErrorCategory, str, bool],
) -> None:
    address, folder = dav.collection()

    def refuse(environment: Mapping[str, Any], start: Callable[..., Any]) -> list[bytes] | None:
        if environment["REQUEST_METHOD"] != method:
            return None
        environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
        start(status, [("Content-Length", "0"), ("Retry-After", "7"), ("Location", "http://elsewhere.example/")])
        return [b""]

    async with transport.connect(settings_of(address)) as session:
        dav.before = refuse
        with pytest.raises(TransportError) as caught:
            await session.put("track.wav", BytesSource(b"sound"), ignore)

    assert (caught.value.category, caught.value.code, caught.value.retryable) == expected
    assert caught.value.retry_after == 7
    assert list(folder.iterdir()) == []


async def test_a_server_that_says_nothing_is_given_up(transport: WebDavTransport) -> None:
    gone = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(TransportError) as caught:
            async with transport.connect(settings_of(address, stall_timeout=0.05)):
                raise AssertionError("connected")
        await gone.wait()

    assert (caught.value.category, caught.value.code) == (ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED")


async def test_a_file_that_is_not_as_long_as_announced_is_not_delivered(
    dav: DavServer, transport: WebDavTransport
) -> None:
    address, folder = dav.collection()
    source = PatternSource(3 << 20)
    shorter = BytesSource(b"short")

    class Lying:
        size, local_path = source.size, None
        blocks = staticmethod(shorter.blocks)

    async with transport.connect(settings_of(address)) as session:
        with pytest.raises(TransportError) as caught:
            await session.put("track.wav", Lying(), ignore)

    assert (caught.value.code, caught.value.retryable) == ("SOURCE_CHANGED", False)
    assert not (folder / "track.wav").exists()


def test_lists_of_servers_are_read_whatever_form_their_addresses_have() -> None:
    content = b"""<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">
      <d:response><d:href>https://files.example/in/</d:href><d:propstat><d:prop>
        <d:resourcetype><d:collection/></d:resourcetype></d:prop></d:propstat></d:response>
      <d:response><d:href>/in/a%20b.xml</d:href><d:propstat><d:prop><d:resourcetype/>
        <d:getcontentlength>12</d:getcontentlength><d:getlastmodified>yesterday</d:getlastmodified>
      </d:prop></d:propstat></d:response>
      <d:response><d:href>/in/..%2Fout.xml</d:href><d:propstat><d:prop>
        <d:getcontentlength>12</d:getcontentlength></d:prop></d:propstat></d:response>
      <d:response><d:href>/in/no-size.xml</d:href></d:response>
    </d:multistatus>"""

    found = [(listed.name, listed.collection, listed.size) for listed in read_properties(content)]

    assert found == [("in", True, 0), ("a b.xml", False, 12)]


@pytest.mark.parametrize("content", [b"", b"<html/>", b"<!DOCTYPE d [<!ENTITY a 'b'>]><d>&a;</d>"])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(TransportError) as caught:
        list(read_properties(content))
    assert caught.value.code == "PROTOCOL_ERROR"


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "ftp://files.example"},
        {"address": "https://user:secret@files.example"},
        {"address": "https://files.example/a/%2e%2e/b"},
        {"address": "https://files.example/?a=b"},
        {"allow_plain": False},
        {"username": None},
        {"username": "a:b"},
        {"ca_certificates": "no certificate"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings_of("http://files.example/in", **wrong) if "address" not in wrong else settings_of(**wrong)


@pytest.mark.proves("PLG-14", "PRO-09")
async def test_only_a_tenant_that_has_it_can_name_it(running_platform: RunningPlatform) -> None:
    assert "webdav" in (await running_platform.plugins(running_platform.tenant_id)).transports
    assert "webdav" not in (await running_platform.plugins(running_platform.other_tenant_id)).transports


@pytest.mark.proves("MD5-03")
@pytest.mark.parametrize("given", [b"content" * 100_000, b"cont"], ids=["more", "less"])
async def test_what_is_not_as_long_as_the_server_told_is_not_hashed(
    transport: WebDavTransport, dav: DavServer, given: bytes
) -> None:
    def give(environment: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environment["REQUEST_METHOD"] != "GET":
            return None
        start("200 OK", [("Content-Length", str(len(given)))])
        return [given]

    async with transport.connect(settings_of(dav.collection()[0])) as session:
        await session.put("track.wav", BytesSource(b"content"), ignore)
        honest = await session.remote_hash("track.wav", "md5")
        dav.before = give

        with pytest.raises(TransportError) as wrong:
            await session.remote_hash("track.wav", "md5")

    assert honest == hashlib.md5(b"content").hexdigest()
    assert (wrong.value.code, wrong.value.retryable) == ("REMOTE_SIZE_WRONG", True)
