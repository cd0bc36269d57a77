"""The step of an attempt in which files become what the target takes, before any message tells of them."""

from __future__ import annotations

from collections.abc import Mapping

from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.failures.description import describe_failure
from distro_core.delivery.logs import ASSET_PREPARATION
from distro_core.delivery.runs import BatchRun, ask_for_attention
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.preparation.releases import Outlook, PreparedAssets, foresee, prepare_all
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype

BEFORE_MESSAGE = frozenset({Status.VALIDATING, Status.SCHEDULED})
"""In which a message is written; a delivery that plugins put off stays scheduled until they agree."""


async def prepare_files(
    run: BatchRun, target: TargetDocument, releases: Mapping[str, ReleaseDocument]
) -> Mapping[str, PreparedAssets]:
    """What is sent instead of stored files, by the delivery's id. `releases`: as they were just read, by id.

    A release with a file that nobody can prepare leaves, the others go on; one whose message is written already is
    not judged again, but what it tells of is made anew where it got lost. The log has a line only where there is
    something to prepare.
    """
    outlooks: dict[str, Outlook] = {}
    for delivery in run.deliveries.values():
        if delivery.subtype is MessageSubtype.TAKEDOWN:
            continue
        outlook = await _foresee(run, releases.get(delivery.release_id), target)
        if outlook is not None and _has_work(delivery, outlook):
            outlooks[delivery.id] = outlook
    if not outlooks:
        return {}
    prepared: dict[str, PreparedAssets] = {}
    async with run.log.step(ASSET_PREPARATION, "The files are as the target takes them") as details:
        for delivery_id, outlook in outlooks.items():
            delivery = run.deliveries[delivery_id]
            if delivery.message_key is None and delivery.status not in BEFORE_MESSAGE:
                await run.move(delivery_id, Status.VALIDATING)
            try:
                prepared[delivery_id] = await prepare_all(run.scope, outlook)
            except DomainError as error:
                await leave_or_raise(run, delivery_id, error)
        ready = [outlooks[delivery_id] for delivery_id in prepared]
        details["files"] = [order.description for outlook in ready for order in outlook.orders]
        details["made_before"] = sum(len(outlook.there.files) for outlook in ready)
    return prepared


def _has_work(delivery: DeliveryDocument, outlook: Outlook) -> bool:
    if delivery.message_key is None:
        return bool(outlook.orders or outlook.refusals)
    return not outlook.refusals and len(outlook.there.files) < len(outlook.orders)


async def _foresee(run: BatchRun, release: ReleaseDocument | None, target: TargetDocument) -> Outlook | None:
    """None where the release lacks something: the step that writes its message says what."""
    if release is None:
        return None
    try:
        return await foresee(run.scope, await load_complete_release(run.scope.store, release), target)
    except DomainError:
        return None


async def leave_or_raise(run: BatchRun, delivery_id: str, error: DomainError) -> None:
    """Let a delivery leave that a person must mend; raise what may pass by itself."""
    failure = describe_failure(error)
    if failure.retryable:
        raise error
    await ask_for_attention(run, delivery_id, failure)
