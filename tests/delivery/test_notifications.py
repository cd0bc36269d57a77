"""People are told of deliveries that come to a status they chose: once, and nobody else's people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from distro_core.catalogue.drafts import ReleaseDraft
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument, TargetLimits
from distro_core.delivery.transitions import Via, change_status
from distro_core.identity.documents import TenantDocument
from distro_core.identity.tenants import TenantService
from distro_core.notifications.documents import NotificationDocument
from distro_core.notifications.service import NotificationService
from distro_core.notifications.wording import WORDING
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.store.documents import new_id
from distro_core.store.outbox import OutboxRelay
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from distro_sdk.notifiers import NotificationSeverity
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.transports import HookedTransport, cut, with_transport

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def delivery_in(label: Label, status: Status, *, release_id: str = "", target_id: str = "") -> DeliveryDocument:
    """A delivery of the release "Night Drive" to the target "Example DSP", unless told otherwise."""
    draft = DeliveryDocument(
        release_id=release_id or (await label.releases.create(ReleaseDraft(title="Night Drive"))).id,
        target_id=target_id or (await label.target()).id,
        batch_id="20260101000000000",
        status=status,
        subtype=MessageSubtype.INITIAL,
        format="ern/4.3",
        message_id=new_id(),
        icpn="4006381333931",
        content_hash="0" * 64,
    )
    return await label.scope.store.collection(DeliveryDocument).insert(draft)


async def told(scope: Scope) -> list[NotificationDocument]:
    return list((await NotificationService(scope).page()).documents)


async def statuses_told(scope: Scope) -> list[Status | None]:
    return [notification.status for notification in await told(scope)]


async def events_of(label: Label, delivery: DeliveryDocument) -> list[dict[str, object]]:
    raw = await label.scope.store.collection(DeliveryDocument).raw.find_one({"_id": delivery.id})
    return list(raw["outbox"])


async def let_claims_expire(label: Label) -> None:
    deliveries = label.scope.store.collection(DeliveryDocument).raw
    await deliveries.update_many({"outbox_claim": {"$exists": True}}, {"$set": {"outbox_claim.until": LONG_AGO}})


async def choose(platform: Platform, tenant: TenantDocument, *statuses: Status) -> None:
    service = TenantService(platform.control, platform.create_tenant_database)
    await service.update(tenant.id, notified_statuses=statuses)


@pytest.mark.proves("STT-04")
async def test_a_chosen_status_is_told_once_though_its_event_is_told_twice(
    platform: Platform, label: Label, other_label: Label
) -> None:
    delivery = await delivery_in(label, Status.PROCESSING_BY_PLATFORM)
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)
    await change_status(label.scope, delivery, Status.REJECTED, details="the cover is too small")
    events = await events_of(label, delivery)

    counts = [await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)]
    raw = label.scope.store.collection(DeliveryDocument).raw
    await raw.update_one({"_id": delivery.id}, {"$set": {"outbox": events}})
    counts.append(await OutboxRelay(platform).relay_tenant(label.scope.tenant_id))

    (notification,) = await told(label.scope)
    assert counts == [1, 1]
    assert notification.event_id == events[0]["id"]
    assert (notification.delivery_id, notification.status) == (delivery.id, Status.REJECTED)
    assert (notification.release_id, notification.target_id) == (delivery.release_id, delivery.target_id)
    assert (notification.severity, notification.title, notification.message, notification.read_at) == (
        NotificationSeverity.ERROR,
        "Night Drive was rejected by Example DSP",
        "the cover is too small",
        None,
    )
    assert await told(other_label.scope) == []


@pytest.mark.proves("STT-04")
async def test_the_tenant_chooses_the_statuses(
    platform: Platform, label: Label, other_label: Label, tenant_a: TenantDocument
) -> None:
    async def arrive_and_go_live() -> None:
        for each in (label, other_label):
            delivery = await delivery_in(each, Status.PROCESSING_BY_PLATFORM)
            delivery = await change_status(each.scope, delivery, Status.DISTRIBUTED)
            await change_status(each.scope, delivery, Status.LIVE)
            await OutboxRelay(platform).relay_tenant(each.scope.tenant_id)

    await arrive_and_go_live()
    by_default = await statuses_told(label.scope)
    await choose(platform, tenant_a, Status.DISTRIBUTED)
    await arrive_and_go_live()
    chosen = (await statuses_told(label.scope))[: -len(by_default)]
    await choose(platform, tenant_a)
    await arrive_and_go_live()

    assert by_default == [Status.LIVE]
    assert chosen == [Status.DISTRIBUTED]
    assert await statuses_told(label.scope) == [Status.DISTRIBUTED, Status.LIVE]
    assert await statuses_told(other_label.scope) == [Status.LIVE] * 3


@pytest.mark.proves("STT-04")
async def test_a_failure_is_told_when_it_is_the_end_and_not_while_it_is_tried_again(
    platform: Platform, label: Label
) -> None:
    async def cut_always(path: str) -> None:
        raise cut()

    clock = FixedClock()
    line = with_transport(label.scope, HookedTransport(connecting=cut_always))
    unlucky = Label(replace(line, clock=clock), label.folder)
    patient = TargetLimits(circuit_failures=100)
    release, target = await unlucky.release(), await unlucky.target(transport="hooked", limits=patient)
    (delivery,) = await unlucky.deliveries.create([release.id], target.id)

    told_after = []
    for _ in range(3):
        delivery = await unlucky.work(delivery)
        await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)
        told_after.append(await statuses_told(label.scope))
        clock.advance(10_000)

    assert [line.status for line in delivery.history].count(Status.FAILED) == 3
    assert told_after == [[], [], [Status.FAILED]]
    assert (await told(label.scope))[0].message == "the line was cut"


async def test_a_status_that_is_only_passed_through_is_not_told(platform: Platform, label: Label) -> None:
    delivery = await delivery_in(label, Status.UPLOADING)
    passed: Via = [(Status.FAILED, "the receiver refuses the login")]

    await change_status(label.scope, delivery, Status.NEEDS_ATTENTION, via=passed)
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)

    (notification,) = await told(label.scope)
    assert (notification.status, notification.title, notification.message) == (
        Status.NEEDS_ATTENTION,
        "Night Drive needs attention for Example DSP",
        "Somebody has to mend something first.",
    )


async def test_each_failure_of_a_delivery_is_told_with_its_own_reason(platform: Platform, label: Label) -> None:
    delivery = await delivery_in(label, Status.UPLOADING)
    for reason in ("the line was cut", "the disk is full"):
        delivery = await change_status(label.scope, delivery, Status.FAILED, details=reason)
        delivery = await change_status(label.scope, delivery, Status.RETRYING)

    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)

    assert [each.message for each in await told(label.scope)] == ["the disk is full", "the line was cut"]


async def test_an_event_that_could_not_be_told_stays_and_is_told_again(platform: Platform, label: Label) -> None:
    missing = new_id()
    delivery = await delivery_in(label, Status.UPDATING, target_id=missing)
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)
    await change_status(label.scope, delivery, Status.UPDATED)

    told_first = await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)
    left = await events_of(label, delivery)
    target = (await label.target()).model_copy(update={"id": missing})
    await label.scope.store.collection(TargetDocument).insert(target)
    await let_claims_expire(label)
    told_later = await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)

    assert (told_first, len(left), told_later) == (0, 1, 1)
    assert await statuses_told(label.scope) == [Status.UPDATED]
    assert await events_of(label, delivery) == []


async def test_a_release_that_is_gone_is_named_by_its_barcode(platform: Platform, label: Label) -> None:
    delivery = await delivery_in(label, Status.TAKEDOWN_REQUESTED, release_id=new_id())

    await change_status(label.scope, delivery, Status.REMOVED)
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)

    assert [each.title for each in await told(label.scope)] == ["Release 4006381333931 was taken down from Example DSP"]


async def test_a_notification_ends_after_its_lifetime(platform: Platform, label: Label) -> None:
    now = datetime(2100, 1, 1, tzinfo=UTC)
    settings = platform.settings.model_copy(update={"notification_lifetime": 3600.0})
    elsewhere = replace(platform, clock=FixedClock(now), settings=settings)
    delivery = await delivery_in(label, Status.UPDATING)

    await change_status(label.scope, delivery, Status.UPDATED)
    await OutboxRelay(elsewhere).relay_tenant(label.scope.tenant_id)

    (notification,) = await told(label.scope)
    indexes = await label.scope.store.collection(NotificationDocument).raw.index_information()
    assert notification.expires_at == now + timedelta(hours=1)
    assert (indexes["expiry"]["key"], indexes["expiry"]["expireAfterSeconds"]) == ([("expires_at", 1)], 0)


async def test_a_notification_is_read_once_and_by_its_tenant_only(
    platform: Platform, label: Label, other_label: Label
) -> None:
    for status in (Status.UPDATED, Status.FAILED):
        await change_status(label.scope, await delivery_in(label, Status.UPDATING), status)
        await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)
    newest, oldest = await told(label.scope)
    service = NotificationService(label.scope)

    with pytest.raises(DomainError) as refused:
        await NotificationService(other_label.scope).mark_read(newest.id)
    read = await service.mark_read(newest.id)
    again = await service.mark_read(newest.id)

    assert refused.value.code == "NOT_FOUND"
    assert read.read_at is not None
    assert again == read
    assert [each.id for each in (await service.page(unread_only=True)).documents] == [oldest.id]
    assert [each.id for each in await told(label.scope)] == [newest.id, oldest.id]


def test_there_are_words_for_every_status() -> None:
    assert WORDING.keys() == set(Status)
