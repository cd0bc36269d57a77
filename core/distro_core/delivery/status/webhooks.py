"""Platforms that call back: signed calls move deliveries of the one target that they belong to (row API-40)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Sequence, Set
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.requests.precedents import LAST_SENT_FIRST
from distro_core.delivery.status.aftermath import TargetWebhook
from distro_core.delivery.status.answers import Applied, apply_answer
from distro_core.delivery.status.reports import apply_report
from distro_core.delivery.status.webhook_documents import WebhookCallDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.transitions import WAITING
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.store.collection import Change, not_found
from distro_sdk.adapters import PlatformIds, StatusReport
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status

MAX_BYTES = 1 << 20
MAX_REPORTS = 100
MOST_UNWRITTEN = 10_000
"""Deliveries to a target that are handed over and not written down at the same moment."""

REPLAY_WINDOW = timedelta(minutes=5)
"""How far the moment of a call may be from ours."""

REMEMBERED = timedelta(days=30)
"""For how long a call is known to have been taken."""

_ID_LENGTH = 24
_TOKEN_LENGTH = 2 * _ID_LENGTH + 64


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, str_strip_whitespace=True)


class DeliveryReport(_Body):
    """One delivery in a call, named by the id of its message, of itself, or the platform's reference."""

    message_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    delivery_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    reference: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    status: Annotated[str, Field(min_length=1, max_length=100)]
    text: Annotated[str, Field(max_length=2000)] = ""
    at: datetime | None = None
    platform_ids: PlatformIds = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_a_delivery(self) -> Self:
        if not (self.message_id or self.delivery_id or self.reference):
            raise ValueError("must have messageId, deliveryId or reference")
        return self

    @property
    def by_reference(self) -> bool:
        """Whether nothing but the platform's reference names the delivery."""
        return not (self.message_id or self.delivery_id)


class WebhookCall(_Body):
    """What a platform tells in one call. `id`: the platform's own, the same where it tells the same again."""

    id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    deliveries: Annotated[tuple[DeliveryReport, ...], Field(min_length=1, max_length=MAX_REPORTS)]


class WebhookService:
    """The addresses at which platforms call a tenant back."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._targets = scope.store.collection(TargetDocument)

    async def create(self, target_id: str) -> tuple[TargetDocument, str, str]:
        """The target with a fresh address, the address's token and the secret; both are told this once.

        An earlier address of the target ends at once. Raises NOT_FOUND.
        """
        target = await self._targets.get(target_id)
        if target.archived_at is not None:
            raise not_found(TargetDocument, target_id)
        token = f"{self._scope.tenant_id}{target_id}{secrets.token_hex(32)}"
        secret = secrets.token_urlsafe(32)
        webhook = TargetWebhook(
            token_hash=_hash(token),
            secret=await self._scope.sealer.seal(self._scope.tenant_id, _purpose(target_id), secret),
            created_at=self._scope.clock.now(),
        )
        return await self._targets.update(target_id, Change(set={"webhook": webhook})), token, secret

    async def delete(self, target_id: str) -> TargetDocument:
        """End a target's address; raises NOT_FOUND."""
        return await self._targets.update(target_id, Change(set={"webhook": None}))


async def find_endpoint(platform: Platform, token: str) -> tuple[Scope, TargetDocument]:
    """The tenant and the target that an address belongs to.

    Raises WEBHOOK_UNKNOWN, whatever is wrong with it: nobody learns whether a tenant or a target exists.
    """
    unknown = DomainError("WEBHOOK_UNKNOWN", "there is no such address")
    if len(token) != _TOKEN_LENGTH or not token.isascii() or not token.isalnum():
        raise unknown
    tenant_id, target_id = token[:_ID_LENGTH], token[_ID_LENGTH : 2 * _ID_LENGTH]
    tenant = await platform.control.collection(TenantDocument).find(tenant_id)
    if tenant is None or not tenant.active:
        raise unknown
    scope = await platform.scope(tenant_id, SYSTEM_ACTOR)
    target = await scope.store.collection(TargetDocument).find(target_id)
    if target is None or target.archived_at is not None or target.webhook is None:
        raise unknown
    if not hmac.compare_digest(target.webhook.token_hash, _hash(token)):
        raise unknown
    return scope, target


