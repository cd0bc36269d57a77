"""Connections that nobody uses give way to who waits, and looks for answers take their turn (rows PRO-10, RCP-03)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from distro_core.delivery.documents import BatchDocument, DeliveryDocument, WaitReason
from distro_core.delivery.limits import connection_slots, sessions
from distro_core.delivery.limits.connection_slots import LOOK_PATIENCE, WANT, ConnectionSlotsDocument, take_slot
from distro_core.delivery.limits.lines import BUSY
from distro_core.delivery.limits.sessions import SessionPool
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.status.acknowledgements import look_for_answers
from distro_core.delivery.targets.documents import TargetDocument, TargetLimits
from distro_core.platform import Platform
from distro_core.queue.port import Priority
from distro_core.store.collection import Change
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.answers import answer, put_answer
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_connections import Watched, held_by
from tests.delivery.test_retries import with_line

LIVE = "ReleaseMadeAvailableToConsumers"
ONE = TargetLimits(max_connections=1)


@pytest.fixture
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that rest look around often."""
    monkeypatch.setattr(sessions, "LOOK", 0.02)


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await met():
            await asyncio.sleep(0.01)


async def made_for(label: Label, target: TargetDocument, priority: Priority = Priority.NORMAL) -> DeliveryDocument:
    return (await label.deliveries.create([(await label.release()).id], target.id, Wish(priority=priority)))[0]


async def is_due(label: Label, delivery: DeliveryDocument) -> bool:
    batch = await label.scope.store.collection(BatchDocument).get(delivery.batch_id)
    return batch.due_at <= label.scope.clock.now()


@pytest.mark.proves("PRO-10", "TPF-06")
@pytest.mark.usefixtures("attentive")
async def test_a_session_that_rests_in_one_worker_gives_way_to_a_delivery_in_another(
    label: Label, other_label: Label, platform: Platform
) -> None:
    line, foreign_line, clock = Watched(), Watched(), FixedClock()
    pools = [SessionPool(idle=600), SessionPool(idle=600), SessionPool(idle=600)]
    first = with_line(label, line, clock).with_scope(sessions=pools[0])
    second = with_line(Label(await platform.scope(label.scope.tenant_id, "system"), label.folder), line, clock)
    second = second.with_scope(sessions=pools[1])
    beside = with_line(other_label, foreign_line).with_scope(sessions=pools[2])
    target = await first.target(name="Shop", transport="hooked", limits=ONE)
    foreign_target = await beside.target(transport="hooked", limits=ONE)
    foreign = await beside.deliver([(await beside.release()).id], foreign_target.id)
    delivered = await first.deliver([(await first.release()).id], target.id)
    waiting = await made_for(second, target)

    held = await second.work(waiting)
    await until(lambda: is_due(second, held))
    after = await second.work(held)

    assert held.waiting is not None
    assert (held.status, held.waiting.reason) == (Status.CREATED, WaitReason.CONNECTIONS)
    assert held.waiting.until == clock.now() + BUSY
    assert {each.status for each in (foreign, delivered, after)} == {Status.DISTRIBUTED}
    assert len(after.attempts) == 1
    assert (line.connections, line.most, [pool.resting for pool in pools]) == (2, 1, [0, 1, 1])
    assert (foreign_line.connections, await held_by(beside, foreign_target.id)) == (1, 1)
    await asyncio.gather(*(pool.close() for pool in pools))
    assert (line.open, await held_by(label, target.id)) == (0, 0)


@pytest.mark.proves("QUE-05")
@pytest.mark.parametrize(("hours", "turn"), [(0, "urgent"), (23, "urgent"), (25, "first")])
async def test_the_one_connection_goes_to_the_most_urgent_unless_another_has_waited_a_day_longer(
    label: Label, hours: int, turn: str
) -> None:
    """Three of low priority wait for the connection, the first since `hours` hours, and then an urgent one."""
    line, uploading, go_on = Watched(), asyncio.Event(), asyncio.Event()
    label = with_line(label, line, FixedClock()).with_scope(sessions=SessionPool(idle=0))
    target = await label.target(transport="hooked", limits=ONE)

    async def hang(path: str) -> None:
        uploading.set()
        await go_on.wait()

    line.before = hang
    running = asyncio.create_task(label.work(await made_for(label, target)))
    async with asyncio.timeout(20):
        await uploading.wait()
        low = {name: await made_for(label, target, Priority.LOW) for name in ("first", "second", "third")}
        waiting = {name: await label.work(each) for name, each in low.items()}
        waiting["urgent"] = await label.work(await made_for(label, target, Priority.URGENT))
        batches = label.scope.store.collection(BatchDocument)
        since = (await batches.get(waiting["first"].batch_id)).waits_since
        assert since is not None
        await batches.update(waiting["first"].batch_id, Change(set={"waits_since": since - timedelta(hours=hours)}))
        go_on.set()
        await running

    assert [name for name, each in waiting.items() if await is_due(label, each)] == [turn]


