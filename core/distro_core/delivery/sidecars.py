"""Files that plugins add to a delivery: named so that nothing can clash, bounded, kept and hashed (row PLG-09)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from distro_core.delivery.documents import DeliveryDocument, StoredSidecar
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.naming import message_name
from distro_core.messages.preview import GeneratedMessage
from distro_core.platforms.adapters import find_adapter
from distro_core.plugins.delivery_answers import AddedFile
from distro_core.scope import Scope
from distro_sdk.adapters import ConnectionType
from distro_sdk.choreography.files import hash_bytes, is_safe
from distro_sdk.deliveries import LARGEST_SIDECAR, LARGEST_SIDECARS, MOST_SIDECARS, OutgoingDelivery
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import carries_sidecars
from distro_sdk.models.delivery import FileKind, ResourceFile
from distro_sdk.models.message import MessageSubtype


def describe_delivery(
    scope: Scope, delivery: DeliveryDocument, target: TargetDocument, asked_at: datetime
) -> OutgoingDelivery:
    """What plugins are told of the delivery that they are asked about."""
    return OutgoingDelivery(
        delivery_id=delivery.id,
        release_id=delivery.release_id,
        target_id=delivery.target_id,
        asked_at=asked_at,
        takes_files=_refusal(scope, delivery, target) is None,
        postponed_since=delivery.postponed_since,
    )


async def store_sidecars(
    scope: Scope,
    delivery: DeliveryDocument,
    target: TargetDocument,
    generated: GeneratedMessage,
    added: Sequence[AddedFile],
) -> tuple[StoredSidecar, ...]:
    """Check and keep what plugins add; every attempt sends these bytes.

    Each lies under a key that holds its own hash, so that a worker that was thought dead cannot change it. Raises
    `DomainErrors` with every SIDECARS_NOT_TAKEN, SIDECARS_TOO_MANY, SIDECAR_TOO_LARGE, SIDECAR_NAME_UNSAFE and
    SIDECAR_NAME_TAKEN.
    """
    if not added:
        return ()
    if (refusal := _refusal(scope, delivery, target)) is not None:
        names = ", ".join(f"{each.file.name} of plugin {each.plugin}" for each in added[:5])
        raise DomainError("SIDECARS_NOT_TAKEN", f"{refusal}: {names}")
    named = [(each, _full_name(each.file.name, generated)) for each in added]
    if faults := [*_too_much(added), *_bad_names(named, _taken(generated))]:
        raise DomainErrors(faults)
    return tuple([await _store(scope, delivery, each, name) for each, name in named])


def sidecar_files(delivery: DeliveryDocument) -> tuple[ResourceFile, ...]:
    """The kept files as a choreography lays them out; what names each is its key."""
    return tuple(
        ResourceFile(
            kind=FileKind.SIDECAR,
            name=sidecar.name,
            original_name=sidecar.name,
            asset_id=sidecar.key,
            size=sidecar.size,
            hashes=sidecar.hashes,
        )
        for sidecar in delivery.sidecars
    )


async def _store(scope: Scope, delivery: DeliveryDocument, added: AddedFile, name: str) -> StoredSidecar:
    content = added.file.content
    hashes = hash_bytes(content)
    key = f"{scope.tenant_key}/messages/{delivery.id}/sidecars/{hashes.sha256}"
    await scope.objects.put(key, content)
    return StoredSidecar(name=name, plugin=added.plugin, key=key, size=len(content), hashes=hashes)


def _refusal(scope: Scope, delivery: DeliveryDocument, target: TargetDocument) -> str | None:
    """Why a delivery takes no file that its message does not name, None where it does."""
    if delivery.subtype is MessageSubtype.TAKEDOWN:
        return "no file travels with a takedown"
    if delivery.metadata_only:
        return "no file travels with a delivery of metadata alone"
    adapter = find_adapter(scope, target)
    if adapter is not None and adapter.connection_type is ConnectionType.MANUAL:
        return "a person carries the delivery out"
    choreography = scope.plugins.choreographies.get(target.choreography)
    if choreography is None or not carries_sidecars(choreography):
        return f"the choreography {target.choreography} has no place for files that no message names"
    return None


def _full_name(name: str, generated: GeneratedMessage) -> str:
    release = generated.plan.release
    owner = release.icpn or release.grid or generated.plan.message_id
    return name if name.startswith(f"{owner}_") else f"{owner}_{name}"


def _taken(generated: GeneratedMessage) -> set[str]:
    """Names in lower case: many servers know no other difference."""
    planned = [*(file.name for file in generated.plan.files()), *(file.name for file in generated.files)]
    companions = [companion.name for companion in generated.companions]
    return {name.lower() for name in (*planned, *companions, message_name(generated.plan.message_id))}


def _too_much(added: Sequence[AddedFile]) -> Iterator[DomainError]:
    if len(added) > MOST_SIDECARS:
        message = f"plugins add {len(added)} files to the delivery, {MOST_SIDECARS} at most"
        yield DomainError("SIDECARS_TOO_MANY", message)
    for each in added:
        if len(each.file.content) > LARGEST_SIDECAR:
            size = len(each.file.content)
            message = f"{each.file.name} of plugin {each.plugin} has {size} bytes, {LARGEST_SIDECAR} at most"
            yield DomainError("SIDECAR_TOO_LARGE", message)
    together = sum(len(each.file.content) for each in added)
    if together > LARGEST_SIDECARS:
        message = f"the files that plugins add have {together} bytes together, {LARGEST_SIDECARS} at most"
        yield DomainError("SIDECAR_TOO_LARGE", message)


def _bad_names(named: Sequence[tuple[AddedFile, str]], taken: set[str]) -> Iterator[DomainError]:
    for each, name in named:
        if not is_safe(name):
            message = f"plugin {each.plugin} names a file {each.file.name!r}, which not every receiver takes"
            yield DomainError("SIDECAR_NAME_UNSAFE", message)
        elif name.lower() in taken:
            message = f"plugin {each.plugin} names a file {name}, and another file of the delivery is called so"
            yield DomainError("SIDECAR_NAME_TAKEN", message)
        taken.add(name.lower())
