"""Deliveries to platforms with an interface: handed over, asked for, changed and taken down."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.status.aggregation import DistributionStatus, distributions
from distro_core.delivery.status.answers import Applied
from distro_core.delivery.status.webhooks import WebhookService, receive_call
from distro_core.delivery.sweeper import sweep_tenant
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.notifications.documents import NotificationDocument
from distro_core.platform import Platform
from distro_core.platforms.adapters import TargetAdapterService
from distro_core.platforms.polling import check_statuses
from distro_core.platforms.reconciliation import reconcile
from distro_core.scope import Scope
from distro_core.store.outbox import OutboxRelay
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.json_dsp_server import SECRET, TOKEN, JsonDsp, json_dsp


@pytest.fixture
async def dsp() -> AsyncIterator[JsonDsp]:
    """A platform with a JSON interface."""
    async with json_dsp() as running:
        yield running


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def patient(label: Label, clock: FixedClock) -> Label:
    """A label whose clock stands still until it is told to move."""
    return label.with_scope(clock=clock)


async def target_with_adapter(label: Label, dsp: JsonDsp, **secrets: str) -> TargetDocument:
    """A target in the label's folder whose platform is asked for answers."""
    target = await label.target(acknowledges=True, choreography="flat")
    given = secrets or {"token": TOKEN}
    return await set_adapter(label.scope, target, dsp, **given)


async def set_adapter(scope: Scope, target: TargetDocument, dsp: JsonDsp, **secrets: str) -> TargetDocument:
    settings: dict[str, Any] = {"address": dsp.address, "allow_plain": True, "timeout": 30}
    if "client_secret" in secrets:
        settings["client_id"] = "label"
    sealed = {name: SecretStr(value) for name, value in secrets.items()}
    return await TargetAdapterService(scope).set(target.id, "json-api", settings, sealed)


async def look(label: Label, clock: FixedClock, target: TargetDocument) -> int:
    clock.advance(label.scope.settings.status_interval + 1)
    return await check_statuses(label.scope, target.id)


async def now_of(label: Label, delivery: DeliveryDocument) -> DeliveryDocument:
    return await label.deliveries.get(delivery.id)


@pytest.mark.proves("WFL-13", "WFL-18", "SVC-03", "ADI-03", "ADI-04", "ADI-13", "ADI-14")
async def test_a_release_is_handed_over_and_asked_for_until_it_is_live(
    patient: Label, clock: FixedClock, dsp: JsonDsp
) -> None:
    target, release = await target_with_adapter(patient, dsp), await patient.release()

    sent = await patient.deliver([release.id], target.id)
    working = await look(patient, clock, target)
    dsp.statuses["DSP-1"] = {"status": "Published", "text": "in 180 countries", "ids": {"dsp": "album-1"}}
    moved = await look(patient, clock, target)
    afterwards = await look(patient, clock, target)

    live = await now_of(patient, sent)
    assert (sent.status, sent.aftermath.reference) == (Status.PROCESSING_BY_PLATFORM, "DSP-1")
    assert (working, moved, afterwards) == (1, 1, 0)
    assert (live.status, live.status_details) == (Status.LIVE, "in 180 countries")
    assert live.aftermath.platform_ids == {"dsp": "album-1"}
    taken = dsp.deliveries["DSP-1"]
    assert taken["release"]["title"] == "Night Drive"
    assert {file["kind"] for file in taken["files"]} >= {"message", "audio", "image"}
    assert {file["path"] for file in taken["files"]} == set(patient.files())
    assert dsp.asked == ["POST deliveries", "GET deliveries/DSP-1", "GET deliveries/DSP-1"]
    lines = (await patient.deliveries.logs(sent.id, None, first=200)).documents
    assert [line.details["references"] for line in lines if line.step == "platform_submission"] == [["DSP-1"]]


@pytest.mark.proves("ADI-05", "ADI-06")
async def test_changes_and_takedowns_are_told_under_the_platforms_reference(
    patient: Label, clock: FixedClock, dsp: JsonDsp
) -> None:
    target, release = await target_with_adapter(patient, dsp), await patient.release()
    await patient.deliver([release.id], target.id)
    dsp.statuses["DSP-1"] = {"status": "live"}
    await look(patient, clock, target)

    await patient.retitle(release.id, "Night Drive (Deluxe)")
    update = await patient.deliver([release.id], target.id)
    dsp.statuses["DSP-1"] = {"status": "live"}
    await look(patient, clock, target)
    await patient.releases.take_down(release.id)
    takedown = await patient.deliver([release.id], target.id)
    await look(patient, clock, target)

    assert (update.aftermath.reference, takedown.aftermath.reference) == ("DSP-1", "DSP-1")
    assert dsp.deliveries["DSP-1"]["release"]["title"] == "Night Drive (Deluxe)"
    assert (await now_of(patient, update)).status is Status.UPDATED
    assert (await now_of(patient, takedown)).status is Status.REMOVED
    assert [call for call in dsp.asked if not call.startswith("GET")] == [
        "POST deliveries",
        "PATCH deliveries/DSP-1",
        "DELETE deliveries/DSP-1",
    ]


