"""Answers of platforms: found at the target, read once, applied once (row RCP-03)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from distro_core.delivery.documents import AcknowledgementFileDocument, DeliveryDocument
from distro_core.delivery.failures.texts import LONGEST_REFERENCE, bounded
from distro_core.delivery.in_flight import plugins_of_target
from distro_core.delivery.limits.lines import BUSY
from distro_core.delivery.limits.looks import NoConnection, connect_to_look
from distro_core.delivery.status.answers import Applied, apply_answer
from distro_core.delivery.status.settling import FIRST_LOOK, ask_for_look, can_answer
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.service import TargetService
from distro_core.delivery.transitions import UNANSWERED
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.messages import Choreography
from distro_sdk.models.delivery import Acknowledgement
from distro_sdk.transports import RemoteFile, TransportSession

log = structlog.get_logger("distro.delivery")

MAX_SIZE = 5 << 20
"""Bytes of an answer; a larger file is none."""

READ_AT_ONCE = 500
"""Answers that one look reads; the next one goes on."""

LOOK_LEASE = timedelta(seconds=60)
"""For how long a look keeps other workers from looking too; a worker that dies delays the next look by this much."""


async def acknowledgements(platform: Platform, tenant_id: str, target_id: str) -> None:
    """Look for answers at a target, if it is time; the handler of the task `acknowledgements`."""
    scope = await platform.scope(tenant_id, SYSTEM_ACTOR, began_with=plugins_of_target(target_id))
    await look_for_answers(scope, target_id)


async def look_for_answers(scope: Scope, target_id: str) -> int:
    """Read the answers that lie at a target and move the deliveries they are about; how many files were new.

    Does nothing where it is not time, or another worker is looking; is put off for a moment where all connections to
    the target are in use. The next look is set before this returns, sooner after a transfer than later on, and not at
    all once no delivery waits.
    """
    targets = scope.store.collection(TargetDocument)
    now = scope.clock.now()
    mine = now + LOOK_LEASE
    due = {"id": target_id, "acknowledgements_due_at": {"$lte": now}}
    target = await targets.try_update(due, Change(set={"acknowledgements_due_at": mine}))
    if target is None:
        return 0
    count, busy = 0, False
    if await _somebody_waits(scope, target):
        try:
            count = await _look(scope, target)
        except NoConnection:
            busy = True
        except (TransportError, DomainError) as error:
            log.warning("acknowledgements_unreachable", target_id=target.id, error=bounded(error))
    next_look = None
    if await _somebody_waits(scope, target):
        next_look = scope.clock.now() + BUSY if busy else _next_look(scope, target)
    still_mine = {"id": target_id, "acknowledgements_due_at": mine}
    await targets.try_update(still_mine, Change(set={"acknowledgements_due_at": next_look}))
    if next_look is not None:
        await ask_for_look(scope, target_id, next_look)
    return count


async def _somebody_waits(scope: Scope, target: TargetDocument) -> bool:
    where = {"target_id": target.id, "status": {"$in": sorted(UNANSWERED)}}
    return target.archived_at is None and await scope.store.collection(DeliveryDocument).find_one(where) is not None


def _next_look(scope: Scope, target: TargetDocument) -> datetime:
    """The longer nothing was sent, the longer the pause, up to the interval."""
    now = scope.clock.now()
    quiet = (now - target.last_delivery_at).total_seconds() if target.last_delivery_at else 0.0
    interval = scope.settings.acknowledgement_interval
    return now + timedelta(seconds=min(max(quiet, FIRST_LOOK), interval))


async def _look(scope: Scope, target: TargetDocument) -> int:
    service = TargetService(scope)
    transport = service.transport(target)
    choreography = scope.plugins.choreographies.get(target.choreography)
    if choreography is None or choreography.acknowledgement_folder is None:
        return 0
    if not can_answer(target, choreography, transport):
        return 0
    configuration = await service.open_configuration(target)
    async with connect_to_look(scope, target, transport, configuration) as session:
        fresh = await _fresh_files(scope, target, await session.list(choreography.acknowledgement_folder))
        for file in fresh:
            await _read(scope, target, choreography, session, file)
    return len(fresh)


async def _fresh_files(scope: Scope, target: TargetDocument, listed: Sequence[RemoteFile]) -> list[RemoteFile]:
    """The files that were not read yet, in the order in which they were written."""
    read = await scope.store.collection(AcknowledgementFileDocument).get_many(_key(target, file) for file in listed)
    fresh = [file for file in listed if _key(target, file) not in read]
    ordered = sorted(fresh, key=lambda file: (file.modified_at.timestamp() if file.modified_at else 0.0, file.path))
    return ordered[:READ_AT_ONCE]


async def _read(
    scope: Scope, target: TargetDocument, choreography: Choreography, session: TransportSession, file: RemoteFile
) -> None:
    name = file.path.rsplit("/", 1)[-1]
    error = None
    try:
        if file.size > MAX_SIZE:
            raise DomainError("ACKNOWLEDGEMENT_TOO_LARGE", f"{name} has {file.size} bytes, at most {MAX_SIZE} are read")
        content = await session.read(file.path, max_size=MAX_SIZE)
        if len(content) != file.size:
            return  # it is still being written: the next look finds it with its final size
        answers = await asyncio.to_thread(choreography.read_acknowledgement, name, content)
    except DomainError as fault:
        error = bounded(fault)
        log.warning("acknowledgement_unreadable", target_id=target.id, file=_told(name), error=error)
    except TransportError as fault:
        log.warning("acknowledgement_not_fetched", target_id=target.id, file=_told(name), error=bounded(fault))
        return
    else:
        if not await _apply_all(scope, target, name, answers):
            return
    remembered = AcknowledgementFileDocument(
        id=_key(target, file), target_id=target.id, name=name, size=file.size, error=error
    )
    await scope.store.collection(AcknowledgementFileDocument).insert(remembered)


async def _apply_all(scope: Scope, target: TargetDocument, name: str, answers: Sequence[Acknowledgement]) -> bool:
    """Whether every answer found its delivery ready for it; if not, the file is read again later."""
    ready = True
    for answer in answers:
        applied = await apply_answer(scope, target.id, answer)
        if applied is Applied.NOT_YET:
            ready = False
        elif applied is not Applied.CHANGED:
            facts = {"message_id": _told(answer.message_id), "status": answer.status.value, "why": applied.value}
            log.info("acknowledgement_changed_nothing", target_id=target.id, file=_told(name), **facts)
    return ready


def _told(name: str) -> str:
    """What a platform calls something, as a line of the log has it."""
    return bounded(name, LONGEST_REFERENCE)


def _key(target: TargetDocument, file: RemoteFile) -> str:
    return f"{target.id}:{file.size}:{file.path}"
