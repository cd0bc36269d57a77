"""Targets that cannot be: refused with a typed error and nothing stored, or found out before a byte is sent."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import structlog
from joserfc.jwk import RSAKey
from pydantic import BaseModel, SecretStr

from distro_core.delivery.targets import connection_settings
from distro_core.delivery.targets.connection_test import ConnectionLayer, ConnectionTester
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.delivery.targets.metadata_connections import MetadataConnectionService
from distro_core.delivery.targets.service import TargetService
from distro_core.platforms.adapters import TargetAdapterService
from distro_core.scope import Scope
from distro_plugins.azure_blob import AzureBlobTransport
from distro_plugins.ftp import FtpTransport
from distro_plugins.google_cloud import GoogleCloudTransport
from distro_plugins.http_api import HttpMultipartTransport, HttpPutTransport, HttpWriteOnlyTransport
from distro_plugins.json_dsp import JsonDspPlugin
from distro_plugins.s3 import S3Transport
from distro_plugins.sftp import SftpTransport
from distro_sdk.errors import DomainError, ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.network import AddressPolicy
from distro_sdk.transports import Transport
from tests.delivery.label import Label
from tests.delivery.test_targets import HOST_KEY, faults, sftp_draft
from tests.delivery.transports import with_registry, with_transport

FTP = {"host": "ftp.example.org", "username": "label"}
SFTP = {"host": "sftp.example.org", "username": "label", "host_key": HOST_KEY}
S3 = {"bucket": "northlight-in", "access_key": "LABELKEY"}
AZURE = {"account_name": "northlight", "container_name": "northlight-in"}
GOOGLE = {"bucket": "northlight-in"}
HTTP = {"address": "https://api.example.org/in", "authentication": "bearer"}
FINGERPRINT = ":".join(["AB"] * 32)
KEY = base64.b64encode(b"a key of an account").decode()
INVALID = "TARGET_SETTING_INVALID"
SSH_KEY = asyncssh.generate_private_key("ssh-ed25519")
PLAIN_KEY = SSH_KEY.export_private_key().decode()
HALF_A_KEY = "\n".join([*PLAIN_KEY.splitlines()[:3], PLAIN_KEY.splitlines()[-1]])
LOCKED_KEY = SSH_KEY.export_private_key(passphrase="open sesame", rounds=50).decode()
LOCKED_PEM = (
    asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    .export_private_key("pkcs8-pem", passphrase="open sesame")
    .decode()
)
GARBAGE_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nZ2FyYmFnZQ==\n-----END OPENSSH PRIVATE KEY-----\n"

WRONG: dict[str, tuple[str, dict[str, Any], dict[str, str], tuple[str, ...]]] = {
    "no host": ("ftp", {"username": "label"}, {"password": "p"}, ("settings", "host")),
    "an address for a host": ("ftp", {**FTP, "host": "ftp://example.org/in"}, {"password": "p"}, ("settings", "host")),
    "no password": ("ftp", FTP, {}, ("secrets", "password")),
    "an empty password": ("ftp", FTP, {"password": ""}, ("secrets", "password")),
    "an empty password over SSH": ("sftp", SFTP, {"password": ""}, ("secrets", "password")),
    "trust without TLS": (
        "ftp",
        {**FTP, "encryption": "none", "certificate_fingerprint": FINGERPRINT},
        {"password": "p"},
        ("settings",),
    ),
    "no certificate": ("ftp", {**FTP, "ca_certificates": "no PEM"}, {"password": "p"}, ("settings", "ca_certificates")),
    "a folder above": ("ftp", {**FTP, "directory": "../in"}, {"password": "p"}, ("settings", "directory")),
    "no host key": ("sftp", {**SFTP, "host_key": "MD5:aa:bb"}, {"password": "p"}, ("settings", "host_key")),
    "no private key": ("sftp", SFTP, {"private_key": "-----BEGIN-----"}, ("secrets", "private_key")),
    "garbage under the header of a key": ("sftp", SFTP, {"private_key": GARBAGE_KEY}, ("secrets", "private_key")),
    "half a key": ("sftp", SFTP, {"private_key": HALF_A_KEY}, ("secrets", "private_key")),
    "garbage with a passphrase": (
        "sftp",
        SFTP,
        {"private_key": GARBAGE_KEY, "passphrase": "open sesame"},
        ("secrets", "private_key"),
    ),
    "a key without its passphrase": ("sftp", SFTP, {"private_key": LOCKED_KEY}, ("secrets", "passphrase")),
    "a key with another passphrase": (
        "sftp",
        SFTP,
        {"private_key": LOCKED_KEY, "passphrase": "open barley"},
        ("secrets", "passphrase"),
    ),
    "a PEM key with another passphrase": (
        "sftp",
        SFTP,
        {"private_key": LOCKED_PEM, "passphrase": "open barley"},
        ("secrets", "passphrase"),
    ),
    "nothing to sign in with": ("sftp", SFTP, {}, ("settings",)),
    "a passphrase of no key": ("sftp", SFTP, {"password": "p", "passphrase": "q"}, ("settings",)),
    "a bucket with a path": (
        "s3",
        {**S3, "bucket": "northlight-in/label"},
        {"secret_key": "s"},
        ("settings", "bucket"),
    ),
    "an address for a bucket": ("s3", {**S3, "bucket": "s3://northlight"}, {"secret_key": "s"}, ("settings", "bucket")),
    "a bucket like an address": ("s3", {**S3, "bucket": "10.0.0.1"}, {"secret_key": "s"}, ("settings", "bucket")),
    "a prefix that climbs": ("s3", {**S3, "prefix": "a/../b"}, {"secret_key": "s"}, ("settings", "prefix")),
    "an empty secret": ("s3", S3, {"secret_key": " "}, ("secrets", "secret_key")),
    "a key id of no encryption": ("s3", {**S3, "kms_key_id": "k"}, {"secret_key": "s"}, ("settings",)),
    "a container with a path": (
        "azure-blob",
        {**AZURE, "container_name": "northlight/in"},
        {"account_key": KEY},
        ("settings", "container_name"),
    ),
    "a key that is no Base64": ("azure-blob", AZURE, {"account_key": "not base64!"}, ("secrets", "account_key")),
    "two ways into Azure": ("azure-blob", AZURE, {"account_key": KEY, "sas_token": "sv=1&sig=x"}, ("settings",)),
    "a bucket of Google with a path": (
        "google-cloud",
        {"bucket": "northlight-in/label"},
        {"token": "t"},
        ("settings", "bucket"),
    ),
    "no key file": ("google-cloud", GOOGLE, {"service_account": "{}"}, ("secrets", "service_account")),
    "two ways into Google": (
        "google-cloud",
        GOOGLE,
        {"service_account": json.dumps({"type": "user"}), "token": "t"},
        ("secrets", "service_account"),
    ),
    "HTTP in the clear": ("http-put", {**HTTP, "address": "http://api.example.org/in"}, {"token": "t"}, ("settings",)),
    "no token": ("http-put", HTTP, {}, ("settings",)),
    "another way to sign in": ("http-put", {**HTTP, "username": "label"}, {"token": "t"}, ("settings",)),
    "a header of our own": ("http-put", {**HTTP, "headers": {"Host": "x"}}, {"token": "t"}, ("settings", "headers")),
}


def sealed(secrets: dict[str, str]) -> dict[str, SecretStr]:
    return {name: SecretStr(value) for name, value in secrets.items()}


@pytest.mark.parametrize("wrong", WRONG)
async def test_wrong_settings_are_refused_and_nothing_is_stored_or_changed(
    label_a: Scope, label_b: Scope, receiver_folder: Path, wrong: str
) -> None:
    transport, settings, secrets, place = WRONG[wrong]
    service, targets = TargetService(label_a), label_a.store.collection(TargetDocument)
    given = sealed(secrets)
    there = await service.create(
        sftp_draft(transport="local-folder", settings={"directory": str(receiver_folder)}, secrets={})
    )
    beside = await TargetService(label_b).create(sftp_draft())

    with pytest.raises(DomainError) as created:
        await service.create(sftp_draft(transport=transport, settings=settings, secrets=given))
    with pytest.raises(DomainError) as moved:
        await service.update(there.id, TargetChanges(transport=transport, settings=settings, secrets=given))
    with pytest.raises(DomainError) as beside_it:
        await MetadataConnectionService(label_a).set(there.id, transport, settings, given)

    assert faults(created.value) == faults(moved.value) == faults(beside_it.value) == [(INVALID, place)]
    assert [each.model_dump() for each in await targets.list({})] == [there.model_dump()]
    assert await TargetService(label_b).get(beside.id) == beside
    for value in secrets.values():
        assert len(value) < 8 or value not in str(created.value)


@pytest.mark.parametrize(
    "secrets",
    [
        {"private_key": PLAIN_KEY},
        {"private_key": LOCKED_KEY, "passphrase": "open sesame"},
        {"private_key": LOCKED_PEM, "passphrase": "open sesame"},
    ],
    ids=["plain", "locked", "PEM"],
)
async def test_a_key_that_opens_is_stored(label_a: Scope, secrets: dict[str, str]) -> None:
    target = await TargetService(label_a).create(sftp_draft(settings=SFTP, secrets=sealed(secrets)))

    assert sorted(target.sealed) == sorted(secrets)


async def test_a_new_passphrase_must_open_the_key_that_is_stored(label_a: Scope) -> None:
    service = TargetService(label_a)
    secrets = {"private_key": LOCKED_KEY, "passphrase": "open sesame"}
    target = await service.create(sftp_draft(settings=SFTP, secrets=sealed(secrets)))

    with pytest.raises(DomainError) as refused:
        await service.update(target.id, TargetChanges(secrets={"passphrase": SecretStr("open barley")}))

    assert faults(refused.value) == [(INVALID, ("secrets", "passphrase"))]
    assert refused.value.message == "the private key does not open with this passphrase"
    assert await service.get(target.id) == target


async def test_a_folder_that_the_operator_has_not_allowed_is_refused_and_nothing_is_stored_or_changed(
    label: Label, other_label: Label
) -> None:
    there, beside = await label.target(), await other_label.target()

    with pytest.raises(DomainError) as created:
        await label.target(settings={"directory": "/etc"})
    with pytest.raises(DomainError) as moved:
        await label.targets.update(there.id, TargetChanges(settings={"directory": "/etc"}))
    with pytest.raises(DomainError) as beside_it:
        await MetadataConnectionService(label.scope).set(there.id, "local-folder", {"directory": "/etc"}, {})

    assert [faults(each.value) for each in (created, moved, beside_it)] == [[(INVALID, ("settings", "directory"))]] * 3
    assert await label.scope.store.collection(TargetDocument).list({}) == [there]
    assert await other_label.targets.get(beside.id) == beside


@dataclass
class Own:
    """A server on this machine that no target may reach; `knocks`: connections that were tried all the same."""

    port: int = 0
    knocks: list[str] = field(default_factory=list)


@pytest.fixture
async def own() -> AsyncIterator[Own]:
    """The operator's own server."""
    found = Own()

    async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.knocks.append("somebody")
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