@pytest.mark.proves("ADI-03")
async def test_a_platform_that_fails_is_told_again_and_takes_the_release_once(patient: Label, dsp: JsonDsp) -> None:
    target, release = await target_with_adapter(patient, dsp), await patient.release()
    dsp.answers.append(JSONResponse({"message": "down"}, 503))

    failed = await patient.deliver([release.id], target.id)
    brisk = patient.with_scope(clock=FixedClock(patient.scope.clock.now().replace(year=2027)))
    sent = await brisk.work(failed)

    assert failed.status is Status.RETRYING
    assert failed.error is not None
    assert failed.error.code == "PLATFORM_UNAVAILABLE"
    assert (sent.status, sent.aftermath.reference) == (Status.PROCESSING_BY_PLATFORM, "DSP-1")
    assert list(dsp.deliveries) == ["DSP-1"]


@pytest.mark.proves("ADI-03", "WFL-19")
async def test_a_platform_that_calls_back_while_it_is_told_is_asked_to_call_again(patient: Label, dsp: JsonDsp) -> None:
    target, release = await target_with_adapter(patient, dsp), await patient.release()
    body = b'{"deliveries": [{"reference": "DSP-1", "status": "live"}]}'
    came: list[BaseException | Any] = []
    dsp.answers.append(JSONResponse({"message": "the account is closed"}, 400))
    failed = await patient.deliver([release.id], target.id)

    async def call_back_and_cancel() -> None:
        wishes = receive_call(patient.scope, target, body), patient.deliveries.cancel(failed.id)
        came.extend(await asyncio.gather(*wishes, return_exceptions=True))

    dsp.meanwhile = call_back_and_cancel
    await set_adapter(patient.scope, target, dsp, token=TOKEN)
    again = await patient.work(await patient.deliveries.retry(failed.id))
    outcomes = await receive_call(patient.scope, target, body)

    assert (failed.status, failed.aftermath.reference) == (Status.FAILED, None)
    assert [getattr(each, "code", each) for each in came] == ["WEBHOOK_TOO_EARLY", "DELIVERY_COMPLETING"]
    assert (again.status, again.aftermath.reference) == (Status.PROCESSING_BY_PLATFORM, "DSP-1")
    assert outcomes == Counter({Applied.CHANGED: 1})
    assert (await now_of(patient, again)).status is Status.LIVE


@pytest.mark.proves("ADI-09")
async def test_a_token_that_expired_is_renewed_in_between(patient: Label, clock: FixedClock, dsp: JsonDsp) -> None:
    target, release = await target_with_adapter(patient, dsp, client_secret=SECRET), await patient.release()
    dsp.answers.append(JSONResponse({"message": "expired"}, 401))

    sent = await patient.deliver([release.id], target.id)

    assert (sent.status, sent.aftermath.reference) == (Status.PROCESSING_BY_PLATFORM, "DSP-1")
    assert dsp.given == 2
    assert SECRET not in (await patient.targets.get(target.id)).model_dump_json()


@pytest.mark.proves("WFL-18")
async def test_one_delivery_that_the_platform_does_not_know_keeps_no_other_waiting(
    patient: Label, clock: FixedClock, dsp: JsonDsp
) -> None:
    target = await target_with_adapter(patient, dsp)
    lost = await patient.deliver([(await patient.release()).id], target.id)
    found = await patient.deliver([(await patient.release()).id], target.id)
    del dsp.deliveries["DSP-1"]
    dsp.statuses["DSP-2"] = {"status": "a word of next year"}
    unclear = await look(patient, clock, target)
    dsp.statuses["DSP-2"] = {"status": "rejected", "text": "the cover is blurred"}

    moved = await look(patient, clock, target)

    assert (unclear, moved) == (0, 1)
    assert (await now_of(patient, lost)).status is Status.PROCESSING_BY_PLATFORM
    assert (await now_of(patient, found)).status is Status.REJECTED


