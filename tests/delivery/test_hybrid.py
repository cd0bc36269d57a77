"""Deliveries whose files travel over FTP and whose messages over HTTP, on real servers (rows ADP-06, ADP-07)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.responses import Response

from distro_core.delivery.documents import TransferStatus
from distro_core.delivery.readiness.service import ReadinessService
from distro_core.delivery.targets.connection_test import ConnectionTester
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.metadata_connections import MetadataConnectionService
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.delivery import FileKind
from tests.delivery.label import Label
from tests.delivery.transports import with_registry
from tests.ftp_servers import PASSWORD, FtpServerUnderTest, open_folder, pyftpdlib
from tests.http_receiver import HttpReceiver, http_receiver

TOKEN = {"token": SecretStr("open-sesame")}


@pytest.fixture(scope="module")
def server() -> Iterator[FtpServerUnderTest]:
    """The platform's FTP server."""
    with open_folder() as folder, pyftpdlib(folder, None) as running:
        yield running


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[HttpReceiver]:
    """The platform's API."""
    async with http_receiver(tmp_path / "api") as running:
        running.accepts = {"Bearer open-sesame"}
        yield running


def incoming(server: FtpServerUnderTest, target: TargetDocument) -> list[str]:
    """What lies at the FTP server."""
    folder = server.folder / target.settings["directory"].rpartition("/")[2]
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def ftp_target(label: Label, server: FtpServerUnderTest, name: str) -> TargetDocument:
    """A target whose files go to the FTP server, into a folder of its own."""
    plain = server.settings(directory=name).model_dump(mode="json", exclude={"password"}, exclude_unset=True)
    return await label.target(transport="ftp", settings=plain, secrets={"password": PASSWORD})


def http_settings(address: str, **others: Any) -> dict[str, Any]:
    return {"address": address, "allow_plain": True, "authentication": "bearer", **others}


async def multipart(label: Label, target: TargetDocument, api: HttpReceiver) -> TargetDocument:
    """The target with its messages going to the API, in one request."""
    settings = http_settings(api.packages_address, reference_field="delivery.id", files_field="files")
    return await MetadataConnectionService(label.scope).set(target.id, "http-multipart", settings, TOKEN)


async def put(label: Label, target: TargetDocument, api: HttpReceiver) -> TargetDocument:
    """The target with its messages going to the API, file by file."""
    return await MetadataConnectionService(label.scope).set(target.id, "http-put", http_settings(api.address), TOKEN)


def at_once(label: Label) -> Label:
    """A label whose deliveries are tried again without waiting."""
    return label.with_scope(settings=label.scope.settings.model_copy(update={"retry_delay": 0.0}))


@pytest.mark.proves("ADP-06", "ADP-07")
async def test_files_go_over_ftp_and_then_the_message_over_http(
    label: Label, server: FtpServerUnderTest, api: HttpReceiver
) -> None:
    release = await label.release()
    target = await multipart(label, await ftp_target(label, server, "whole"), api)

    delivery = await label.deliver([release.id], target.id)

    (package,) = api.inbox.taken
    assert delivery.status is Status.DISTRIBUTED
    assert [Path(name).suffix for name in incoming(server, target)] == [".jpg", ".wav", ".wav"]
    assert sorted({Path(name).suffix for name in package.files}) == [".txt", ".xml"]
    assert list(package.files)[-1].endswith("BatchComplete.txt")
    receipt = delivery.receipt
    assert receipt is not None
    assert (receipt.target_protocol, receipt.platform_reference) == ("ftp+http-multipart", "DSP-1")
    assert (receipt.audio_count, receipt.image_count, receipt.total_files) == (2, 1, len(package.files) + 3)
    assert list(receipt.durations).index("ftp_upload") < list(receipt.durations).index("http_multipart_upload")
    assert {file.status for file in delivery.attempts[0].files} == {TransferStatus.COMPLETED}


async def test_with_files_one_by_one_the_marker_comes_last(
    label: Label, server: FtpServerUnderTest, api: HttpReceiver
) -> None:
    release = await label.release()
    target = await put(label, await ftp_target(label, server, "single"), api)

    delivery = await label.deliver([release.id], target.id)

    sent = [request.path for request in api.of("PUT")]
    assert delivery.status is Status.DISTRIBUTED
    assert sent[-1].endswith("BatchComplete.txt")
    assert len(sent) == len(set(sent)) == 3
    assert len(incoming(server, target)) == 3