def towards(
    host: str, port: int, policy: AddressPolicy | None = None
) -> dict[str, tuple[Transport, dict[str, Any], dict[str, str]]]:
    """A transport for each protocol without any network allowed but by a policy, and settings that lead to a host."""
    policy, address = policy or AddressPolicy(), f"http://{host}:{port}"
    http = {"address": f"{address}/in", "allow_plain": True, "authentication": "bearer"}
    return {
        "ftp": (FtpTransport(policy), {**FTP, "host": host, "port": port}, {"password": "p"}),
        "sftp": (SftpTransport(policy), {**SFTP, "host": host, "port": port}, {"password": "p"}),
        "http-put": (HttpPutTransport(policy), http, {"token": "t"}),
        "http-write-only": (HttpWriteOnlyTransport(policy), http, {"token": "t"}),
        "http-multipart": (HttpMultipartTransport(policy), http, {"token": "t"}),
        "s3": (S3Transport(policy), {**S3, "endpoint": address}, {"secret_key": "s"}),
        "azure-blob": (AzureBlobTransport(policy), {**AZURE, "endpoint": address}, {"account_key": KEY}),
        "google-cloud": (GoogleCloudTransport(policy), {**GOOGLE, "endpoint": address}, {"token": "t"}),
    }


LOCALLY = AddressPolicy(["127.0.0.0/8", "::1/128"])
PLACES = {"ftp": "host", "sftp": "host", "s3": "endpoint", "azure-blob": "endpoint", "google-cloud": "endpoint"}
"""The setting that names the host; `address` for the others."""


