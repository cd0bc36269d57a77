"""Connections to a target: no more than it allows, kept for the next delivery, and mended when they break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import Field

from distro_core.delivery.documents import AttemptStatus, BatchDocument, LogLevel, WaitReason
from distro_core.delivery.limits.connection_slots import LEASE, ConnectionSlotsDocument, take_slot
from distro_core.delivery.limits.lines import BUSY, with_patience
from distro_core.delivery.limits.sessions import SessionPool, session_key
from distro_core.delivery.targets.documents import TargetLimits
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.platform import Platform
from distro_plugins.local_folder import LocalFolderSettings
from distro_plugins.sftp.settings import SftpSettings
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_retries import batch_of, with_line
from tests.delivery.transports import HookedSession, HookedTransport, cut, pass_on

HOST_KEY = f"SHA256:{'A' * 43}"


class Watched(HookedTransport):
    """Counts how many sessions are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open = 0
        self.most = 0

    @asynccontextmanager
    async def connect(self, configuration: LocalFolderSettings) -> AsyncIterator[HookedSession]:
        """Open the folder."""
        async with super().connect(configuration) as session:
            self.open += 1
            self.most = max(self.most, self.open)
            try:
                yield session
            finally:
                self.open -= 1


async def held_by(label: Label, target_id: str) -> int:
    return len((await label.scope.store.collection(ConnectionSlotsDocument).get(target_id)).held)


@pytest.mark.proves("PRO-10")
async def test_workers_together_take_no_more_slots_than_the_target_allows(label: Label, platform: Platform) -> None:
    workers = [label.scope, await platform.scope(label.scope.tenant_id, "system")]

    slots = await asyncio.gather(*(take_slot(workers[n % 2], "target", 1, 5) for n in range(20)))
    got = [slot for slot in slots if slot is not None]
    await got[0].release()
    again = await take_slot(workers[1], "target", 1, 5)
    full = await take_slot(workers[0], "target", 1, 5)

    assert (len(got), again is not None, full) == (5, True, None)
    await asyncio.gather(*(slot.release() for slot in [*got[1:], again] if slot is not None))
    assert await held_by(label, "target") == 0


@pytest.mark.proves("LOC-03")
async def test_slots_weigh_what_a_session_opens_and_those_of_a_dead_worker_run_out(label: Label) -> None:
    clock = FixedClock()
    scope = replace(label.scope, clock=clock)
    dead = await take_slot(scope, "target", 4, 5)
    assert dead is not None

    too_much = await take_slot(scope, "target", 2, 5)
    small = await take_slot(scope, "target", 1, 5)
    clock.advance(LEASE.total_seconds() + 1)
    taken = await take_slot(scope, "target", 5, 5)

    assert (too_much, small is not None, taken is not None) == (None, True, True)
    assert await held_by(label, "target") == 1
    await asyncio.gather(*(slot.release() for slot in (dead, small, taken) if slot is not None))


@pytest.mark.proves("PRO-10", "TPF-06")
async def test_twenty_deliveries_use_no_more_sessions_than_allowed_and_use_them_again(
    label: Label, platform: Platform
) -> None:
    line = Watched()
    label = with_line(label, line)
    pools = [SessionPool(idle=600), SessionPool(idle=600)]
    workers = [label.with_scope(sessions=pool) for pool in pools]
    releases = [await label.release() for _ in range(20)]
    target = await label.target(transport="hooked", limits=TargetLimits(max_connections=4))
    made = [(await label.deliveries.create([release.id], target.id))[0] for release in releases]
    batches = label.scope.store.collection(BatchDocument).raw

    for _ in range(20):
        await batches.update_many({"waits_for": "connections"}, {"$set": {"due_at": label.scope.clock.now()}})
        await asyncio.gather(*(workers[n % 2].work(each) for n, each in enumerate(made)))
    delivered = [await label.deliveries.get(each.id) for each in made]
    await asyncio.gather(*(pool.close() for pool in pools))

    assert {each.status for each in delivered} == {Status.DISTRIBUTED}
    assert {len(each.attempts) for each in delivered} == {1}
    assert line.most <= 4
    assert line.connections <= 8
    assert (line.open, await held_by(label, target.id)) == (0, 0)


async def test_who_finds_no_connection_waits_and_is_told_when_one_is_free(label: Label) -> None:
    clock, line = FixedClock(), HookedTransport()
    pool = SessionPool(idle=0)
    label = with_line(label, line, clock).with_scope(sessions=pool)
    releases = [await label.release() for _ in range(2)]
    target = await label.target(name="Shop", transport="hooked", limits=TargetLimits(max_connections=1))
    (first,), (second,) = [await label.deliveries.create([release.id], target.id) for release in releases]
    uploading, go_on = asyncio.Event(), asyncio.Event()

    async def hang(path: str) -> None:
        uploading.set()
        await go_on.wait()

    line.before = hang
    running = asyncio.create_task(label.work(first))
    await uploading.wait()
    held = await label.work(second)
    due = (await batch_of(label, held.batch_id)).due_at
    go_on.set()
    await running

    assert held.waiting is not None
    assert (held.status, held.waiting.reason) == (Status.CREATED, WaitReason.CONNECTIONS)
    assert held.waiting.message == "Shop has all 1 connections that it allows"
    assert due == clock.now() + BUSY
    assert (await batch_of(label, held.batch_id)).due_at == clock.now()
    assert (await label.work(second)).status is Status.DISTRIBUTED