@pytest.mark.proves("ADP-06", "RTY-04")
async def test_when_the_api_fails_the_files_are_not_sent_again(
    label: Label, server: FtpServerUnderTest, api: HttpReceiver
) -> None:
    api.faults["POST"] = [Response(status_code=503)]
    label = at_once(label)
    release = await label.release()
    target = await multipart(label, await ftp_target(label, server, "resumed"), api)

    failed = await label.deliver([release.id], target.id)
    done = await label.work(failed)

    assert (failed.status, done.status, len(api.inbox.taken)) == (Status.RETRYING, Status.DISTRIBUTED, 1)
    statuses = {file.kind: file.status for file in done.attempts[1].files}
    assert (statuses[FileKind.AUDIO], statuses[FileKind.IMAGE]) == (TransferStatus.SKIPPED, TransferStatus.SKIPPED)
    assert statuses[FileKind.MESSAGE] is TransferStatus.COMPLETED


@pytest.mark.proves("TGT-10")
async def test_the_connection_test_tries_both(label: Label, server: FtpServerUnderTest, api: HttpReceiver) -> None:
    target = await put(label, await ftp_target(label, server, "probe"), api)

    good = await ConnectionTester(label.scope).test(target.id)
    api.accepts = {"Bearer another"}
    bad = await ConnectionTester(label.scope).test(target.id)

    assert good.succeeded
    names = [step.name for step in good.steps]
    assert names[0] == "ftp connect"
    assert names[-1] == "http-put delete"
    assert (bad.succeeded, bad.failed_step, bad.code) == (False, "http-put connect", "LOGIN_REFUSED")
    assert incoming(server, target) == []


@pytest.mark.proves("TGT-09", "SEC-01")
async def test_secrets_are_sealed_and_stay_until_the_transport_changes(
    label: Label, server: FtpServerUnderTest, api: HttpReceiver
) -> None:
    service = MetadataConnectionService(label.scope)
    target = await put(label, await ftp_target(label, server, "sealed"), api)

    kept = await service.set(target.id, "http-put", http_settings(api.address, timeout=5), {})
    with pytest.raises(DomainError) as caught:
        await service.set(target.id, "http-multipart", http_settings(api.packages_address), {})
    cleared = await service.clear(target.id)

    assert kept.metadata_connection is not None
    assert kept.metadata_connection.settings["timeout"] == 5
    assert "open-sesame" not in kept.model_dump_json()
    assert caught.value.code == "TARGET_SETTING_INVALID"
    assert cleared.metadata_connection is None


async def test_wrong_connections_are_refused(label: Label, server: FtpServerUnderTest, api: HttpReceiver) -> None:
    service = MetadataConnectionService(label.scope)
    target = await ftp_target(label, server, "refused")
    whole = await label.target(
        transport="http-multipart", settings=http_settings(api.packages_address), secrets={"token": "open-sesame"}
    )

    async def code(target_id: str, transport: str, settings: dict[str, Any], secrets: Any) -> str:
        with pytest.raises(DomainError) as caught:
            await service.set(target_id, transport, settings, secrets)
        return caught.value.code

    settings = http_settings(api.address)
    assert await code(target.id, "pigeon", {}, {}) == "TRANSPORT_UNKNOWN"
    assert await code(target.id, "http-put", settings | {"token": "open"}, {}) == "TARGET_SECRET_MISPLACED"
    assert await code(target.id, "http-put", settings | {"timeout": -1}, TOKEN) == "TARGET_SETTING_INVALID"
    assert await code(whole.id, "http-put", settings, TOKEN) == "METADATA_TRANSPORT_UNSUITABLE"
    assert await code("nowhere", "http-put", settings, TOKEN) == "NOT_FOUND"


async def test_the_check_before_distribution_opens_both(
    label: Label, server: FtpServerUnderTest, api: HttpReceiver
) -> None:
    release = await label.release()
    target = await put(label, await ftp_target(label, server, "checked"), api)
    plugins = {key: each for key, each in label.scope.plugins.transports.items() if key != "http-put"}
    scope = with_registry(label.scope, transports=plugins)

    readiness = await ReadinessService(scope).check([release.id], [target.id])

    assert "TRANSPORT_UNKNOWN" in {issue.code for issue in readiness.issues}


async def test_no_other_tenant_sees_the_connection(
    label: Label, other_label: Label, server: FtpServerUnderTest, api: HttpReceiver
) -> None:
    target = await put(label, await ftp_target(label, server, "foreign"), api)

    for doing in (
        MetadataConnectionService(other_label.scope).set(target.id, "http-put", http_settings(api.address), TOKEN),
        MetadataConnectionService(other_label.scope).clear(target.id),
    ):
        with pytest.raises(DomainError) as caught:
            await doing
        assert caught.value.code == "NOT_FOUND"
