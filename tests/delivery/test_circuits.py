"""A target that fails again and again is left alone, by all workers, and tried by exactly one of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from distro_core.delivery.documents import BatchDocument, LogLevel, WaitReason
from distro_core.delivery.failures.description import describe_failure
from distro_core.delivery.limits.circuit_documents import CircuitDocument, CircuitState
from distro_core.delivery.limits.circuits import CircuitOpen, Circuits
from distro_core.delivery.limits.lines import hold_line
from distro_core.delivery.limits.probes import Prober
from distro_core.delivery.sweeper import sweep_tenant
from distro_core.delivery.targets.documents import TargetDocument, TargetLimits
from distro_core.notifications.documents import NotificationType
from distro_core.notifications.service import NotificationService
from distro_core.notifications.wording import CIRCUIT_ACTION
from distro_core.platform import Platform
from distro_core.store.outbox import OutboxRelay
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.notifiers import NotificationSeverity
from tests.delivery.clocks import START, FixedClock
from tests.delivery.label import Label
from tests.delivery.test_retries import cut_always, with_line
from tests.delivery.transports import HookedTransport, cut, pass_on

FAILURE = describe_failure(cut())


async def state_of(label: Label, target: TargetDocument) -> CircuitDocument:
    return await label.scope.store.collection(CircuitDocument).get(target.id)


async def opened(label: Label, target: TargetDocument, times: int = 3) -> Circuits:
    """The circuits of a label whose target has just failed so often."""
    circuits = Circuits(label.scope)
    for _ in range(times):
        await circuits.fail(target, None, FAILURE)
    return circuits


@pytest.mark.proves("CIR-01", "CIR-05")
async def test_after_three_failures_nothing_connects_any_more_and_what_waits_is_not_counted(label: Label) -> None:
    clock, line = FixedClock(), HookedTransport(connecting=cut_always)
    label = with_line(label, line, clock)
    releases = [await label.release() for _ in range(4)]
    target = await label.target(transport="hooked")
    failed = [await label.deliver([release.id], target.id) for release in releases[:3]]

    waiting = await label.deliver([releases[3].id], target.id)
    again = await label.work(waiting)

    batch = await label.scope.store.collection(BatchDocument).get(waiting.batch_id)
    assert [each.status for each in failed] == [Status.RETRYING] * 3
    assert (await state_of(label, target)).state is CircuitState.OPEN
    assert line.connections == 3
    assert (waiting.status, waiting.attempts, batch.attempt) == (Status.CREATED, (), 0)
    assert waiting.waiting is not None
    assert waiting.waiting.reason is WaitReason.CIRCUIT_OPEN
    assert waiting.waiting.message == f"Circuit breaker OPEN for {target.id}"
    assert (waiting.waiting.until, batch.due_at) == (START + timedelta(seconds=60), START + timedelta(seconds=60))
    assert again == waiting
    (told,) = (await label.deliveries.logs(waiting.id, LogLevel.WARNING)).documents
    assert (told.step, told.message) == ("waiting", waiting.waiting.message)


@pytest.mark.proves("CIR-02", "CIR-05")
async def test_after_a_minute_to_the_millisecond_one_may_try(label: Label) -> None:
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    target = await label.target()
    circuits = await opened(label, target)

    clock.set(START + timedelta(milliseconds=59_999))
    with pytest.raises(CircuitOpen) as shut:
        await circuits.enter(target)
    clock.set(START + timedelta(milliseconds=60_001))
    trial = await circuits.enter(target)

    assert (shut.value.code, shut.value.until) == ("CIRCUIT_OPEN", START + timedelta(seconds=60))
    assert trial is not None
    assert (await state_of(label, target)).state is CircuitState.HALF_OPEN


@pytest.mark.proves("CIR-04", "CIR-09")
async def test_of_two_workers_that_ask_at_once_one_gets_the_trial(label: Label, platform: Platform) -> None:
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    target = await label.target()
    await opened(label, target)
    clock.advance(61)
    workers = [Circuits(replace(await platform.scope(label.scope.tenant_id, "system"), clock=clock)) for _ in range(2)]

    answers = await asyncio.gather(*(worker.enter(target) for worker in workers * 5), return_exceptions=True)

    assert len([answer for answer in answers if isinstance(answer, str)]) == 1
    assert len([answer for answer in answers if isinstance(answer, CircuitOpen)]) == 9


@pytest.mark.proves("CIR-04")
async def test_a_trial_closes_the_circuit_or_opens_it_again(label: Label) -> None:
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    target = await label.target()
    circuits = await opened(label, target)
    clock.advance(61)

    await circuits.fail(target, await circuits.enter(target), FAILURE)
    failed = await state_of(label, target)
    with pytest.raises(CircuitOpen):
        await circuits.enter(target)
    clock.advance(61)
    await circuits.succeed(target.id, await circuits.enter(target))
    closed = await state_of(label, target)

    assert (failed.state, failed.opened_at, failed.openings) == (CircuitState.OPEN, START + timedelta(seconds=61), 1)
    assert (closed.state, closed.failures, closed.trial, closed.probe_at) == (CircuitState.CLOSED, 0, None, None)
    assert await circuits.enter(target) is None


async def test_a_trial_of_a_worker_that_died_goes_to_another_after_a_while(label: Label) -> None:
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    target = await label.target()
    circuits = await opened(label, target)
    clock.advance(61)
    lost = await circuits.enter(target)

    with pytest.raises(CircuitOpen):
        await circuits.enter(target)
    clock.advance(180)
    taken = await circuits.enter(target)
    await circuits.succeed(target.id, lost)

    assert taken is not None
    assert taken != lost
    assert (await state_of(label, target)).state is CircuitState.HALF_OPEN


async def test_successes_end_a_row_of_failures(label: Label) -> None:
    target = await label.target()
    circuits = await opened(label, target, 2)

    await circuits.succeed(target.id, None)
    await opened(label, target, 2)

    assert (await state_of(label, target)).state is CircuitState.CLOSED


@pytest.mark.proves("CIR-06")
async def test_a_target_has_numbers_of_its_own(label: Label) -> None:
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    target = await label.target(limits=TargetLimits(circuit_failures=1, circuit_reset=5))
    circuits = await opened(label, target, 1)

    with pytest.raises(CircuitOpen) as shut:
        await circuits.check(await label.targets.get(target.id))
    clock.advance(5)

    assert shut.value.until == START + timedelta(seconds=5)
    assert await circuits.enter(target) is not None


async def test_the_first_failure_notes_at_the_target_that_there_is_a_circuit(label: Label, other_label: Label) -> None:
    target, other = await label.target(), await other_label.target()
    assert not target.has_circuit
    # A target from before this was noted may have failed.
    older = await label.target()
    await label.scope.store.collection(TargetDocument).raw.update_one({"_id": older.id}, {"$unset": {"has_circuit": 1}})
    assert (await label.targets.get(older.id)).has_circuit

    await Circuits(label.scope).fail(target, None, FAILURE)

    failed = await label.targets.get(target.id)
    circuit = await Circuits(label.scope).check(failed)
    assert failed.has_circuit
    assert circuit is not None
    assert circuit.failures == 1
    assert not (await other_label.targets.get(other.id)).has_circuit


@pytest.mark.proves("CIR-03", "NOT-02", "CIR-09")
async def test_people_are_told_once_however_many_workers_see_it_open(
    platform: Platform, label: Label, other_label: Label
) -> None:
    target = await label.target(name="Shop")
    await asyncio.gather(*(Circuits(label.scope).fail(target, None, FAILURE) for _ in range(12)))
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)

    (notification,) = (await NotificationService(label.scope).page()).documents
    assert (notification.type, notification.severity) == (
        NotificationType.CIRCUIT_BREAKER,
        NotificationSeverity.WARNING,
    )
    assert (notification.type.value, notification.target_id) == ("circuit-breaker", target.id)
    assert (notification.title, notification.message) == ("Shop does not answer", "the line was cut")
    assert notification.action == CIRCUIT_ACTION
    assert (notification.delivery_id, notification.status) == (None, None)
    assert (await NotificationService(other_label.scope).page()).documents == []


@pytest.mark.proves("CIR-04", "CIR-01")
async def test_what_waited_is_delivered_when_the_target_is_back(label: Label) -> None:
    clock, line = FixedClock(), HookedTransport(connecting=cut_always)
    label = with_line(label, line, clock)
    release = await label.release()
    target = await label.target(transport="hooked", limits=TargetLimits(circuit_failures=1))
    broken = await label.deliver([release.id], target.id)
    clock.advance(31)
    held = await label.work(broken)

    line.connecting = pass_on
    clock.advance(30)
    delivered = await label.work(held)

    assert (broken.status, held.status, len(held.attempts)) == (Status.RETRYING, Status.RETRYING, 1)
    assert held.waiting is not None
    assert (delivered.status, delivered.waiting, len(delivered.attempts)) == (Status.DISTRIBUTED, None, 2)
    assert (await state_of(label, target)).state is CircuitState.CLOSED


class Half:
    """Takes the message of a delivery, which comes first, then cuts every line; which states its circuit had then."""

    def __init__(self) -> None:
        self.line = HookedTransport(before=self._before)
        self.label: Label | None = None
        self.target: TargetDocument | None = None
        self.seen: list[CircuitState] = []

    async def _before(self, path: str) -> None:
        if path.endswith(".xml"):
            return
        assert self.label is not None
        assert self.target is not None
        circuit = await Circuits(self.label.scope).find(self.target.id)
        self.seen += [] if circuit is None else [circuit.state]
        raise cut()


@pytest.mark.proves("CIR-01", "CIR-04")
async def test_a_target_that_takes_the_first_file_and_then_fails_has_failed(label: Label, other_label: Label) -> None:
    clock, half = FixedClock(), Half()
    label = with_line(label, half.line, clock)
    beside = with_line(other_label, HookedTransport(), clock)
    half.label, half.target = label, await label.target(transport="hooked")
    foreign_target = await beside.target(transport="hooked")
    releases = [await label.release() for _ in range(4)]
    failed = [await label.deliver([release.id], half.target.id) for release in releases[:3]]
    foreign = await beside.deliver([(await beside.release()).id], foreign_target.id)
    after_three = await state_of(label, half.target)
    arrived = [path for path in half.line.put if path.endswith(".xml")]

    held = await label.deliver([releases[3].id], half.target.id)
    half.seen.clear()
    clock.advance(61)
    tried = await label.work(held)
    after_trial = await state_of(label, half.target)
    half.line.before = pass_on
    clock.advance(61)
    delivered = await label.work(held)
    closed = await state_of(label, half.target)

    assert len(arrived) >= 3
    assert ([each.status for each in failed], foreign.status) == ([Status.RETRYING] * 3, Status.DISTRIBUTED)
    assert (after_three.state, after_three.failures) == (CircuitState.OPEN, 3)
    assert held.waiting is not None
    assert set(half.seen) == {CircuitState.HALF_OPEN}, "a file that arrived does not end a trial"
    assert (tried.status, len(tried.attempts)) == (Status.RETRYING, 1)
    assert (after_trial.state, after_trial.opened_at) == (CircuitState.OPEN, START + timedelta(seconds=61))
    assert after_trial.openings == 1
    assert (delivered.status, closed.state, closed.failures) == (Status.DISTRIBUTED, CircuitState.CLOSED, 0)


@pytest.mark.proves("CIR-04")
async def test_a_long_trial_keeps_its_place_for_as_long_as_it_lasts(label: Label) -> None:
    clock = FixedClock()
    settings = label.scope.settings.model_copy(update={"delivery_lease": 0.02})
    label = label.with_scope(clock=clock, settings=settings)
    target = await label.target()
    circuits = await opened(label, target)
    target = await label.targets.get(target.id)
    believed = timedelta(seconds=0.06)
    refused = 0
    clock.advance(61)

    async with hold_line(label.scope, target, [], lambda: False) as line:
        trial = line.trial
        for _ in range(3):
            clock.advance(0.05)
            async with asyncio.timeout(10):
                while (await state_of(label, target)).trial_until != clock.now() + believed:
                    await asyncio.sleep(0.01)
            with pytest.raises(CircuitOpen):
                await circuits.enter(target)
            refused += 1
        still = await state_of(label, target)
    over = await state_of(label, target)

    assert (trial is not None, still.trial, refused) == (True, trial, 3)
    assert (over.state, over.trial, over.trial_until) == (CircuitState.OPEN, None, None)
    assert await circuits.enter(target) is not None


async def test_what_is_not_the_targets_fault_opens_nothing(label: Label) -> None:
    failures = [
        TransportError(ErrorCategory.API_RATE_LIMIT, "RATE_LIMITED", "not so fast", retryable=True),
        TransportError(ErrorCategory.UNKNOWN, "SOURCE_UNREADABLE", "our disk", retryable=True),
    ]

    async def busy(path: str) -> None:
        raise failures.pop()

    label = with_line(label, HookedTransport(connecting=busy), clock := FixedClock())
    release = await label.release()
    target = await label.target(transport="hooked", limits=TargetLimits(circuit_failures=1))

    delivery = await label.deliver([release.id], target.id)
    clock.advance(30)
    await label.work(delivery)

    assert failures == []
    assert await Circuits(label.scope).find(target.id) is None


@pytest.mark.proves("CIR-07")
async def test_a_probe_in_the_background_closes_the_circuit_and_lets_go_on_what_waits(
    label: Label, other_label: Label
) -> None:
    clock, line = FixedClock(), HookedTransport(connecting=cut_always)
    label = with_line(label, line, clock)
    release = await label.release()
    target = await label.target(transport="hooked", limits=TargetLimits(circuit_failures=1))
    broken = await label.deliver([release.id], target.id)
    clock.advance(40)
    waiting = await label.work(broken)
    prober = Prober(label.scope)

    too_early = await prober.probe(target.id)
    clock.advance(20)
    swept = await sweep_tenant(label.scope)
    foreign = await Prober(other_label.with_scope(clock=clock).scope).ask_for_due()
    failed = await prober.probe(target.id)
    line.connecting = pass_on
    clock.advance(60)
    closed = await prober.probe(target.id)

    batch = await label.scope.store.collection(BatchDocument).get(waiting.batch_id)
    assert (too_early, foreign, failed, closed) == (False, 0, False, True)
    assert swept >= 1
    assert (await state_of(label, target)).state is CircuitState.CLOSED
    assert batch.due_at <= clock.now()
    assert label.files() == []
    assert (await label.work(waiting)).status is Status.DISTRIBUTED


async def test_what_waits_during_a_trial_goes_on_when_the_trial_succeeds(label: Label) -> None:
    clock = FixedClock()
    label = label.with_scope(clock=clock)
    release, target = await label.release(), await label.target()
    circuits = await opened(label, target)
    clock.advance(61)
    trial = await circuits.enter(target)
    waiting = await label.deliver([release.id], target.id)
    batches = label.scope.store.collection(BatchDocument)
    held = await batches.get(waiting.batch_id)
    (given_up,) = await label.deliveries.create([(await label.release()).id], target.id)
    given_up = await label.deliveries.cancel((await label.work(given_up)).id)

    await circuits.succeed(target.id, trial)
    woken = await batches.get(waiting.batch_id)

    assert (held.waits_for, held.due_at) == (WaitReason.CIRCUIT_OPEN, clock.now() + timedelta(seconds=180))
    assert woken.due_at == clock.now()
    assert (given_up.status, given_up.waiting) == (Status.CANCELLED, None)
    assert (await label.work(waiting)).status is Status.DISTRIBUTED
