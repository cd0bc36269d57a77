"""Deliveries that need a person: what was found out, whom to ask, what becomes of them (rows WFL-22, WFL-23)."""

from __future__ import annotations

from enum import StrEnum

from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.documents import DeliveryDocument, LogLevel, SupportNote
from distro_core.delivery.logs import StepLog
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.delivery import DeliveryStatus as Status

LONGEST_NOTE = 5000
LONGEST_CONTACT = 500
MOST_NOTES = 200
SUPPORT_STEP = "support"

_OPEN_TO_PEOPLE = frozenset({Status.NEEDS_ATTENTION, Status.FAILED, Status.REJECTED})


class AttentionResolution(StrEnum):
    """What is to become of a delivery that needed somebody."""

    RETRY = "retry"
    CANCEL = "cancel"
    KEEP = "keep"


class AttentionService:
    """What people do about the deliveries of one tenant that cannot go on by themselves."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._deliveries = scope.store.collection(DeliveryDocument)

    async def note(self, delivery_id: str, text: str, contact: str = "") -> DeliveryDocument:
        """Keep a note on a delivery, whatever its status. `contact`: whom to ask at the platform.

        Raises NOT_FOUND, NOTE_INVALID or NOTES_EXHAUSTED.
        """
        _check_bounds(text, contact)
        now = self._scope.clock.now()
        note = SupportNote(at=now, by=self._scope.actor, text=text.strip(), contact=contact.strip())
        where = {"id": delivery_id, f"support.{MOST_NOTES - 1}": {"$exists": False}}
        noted = await self._deliveries.try_update(where, Change(push={"support": [note]}))
        if noted is None:
            await self._deliveries.get(delivery_id)
            raise DomainError("NOTES_EXHAUSTED", f"a delivery has at most {MOST_NOTES} notes", ("id",))
        details = {"by": note.by, "contact": note.contact}
        await StepLog(self._scope, (delivery_id,)).write(LogLevel.INFO, SUPPORT_STEP, note.text, details=details)
        return noted

    async def resolve(
        self, delivery_id: str, resolution: AttentionResolution, text: str, contact: str = ""
    ) -> DeliveryDocument:
        """Say what was done about a delivery that needs attention, failed or was rejected, and what follows.

        A retry is let through although nothing has changed on our side: the note says what has changed elsewhere.
        Raises ATTENTION_NOT_NEEDED, and what `note`, `DeliveryService.retry` and `DeliveryService.cancel` raise.
        """
        delivery = await self._deliveries.get(delivery_id)
        if delivery.status not in _OPEN_TO_PEOPLE:
            message = f"the delivery is {delivery.status.value} and needs nobody"
            raise DomainError("ATTENTION_NOT_NEEDED", message, ("id",))
        noted = await self.note(delivery_id, text, contact)
        service = DeliveryService(self._scope)
        if resolution is AttentionResolution.RETRY:
            cleared = Change(set={"failed_as": None})
            await self._deliveries.try_update({"id": delivery_id, "status": delivery.status}, cleared)
            return await service.retry(delivery_id)
        return await service.cancel(delivery_id) if resolution is AttentionResolution.CANCEL else noted


def _check_bounds(text: str, contact: str) -> None:
    faults = []
    if not 1 <= len(text.strip()) <= LONGEST_NOTE:
        faults.append(DomainError("NOTE_INVALID", f"a note has 1 to {LONGEST_NOTE} characters", ("note",)))
    if len(contact) > LONGEST_CONTACT:
        message = f"a contact has at most {LONGEST_CONTACT} characters"
        faults.append(DomainError("NOTE_INVALID", message, ("contact",)))
    if faults:
        raise faults[0] if len(faults) == 1 else DomainErrors(faults)