@pytest.mark.proves("TPF-06")
async def test_a_session_rests_for_a_while_and_is_not_used_after_the_settings_changed(label: Label) -> None:
    line = HookedTransport()
    pool = SessionPool(idle=30)
    label = with_line(label, line).with_scope(sessions=pool)
    target = await label.target(transport="hooked")
    other_folder = label.folder / "elsewhere"

    for _ in range(3):
        await label.deliver([(await label.release()).id], target.id)
    before = (line.connections, pool.resting)
    await label.targets.update(target.id, TargetChanges(settings={"directory": str(other_folder)}))
    delivery = await label.deliver([(await label.release()).id], target.id)
    after = (line.connections, pool.resting)
    await pool.close()

    assert (before, after, pool.resting) == ((1, 1), (2, 1), 0)
    assert (other_folder / delivery.batch_id).is_dir()
    assert await held_by(label, target.id) == 0


async def test_an_idle_session_ends_by_itself(label: Label) -> None:
    line = Watched()
    pool = SessionPool(idle=0.02)
    label = with_line(label, line).with_scope(sessions=pool)
    target = await label.target(transport="hooked")

    await label.deliver([(await label.release()).id], target.id)
    async with asyncio.timeout(60):
        while line.open or await held_by(label, target.id):
            await asyncio.sleep(0.01)

    assert (line.connections, pool.resting) == (1, 0)


