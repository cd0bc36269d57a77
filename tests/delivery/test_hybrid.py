"""Deliveries whose files travel over FTP and whose messages over HTTP, on real servers (rows ADP-06, ADP-07)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
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
from tests.delivery.test_sidecars import ADM, NOTES, Adding, adding
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


def lain(server: FtpServerUnderTest, target: TargetDocument, batch_id: str) -> dict[str, bytes]:
    """What a batch has at the FTP server, by path below its folder."""
    folder = server.folder / target.settings["directory"].rpartition("/")[2] / batch_id
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def with_list(icpn: str | None, message_id: str | None, **files: bytes) -> dict[str, bytes]:
    """Files that plugins added to a release, with the list of their hashes, by path."""
    named = {f"{icpn}_{name}.txt": content for name, content in sorted(files.items())}
    told = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in named.items())
    whole = named | {f"{message_id}.sha256": told.encode()}
    return {f"sidecars/{name}": content for name, content in whole.items()}


@pytest.mark.proves("ADP-06", "PLG-09")
@pytest.mark.parametrize("connect", [multipart, put], ids=["whole", "one by one"])
async def test_files_that_plugins_add_travel_with_the_files_and_their_list_with_them(
    label: Label,
    other_label: Label,
    server: FtpServerUnderTest,
    api: HttpReceiver,
    connect: Callable[[Label, TargetDocument, HttpReceiver], Awaitable[TargetDocument]],
) -> None:
    ours, theirs = adding(label, Adding(("notes.txt", NOTES), ("adm.txt", ADM))), adding(other_label, Adding())
    folder = f"added-{connect.__name__}"
    target = await connect(ours, await ftp_target(ours, server, folder), api)
    foreign_target = await connect(theirs, await ftp_target(theirs, server, f"{folder}-beside"), api)

    delivery = await ours.deliver([(await ours.release()).id], target.id)
    foreign = await theirs.deliver([(await theirs.release()).id], foreign_target.id)

    assert [(each.status, each.error) for each in (delivery, foreign)] == [(Status.DISTRIBUTED, None)] * 2
    there = lain(server, target, delivery.batch_id)
    beside = {path.partition("/")[2]: content for path, content in there.items() if "/sidecars/" in path}
    assert beside == with_list(delivery.icpn, delivery.message_id, notes=NOTES, adm=ADM)
    assert len(there) == 3 + len(beside)
    assert not any("sidecars" in path for path in lain(server, foreign_target, foreign.batch_id))
    by_http = [name for package in api.inbox.taken for name in package.files] or [each.path for each in api.of("PUT")]
    assert [Path(name).suffix for name in by_http if "/sidecars/" in name] == []
    receipt = delivery.receipt
    assert receipt is not None
    assert [file.name for file in receipt.files if file.kind is FileKind.SIDECAR] == [
        f"{delivery.icpn}_adm.txt",
        f"{delivery.icpn}_notes.txt",
    ]


@pytest.mark.proves("ADP-06", "RTY-04")
async def test_when_the_api_fails_files_that_plugins_added_are_not_sent_again(
    label: Label, server: FtpServerUnderTest, api: HttpReceiver
) -> None:
    api.faults["POST"] = [Response(status_code=503)]
    plugins = Adding(("notes.txt", NOTES))
    label = at_once(adding(label, plugins))
    target = await multipart(label, await ftp_target(label, server, "added-resumed"), api)

    failed = await label.deliver([(await label.release()).id], target.id)
    plugins.files = (("notes.txt", b"Mixed at noon."),)
    done = await label.work(failed)

    assert (failed.status, done.status, len(plugins.asked)) == (Status.RETRYING, Status.DISTRIBUTED, 1)
    of_plugins = {Path(file.path).name: file.status for file in done.attempts[1].files if "/sidecars/" in file.path}
    listed = f"{done.message_id}.sha256"
    assert of_plugins == dict.fromkeys([f"{done.icpn}_notes.txt", listed], TransferStatus.SKIPPED)
    assert (
        lain(server, target, done.batch_id).items()
        >= {
            f"Release1/{path}": content for path, content in with_list(done.icpn, done.message_id, notes=NOTES).items()
        }.items()
    )


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
