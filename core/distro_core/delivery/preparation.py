"""Writing the message of a delivery, once: it is stored, and every later attempt sends the same bytes."""

from __future__ import annotations

from dataclasses import dataclass

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.ownership import find_owner_conflicts
from distro_core.catalogue.releases import raise_errors
from distro_core.catalogue.statuses import check_queueable
from distro_core.delivery.contents import find_contents
from distro_core.delivery.documents import DeliveryDocument, StoredCompanion, StoredSidecar
from distro_core.delivery.failures.description import Objection
from distro_core.delivery.requests.content import content_hash
from distro_core.delivery.requests.metadata_only import check_metadata_only, wanted_files
from distro_core.delivery.requests.precedents import find_files_there
from distro_core.delivery.run_logs import RunLog
from distro_core.delivery.sidecars import describe_delivery, store_sidecars
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.omissions import leave_out
from distro_core.messages.preview import GeneratedMessage, MessageService
from distro_core.plugins.delivery_answers import NotYet
from distro_core.preparation.releases import NOTHING_PREPARED, PreparedAssets
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.choreography.files import hash_bytes
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import Release, ReleaseStatus
from distro_sdk.models.delivery import CompanionMessage
from distro_sdk.models.message import MessageSubtype
from distro_sdk.models.validation import ValidationResult


class MessageInvalid(DomainError):
    """A message that did not pass validation (row JOB-03). `validation`: the whole verdict."""

    def __init__(self, validation: ValidationResult) -> None:
        findings = ", ".join(f"{issue.message} ({issue.code})" for issue in validation.errors)
        super().__init__("MESSAGE_INVALID", f"Validation failed: {findings}")
        self.validation = validation


class Postponed(Exception):
    """That plugins say "not yet" to a delivery, and until when.

    `validation`: what was found of the message that would go now; `wishes`: those that were counted before they were
    asked.
    """

    def __init__(self, not_yet: NotYet, validation: ValidationResult, wishes: int) -> None:
        super().__init__(not_yet.reason)
        self.reason = not_yet.reason
        self.until = not_yet.until
        self.validation = validation
        self.wishes = wishes


@dataclass(frozen=True)
class PreparedMessage:
    """A message that is stored. `change`: what is then to be written on its delivery; `release`: what it tells."""

    change: Change
    release: ReleaseDocument
    content: bytes
    companions: tuple[CompanionMessage, ...]


async def prepare_message(
    scope: Scope,
    delivery: DeliveryDocument,
    target: TargetDocument,
    run_log: RunLog,
    prepared: PreparedAssets = NOTHING_PREPARED,
) -> PreparedMessage:
    """Build, judge and store the message of a delivery.

    Plugins amend the plan, may object to the delivery, put it off, or add files to it. A message with errors goes on
    where the tenant does not require validation; its verdict is stored all the same (row VAL-10).
    `run_log`: by which the release is told of it; `prepared`: the files that are told and travel instead of those of
    the release. Raises `MessageInvalid`, `Objection`, `Postponed`, or `DomainErrors` with every fault, among them
    RELEASE_STATUS_CHANGED where the release no longer is what the delivery was made for.
    """
    release = await scope.store.collection(ReleaseDocument).get(delivery.release_id)
    check_status(release.status, delivery)
    complete = await load_complete_release(scope.store, release)
    if delivery.subtype is not MessageSubtype.TAKEDOWN:
        raise_errors(tuple(await find_owner_conflicts(scope.store, complete.release)))
    there = frozenset[str]()
    if delivery.subtype is MessageSubtype.UPDATE:
        there = await find_files_there(scope, release.id, target, prepared.complete(complete).assets)
    if delivery.metadata_only:
        await check_metadata_only(scope, complete.release, target, delivery.subtype)
    travelling = await _travelling(scope, complete.release, target, delivery.subtype, there)
    if delivery.metadata_only and travelling:
        message = "the target takes other files than it was given before: deliver the release with its files"
        raise DomainError("RESOURCES_CHANGED", message)
    travelling = [prepared.in_place_of(asset) for asset in travelling]
    generated, verdict = await MessageService(scope).generate(
        prepared.complete(complete),
        target,
        message_id=delivery.message_id,
        created_at=scope.clock.now(),
        subtype=delivery.subtype,
        already_delivered=there,
        contents=await find_contents(scope, travelling),
    )
    run_log.note(ReleaseDocument, release.id, {"validation": verdict})
    if scope.require_validation and not generated.validation.valid:
        raise MessageInvalid(generated.validation)
    sidecars = await _ask_plugins(scope, delivery, target, generated)
    change = Change(
        set={
            "sidecars": sidecars,
            "postponed_since": None,
            "waiting": None,
            **await _store(scope, delivery, generated),
            "content_hash": content_hash(complete, target),
            "icpn": release.icpn,
            "grid": release.grid,
            "test": target.test_mode,
            "format": target.format,
        }
    )
    return PreparedMessage(change, release, generated.content, generated.companions)


