"""Deliveries whose message is written, and whose release is something else by now (row SVC-04).

A message is stored once and sent by every later attempt, and its files may travel for hours. A release that was taken
down meanwhile must not arrive any more, and a takedown must not where the release is back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.file_preparation import leave_or_raise
from distro_core.delivery.preparation import check_status
from distro_core.delivery.progress import DeliveryCancelled
from distro_core.delivery.runs import BatchRun
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.message import MessageSubtype

_OFFERED = frozenset({ReleaseStatus.READY, ReleaseStatus.DELIVERED})


async def read_releases(run: BatchRun) -> Mapping[str, ReleaseDocument]:
    """The releases that an attempt looks at before anything is written, by id, in one question."""
    looked_at = {each.release_id for each in run.travelling if each.subtype is not MessageSubtype.TAKEDOWN}
    looked_at |= {each.release_id for each in _written_before(run)}
    return await run.scope.store.collection(ReleaseDocument).get_many(looked_at) if looked_at else {}


async def leave_changed(run: BatchRun, releases: Mapping[str, ReleaseDocument]) -> None:
    """Go on without deliveries that no longer fit their releases: they need attention.

    A package that may be complete at the receiver goes its way: nobody could take it down unless it is known to be
    there. `releases`: as they were just read, by id.
    """
    for delivery in _written_before(run):
        release = releases.get(delivery.release_id)
        if release is not None and delivery.committed_at is None:
            await _leave_unless_fitting(run, delivery, release.status)


async def stop_changed(run: BatchRun, perhaps_there: Collection[str]) -> None:
    """Raise `DeliveryCancelled` where a release changed while its files travelled; its delivery needs attention.

    To be called before a package may be complete, in the first attempt as in any other. It asks nothing of takedowns,
    which travel in a moment. `perhaps_there`: ids of deliveries that may be complete at the receiver.
    """
    looked_at = [each for each in run.travelling if each.subtype is not MessageSubtype.TAKEDOWN]
    looked_at = [each for each in looked_at if each.id not in perhaps_there]
    if not looked_at:
        return
    statuses = await _statuses(run, {each.release_id for each in looked_at})
    for delivery in looked_at:
        if (status := statuses.get(delivery.release_id)) is not None:
            await _leave_unless_fitting(run, delivery, status)
    if left := [each.id for each in looked_at if each.id not in run.deliveries]:
        raise DeliveryCancelled(left[0])


async def _statuses(run: BatchRun, release_ids: Collection[str]) -> Mapping[str, ReleaseStatus]:
    """Of releases, by id; nothing else of them is read: every package waits for it."""
    raw = run.scope.store.collection(ReleaseDocument).raw
    found = await raw.find({"_id": {"$in": sorted(release_ids)}}, {"status": 1}).to_list(length=None)
    return {release["_id"]: ReleaseStatus(release["status"]) for release in found}


def _written_before(run: BatchRun) -> Sequence[DeliveryDocument]:
    """A withdrawal at one target goes its way whatever becomes of the release."""
    return [
        each
        for each in run.travelling
        if each.message_key is not None and each.id not in run.written and not each.withdraws
    ]


async def _leave_unless_fitting(run: BatchRun, delivery: DeliveryDocument, status: ReleaseStatus) -> None:
    if delivery.subtype is MessageSubtype.TAKEDOWN and status not in _OFFERED:
        return  # What is archived after it was taken down must still be taken down everywhere.
    try:
        check_status(status, delivery)
    except DomainError as error:
        await leave_or_raise(run, delivery.id, error)