async def test_who_is_put_off_again_and_again_keeps_the_moment_from_which_it_waits(label: Label) -> None:
    clock = FixedClock()
    label = with_line(label, Watched(), clock).with_scope(sessions=SessionPool(idle=0))
    target = await label.target(transport="hooked", limits=ONE)
    batches = label.scope.store.collection(BatchDocument)
    waiting = await made_for(label, target)
    due = (await batches.get(waiting.batch_id)).due_at
    slot = await take_slot(label.scope, target.id, 1, 1)
    assert slot is not None
    await label.work(waiting)
    once = await batches.get(waiting.batch_id)
    clock.advance(BUSY.total_seconds())
    await label.work(waiting)
    twice = await batches.get(waiting.batch_id)
    await slot.release()
    clock.advance(BUSY.total_seconds())
    await label.work(waiting)
    gone = await batches.get(waiting.batch_id)

    assert [once.waits_since, twice.waits_since, gone.waits_since] == [due, due, None]
    assert once.due_at < twice.due_at


@pytest.mark.usefixtures("attentive")
async def test_who_waits_gets_one_connection_and_the_others_go_on_resting(label: Label) -> None:
    line = Watched()
    pools = [SessionPool(idle=600), SessionPool(idle=600), SessionPool(idle=600)]
    label = with_line(label, line)
    workers = [label.with_scope(sessions=pool) for pool in pools]
    target = await label.target(transport="hooked", limits=TargetLimits(max_connections=2))
    for worker in workers[:2]:
        await worker.deliver([(await label.release()).id], target.id)

    held = await workers[2].work(await made_for(label, target))
    await until(lambda: is_due(label, held))
    after = await workers[2].work(held)
    # Nobody waits any more: what rests is left alone, although it looks around many times.
    await asyncio.sleep(0.2)

    assert (after.status, line.connections, line.most) == (Status.DISTRIBUTED, 3, 2)
    assert (sum(pool.resting for pool in pools[:2]), pools[2].resting) == (1, 1)
    await asyncio.gather(*(pool.close() for pool in pools))


async def test_a_wish_is_told_once_and_forgotten_when_nobody_repeats_it(label: Label, other_label: Label) -> None:
    clock = FixedClock()
    scope, foreign_scope = label.with_scope(clock=clock).scope, other_label.with_scope(clock=clock).scope
    slots = [await take_slot(scope, "target", 1, 2) for _ in range(2)]
    foreign = await take_slot(foreign_scope, "target", 1, 1)
    held = [slot for slot in [*slots, foreign] if slot is not None]
    nobody_yet = [await slot.is_wanted() for slot in held]

    refused = await take_slot(scope, "target", 1, 2)
    told = [await slot.is_wanted() for slot in (held[0], held[1], held[2])]
    await take_slot(scope, "target", 1, 2)
    clock.advance(WANT.total_seconds())
    late = await held[0].is_wanted()

    assert (len(held), refused) == (3, None)
    assert (nobody_yet, told, late) == ([False] * 3, [True, False, False], False)
    await asyncio.gather(*(slot.release() for slot in held))


