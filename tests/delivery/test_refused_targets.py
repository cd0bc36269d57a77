"""Targets that cannot be: refused with a typed error and nothing stored, or found out before a byte is sent."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from distro_core.delivery.targets.connection_test import ConnectionLayer, ConnectionTester
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.delivery.targets.metadata_connections import MetadataConnectionService
from distro_core.delivery.targets.service import TargetService
from distro_core.scope import Scope
from distro_plugins.azure_blob import AzureBlobTransport
from distro_plugins.ftp import FtpTransport
from distro_plugins.google_cloud import GoogleCloudTransport
from distro_plugins.http_api import HttpMultipartTransport, HttpPutTransport
from distro_plugins.s3 import S3Transport
from distro_plugins.sftp import SftpTransport
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.network import AddressPolicy
from distro_sdk.transports import Transport
from tests.delivery.label import Label
from tests.delivery.test_targets import HOST_KEY, faults, sftp_draft
from tests.delivery.transports import with_transport

FTP = {"host": "ftp.example.org", "username": "label"}
SFTP = {"host": "sftp.example.org", "username": "label", "host_key": HOST_KEY}
S3 = {"bucket": "northlight-in", "access_key": "LABELKEY"}
AZURE = {"account_name": "northlight", "container_name": "northlight-in"}
GOOGLE = {"bucket": "northlight-in"}
HTTP = {"address": "https://api.example.org/in", "authentication": "bearer"}
FINGERPRINT = ":".join(["AB"] * 32)
KEY = base64.b64encode(b"a key of an account").decode()
INVALID = "TARGET_SETTING_INVALID"

WRONG: dict[str, tuple[str, dict[str, Any], dict[str, str], tuple[str, ...]]] = {
    "no host": ("ftp", {"username": "label"}, {"password": "p"}, ("settings", "host")),
    "an address for a host": ("ftp", {**FTP, "host": "ftp://example.org/in"}, {"password": "p"}, ("settings", "host")),
    "no password": ("ftp", FTP, {}, ("secrets", "password")),
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


@pytest.mark.parametrize("wrong", WRONG)
async def test_wrong_settings_are_refused_and_nothing_is_stored_or_changed(
    label_a: Scope, label_b: Scope, wrong: str
) -> None:
    transport, settings, secrets, place = WRONG[wrong]
    service, targets = TargetService(label_a), label_a.store.collection(TargetDocument)
    sealed = {name: SecretStr(value) for name, value in secrets.items()}
    there = await service.create(sftp_draft(transport="local-folder", settings={"directory": "/srv/in"}, secrets={}))
    beside = await TargetService(label_b).create(sftp_draft())

    with pytest.raises(DomainError) as created:
        await service.create(sftp_draft(transport=transport, settings=settings, secrets=sealed))
    with pytest.raises(DomainError) as moved:
        await service.update(there.id, TargetChanges(transport=transport, settings=settings, secrets=sealed))
    with pytest.raises(DomainError) as beside_it:
        await MetadataConnectionService(label_a).set(there.id, transport, settings, sealed)

    assert faults(created.value) == faults(moved.value) == faults(beside_it.value) == [(INVALID, place)]
    assert [each.model_dump() for each in await targets.list({})] == [there.model_dump()]
    assert await TargetService(label_b).get(beside.id) == beside
    for value in secrets.values():
        assert len(value) < 8 or value not in str(created.value)


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


def towards(host: str, port: int) -> dict[str, tuple[Transport, dict[str, Any], dict[str, str]]]:
    """A transport for each protocol without any network allowed, and settings that lead to a host."""
    closed, address = AddressPolicy(), f"http://{host}:{port}"
    http = {"address": f"{address}/in", "allow_plain": True, "authentication": "bearer"}
    return {
        "ftp": (FtpTransport(closed), {**FTP, "host": host, "port": port}, {"password": "p"}),
        "sftp": (SftpTransport(closed), {**SFTP, "host": host, "port": port}, {"password": "p"}),
        "http-put": (HttpPutTransport(closed), http, {"token": "t"}),
        "http-multipart": (HttpMultipartTransport(closed), http, {"token": "t"}),
        "s3": (S3Transport(closed), {**S3, "endpoint": address}, {"secret_key": "s"}),
        "azure-blob": (AzureBlobTransport(closed), {**AZURE, "endpoint": address}, {"account_key": KEY}),
        "google-cloud": (GoogleCloudTransport(closed), {**GOOGLE, "endpoint": address}, {"token": "t"}),
    }


@pytest.mark.proves("SEC-17")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("protocol", sorted(towards("", 0)))
async def test_a_host_in_the_operators_own_network_is_never_connected_to(
    label: Label, own: Own, protocol: str, host: str
) -> None:
    transport, settings, secrets = towards(host, own.port)[protocol]
    label = Label(with_transport(label.scope, transport), label.folder)
    release = await label.release()
    target = await label.target(transport=protocol, settings=settings, secrets=secrets)

    test = await ConnectionTester(label.scope).test(target.id)
    delivery = await label.deliver([release.id], target.id)

    assert (test.succeeded, test.layer, test.code) == (False, ConnectionLayer.ADDRESS, "ADDRESS_FORBIDDEN")
    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.FAILED, "ADDRESS_FORBIDDEN")
    assert (len(delivery.attempts), own.knocks) == (1, [])
