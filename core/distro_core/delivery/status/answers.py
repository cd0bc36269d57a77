"""What an answer of a platform does to its delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from distro_core.delivery.documents import DeliveryDocument, DeliveryError, LogLevel
from distro_core.delivery.failures.description import describe_refusal
from distro_core.delivery.failures.records import record_failures
from distro_core.delivery.failures.texts import LONGEST_CODE, LONGEST_FAULTS, LONGEST_REFERENCE, bounded
from distro_core.delivery.logs import ACKNOWLEDGEMENT, StepLog
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import TRANSITIONS, UNANSWERED, WAITING, change_status
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import Acknowledgement, AcknowledgementStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageSubtype
from distro_sdk.platforms import ErrorWords

OUTCOMES: Mapping[MessageSubtype, Mapping[AcknowledgementStatus, Status]] = {
    MessageSubtype.INITIAL: {
        AcknowledgementStatus.INGESTED: Status.DISTRIBUTED,
        AcknowledgementStatus.LIVE: Status.LIVE,
        AcknowledgementStatus.REJECTED: Status.REJECTED,
        AcknowledgementStatus.FAILED: Status.FAILED,
    },
    MessageSubtype.UPDATE: {
        AcknowledgementStatus.INGESTED: Status.UPDATED,
        AcknowledgementStatus.LIVE: Status.UPDATED,
        AcknowledgementStatus.REJECTED: Status.FAILED,
        AcknowledgementStatus.FAILED: Status.FAILED,
    },
    MessageSubtype.TAKEDOWN: {
        AcknowledgementStatus.REMOVED: Status.REMOVED,
        AcknowledgementStatus.REJECTED: Status.FAILED,
        AcknowledgementStatus.FAILED: Status.FAILED,
    },
}
"""Where an answer brings a delivery; an answer that is not named here is kept and changes no status."""

ACTIONS: Mapping[str, str] = {
    "ResendXmlOnly": "Mend what the platform names and deliver again; it wants the message only.",
    "ResendXmlAndResources": "Mend what the platform names and deliver again with all files.",
    "DoNotResendRelease": "Do not deliver this release to the platform again.",
    "DoNotResendAffectedResource": "Take the resources that the platform names out of what is delivered to it.",
}
"""What to do, by what the platform proposes in DDEX's word."""

MANUAL_CHECK = "The platform asks that a person looks at it first."

MOST_AFFECTED = 1_000
"""Ids of affected files that are kept of one answer."""

_GOOD = frozenset({Status.DISTRIBUTED, Status.LIVE, Status.UPDATED, Status.REMOVED})
_ATTEMPTS = 5
_OVERTAKEN = frozenset({"DELIVERY_CHANGED", "INVALID_STATUS_TRANSITION", "CONDITION_FAILED"})


class Applied(StrEnum):
    """What came of an answer."""

    CHANGED = "changed"
    KNOWN = "it says nothing new"
    UNKNOWN = "no delivery to this target has this message"
    NOT_YET = "the delivery is not finished yet"
    UNCLEAR = "its word is none that is known"


async def apply_answer(scope: Scope, target_id: str, answer: Acknowledgement) -> Applied:
    """Move the delivery that an answer is about.

    Only deliveries to the target where the answer was found are touched. An answer that comes twice, or after a later
    one, changes nothing.
    """
    for _ in range(_ATTEMPTS):
        delivery = await _find(scope, target_id, answer)
        if delivery is None:
            return Applied.UNKNOWN
        if _is_unfinished(delivery):
            return Applied.NOT_YET
        try:
            return await _apply(scope, delivery, answer)
        except DomainError as error:
            if error.code not in _OVERTAKEN:
                raise
    return Applied.NOT_YET


async def _find(scope: Scope, target_id: str, answer: Acknowledgement) -> DeliveryDocument | None:
    deliveries = scope.store.collection(DeliveryDocument)
    if answer.message_id:
        return await deliveries.find_one({"target_id": target_id, "message_id": answer.message_id})
    # Version 1.6 names the release only: the answer is to what was sent of it last. What has just been completed at
    # the receiver counts although the worker has not written so yet: else its answer would go to an earlier delivery.
    named = [{"icpn": answer.release_id}, {"grid": answer.release_id}]
    sent = [
        {"status": {"$in": sorted(UNANSWERED)}},
        {"status": {"$in": sorted(WAITING)}, "committed_at": {"$ne": None}},
    ]
    where = {"target_id": target_id, "$and": [{"$or": named}, {"$or": sent}]}
    return await deliveries.find_one(where, Order("batch_id", descending=True))


