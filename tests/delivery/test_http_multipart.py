"""Deliveries to a platform that takes message and files in one request, on a real HTTP server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from distro_core.delivery import progress
from distro_core.delivery.documents import AttemptStatus, TransferStatus
from distro_core.delivery.targets.connection_test import ConnectionLayer, ConnectionTester
from distro_core.delivery.targets.documents import TargetDocument
from distro_plugins.http_api import HttpMultipartSettings, HttpMultipartTransport
from distro_sdk.errors import ErrorCategory
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.packages import OutgoingPackage, PackageAnswer, PackageOnlySession, PackageProgress, PackageSession
from tests.delivery.label import Label
from tests.delivery.material import silence
from tests.delivery.transports import with_transport
from tests.http_receiver import HttpReceiver, http_receiver


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[HttpReceiver]:
    """A platform's API."""
    async with http_receiver(tmp_path / "api") as running:
        running.accepts = {"Bearer open-sesame"}
        yield running


async def api_target(label: Label, receiver: HttpReceiver, **fields: Any) -> TargetDocument:
    """A target at the platform's API."""
    settings = {
        "address": receiver.packages_address,
        "allow_plain": True,
        "authentication": "bearer",
        "reference_field": "delivery.id",
        "files_field": "files",
    }
    given = {"transport": "http-multipart", "settings": settings, "secrets": {"token": "open-sesame"}}
    return await label.target(**given | fields)


@pytest.mark.proves("PRO-05", "ECO-01", "RCP-03")
async def test_message_and_files_arrive_in_one_request(label: Label, receiver: HttpReceiver) -> None:
    release, target = await label.release(), await api_target(label, receiver)

    delivery = await label.deliver([release.id], target.id)

    (package,) = receiver.inbox.taken
    assert receiver.inbox.requests == 1
    assert delivery.status is Status.DISTRIBUTED
    assert package.fields == {"batch_id": delivery.batch_id}
    assert package.parts.count("message") == 1
    assert list(package.files)[-1].endswith("BatchComplete.txt")
    assert delivery.message_hashes is not None
    assert delivery.message_hashes.sha256 in package.files.values()
    receipt = delivery.receipt
    assert receipt is not None
    assert (receipt.target_protocol, receipt.platform_reference) == ("http-multipart", "DSP-1")
    assert receipt.hashes_verified
    assert {file.path for file in receipt.files} == set(package.files)
    assert delivery.aftermath.reference == "DSP-1"
    files = delivery.attempts[0].files
    assert {(file.status, file.bytes_transferred == file.total_bytes) for file in files} == {
        (TransferStatus.COMPLETED, True)
    }
    assert {"http_multipart_connect", "http_multipart_upload"} <= set(receipt.durations)


async def test_a_receiver_that_tells_no_hashes_makes_no_verified_receipt(label: Label, receiver: HttpReceiver) -> None:
    receiver.inbox.tells_hashes = False
    release, target = await label.release(), await api_target(label, receiver, verify_after_upload=True)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.status is Status.DISTRIBUTED
    assert delivery.receipt is not None
    assert not delivery.receipt.hashes_verified


async def test_a_receiver_with_another_hash_gets_the_package_again(label: Label, receiver: HttpReceiver) -> None:
    label = at_once(label)
    release, target = await label.release(), await api_target(label, receiver)
    (made,) = await label.deliveries.create([release.id], target.id)
    receiver.inbox.wrong = {f"{made.batch_id}/BatchComplete.txt"}

    failed = await label.work(made)
    receiver.inbox.wrong = set()
    done = await label.work(made)

    assert failed.error is not None
    assert (failed.status, failed.error.code) == (Status.RETRYING, "UPLOAD_CORRUPTED")
    assert (done.status, len(receiver.inbox.taken)) == (Status.DISTRIBUTED, 1)


@pytest.mark.proves("ECO-01")
async def test_a_refused_package_is_not_sent_again(label: Label, receiver: HttpReceiver) -> None:
    receiver.faults["POST"] = [Response(status_code=422)]
    release, target = await label.release(), await api_target(label, receiver)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.FAILED, "REQUEST_REFUSED")
    assert receiver.inbox.taken == []


