"""What follows once the platform has the package: the last statuses, the release, the target."""

from __future__ import annotations

from datetime import datetime, timedelta

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.live import ask
from distro_core.delivery.run_logs import RunLog
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import Via, change_status
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
STATUS_TASK = "platform_statuses"

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
    if rest := rest_of_way(delivery, delivery.status, answers=answers):
        *via, (last, details) = rest
        await change_status(scope, delivery, last, details=details, via=via, holder=delivery.holder)
    if not delivery.test and delivery.subtype is not MessageSubtype.TAKEDOWN:
        await mark_delivered(scope, delivery.release_id)


def rest_of_way(delivery: DeliveryDocument, status: Status, *, answers: bool) -> Via:
    """What a delivery that has arrived passes after `status` without waiting for anything, each with why."""
    way = [Status.DISTRIBUTED]
    if (asked := _ASKED.get(delivery.subtype)) is not None:
        way += [asked] if answers else [asked, _DONE[asked]]
    rest = way[way.index(status) + 1 :] if status in way else []
    return [(each, _why(delivery, each)) for each in rest]


def _why(delivery: DeliveryDocument, status: Status) -> str:
    """Why somebody wanted this, where it was said (row TAP-04)."""
    return delivery.reason if status is Status.TAKEDOWN_REQUESTED else ""


async def note_transfer(scope: Scope, target: TargetDocument, log: RunLog, *, files: bool, polling: bool) -> None:
    """Remember at the target when it last got something (row TGT-07), and when to look for its answer.

    `files`: it leaves answers where we can read them; `polling`: its platform can be asked; `log`: of the run, by which
    it is written where nobody waits for an answer.
    """
    now = scope.clock.now()
    if not (files or polling):
        log.note(TargetDocument, target.id, {"last_delivery_at": now})
        return
    look_at = now + timedelta(seconds=min(FIRST_LOOK, scope.settings.acknowledgement_interval))
    ask_at = now + timedelta(seconds=min(FIRST_LOOK, scope.settings.status_interval))
    change = {"last_delivery_at": now}
    change |= {"acknowledgements_due_at": look_at} if files else {}
    change |= {"statuses_due_at": ask_at} if polling else {}
    await scope.store.collection(TargetDocument).try_write(target.id, Change(set=change))
    if files:
        await ask_for_look(scope, target.id, look_at)
    if polling:
        await ask_for_statuses(scope, target.id, ask_at)


async def ask_for_look(scope: Scope, target_id: str, at: datetime) -> None:
    """Ask a worker to look for answers at a target at a moment."""
    await ask(scope, ACKNOWLEDGE_TASK, id=target_id, payload={"target_id": target_id}, at=at)


async def ask_for_statuses(scope: Scope, target_id: str, at: datetime) -> None:
    """Ask a worker to ask a target's platform at a moment."""
    await ask(scope, STATUS_TASK, id=target_id, payload={"target_id": target_id}, at=at)


async def mark_delivered(scope: Scope, release_id: str) -> None:
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