def _is_unfinished(delivery: DeliveryDocument) -> bool:
    """Whether the worker that sent it has not written down yet that it arrived."""
    asks_next = delivery.status is Status.DISTRIBUTED and delivery.subtype is not MessageSubtype.INITIAL
    return asks_next or delivery.status in WAITING


async def _apply(scope: Scope, delivery: DeliveryDocument, answer: Acknowledgement) -> Applied:
    if _is_older(delivery, answer):
        return Applied.KNOWN
    outcome = _outcome(delivery.subtype, answer)
    kept = _kept(scope, answer)
    if outcome is None or outcome not in TRANSITIONS[delivery.status]:
        if delivery.acknowledgement is not None or outcome is not None:
            return Applied.KNOWN
        where = {"status": delivery.status, "acknowledgement": None}
        await scope.store.collection(DeliveryDocument).update(
            delivery.id, Change(set={"acknowledgement": kept}), where=where
        )
        level = LogLevel.INFO
    else:
        error = None if outcome in _GOOD else _refused(kept, await _words_of(scope, delivery.target_id))
        failed_at = None if error is None else scope.clock.now()
        change = Change(set={"acknowledgement": kept, "error": error, "failed_at": failed_at})
        moved = await change_status(scope, delivery, outcome, details=bounded(answer.text or kept.code), change=change)
        if error is not None:
            await record_failures(scope, [moved], error, final=True)
        level = LogLevel.SUCCESS if outcome in _GOOD else LogLevel.ERROR
    details = kept.model_dump(mode="json", exclude={"text"})
    message = bounded(f"The platform answers: {kept.status.value}{f' ({answer.text})' if answer.text else ''}")
    await StepLog(scope, (delivery.id,)).write(level, ACKNOWLEDGEMENT, message, details=details)
    return Applied.CHANGED


def _kept(scope: Scope, answer: Acknowledgement) -> Acknowledgement:
    """An answer as it is stored, however much the platform says."""
    affected = tuple(bounded(each, LONGEST_REFERENCE) for each in answer.affected[:MOST_AFFECTED])
    names = {"release_id": LONGEST_REFERENCE, "platform_message_id": LONGEST_REFERENCE, "proposed_action": LONGEST_CODE}
    cut = {name: bounded(told, most) for name, most in names.items() if (told := getattr(answer, name)) is not None}
    texts = {"code": bounded(answer.code, LONGEST_CODE), "text": bounded(answer.text, LONGEST_FAULTS)}
    received_at = answer.received_at or scope.clock.now()
    return answer.model_copy(update={**cut, **texts, "affected": affected, "received_at": received_at})


def _outcome(subtype: MessageSubtype, answer: Acknowledgement) -> Status | None:
    """Where the answer brings the delivery, None where nowhere.

    A takedown that was read and found good is done where the platform has no word that it is over (version 1.6).
    """
    if subtype is MessageSubtype.TAKEDOWN and answer.final and answer.status is AcknowledgementStatus.INGESTED:
        return Status.REMOVED
    return OUTCOMES[subtype].get(answer.status)


def _is_older(delivery: DeliveryDocument, answer: Acknowledgement) -> bool:
    known = delivery.acknowledgement
    if known is None or known.received_at is None or answer.received_at is None:
        return False
    return answer.received_at < known.received_at


async def _words_of(scope: Scope, target_id: str) -> Sequence[ErrorWords]:
    """How the platform's refusals are to be read (row ERP-04)."""
    target = await scope.store.collection(TargetDocument).find(target_id)
    profile = scope.plugins.platforms.get((target.platform if target else None) or "")
    return profile.error_words if profile else ()


def _refused(answer: Acknowledgement, words: Sequence[ErrorWords]) -> DeliveryError:
    message = answer.text or f"the platform refused the message: {answer.code}"
    return describe_refusal(message, words, action=_action(answer))


def _action(answer: Acknowledgement) -> str | None:
    proposed = answer.proposed_action
    wanted = [ACTIONS.get(proposed, proposed)] if proposed else []
    return " ".join([*wanted, MANUAL_CHECK] if answer.manual_check else wanted) or None