async def check_signature(scope: Scope, target: TargetDocument, body: bytes, timestamp: str, signature: str) -> None:
    """Raise WEBHOOK_SIGNATURE_INVALID or WEBHOOK_TIMESTAMP_STALE.

    `timestamp`: seconds since 1970; `signature`: ``sha256=`` and the hexadecimal HMAC SHA-256 (RFC 2104) with the
    target's secret over timestamp, a full stop, and the body.
    """
    webhook = target.webhook
    if webhook is None:
        raise DomainError("WEBHOOK_UNKNOWN", "there is no such address")
    secret = await scope.sealer.open(scope.tenant_id, _purpose(target.id), webhook.secret)
    expected = sign(secret, timestamp, body)
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        raise DomainError("WEBHOOK_SIGNATURE_INVALID", "the signature is not that of the body and the timestamp")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise DomainError("WEBHOOK_TIMESTAMP_STALE", "the timestamp is no number of seconds")
    if abs(scope.clock.now() - datetime.fromtimestamp(int(timestamp), UTC)) > REPLAY_WINDOW:
        minutes = REPLAY_WINDOW // timedelta(minutes=1)
        raise DomainError("WEBHOOK_TIMESTAMP_STALE", f"the call is more than {minutes} minutes from our time")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a call; see `check_signature`."""
    signed = timestamp.encode(errors="replace") + b"." + body
    return f"sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


async def receive_call(scope: Scope, target: TargetDocument, body: bytes) -> Counter[Applied] | None:
    """Move deliveries by a call in JSON whose signature was checked; None where it was taken before.

    Raises WEBHOOK_BODY_INVALID, or WEBHOOK_TOO_EARLY where a delivery is not written down yet: the platform calls
    again, and what was applied already changes nothing then.
    """
    try:
        call = WebhookCall.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error) from error
    call_id = call.id or hashlib.sha256(body).hexdigest()
    if await _is_known(scope, target, call_id):
        return None
    # Asked before the deliveries are looked for: whatever is written down in between is found then.
    by_reference = any(report.by_reference for report in call.deliveries)
    unwritten = await _releases_without_reference(scope, target) if by_reference else frozenset()
    outcomes = [await _take(scope, target, report, unwritten) for report in call.deliveries]
    return await _end(scope, target, call_id, outcomes)


async def receive_acknowledgement(scope: Scope, target: TargetDocument, body: bytes) -> Counter[Applied] | None:
    """As `receive_call`, for an acknowledgement in the XML of the target's choreography.

    Raises WEBHOOK_TYPE_UNSUPPORTED where the choreography has none, or a fault of the acknowledgement.
    """
    choreography = scope.plugins.choreographies.get(target.choreography)
    if choreography is None or choreography.acknowledgement_folder is None:
        message = f"the choreography {target.choreography} has no acknowledgements"
        raise DomainError("WEBHOOK_TYPE_UNSUPPORTED", message)
    call_id = hashlib.sha256(body).hexdigest()
    if await _is_known(scope, target, call_id):
        return None
    answers = await asyncio.to_thread(choreography.read_acknowledgement, "webhook.xml", body)
    outcomes = [await apply_answer(scope, target.id, answer) for answer in answers]
    return await _end(scope, target, call_id, outcomes)


def _told(report: DeliveryReport) -> StatusReport:
    at = report.at.replace(tzinfo=UTC) if report.at and report.at.tzinfo is None else report.at
    return StatusReport(word=report.status, text=report.text, at=at, platform_ids=report.platform_ids)


async def _take(scope: Scope, target: TargetDocument, report: DeliveryReport, unwritten: Set[str]) -> Applied:
    """Apply a report. `unwritten`: releases that were handed over under a reference that we have not noted yet."""
    delivery = await _find(scope, target, report)
    if report.by_reference and unwritten and (delivery is None or delivery.release_id in unwritten):
        return Applied.NOT_YET
    return Applied.UNKNOWN if delivery is None else await apply_report(scope, delivery, _told(report))


async def _releases_without_reference(scope: Scope, target: TargetDocument) -> Set[str]:
    """Releases that the platform may have, and a reference for, although no worker has written so yet."""
    # One that is merely created was never handed over, and of these there may be many.
    statuses = [status.value for status in sorted(WAITING - {Status.CREATED})]
    where = {"target_id": target.id, "status": {"$in": statuses}, "committed_at": {"$ne": None}}
    raw = scope.store.collection(DeliveryDocument).raw
    found = await raw.find({**where, "aftermath.reference": None}, {"release_id": 1}).to_list(length=MOST_UNWRITTEN)
    return frozenset(each["release_id"] for each in found)


async def _find(scope: Scope, target: TargetDocument, report: DeliveryReport) -> DeliveryDocument | None:
    """The delivery that is meant, among those to this target alone: the last of those that share a reference."""
    named = {"message_id": report.message_id, "id": report.delivery_id, "aftermath.reference": report.reference}
    where = {name: value for name, value in named.items() if value is not None}
    return await scope.store.collection(DeliveryDocument).find_one({**where, "target_id": target.id}, LAST_SENT_FIRST)


async def _is_known(scope: Scope, target: TargetDocument, call_id: str) -> bool:
    return await scope.store.collection(WebhookCallDocument).find(_key(target, call_id)) is not None


async def _end(
    scope: Scope, target: TargetDocument, call_id: str, outcomes: Sequence[Applied]
) -> Counter[Applied] | None:
    """Remember the call, after what it changed: one that broke off half-way is taken when it comes again."""
    if Applied.NOT_YET in outcomes:
        raise DomainError("WEBHOOK_TOO_EARLY", "a delivery is still being written down; call again")
    taken = WebhookCallDocument(
        id=_key(target, call_id), target_id=target.id, expires_at=scope.clock.now() + REMEMBERED
    )
    try:
        await scope.store.collection(WebhookCallDocument).insert(taken)
    except DomainError as error:
        if error.code != "ALREADY_EXISTS":
            raise
        return None
    return Counter(outcomes)


def _invalid(error: ValidationError) -> DomainError:
    fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return DomainError("WEBHOOK_BODY_INVALID", fault["msg"], tuple(fault["loc"]))


def _key(target: TargetDocument, call_id: str) -> str:
    return f"{target.id}:{hashlib.sha256(call_id.encode()).hexdigest()}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _purpose(target_id: str) -> str:
    return f"target:{target_id}:webhook"