@pytest.mark.proves("WFL-18")
async def test_a_platform_that_is_down_or_busy_is_left_alone_for_a_while(
    patient: Label, clock: FixedClock, dsp: JsonDsp
) -> None:
    target, release = await target_with_adapter(patient, dsp), await patient.release()
    sent = await patient.deliver([release.id], target.id)
    interval = patient.scope.settings.status_interval
    dsp.statuses["DSP-1"] = {"status": "live"}
    dsp.answers.append(JSONResponse({}, 429, headers={"Retry-After": str(int(interval) * 3)}))

    await look(patient, clock, target)
    too_soon = await look(patient, clock, target)
    due = (await patient.targets.get(target.id)).statuses_due_at
    clock.advance(interval * 3)
    swept = await sweep_tenant(patient.scope)
    moved = await check_statuses(patient.scope, target.id)

    assert (too_soon, moved) == (0, 1)
    assert due is not None
    assert swept >= 1
    assert (await now_of(patient, sent)).status is Status.LIVE
    assert (await patient.targets.get(target.id)).statuses_due_at is None


async def test_an_adapter_that_is_none_or_is_set_wrongly_is_refused(
    patient: Label, other_label: Label, dsp: JsonDsp
) -> None:
    target = await patient.target()
    service = TargetAdapterService(patient.scope)

    with pytest.raises(DomainError) as unknown:
        await service.set(target.id, "pigeon", {}, {})
    with pytest.raises(DomainError) as misplaced:
        await service.set(target.id, "json-api", {"address": dsp.address, "token": TOKEN}, {})
    with pytest.raises(DomainError) as incomplete:
        await service.set(target.id, "json-api", {"address": "https://dsp.example"}, {})
    with pytest.raises(DomainError) as foreign:
        await set_adapter(other_label.scope, target, dsp, token=TOKEN)

    errors = [unknown.value, misplaced.value, incomplete.value, foreign.value]
    assert [error.code for error in errors] == [
        "ADAPTER_UNKNOWN",
        "TARGET_SECRET_MISPLACED",
        "TARGET_SETTING_INVALID",
        "NOT_FOUND",
    ]
    assert (await patient.targets.get(target.id)).adapter is None


async def test_without_an_adapter_nobody_is_asked(patient: Label, clock: FixedClock, dsp: JsonDsp) -> None:
    target = await target_with_adapter(patient, dsp)
    cleared = await TargetAdapterService(patient.scope).clear(target.id)

    sent = await patient.deliver([(await patient.release()).id], target.id)

    assert cleared.adapter is None
    assert sent.aftermath.reference is None
    assert dsp.asked == []


@pytest.mark.proves("WFL-24", "WFL-28")
async def test_what_follows_the_end_of_a_delivery_is_produced_once(
    platform: Platform, patient: Label, clock: FixedClock, dsp: JsonDsp
) -> None:
    target, release = await target_with_adapter(patient, dsp), await patient.release()
    sent = await patient.deliver([release.id], target.id)
    dsp.statuses["DSP-1"] = {"status": "live"}
    for _ in range(3):
        await look(patient, clock, target)
        await OutboxRelay(platform).relay_tenant(patient.scope.tenant_id)

    live = await now_of(patient, sent)
    notes = await patient.scope.store.collection(NotificationDocument).list({"delivery_id": sent.id})
    always = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    report = await reconcile(patient.scope, *always)
    (distribution,) = await distributions(patient.scope, [release.id])
    steps = [line.step for line in (await patient.deliveries.logs(sent.id, None, first=200)).documents]

    assert live.receipt == sent.receipt
    assert live.receipt is not None
    assert [note.status for note in notes] == [Status.LIVE]
    assert (report.summary.total, report.summary.completed, report.summary.files) == (1, 1, live.receipt.total_files)
    assert distribution.status is DistributionStatus.COMPLETED
    assert [line.status for line in live.history].count(Status.LIVE) == 1
    assert (steps.count("completion"), steps.count("receipt_generation"), steps.count("acknowledgement")) == (1, 1, 1)


async def test_a_target_that_is_deleted_keeps_no_secret_of_its_platform(patient: Label, dsp: JsonDsp) -> None:
    target = await target_with_adapter(patient, dsp)
    _, token, _ = await WebhookService(patient.scope).create(target.id)
    await patient.deliver([(await patient.release()).id], target.id)

    archived = await patient.targets.delete(target.id)

    assert archived.archived_at is not None
    assert (archived.adapter, archived.webhook, archived.statuses_due_at) == (None, None, None)
    with pytest.raises(DomainError) as gone:
        await WebhookService(patient.scope).create(target.id)
    assert (gone.value.code, len(token)) == ("NOT_FOUND", 112)
