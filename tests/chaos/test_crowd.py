"""A thousand deliveries in flight at once, to a receiver that takes its time (row QUE-07)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import timedelta
from typing import Any, cast

import pytest

from distro_core.delivery.batches import claim_of, wake
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.requests.creation import BatchPlanner
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.message_id import new_message_id
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.store.codec import encode_document
from distro_core.store.documents import new_id
from distro_plugins.local_folder import LocalFolderSettings
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.transports import FileSource, Progress, RemoteFile, TransportCapabilities, TransportSession
from tests.delivery.label import Label
from tests.delivery.material import tone
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedSession, HookedTransport, with_transport
from tests.delivery.workers import worker

CROWD = 1000
MARKER = "BatchComplete.txt"


class Forgetful:
    """A session that takes everything and keeps nothing: disks are not what is asked about here."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    async def put(self, path: str, source: FileSource, progress: Progress) -> None:
        """Read a file to its end."""
        taken = 0
        async for block in source.blocks():
            taken += len(block)
        await progress(taken)
        self._sizes[path] = taken

    async def stat(self, path: str) -> RemoteFile | None:
        """What was taken in this session."""
        return RemoteFile(path=path, size=self._sizes[path]) if path in self._sizes else None


class SlowReceiver(HookedTransport):
    """Does with each file what the test wants, and forgets it."""

    capabilities = TransportCapabilities(atomic_put=True)

    @asynccontextmanager
    async def connect(self, configuration: LocalFolderSettings) -> AsyncIterator[HookedSession]:
        """Connect to nothing."""
        yield HookedSession(cast(TransportSession, Forgetful()), self)


def platform_with(platform: Platform, line: HookedTransport) -> Platform:
    """The same platform, on which every tenant has one more transport."""

    class Connected(Platform):
        async def scope(self, *given: Any, **named: Any) -> Scope:
            return with_transport(await super().scope(*given, **named), line)

    return Connected(**{field.name: getattr(platform, field.name) for field in fields(platform)})


async def queue_crowd(label: Label) -> None:
    """Takedowns of one release, each to a target of its own: the least that a delivery can be."""
    release, target = await label.release(tone(440)), await label.target(transport="hooked")
    planned = await BatchPlanner(label.scope).plan([release.id], target.id, Wish(withdraws=True, force=True))
    (first,) = planned.planned
    began = label.scope.clock.now()
    targets, deliveries, batches = [], [], []
    for place in range(CROWD):
        moment = began - timedelta(hours=1) + timedelta(milliseconds=place)
        batch_id = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"
        copy = target.model_copy(update={"id": new_id()})
        named = {"id": new_id(), "target_id": copy.id, "batch_id": batch_id, "message_id": new_message_id()}
        delivery = first.model_copy(update=named)
        ours = {"id": batch_id, "target_id": copy.id, "delivery_ids": (delivery.id,), "planned": ()}
        claims = {"claims": (claim_of(release.id, copy.id),), "created_at": began}
        targets.append(encode_document(copy))
        deliveries.append(encode_document(delivery))
        batches.append(planned.model_copy(update=ours | claims))
    store = label.scope.store
    await store.collection(TargetDocument).raw.insert_many(targets)
    await store.collection(DeliveryDocument).raw.insert_many(deliveries)
    await store.collection(BatchDocument).raw.insert_many([encode_document(batch) for batch in batches])
    await asyncio.gather(*(wake(label.scope, batch) for batch in batches))


@pytest.mark.slow
@pytest.mark.proves("QUE-07", "PER-14")
async def test_a_thousand_deliveries_are_in_flight_at_once_and_all_arrive(label: Label, platform: Platform) -> None:
    begun: set[str] = set()
    all_begun, taking = asyncio.Event(), asyncio.Event()

    async def take_time(path: str) -> None:
        begun.add(path.split("/", maxsplit=1)[0])
        if len(begun) == CROWD:
            all_begun.set()
        await taking.wait()

    line = SlowReceiver(before=take_time)
    crowded = platform_with(platform, line)
    await queue_crowd(with_line(label, line))
    batches = label.scope.store.collection(BatchDocument)
    usual = {"worker_concurrency": CROWD // 2, "delivery_lease": 60.0, "sweep_interval": 5.0}

    async with asyncio.timeout(240), worker(crowded, **usual), worker(crowded, **usual):
        await all_begun.wait()
        written = list(line.put)
        taking.set()
        while await batches.find_one({"status": BatchStatus.OPEN}) is not None:
            await asyncio.sleep(0.1)

    raw = label.scope.store.collection(DeliveryDocument).raw
    ended = await raw.find({}, {"status": 1, "attempts.status": 1}).to_list(length=None)
    markers = Counter(path for path in line.put if path.endswith(MARKER))
    assert written == []
    assert Counter((each["status"], len(each["attempts"])) for each in ended) == {(Status.REMOVED.value, 1): CROWD}
    assert (len(markers), set(markers.values())) == (CROWD, {1})