async def _ask_plugins(
    scope: Scope, delivery: DeliveryDocument, target: TargetDocument, generated: GeneratedMessage
) -> tuple[StoredSidecar, ...]:
    """What plugins add, kept; raises `Objection`, `Postponed`, or what `store_sidecars` raises."""
    told = describe_delivery(scope, delivery, target, scope.clock.now())
    try:
        verdict = await scope.plugins.before_delivery(generated.plan, told)
    except DomainError as error:
        raise Objection(error.errors if isinstance(error, DomainErrors) else (error,)) from error
    if verdict.not_yet is not None:
        raise Postponed(verdict.not_yet, generated.validation, delivery.wishes)
    return await store_sidecars(scope, delivery, target, generated, verdict.files)


async def _store(scope: Scope, delivery: DeliveryDocument, generated: GeneratedMessage) -> dict[str, object]:
    folder = f"{scope.tenant_key}/messages/{delivery.id}"
    key = f"{folder}/{delivery.message_id}.xml"
    await scope.objects.put(key, generated.content)
    companions = []
    for companion in generated.companions:
        beside = f"{folder}/{delivery.message_id}/{companion.name}"
        await scope.objects.put(beside, companion.content)
        companions.append(
            StoredCompanion(
                format=companion.format, name=companion.name, key=beside, hashes=hash_bytes(companion.content)
            )
        )
    return {
        "message_type": generated.plan.type,
        "profile": generated.plan.profile,
        "companions": tuple(companions),
        "message_key": key,
        "message_size": len(generated.content),
        "message_hashes": hash_bytes(generated.content),
        "files": generated.files,
        "validation": generated.validation,
    }


async def _travelling(
    scope: Scope, release: Release, target: TargetDocument, subtype: MessageSubtype, there: frozenset[str]
) -> list[AssetDocument]:
    """The files that go along: none with a takedown, only new ones with an update."""
    if subtype is MessageSubtype.TAKEDOWN:
        return []
    wanted = wanted_files(leave_out(release, target.options))
    found = await scope.store.collection(AssetDocument).get_many(set(wanted) - there)
    return [found[asset_id] for asset_id in dict.fromkeys(wanted) if asset_id in found]


def check_status(status: ReleaseStatus, delivery: DeliveryDocument) -> None:
    """Raise RELEASE_STATUS_CHANGED, RELEASE_NOT_READY or RELEASE_ARCHIVED where a release no longer fits its delivery.

    `status`: of the release, as it is now.
    """
    check_queueable(status)
    subtype = delivery.subtype
    if delivery.withdraws:
        return
    if (status is ReleaseStatus.TAKEN_DOWN) != (subtype is MessageSubtype.TAKEDOWN):
        message = f"the release is {status.value} now: make a new delivery instead of this {subtype.value}"
        raise DomainError("RELEASE_STATUS_CHANGED", message)