@pytest.mark.proves("RCP-03", "PRO-10")
async def test_a_delivery_and_a_look_for_answers_never_hold_two_connections_where_one_is_allowed(
    label: Label, other_label: Label
) -> None:
    line, foreign_line, clock = Watched(), Watched(), FixedClock()
    pools = [SessionPool(idle=0), SessionPool(idle=0)]
    label, beside = with_line(label, line, clock), with_line(other_label, foreign_line, clock)
    first, second = [label.with_scope(sessions=pool) for pool in pools]
    target = await label.target(transport="hooked", acknowledges=True, limits=ONE)
    foreign_target = await beside.target(transport="hooked", acknowledges=True, limits=ONE)
    sent = await first.deliver([(await label.release()).id], target.id)
    foreign = await beside.deliver([(await beside.release()).id], foreign_target.id)
    put_answer(label.folder, "ACK.xml", answer(sent.message_id, status=LIVE))
    put_answer(beside.folder, "ACK.xml", answer(foreign.message_id, status=LIVE))
    uploading, go_on = asyncio.Event(), asyncio.Event()

    async def hang(path: str) -> None:
        uploading.set()
        await go_on.wait()

    line.before = hang
    running = asyncio.create_task(first.work(await made_for(label, target)))
    await uploading.wait()
    clock.advance(10)
    found_beside = await look_for_answers(beside.scope, foreign_target.id)
    found_meanwhile = await look_for_answers(second.scope, target.id)
    due = (await label.targets.get(target.id)).acknowledgements_due_at
    put_off_by = None if due is None else due - clock.now()
    go_on.set()
    arrived = await running
    clock.advance(BUSY.total_seconds())
    found = await look_for_answers(second.scope, target.id)

    assert (found_beside, found_meanwhile, put_off_by, found) == (1, 0, BUSY, 1)
    assert arrived.status is Status.PROCESSING_BY_PLATFORM
    assert (await label.deliveries.get(sent.id)).status is Status.LIVE
    assert (await beside.deliveries.get(foreign.id)).status is Status.LIVE
    assert (line.connections, line.most, line.open) == (3, 1, 0)
    assert await held_by(label, target.id) == 0


async def test_a_look_uses_the_session_that_rests_in_its_worker(label: Label) -> None:
    line, clock, pool = Watched(), FixedClock(), SessionPool(idle=600)
    label = with_line(label, line, clock).with_scope(sessions=pool)
    target = await label.target(transport="hooked", acknowledges=True, limits=ONE)
    sent = await label.deliver([(await label.release()).id], target.id)
    put_answer(label.folder, "ACK.xml", answer(sent.message_id, status=LIVE))
    clock.advance(60)

    found = await look_for_answers(label.scope, target.id)

    assert (found, line.connections, pool.resting) == (1, 1, 1)
    assert (await label.deliveries.get(sent.id)).status is Status.LIVE
    await pool.close()


async def test_a_look_that_waited_long_is_the_next_although_deliveries_never_end(
    label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LOOK", 0.0)
    monkeypatch.setattr(connection_slots, "LEASE", timedelta(hours=1))  # nobody renews by a clock that jumps
    line, clock, pool = Watched(), FixedClock(), SessionPool(idle=600)
    monkeypatch.setattr(sessions.OpenSession, "rest", lambda *_: None)  # its worker has always something for it
    label = with_line(label, line, clock)
    busy, looking = label.with_scope(sessions=pool), label.with_scope(sessions=SessionPool(idle=0))
    target = await label.target(transport="hooked", acknowledges=True, limits=ONE)
    sent = await busy.deliver([(await label.release()).id], target.id)
    put_answer(label.folder, "ACK.xml", answer(sent.message_id, status=LIVE))

    async def look() -> int:
        clock.advance(2)
        return await look_for_answers(looking.scope, target.id)

    early = await look()
    await busy.deliver([(await label.release()).id], target.id)
    kept = (pool.resting, line.connections)
    clock.advance(LOOK_PATIENCE.total_seconds())
    late = await look()
    await busy.deliver([(await label.release()).id], target.id)
    given_up = (pool.resting, line.open)
    held = await busy.work(await made_for(label, target))
    found = await look()
    after = await busy.work(held)

    assert (early, kept, late, given_up, found) == (0, (1, 1), 0, (0, 0), 1)
    assert held.waiting is not None
    assert held.waiting.reason is WaitReason.CONNECTIONS
    assert after.status is Status.PROCESSING_BY_PLATFORM
    assert (await label.deliveries.get(sent.id)).status is Status.LIVE
    assert (line.connections, line.most) == (3, 1)
    slots = await label.scope.store.collection(ConnectionSlotsDocument).get(target.id)
    assert (slots.look_since, slots.reserved_until) == (None, None)
    await pool.close()