@pytest.mark.proves("SEC-17")
@pytest.mark.parametrize("host", ["localhost", "10.1.2.3"])
@pytest.mark.parametrize("protocol", sorted(towards("", 0)))
async def test_a_target_in_the_operators_own_network_is_refused_and_nothing_is_stored_or_changed(
    label: Label, other_label: Label, own: Own, protocol: str, host: str
) -> None:
    transport, settings, secrets = towards(host, own.port)[protocol]
    scope = with_transport(label.scope, transport)
    service, given = TargetService(scope), sealed(secrets)
    there, beside = await label.target(), await other_label.target()

    with pytest.raises(DomainError) as created:
        await service.create(sftp_draft(transport=protocol, settings=settings, secrets=given))
    with pytest.raises(DomainError) as moved:
        await service.update(there.id, TargetChanges(transport=protocol, settings=settings, secrets=given))
    with pytest.raises(DomainError) as beside_it:
        await MetadataConnectionService(scope).set(there.id, protocol, settings, given)

    place = ("settings", PLACES.get(protocol, "address"))
    told = [faults(each.value) for each in (created, moved, beside_it)]
    assert told == [[("ADDRESS_FORBIDDEN", place)]] * 3
    assert "is not a public address; the operator may allow its network" in created.value.message
    assert await scope.store.collection(TargetDocument).list({}) == [there]
    assert await other_label.targets.get(beside.id) == beside
    assert own.knocks == []


