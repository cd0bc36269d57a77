"""A takedown carries no stored files: from its beginning to its upload it takes one step, which tells every status."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest

from distro_core.delivery.documents import AttemptStatus, BatchDocument
from distro_core.delivery.engine import run_batch
from distro_core.delivery.requests.wishes import Wish
from distro_core.objects.port import ObjectStorage
from distro_core.store.collection import Change
from distro_plugins.batch.choreography import BatchChoreography
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import Batch, Package
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label
from tests.delivery.transports import with_registry

QUIET_WAY = [Status.VALIDATING, Status.QUEUED, Status.PREPARING, Status.UPLOADING, Status.DISTRIBUTED]


@dataclass
class Watched:
    """An object storage that does something after a message is stored."""

    storage: ObjectStorage
    after: Callable[[], Awaitable[None]]

    async def put(self, key: str, content: bytes) -> None:
        """Store a small object whole."""
        await self.storage.put(key, content)
        await self.after()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.storage, name)


def watched(label: Label, after: Callable[[], Awaitable[None]]) -> Label:
    """The label, with something that happens between the writing of a message and its packing."""
    return label.with_scope(objects=cast(ObjectStorage, Watched(label.scope.objects, after)))


@pytest.mark.parametrize("interrupted", [False, True], ids=["at-once", "looked-at"])
async def test_every_status_of_a_takedown_stands_in_its_history_and_is_told(label: Label, *, interrupted: bool) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id, Wish(withdraws=True, force=True))
    before: list[Status] = []

    async def look() -> None:
        before.append((await label.deliveries.get(made.id)).status)

    await run_batch((watched(label, look) if interrupted else label).scope, made.batch_id)

    done = await label.deliveries.get(made.id)
    assert [line.status for line in done.history] == [*QUIET_WAY, Status.TAKEDOWN_REQUESTED, Status.REMOVED]
    assert before == ([Status.CREATED] if interrupted else [])
    assert [(attempt.number, attempt.status) for attempt in done.attempts] == [(1, AttemptStatus.SUCCESS)]
    raw = await label.scope.store.collection(type(done)).raw.find_one({"_id": made.id})
    told = [event for event in raw["outbox"] if event["status"] != Status.CREATED]
    assert [event["status"] for event in told] == [line.status for line in done.history]
    assert [event["status"] for event in told if event["in_passing"]] == [Status.TAKEDOWN_REQUESTED]
    assert [file.status.value for file in done.attempts[0].files] == ["completed"] * len(done.attempts[0].files)


async def test_a_takedown_that_is_cancelled_before_its_upload_is_not_sent(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id, Wish(withdraws=True, force=True))

    async def cancel() -> None:
        await label.deliveries.cancel(made.id)

    await run_batch(watched(label, cancel).scope, made.batch_id)

    cancelled = await label.deliveries.get(made.id)
    assert [line.status for line in cancelled.history] == [Status.CANCELLED]
    assert cancelled.attempts == ()
    assert label.files() == []


class Refusing(BatchChoreography):
    """Lays nothing out."""

    def lay_out(self, batch: Batch) -> Package:
        raise DomainError("BATCH_REFUSED", "not today")


async def test_a_takedown_that_cannot_be_packed_keeps_every_step(label: Label) -> None:
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id, Wish(withdraws=True, force=True))

    await run_batch(with_registry(label.scope, choreographies={target.choreography: Refusing()}), made.batch_id)

    stopped = await label.deliveries.get(made.id)
    assert stopped.error is not None
    assert stopped.error.code == "BATCH_REFUSED"
    assert [line.status for line in stopped.history][:3] == [Status.VALIDATING, Status.QUEUED, Status.PREPARING]
    assert [attempt.status for attempt in stopped.attempts] == [AttemptStatus.FAILED]
    assert stopped.message_key is not None
    assert label.files() == []


async def test_a_takedown_whose_release_is_gone_from_what_it_was_made_for_says_so(label: Label) -> None:
    """Nothing of it was stored before: the attempt and its end are written together with what went wrong."""
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id, Wish(withdraws=True, force=True))
    nobody = with_registry(label.scope, message_builders={})

    await run_batch(nobody, made.batch_id)

    stopped = await label.deliveries.get(made.id)
    assert stopped.error is not None
    assert stopped.error.code == "FORMAT_UNKNOWN"
    assert [line.status for line in stopped.history] == [Status.VALIDATING, Status.NEEDS_ATTENTION]
    assert [attempt.status for attempt in stopped.attempts] == [AttemptStatus.FAILED]
    assert stopped.started_at is not None


async def test_a_worker_that_dies_on_a_takedown_again_and_again_gives_it_up(label: Label) -> None:
    """The attempts of its batch are counted before anything else is done, whatever its own history says."""
    release, target = await label.release(), await label.target()
    (made,) = await label.deliveries.create([release.id], target.id, Wish(withdraws=True, force=True))
    batches = label.scope.store.collection(BatchDocument)
    await batches.update(made.batch_id, Change(set={"attempt": 4}))

    await run_batch(label.scope, made.batch_id)

    given_up = await label.deliveries.get(made.id)
    assert given_up.status is Status.FAILED
    assert given_up.error is not None
    assert given_up.error.code == "WORKER_LOST"