async def test_a_session_on_which_something_failed_is_not_used_again(label: Label) -> None:
    async def stall(path: str) -> None:
        raise TransportError(ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", "no answer", retryable=True)

    line = HookedTransport(before=stall)
    pool = SessionPool(idle=30)
    label = with_line(label, line).with_scope(sessions=pool)
    target = await label.target(transport="hooked")

    delivery = await label.deliver([(await label.release()).id], target.id)

    assert (delivery.status, pool.resting, await held_by(label, target.id)) == (Status.RETRYING, 0, 0)


def test_sessions_are_told_apart_by_settings_and_secrets_without_showing_them() -> None:
    def key(password: str, tenant: str = "t1", target: str = "a") -> str:
        settings = SftpSettings.model_validate(
            {"host": "127.0.0.1", "username": "label", "host_key": HOST_KEY, "password": password}
        )
        return session_key(tenant, target, HookedTransport(), settings)

    assert key("one") == key("one")
    assert len({key("one"), key("two"), key("one", "t2"), key("one", "t1", "b")}) == 4
    assert "one" not in key("one").replace("None", "")


@pytest.mark.proves("PRO-12", "RTS-01")
async def test_a_line_that_breaks_in_mid_batch_is_replaced_and_only_the_broken_file_is_sent_again(
    label: Label,
) -> None:
    broken: list[str] = []

    async def cut_once(path: str) -> None:
        if path.endswith(".jpg") and not broken:
            broken.append(path)
            raise cut()

    line = HookedTransport(before=cut_once)
    label = with_line(label, line)
    target = await label.target(transport="hooked")

    delivery = await label.deliver([(await label.release()).id], target.id)

    assert (delivery.status, line.connections) == (Status.DISTRIBUTED, 2)
    assert [attempt.status for attempt in delivery.attempts] == [AttemptStatus.SUCCESS]
    assert len(line.put) == len(set(line.put)) == 6


@pytest.mark.proves("RTS-01")
async def test_three_times_in_a_row_at_once_then_the_attempt_has_failed(label: Label) -> None:
    tries: list[str] = []

    async def cut_at_the_cover(path: str) -> None:
        if path.endswith(".jpg"):
            tries.append(path)
            raise cut()

    clock, line = FixedClock(), HookedTransport(before=cut_at_the_cover)
    label = with_line(label, line, clock)
    target = await label.target(transport="hooked")

    delivery = await label.deliver([(await label.release()).id], target.id)

    assert (len(tries), line.connections) == (4, 4)
    assert (delivery.status, len(delivery.attempts)) == (Status.RETRYING, 1)
    assert (await batch_of(label, delivery.batch_id)).due_at == clock.now() + timedelta(seconds=30)


@pytest.mark.proves("PRO-12")
async def test_when_the_answer_to_the_marker_was_lost_it_is_not_written_twice(label: Label) -> None:
    lost: list[str] = []

    async def lose_the_answer(path: str) -> None:
        if path.endswith("BatchComplete.txt") and not lost:
            lost.append(path)
            raise cut("no answer")

    line = HookedTransport(after=lose_the_answer)
    label = with_line(label, line)
    target = await label.target(transport="hooked")

    delivery = await label.deliver([(await label.release()).id], target.id)

    assert (delivery.status, len(delivery.attempts)) == (Status.DISTRIBUTED, 1)
    assert (len(line.put), len(lost), line.connections) == (6, 1, 2)


async def test_a_session_that_broke_while_it_rested_costs_nothing(label: Label) -> None:
    deaf: list[str] = []

    async def gone(path: str) -> None:
        if deaf:
            raise cut(deaf.pop())

    line = HookedTransport(before=gone)
    pool = SessionPool(idle=30)
    label = with_line(label, line).with_scope(sessions=pool)
    target = await label.target(transport="hooked")
    await label.deliver([(await label.release()).id], target.id)

    deaf.append("closed by the server")
    delivery = await label.deliver([(await label.release()).id], target.id)
    await pool.close()

    assert (delivery.status, len(delivery.attempts), line.connections) == (Status.DISTRIBUTED, 1, 2)


@pytest.mark.proves("ERR-04")
async def test_expired_credentials_are_refreshed_once_within_the_attempt(label: Label) -> None:
    expired = TransportError(ErrorCategory.AUTH_EXPIRED, "CREDENTIALS_EXPIRED", "token expired", retryable=True)
    refusals = 1

    async def refuse(path: str) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise expired

    line = HookedTransport(connecting=refuse)
    label = with_line(label, line, FixedClock())
    release, target = await label.release(), await label.target(transport="hooked")
    at_sign_in = await label.deliver([release.id], target.id)
    signed_in = line.connections

    line.connecting, line.before, refusals = pass_on, refuse, 1
    in_the_middle = await label.deliver([(await label.release()).id], target.id)
    renewed = line.connections - signed_in
    refusals = 1000
    never = await label.deliver([(await label.release()).id], target.id)

    assert (at_sign_in.status, len(at_sign_in.attempts), signed_in) == (Status.DISTRIBUTED, 1, 2)
    assert (in_the_middle.status, len(in_the_middle.attempts), renewed) == (Status.DISTRIBUTED, 1, 2)
    assert (never.status, line.connections - signed_in - renewed) == (Status.RETRYING, 2)


class PatientSettings(LocalFolderSettings):
    """Settings of a transport that limits a time."""

    stall_timeout: float = Field(default=10, gt=0, le=30)


class Slow(HookedTransport):
    """Takes longer than it may, and remembers for how long it was waited."""

    configuration = PatientSettings

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    @asynccontextmanager
    async def connect(self, configuration: LocalFolderSettings) -> AsyncIterator[HookedSession]:
        """Open the folder at the fourth try."""
        assert isinstance(configuration, PatientSettings)
        self.waited.append(configuration.stall_timeout)
        if len(self.waited) < 4:
            raise TransportError(ErrorCategory.NETWORK_TIMEOUT, "TRANSFER_STALLED", "no answer", retryable=True)
        async with super().connect(configuration) as session:
            yield session


@pytest.mark.proves("ERR-08")
async def test_after_a_timeout_the_next_try_waits_longer(label: Label) -> None:
    clock, line = FixedClock(), Slow()
    label = with_line(label, line, clock)
    release = await label.release()
    target = await label.target(transport="hooked", limits=TargetLimits(circuit_failures=100))
    (delivery,) = await label.deliveries.create([release.id], target.id)

    for _ in range(4):
        delivery = await label.work(delivery)
        clock.advance(1000)

    assert delivery.status is Status.DISTRIBUTED
    assert line.waited == [10, 20, 30, 30]


def test_times_grow_within_what_each_setting_may_be() -> None:
    settings = SftpSettings.model_validate(
        {"host": "127.0.0.1", "username": "label", "host_key": HOST_KEY, "password": "x", "stall_timeout": 1000}
    )

    doubled, most = with_patience(settings, 2), with_patience(settings, 8)

    assert with_patience(settings, 1) is settings
    assert (doubled.stall_timeout, most.stall_timeout) == (2000, 3600)  # type: ignore[attr-defined]
    assert doubled.timeout == 2 * settings.timeout  # type: ignore[attr-defined]


@pytest.mark.proves("ERR-09")
async def test_after_a_failure_of_the_network_the_next_attempt_looks_for_it_first(label: Label) -> None:
    async def cut_always(path: str) -> None:
        raise cut()

    clock, line = FixedClock(), HookedTransport(connecting=cut_always)
    label = with_line(label, line, clock)
    release, target = await label.release(), await label.target(transport="hooked")
    broken = await label.deliver([release.id], target.id)
    clock.advance(30)
    still = await label.work(broken)
    line.connecting = pass_on
    clock.advance(60)
    delivery = await label.work(still)

    steps = [line.step for line in (await label.deliveries.logs(delivery.id, LogLevel.INFO)).documents]
    third = steps[len(steps) - 1 - steps[::-1].index("initialization") :]
    assert [len(each.attempts) for each in (broken, still, delivery)] == [1, 2, 3]
    assert third[:4] == ["initialization", "target_configuration", "network_check", "package_preparation"]
    assert (delivery.status, line.connections) == (Status.DISTRIBUTED, 3)