async def test_each_address_that_is_forbidden_is_told_with_what_else_is_wrong(label: Label) -> None:
    closed = HttpPutTransport(AddressPolicy())
    service = TargetService(with_transport(label.scope, closed))
    settings = {
        **HTTP,
        "address": "https://192.168.7.7/in",
        "authentication": "oauth2",
        "token_address": "https://[fd00::1]/token",
        "client_id": "label",
    }
    draft = sftp_draft(transport="http-put", settings=settings, secrets=sealed({"client_secret": "s"}), format="ern/1")

    with pytest.raises(DomainError) as refused:
        await service.create(draft)

    assert faults(refused.value) == [
        ("FORMAT_UNKNOWN", ("format",)),
        ("ADDRESS_FORBIDDEN", ("settings", "address")),
        ("ADDRESS_FORBIDDEN", ("settings", "token_address")),
    ]
    assert await label.scope.store.collection(TargetDocument).count({}) == 0


async def test_a_key_file_whose_tokens_come_from_a_forbidden_address_is_refused(label: Label) -> None:
    key = RSAKey.generate_key(2048).as_pem(private=True).decode()
    account = {"type": "service_account", "client_email": "a@b.example", "private_key": key}
    service = TargetService(with_transport(label.scope, GoogleCloudTransport(AddressPolicy())))
    file = json.dumps({**account, "token_uri": "https://169.254.169.254/token"})

    with pytest.raises(DomainError) as refused:
        await service.create(
            sftp_draft(transport="google-cloud", settings=GOOGLE, secrets=sealed({"service_account": file}))
        )

    assert faults(refused.value) == [("ADDRESS_FORBIDDEN", ("secrets", "service_account"))]
    assert "PRIVATE KEY" not in refused.value.message


async def test_an_adapter_whose_platform_lies_at_a_forbidden_address_is_refused(label: Label) -> None:
    (adapter, _) = JsonDspPlugin({}).register_platform_adapters()
    scope, target = with_registry(label.scope, platform_adapters={"json-api": adapter}), await label.target()

    with pytest.raises(DomainError) as refused:
        await TargetAdapterService(scope).set(
            target.id, "json-api", {"address": "https://10.1.2.3/api"}, sealed({"token": "t"})
        )

    assert faults(refused.value) == [("ADDRESS_FORBIDDEN", ("settings", "address"))]
    assert await label.targets.get(target.id) == target


async def test_a_target_of_a_network_that_is_no_longer_allowed_keeps_its_name_but_takes_no_new_password(
    label: Label, own: Own
) -> None:
    allowed, settings, secrets = towards("localhost", own.port, LOCALLY)["sftp"]
    made = TargetService(with_transport(label.scope, allowed))
    target = await made.create(sftp_draft(settings=settings, secrets=sealed(secrets)))
    service = TargetService(with_transport(label.scope, SftpTransport(AddressPolicy())))

    with pytest.raises(DomainError) as refused:
        await service.update(target.id, TargetChanges(secrets={"password": SecretStr("q")}))
    renamed = await service.update(target.id, TargetChanges(name="The shop around the corner"))

    assert faults(refused.value) == [("ADDRESS_FORBIDDEN", ("settings", "host"))]
    assert (renamed.name, renamed.sealed) == ("The shop around the corner", target.sealed)


