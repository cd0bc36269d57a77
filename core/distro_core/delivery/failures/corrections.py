"""Whether anything was corrected since a delivery failed: a retry that must fail again is refused (row RTS-04)."""

from __future__ import annotations

import hashlib
import json

from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument, DeliveryError
from distro_core.delivery.failures.classes import ErrorClass, class_of
from distro_core.delivery.preparation import check_status
from distro_core.delivery.requests.content import content_hash
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.codec import encode
from distro_sdk.errors import DomainError

_BOOKKEEPING = frozenset(
    {"revision", "created_at", "updated_at", "created_by", "last_delivery_at", "acknowledgements_due_at"}
    | {"paused", "limits", "name", "schedule", "off_peak"}
)
"""Fields of a target that change by themselves, or that no failure depends on."""

_OF_THE_STORAGE = frozenset(
    {"ASSET_CORRUPTED", "OBJECT_MISSING", "MESSAGE_CORRUPTED", "SIDECAR_CORRUPTED", "SECRET_UNREADABLE"}
)
"""What an operator mends where no release or target shows it, such as by restoring a file."""


def needs_change(error: DeliveryError) -> bool:
    """Whether the same attempt would fail again until somebody has changed the release or the target."""
    lasts = class_of(error.category, error.sub_code) is ErrorClass.PERMANENT
    return lasts and error.code not in _OF_THE_STORAGE and not error.of_plugins


async def take_picture(scope: Scope, delivery: DeliveryDocument) -> str:
    """A digest of everything on our side that a delivery depends on: release, target, plugins and tenant."""
    release = await scope.store.collection(ReleaseDocument).find(delivery.release_id)
    target = await scope.store.collection(TargetDocument).get(delivery.target_id)
    told = "" if release is None else content_hash(await load_complete_release(scope.store, release), target)
    plugins = scope.plugins
    facts = {
        "told": told,
        "fits": release is not None and _fits(release, delivery),
        "target": encode(target.model_dump(exclude=set(_BOOKKEEPING))),
        "plugins": [
            sorted(registry)
            for registry in (plugins.transports, plugins.choreographies, plugins.message_builders, plugins.platforms)
        ],
        "require_validation": scope.require_validation,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _fits(release: ReleaseDocument, delivery: DeliveryDocument) -> bool:
    """Whether the release's status lets the delivery tell it: what is told of it does not say so."""
    try:
        check_status(release.status, delivery)
    except DomainError:
        return False
    return True


async def refuse_unchanged(scope: Scope, delivery: DeliveryDocument) -> None:
    """Raise RETRY_NEEDS_CHANGE where nothing has changed since the delivery failed for a reason that lasts."""
    if delivery.failed_as is None or delivery.error is None:
        return
    if await take_picture(scope, delivery) == delivery.failed_as:
        message = f"nothing has changed since the delivery failed: {delivery.error.action}"
        raise DomainError("RETRY_NEEDS_CHANGE", message, ("id",))
