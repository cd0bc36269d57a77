"""A worker that cannot renew its lease, or has lost it, lets go of the receiver before another one takes over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from distro_api.receiver import FileAction, Receiver
from distro_api.receiver.server import RecordingServer
from distro_core.delivery.documents import BatchDocument
from distro_core.delivery.engine import run_batch
from distro_core.delivery.leases import hold_batch
from distro_core.delivery.transitions import LeaseLost
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.stores import TenantStore
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.chaos.test_faults import MARKER, dsp_that, markers
from tests.delivery.dsp import errors, sftp_target
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport, cut

LEASE = 1.0


@dataclass
class Outage:
    """A database that one worker does not reach while `over` is not set: its requests get no answer.

    `answers`: whether requests are carried out all the same and only the answers come late.
    """

    over: asyncio.Event = field(default_factory=asyncio.Event)
    answers: bool = False

    def __post_init__(self) -> None:
        self.over.set()

    @contextmanager
    def lasting(self) -> Iterator[None]:
        """No answers while the block runs."""
        self.over.clear()
        try:
            yield
        finally:
            self.over.set()

    def scope(self, scope: Scope) -> Scope:
        """The scope of the worker that it strikes."""
        return replace(scope, store=cast(TenantStore, _FarStore(scope.store, self)))


class _FarStore:
    def __init__(self, store: TenantStore, outage: Outage) -> None:
        self._store = store
        self._outage = outage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def collection(self, document_type: Any) -> Any:
        return _FarCollection(self._store.collection(document_type), self._outage)


class _FarCollection:
    def __init__(self, collection: Any, outage: Outage) -> None:
        self._collection = collection
        self._outage = outage

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._collection, name)
        if name == "raw":
            return _FarCollection(found, self._outage)
        return partial(self._ask, found) if asyncio.iscoroutinefunction(found) else found

    async def _ask(self, request: Any, *args: Any, **options: Any) -> Any:
        if self._outage.answers:
            answer = await request(*args, **options)
            await self._outage.over.wait()
            return answer
        await self._outage.over.wait()
        return await request(*args, **options)


async def batch_of(label: Label, batch_id: str) -> BatchDocument:
    return await label.scope.store.collection(BatchDocument).get(batch_id)


def with_lease(label: Label, seconds: float) -> Label:
    return label.with_scope(settings=label.scope.settings.model_copy(update={"delivery_lease": seconds}))


async def take_over(label: Label, batch_id: str) -> None:
    """Deliver a batch as soon as it may be had."""
    async with asyncio.timeout(30):
        while not await run_batch(label.scope, batch_id):
            await asyncio.sleep(0.02)


def marker_events(receiver: Receiver) -> list[FileAction]:
    """What was done to the marker, under its temporary name and its own."""
    return [event.action for event in receiver.events if MARKER in event.path and event.changes]


@pytest.mark.proves("LOC-02")
async def test_a_worker_without_a_database_lets_go_of_the_marker_before_another_takes_over(
    label: Label, tmp_path: Path
) -> None:
    stalled, gone = asyncio.Event(), asyncio.Event()

    async def write(self: RecordingServer, file_obj: object, offset: int, data: bytes) -> int:
        if not stalled.is_set() and MARKER in self._open[id(file_obj)].path:
            stalled.set()
            await self.channel.get_connection().wait_closed()
            gone.set()
            raise ConnectionError("gone")
        return await RecordingServer.write(self, file_obj, offset, data)

    label = with_lease(label, LEASE)
    release, outage = await label.release(), Outage()
    async with dsp_that(tmp_path / "dsp", write=write) as receiver:
        target = await sftp_target(label, receiver)
        patient = await sftp_target(
            label, receiver, name="Patient", settings={**target.settings, "stall_timeout": 3 * LEASE}
        )
        (made,) = await label.deliveries.create([release.id], patient.id)

        first = asyncio.create_task(run_batch(outage.scope(label.scope), made.batch_id))
        async with asyncio.timeout(30):
            await stalled.wait()
        with outage.lasting():
            await take_over(label, made.batch_id)
            verdict = await receiver.wait_for_report(made.batch_id)
            async with asyncio.timeout(30):
                await gone.wait()
        await first
        (report,) = receiver.reports

    delivery = await label.deliveries.get(made.id)
    assert (errors(verdict), errors(report), markers(receiver)) == ([], [], 1)
    assert marker_events(receiver) == [
        *(FileAction.OPENED, FileAction.WRITTEN),
        *(FileAction.OPENED, FileAction.WRITTEN, FileAction.RENAMED),
    ]
    assert [attempt.error.code for attempt in delivery.attempts if attempt.error] == ["WORKER_LOST"]
    assert len(delivery.attempts) == 2


@pytest.mark.proves("LOC-02")
async def test_work_ends_before_a_lease_that_cannot_be_renewed(label: Label) -> None:
    label, outage = with_lease(label, LEASE), Outage()
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)

    async def work() -> None:
        async with hold_batch(outage.scope(label.scope), made.batch_id) as lease:
            assert lease is not None
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    async with asyncio.timeout(30):
        while (leased := await batch_of(label, made.batch_id)).leased_until is None:
            await asyncio.sleep(0.01)
    with outage.lasting(), pytest.raises(LeaseLost):
        async with asyncio.timeout(30):
            await working

    assert leased.leased_until is not None
    assert label.scope.clock.now() < leased.leased_until


async def test_a_batch_is_left_alone_where_the_database_said_too_late_that_it_was_leased(label: Label) -> None:
    label, outage = with_lease(label, 0.2), Outage(answers=True)
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id)

    async def claim() -> bool:
        async with hold_batch(outage.scope(label.scope), made.batch_id) as lease:
            return lease is not None

    with outage.lasting():
        claiming = asyncio.create_task(claim())
        await asyncio.sleep(0.2)
    late = await claiming
    left = await batch_of(label, made.batch_id)
    await take_over(label, made.batch_id)

    assert (late, left.holder, left.attempt) == (False, None, 0)
    assert (await label.deliveries.get(made.id)).status is Status.DISTRIBUTED


async def test_a_worker_that_lost_its_lease_does_not_reconnect(label: Label) -> None:
    uploading = asyncio.Event()

    async def break_when_stopped(path: str) -> None:
        if line.connections > 1:
            return  # so that whoever reconnects ends, and is found out
        uploading.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise cut("the line broke while it was tidied up") from None

    line = HookedTransport(before=break_when_stopped)
    label = with_lease(with_line(label, line), 0.4)
    release, target = await label.release(), await label.target(transport="hooked")
    (made,) = await label.deliveries.create([release.id], target.id)

    working = asyncio.create_task(run_batch(label.scope, made.batch_id))
    async with asyncio.timeout(30):
        await uploading.wait()
        stolen = Change(set={"holder": "somebody else"})
        await label.scope.store.collection(BatchDocument).update(made.batch_id, stolen)
        await working

    assert (line.connections, line.put) == (1, [])
    assert (await batch_of(label, made.batch_id)).holder == "somebody else"