@pytest.mark.proves("ECO-01", "IDM-01")
async def test_after_a_lost_answer_the_same_package_is_sent_and_taken_once(
    label: Label, receiver: HttpReceiver
) -> None:
    receiver.inbox.answers = [Response(status_code=500)]
    label = at_once(label)
    release, target = await label.release(), await api_target(label, receiver)

    failed = await label.deliver([release.id], target.id)
    done = await label.work(failed)

    assert failed.error is not None
    assert (failed.status, failed.error.category) == (Status.RETRYING, ErrorCategory.API_UNAVAILABLE)
    assert failed.attempts[0].status is AttemptStatus.FAILED
    assert (done.status, receiver.inbox.requests, len(receiver.inbox.taken)) == (Status.DISTRIBUTED, 2, 1)
    assert {file.status for file in done.attempts[1].files} == {TransferStatus.COMPLETED}


async def test_an_answer_that_says_nothing_is_tried_again(label: Label, receiver: HttpReceiver) -> None:
    receiver.inbox.answers = [JSONResponse({"ok": True})]
    label = at_once(label)
    release, target = await label.release(), await api_target(label, receiver)

    failed = await label.deliver([release.id], target.id)
    done = await label.work(failed)

    assert failed.error is not None
    assert failed.error.code == "PROTOCOL_ERROR"
    assert (done.status, len(receiver.inbox.taken)) == (Status.DISTRIBUTED, 1)


@pytest.mark.proves("QUE-06")
async def test_cancelled_during_the_request_nothing_is_taken(
    label: Label, receiver: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_WRITES", 0.0)

    async def cancel(path: str, transferred: int) -> None:
        if path.endswith(".wav"):
            await label.deliveries.cancel(made.id)

    label = Label(with_transport(label.scope, WatchedTransport(cancel)), label.folder)
    release, target = await label.release(silence(20)), await api_target(label, receiver)
    (made,) = await label.deliveries.create([release.id], target.id)

    delivery = await label.work(made)

    assert (delivery.status, delivery.receipt) == (Status.CANCELLED, None)
    assert receiver.inbox.taken == []


@pytest.mark.proves("TGT-10")
async def test_a_connection_test_signs_in_and_leaves_nothing(label: Label, receiver: HttpReceiver) -> None:
    target = await api_target(label, receiver)

    good = await ConnectionTester(label.scope).test(target.id)
    receiver.accepts = {"Bearer another"}
    bad = await ConnectionTester(label.scope).test(target.id)

    assert (good.succeeded, [step.name for step in good.steps]) == (True, ["connect"])
    assert good.untried == ("write", "compare size", "read", "delete")
    assert (bad.succeeded, bad.failed_step, bad.layer) == (False, "connect", ConnectionLayer.AUTHENTICATION)
    assert receiver.inbox.requests == 0


def at_once(label: Label) -> Label:
    """A label whose deliveries are tried again without waiting."""
    return label.with_scope(settings=label.scope.settings.model_copy(update={"retry_delay": 0.0}))


class WatchedSession(PackageOnlySession):
    """Sends packages while a test looks on."""

    def __init__(self, session: PackageSession, watch: Callable[[str, int], Awaitable[None]]) -> None:
        self._session = session
        self._watch = watch

    async def send_package(self, package: OutgoingPackage, progress: PackageProgress) -> PackageAnswer:
        """Pass on, and tell the test before the platform."""

        async def told(path: str, transferred: int) -> None:
            await self._watch(path, transferred)
            await progress(path, transferred)

        return await self._session.send_package(package, told)


class WatchedTransport(HttpMultipartTransport):
    """The real transport, whose progress a test sees."""

    def __init__(self, watch: Callable[[str, int], Awaitable[None]]) -> None:
        super().__init__()
        self._watch = watch

    @asynccontextmanager
    async def connect(self, configuration: HttpMultipartSettings) -> AsyncIterator[Any]:
        """Connect, and look on."""
        async with super().connect(configuration) as session:
            yield WatchedSession(session, self._watch)
