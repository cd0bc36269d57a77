"""Deliveries that plugins put off: they wait without a worker, are asked about again, and never wait for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument, WaitReason
from distro_core.delivery.plugin_view import TenantDeliveries
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.sweeper import sweep_tenant
from distro_core.delivery.targets.documents import TargetLimits
from distro_core.plugins.delivery_answers import AddedFile, NotYet, Verdict
from distro_sdk.deliveries import OutgoingDelivery, SidecarFile
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessagePlan
from distro_sdk.platforms import RateLimit
from tests.delivery.clocks import START, FixedClock
from tests.delivery.label import Label
from tests.delivery.transports import HookedTransport, with_registry, with_transport

PAUSE = timedelta(minutes=5)
WEEK = timedelta(days=7)


class Gate:
    """Plugins that say "not yet" until the gate is opened, of all releases or of some."""

    def __init__(self, *release_ids: str) -> None:
        self.release_ids = set(release_ids)
        self.asked: list[OutgoingDelivery] = []
        self.open = False
        self.refuses = False
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def __call__(self, plan: MessagePlan, delivery: OutgoingDelivery) -> Verdict:
        self.asked.append(delivery)
        if self.refuses:
            raise DomainError("DELIVERY_UNWANTED", "nobody wants it")
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.open or (self.release_ids and delivery.release_id not in self.release_ids):
            return Verdict([AddedFile("gate", SidecarFile(name="pass.txt", content=b"go"))])
        return Verdict(not_yet=NotYet("gate: the label copy is not signed", delivery.asked_at + PAUSE))


def gated(label: Label, gate: Gate, clock: FixedClock, line: HookedTransport | None = None) -> Label:
    scope = with_transport(label.scope, line) if line else label.scope
    return Label(with_registry(scope, before_delivery=gate), label.folder).with_scope(clock=clock)


def deliveries_of(label: Label) -> TenantDeliveries:
    return TenantDeliveries(label.scope.store, label.scope.queue, label.scope.clock)


async def batch_of(label: Label, delivery: DeliveryDocument) -> BatchDocument:
    return await label.scope.store.collection(BatchDocument).get(delivery.batch_id)


async def lines(label: Label, delivery: DeliveryDocument, step: str) -> int:
    page = await label.deliveries.logs(delivery.id, first=200)
    return sum(line.step == step for line in page.documents)


@pytest.mark.proves("PLG-09")
async def test_a_delivery_that_is_put_off_waits_without_an_attempt_and_goes_when_plugins_agree(label: Label) -> None:
    clock, gate, line = FixedClock(), Gate(), HookedTransport()
    label = gated(label, gate, clock, line)
    release, target = await label.release(), await label.target(transport="hooked")

    waiting = await label.deliver([release.id], target.id)
    clock.advance(PAUSE.total_seconds() - 1)
    early = await label.work(waiting)
    clock.advance(1)
    again = await label.work(waiting)
    gate.open = True
    clock.advance(PAUSE.total_seconds())
    gone = await label.work(waiting)

    assert (waiting.status, waiting.error, waiting.postponed_since) == (Status.SCHEDULED, None, START)
    assert waiting.waiting is not None
    assert (waiting.waiting.reason, waiting.waiting.until) == (WaitReason.PLUGIN, START + PAUSE)
    assert waiting.waiting.message == "gate: the label copy is not signed"
    assert (waiting.scheduled_at, waiting.attempts, waiting.started_at) == (START + PAUSE, (), None)
    assert early == waiting
    assert again.waiting is not None
    assert (again.waiting.until, again.history, again.attempts) == (START + 2 * PAUSE, waiting.history, ())
    assert [asked.postponed_since for asked in gate.asked] == [None, START, START]
    assert (gone.status, gone.error, gone.waiting, gone.postponed_since) == (Status.DISTRIBUTED, None, None, None)
    assert [attempt.number for attempt in gone.attempts] == [1]
    assert [file.name for file in gone.sidecars] == [f"{release.icpn}_pass.txt"]
    assert line.connections == 1
    assert await lines(label, gone, "waiting") == 1
    told = [change.status for change in gone.history if change.status in {Status.SCHEDULED, Status.FAILED}]
    assert told == [Status.SCHEDULED]


async def test_what_waits_goes_when_its_plugin_is_switched_off(label: Label) -> None:
    clock = FixedClock()
    waiting_label = gated(label, Gate(), clock)
    release, target = await label.release(), await label.target()
    waiting = await waiting_label.deliver([release.id], target.id)
    clock.advance(PAUSE.total_seconds())

    gone = await label.with_scope(clock=clock).work(waiting)

    assert (waiting.status, gone.status) == (Status.SCHEDULED, Status.DISTRIBUTED)


async def test_nobody_works_on_what_waits_and_the_sweeper_finds_it_when_its_moment_comes(label: Label) -> None:
    clock, gate = FixedClock(), Gate()
    label = gated(label, gate, clock)
    release, target = await label.release(), await label.target()
    waiting = await label.deliver([release.id], target.id)

    batch = await batch_of(label, waiting)
    too_early = await sweep_tenant(label.scope)
    clock.advance(PAUSE.total_seconds())
    due = await sweep_tenant(label.scope)

    assert (batch.status, batch.holder, batch.attempt, batch.waits_for) == (
        BatchStatus.OPEN,
        None,
        0,
        WaitReason.PLUGIN,
    )
    assert (too_early, due) == (0, 1)


async def test_what_waits_takes_nothing_of_the_targets_rate(label: Label) -> None:
    clock, gate = FixedClock(), Gate()
    label = gated(label, gate, clock)
    releases = [await label.release(), await label.release()]
    target = await label.target(limits=TargetLimits(rate=RateLimit(deliveries=2, seconds=86_400)))
    gate.release_ids = {releases[0].id}
    waiting = await label.deliver([releases[0].id], target.id)
    for _ in range(5):
        clock.advance(PAUSE.total_seconds())
        await label.work(waiting)

    other = await label.deliver([releases[1].id], target.id)

    assert len(gate.asked) == 7
    assert other.status is Status.DISTRIBUTED


@pytest.mark.proves("PLG-09")
async def test_a_plugin_that_never_agrees_ends_in_somebodys_hands_after_a_week(label: Label) -> None:
    clock, gate = FixedClock(), Gate()
    label = gated(label, gate, clock)
    release, target = await label.release(), await label.target()
    waiting = await label.deliver([release.id], target.id)

    clock.set(START + WEEK - timedelta(minutes=1))
    last = await label.work(waiting)
    clock.set(START + WEEK)
    ended = await label.work(waiting)
    gate.open = True
    healed = await label.work(await label.deliveries.retry(waiting.id))

    assert last.waiting is not None
    assert last.waiting.until == START + WEEK
    assert (ended.status, ended.waiting) == (Status.NEEDS_ATTENTION, None)
    assert ended.error is not None
    assert ended.error.code == "DELIVERY_POSTPONED_TOO_LONG"
    assert ended.error.message == (
        "plugins have put the delivery off since 2026-03-01 12:00 UTC; gate: the label copy is not signed"
    )
    assert (await batch_of(label, ended)).claims == ()
    assert (healed.status, healed.postponed_since) == (Status.DISTRIBUTED, None)


async def test_a_plugin_may_refuse_what_it_put_off_and_a_retry_needs_no_change(label: Label) -> None:
    clock, gate = FixedClock(), Gate()
    label = gated(label, gate, clock)
    release, target = await label.release(), await label.target()
    waiting = await label.deliver([release.id], target.id)
    gate.refuses = True
    clock.advance(PAUSE.total_seconds())

    refused = await label.work(waiting)
    gate.refuses, gate.open = False, True
    healed = await label.work(await label.deliveries.retry(waiting.id))

    assert (refused.status, refused.waiting) == (Status.NEEDS_ATTENTION, None)
    assert refused.error is not None
    assert refused.error.code == "DELIVERY_UNWANTED"
    assert healed.status is Status.DISTRIBUTED


async def test_what_waits_can_be_cancelled_and_its_batch_ends(label: Label) -> None:
    clock, gate = FixedClock(), Gate()
    label = gated(label, gate, clock)
    release, target = await label.release(), await label.target()
    waiting = await label.deliver([release.id], target.id)

    cancelled = await label.deliveries.cancel(waiting.id)
    clock.advance(PAUSE.total_seconds())
    after = await label.work(waiting)
    again = await label.deliveries.create([release.id], target.id)

    assert (cancelled.status, cancelled.waiting) == (Status.CANCELLED, None)
    assert (after.status, len(gate.asked)) == (Status.CANCELLED, 1)
    assert (await batch_of(label, after)).status is BatchStatus.CANCELLED
    assert len(again) == 1


@pytest.mark.proves("PLG-09")
async def test_others_of_the_batch_go_on_without_one_that_is_put_off(label: Label) -> None:
    clock, gate = FixedClock(), Gate()
    label = gated(label, gate, clock)
    releases, target = [await label.release() for _ in range(4)], await label.target()
    gate.release_ids = {releases[1].id, releases[3].id}
    made = await label.deliveries.create([release.id for release in releases], target.id)

    await label.work(made[0])
    first = [await label.deliveries.get(delivery.id) for delivery in made]
    with pytest.raises(DomainError) as double:
        await label.deliveries.create([releases[1].id], target.id, Wish(force=True))
    gate.open = True
    clock.advance(PAUSE.total_seconds())
    late, last = await label.work(made[1]), await label.work(made[3])

    assert [each.status for each in first] == [Status.DISTRIBUTED, Status.SCHEDULED] * 2
    assert first[0].batch_id == first[2].batch_id
    assert len({each.batch_id for each in first}) == 3
    assert double.value.code == "DELIVERY_IN_PROGRESS"
    assert [(each.status, each.batch_id) for each in (late, last)] == [
        (Status.DISTRIBUTED, first[1].batch_id),
        (Status.DISTRIBUTED, first[3].batch_id),
    ]
    markers = [path for path in label.files() if path.endswith("BatchComplete.txt")]
    assert markers == [f"{each.batch_id}/BatchComplete.txt" for each in (first[0], late, last)]


@pytest.mark.proves("PLG-09")
async def test_a_wish_to_be_asked_again_brings_the_question_forward_for_one_release_and_tenant(
    label: Label, other_label: Label
) -> None:
    clock, gate = FixedClock(), Gate()
    label, other = gated(label, gate, clock), gated(other_label, gate, clock)
    releases, target = [await label.release(), await label.release()], await label.target()
    waiting = [await label.deliver([release.id], target.id) for release in releases]
    foreign = await other.deliver([(await other.release()).id], (await other.target()).id)
    asked = len(gate.asked)

    woken = await deliveries_of(label).ask_again(releases[0].id)
    nobody = await deliveries_of(other).ask_again(releases[0].id)
    gate.open = True
    after = [await label.work(delivery) for delivery in waiting]
    abroad = await other.work(foreign)

    assert (woken, nobody) == (1, 0)
    assert [each.status for each in after] == [Status.DISTRIBUTED, Status.SCHEDULED]
    assert abroad.status is Status.SCHEDULED
    assert len(gate.asked) == asked + 1


async def test_a_wish_that_comes_while_the_question_is_under_way_is_not_missed(label: Label) -> None:
    clock, gate = FixedClock(), Gate()
    label = gated(label, gate, clock)
    release, target = await label.release(), await label.target()
    gate.meanwhile = lambda: deliveries_of(label).ask_again(release.id)

    waiting = await label.deliver([release.id], target.id)
    gate.meanwhile, gate.open = None, True
    after = await label.work(waiting)

    assert waiting.status is Status.SCHEDULED
    assert after.status is Status.DISTRIBUTED


async def test_a_wish_for_one_that_was_set_apart_meanwhile_is_not_missed(label: Label) -> None:
    clock, gate = FixedClock(), Gate()
    label = gated(label, gate, clock)
    releases, target = [await label.release(), await label.release()], await label.target()
    gate.release_ids = {releases[1].id}
    gate.meanwhile = lambda: deliveries_of(label).ask_again(releases[1].id)
    made = await label.deliveries.create([release.id for release in releases], target.id)
    await label.work(made[0])

    gate.meanwhile, gate.open = None, True
    after = await label.work(made[1])

    assert after.status is Status.DISTRIBUTED


async def test_a_plugin_sees_how_deliveries_of_a_release_stand_and_none_of_another_tenant(
    label: Label, other_label: Label
) -> None:
    release, target = await label.release(), await label.target()
    first = await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Night Drive (Remastered)")
    update = await label.deliver([release.id], target.id)

    found = await deliveries_of(label).find(release.id, target.id)
    abroad = await deliveries_of(other_label).find(release.id, target.id)

    assert [(each.delivery_id, each.status) for each in found] == [
        (update.id, update.status),
        (first.id, Status.DISTRIBUTED),
    ]
    assert abroad == []
