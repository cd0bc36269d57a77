"""What follows once the platform has the package: the last statuses, the release, the target."""

from __future__ import annotations

from datetime import timedelta

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument, TargetDocument
from distro_core.delivery.transitions import change_status
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.messages import Choreography
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.events import ReleaseChanged
from distro_sdk.models.message import MessageSubtype
from distro_sdk.transports import Transport

ACKNOWLEDGE_TASK = "acknowledgements"

FIRST_LOOK = 1.0
"""Seconds after a transfer at which the first look for an answer is worth while, if the interval is not shorter."""

_ASKED = {MessageSubtype.UPDATE: Status.UPDATING, MessageSubtype.TAKEDOWN: Status.TAKEDOWN_REQUESTED}
_DONE = {Status.UPDATING: Status.UPDATED, Status.TAKEDOWN_REQUESTED: Status.REMOVED}


def can_answer(target: TargetDocument, choreography: Choreography, transport: Transport) -> bool:
    """Whether answers of the platform can be waited for: it sends them, and we can look for them."""
    capabilities = transport.capabilities
    has_place = choreography.acknowledgement_folder is not None
    return target.acknowledges and has_place and capabilities.list and capabilities.read


def arrived_status(delivery: DeliveryDocument, *, answers: bool) -> Status:
    """What a delivery is when its last file has arrived. `answers`: the platform will say what it made of it."""
    waits = answers and delivery.subtype is MessageSubtype.INITIAL
    return Status.PROCESSING_BY_PLATFORM if waits else Status.DISTRIBUTED


async def settle(scope: Scope, delivery: DeliveryDocument, target: TargetDocument, *, answers: bool) -> None:
    """Bring a delivery that has arrived to where it waits for an answer, or ends; may be repeated after a crash."""
    asked = _ASKED.get(delivery.subtype)
    if delivery.status is Status.DISTRIBUTED and asked is not None:
        delivery = await change_status(scope, delivery, asked, holder=delivery.holder)
    if not answers and delivery.status in _DONE:
        await change_status(scope, delivery, _DONE[delivery.status], holder=delivery.holder)
    if not delivery.test and delivery.subtype is not MessageSubtype.TAKEDOWN:
        await _mark_delivered(scope, delivery.release_id)


async def note_transfer(scope: Scope, target: TargetDocument, *, answers: bool) -> None:
    """Remember at the target when it last got something (row TGT-07), and when to look for its answer."""
    now = scope.clock.now()
    look_at = now + timedelta(seconds=min(FIRST_LOOK, scope.settings.acknowledgement_interval))
    change = {"last_delivery_at": now, **({"acknowledgements_due_at": look_at} if answers else {})}
    await scope.store.collection(TargetDocument).update(target.id, Change(set=change))
    if answers:
        payload = {"tenant_id": scope.tenant_id, "target_id": target.id}
        key = f"{ACKNOWLEDGE_TASK}:{scope.tenant_id}:{target.id}"
        await scope.queue.enqueue(ACKNOWLEDGE_TASK, payload, key=key, at=look_at)


async def _mark_delivered(scope: Scope, release_id: str) -> None:
    """Make a ready release a delivered one; done here and not by the catalogue, whose plugins may refuse edits."""
    releases = scope.store.collection(ReleaseDocument)
    while (release := await releases.find_one({"id": release_id, "status": ReleaseStatus.READY})) is not None:
        event = ReleaseChanged(
            id=new_id(),
            tenant_id=scope.tenant_id,
            at=scope.clock.now(),
            release_id=release_id,
            change="updated",
            revision=release.revision + 1,
        )
        where = {"id": release_id, "revision": release.revision}
        if await releases.try_update(where, Change(set={"status": ReleaseStatus.DELIVERED}), events=[event]):
            return