class Unsure(SftpTransport):
    """A transport of a plugin that cannot say what it should."""

    def __init__(self, answer: Any) -> None:
        super().__init__(AddressPolicy())
        self.answer = answer

    async def find_forbidden(self, configuration: BaseModel) -> Any:
        """Whatever the test wants."""
        if self.answer is asyncio.Event:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


UNSURE: dict[str, tuple[Any, str]] = {
    "no answer": (asyncio.Event, "TimeoutError"),
    "a fault": (RuntimeError("it fell over"), "RuntimeError"),
    "no connection": (TransportError(ErrorCategory.UNKNOWN, "X", "x", retryable=False), "TransportError"),
    "nothing": (None, "nonsense"),
    "no mapping": (["host"], "nonsense"),
    "no such setting": ({"harbour": "it is private"}, "nonsense"),
    "no reason": ({"host": 1}, "nonsense"),
}


@pytest.mark.parametrize("unsure", UNSURE)
async def test_a_transport_that_cannot_say_where_it_leads_keeps_nobody_from_storing_a_target(
    label: Label, monkeypatch: pytest.MonkeyPatch, unsure: str
) -> None:
    answer, told = UNSURE[unsure]
    monkeypatch.setattr(connection_settings, "LOOKING", 0.02)
    service = TargetService(with_transport(label.scope, Unsure(answer)))

    with structlog.testing.capture_logs() as lines:
        target = await service.create(sftp_draft(settings={**SFTP, "host": "10.1.2.3"}))

    assert await service.get(target.id) == target
    (line,) = [line for line in lines if line["event"] == "destination_not_checked"]
    assert (line["key"], line["error"], line["log_level"]) == ("sftp", told, "warning")


class UnsureOfSettings(Unsure):
    """A transport that cannot say what is wrong with its settings."""

    async def find_faults(self, configuration: BaseModel) -> Any:
        """Whatever the test wants."""
        return await super().find_forbidden(configuration)

    async def find_forbidden(self, configuration: BaseModel) -> Any:
        """Nothing is."""
        return {}


@pytest.mark.parametrize("unsure", ["a fault", "no such setting"])
async def test_a_transport_that_cannot_judge_its_settings_keeps_nobody_from_storing_a_target(
    label: Label, unsure: str
) -> None:
    answer, told = UNSURE[unsure]
    service = TargetService(with_transport(label.scope, UnsureOfSettings(answer)))

    with structlog.testing.capture_logs() as lines:
        target = await service.create(sftp_draft())

    assert await service.get(target.id) == target
    (line,) = [line for line in lines if line["event"] == "settings_not_checked"]
    assert (line["key"], line["error"], line["log_level"]) == ("sftp", told, "warning")


@pytest.fixture
def turning(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets the name `dsp.example` lead to another address from now on: to a public one at first."""
    resolve, now = socket.getaddrinfo, ["1.1.1.1"]

    def answer(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve(now[-1] if host == "dsp.example" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return now.append


@pytest.mark.proves("SEC-17")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "dsp.example"])
@pytest.mark.parametrize("protocol", sorted(towards("", 0)))
async def test_a_host_that_has_come_to_lie_in_the_operators_own_network_is_never_connected_to(
    label: Label, own: Own, turning: Callable[[str], None], protocol: str, host: str
) -> None:
    # It was stored while the operator allowed that network, or while its name led to a public address.
    allowed = AddressPolicy() if host == "dsp.example" else LOCALLY
    transport, settings, secrets = towards(host, own.port, allowed)[protocol]
    before = Label(with_transport(label.scope, transport), label.folder)
    release = await before.release()
    target = await before.target(transport=protocol, settings=settings, secrets=secrets)
    label = Label(with_transport(label.scope, towards(host, own.port)[protocol][0]), label.folder)
    turning("127.0.0.1")

    test = await ConnectionTester(label.scope).test(target.id)
    delivery = await label.deliver([release.id], target.id)

    assert (test.succeeded, test.layer, test.code) == (False, ConnectionLayer.ADDRESS, "ADDRESS_FORBIDDEN")
    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.FAILED, "ADDRESS_FORBIDDEN")
    assert (len(delivery.attempts), own.knocks) == (1, [])
