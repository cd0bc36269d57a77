"""What subscriptions follow: the store is read again whenever a broadcast says that something has happened.

The broadcast only wakes. What is shown comes from the store, so a message that is lost costs a moment and no line.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from bson import ObjectId

from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.documents import DeliveryDocument, DeliveryLogDocument
from distro_core.delivery.logs import log_channel
from distro_core.delivery.transitions import delivery_channel
from distro_core.imports.documents import ImportDocument, ImportStatus
from distro_core.imports.service import ImportService
from distro_core.marketplace.install.documents import PluginJobDocument
from distro_core.marketplace.install.jobs import TOLD, PluginJobs
from distro_core.scope import Scope
from distro_core.store.collection import MAX_PAGE, Order

LOOK_AGAIN = 5.0
"""Seconds after which the store is read although nothing woke us."""

LATE = timedelta(seconds=30)
"""How much later than a line with a greater id a line may still appear: ids are made before they are stored."""

FINISHED_IMPORTS = frozenset({ImportStatus.COMPLETED, ImportStatus.FAILED})

Wait = Callable[[], Awaitable[None]]


async def follow_logs(scope: Scope, delivery_id: str) -> AsyncGenerator[DeliveryLogDocument, None]:
    """Every line of a delivery's log, stored and to come, each once; raises NOT_FOUND."""
    await DeliveryService(scope).get(delivery_id)
    async with _wakes(scope.broadcast.listen(log_channel(scope.tenant_key, delivery_id))) as wait:
        shown: set[str] = set()
        since = ""
        while True:
            async for line in _lines_after(scope, delivery_id, since):
                if line.id not in shown:
                    shown.add(line.id)
                    yield line
            if shown:
                since = str(ObjectId.from_datetime(ObjectId(max(shown)).generation_time - LATE))
                shown = {line_id for line_id in shown if line_id > since}
            await wait()


async def follow_statuses(scope: Scope, delivery_id: str) -> AsyncGenerator[DeliveryDocument, None]:
    """A delivery now, and after changes of its status; raises NOT_FOUND."""
    deliveries = DeliveryService(scope)
    shown = -1
    await deliveries.get(delivery_id)
    async with _wakes(scope.broadcast.listen(delivery_channel(scope.tenant_key, delivery_id))) as wait:
        while True:
            delivery = await deliveries.get(delivery_id)
            if len(delivery.history) != shown:
                shown = len(delivery.history)
                yield delivery
            await wait()


async def follow_import(scope: Scope, import_id: str) -> AsyncGenerator[ImportDocument, None]:
    """An import now, and as it goes on until it is finished; raises NOT_FOUND."""
    imports = ImportService(scope)
    shown: Mapping[str, Any] | None = None
    await imports.get(import_id)
    async with _wakes(scope.broadcast.listen(f"{scope.tenant_key}:imports:{import_id}")) as wait:
        while True:
            current = await imports.get(import_id)
            if current.progress() != shown:
                shown = current.progress()
                yield current
            if current.status in FINISHED_IMPORTS:
                return
            await wait()


async def follow_plugin_job(jobs: PluginJobs, job_id: str, tenant_id: str) -> AsyncGenerator[PluginJobDocument, None]:
    """A job now, and as it goes on until it has ended; raises NOT_FOUND."""
    shown: Mapping[str, Any] | None = None
    await jobs.get(job_id, tenant_id)
    async with _wakes(jobs.listen(job_id)) as wait:
        while True:
            job = await jobs.get(job_id, tenant_id)
            told = job.model_dump(include=set(TOLD))
            if told != shown:
                shown = told
                yield job
            if not job.open:
                return
            await wait()


async def _lines_after(scope: Scope, delivery_id: str, since: str) -> AsyncIterator[DeliveryLogDocument]:
    logs = scope.store.collection(DeliveryLogDocument)
    while True:
        where = {"delivery_id": delivery_id, "id": {"$gt": since}}
        lines = await logs.list(where, order=Order(), limit=MAX_PAGE)
        for line in lines:
            yield line
        if len(lines) < MAX_PAGE:
            return
        since = lines[-1].id


@asynccontextmanager
async def _wakes(listening: AbstractAsyncContextManager[AsyncIterator[Mapping[str, Any]]]) -> AsyncIterator[Wait]:
    """A function that waits until something was broadcast since it was last called, or `LOOK_AGAIN` seconds."""
    woken = asyncio.Event()

    async def note(messages: AsyncIterator[Mapping[str, Any]]) -> None:
        async for _ in messages:
            woken.set()

    async def wait() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), LOOK_AGAIN)
        woken.clear()

    async with listening as messages:
        noting = asyncio.create_task(note(messages), name="note what happens on a channel")
        try:
            yield wait
        finally:
            noting.cancel()
            with suppress(asyncio.CancelledError):
                await noting
