"""The second transport of a target: messages by it, files by the first (rows ADP-06, ADP-07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from distro_core.delivery.lanes import Link
from distro_core.delivery.targets.connection_settings import find_connection_errors, plain_settings, setting_errors
from distro_core.delivery.targets.documents import MetadataConnection, TargetDocument
from distro_core.delivery.targets.pairing import find_hybrid_faults, find_pairing_faults
from distro_core.delivery.targets.service import TargetService
from distro_core.scope import Scope
from distro_core.secrets.port import SealedSecret
from distro_core.store.collection import Change, not_found
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.transports import Transport


class MetadataConnectionService:
    """By which transport of their own the messages to a target travel."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._targets = scope.store.collection(TargetDocument)

    async def set(
        self, target_id: str, transport: str, settings: Mapping[str, Any], secrets: Mapping[str, SecretStr | None]
    ) -> TargetDocument:
        """Let messages travel by another transport than files.

        `secrets`: those that it names are changed, None removes one; all earlier ones go with another transport.
        Raises NOT_FOUND, TRANSPORT_UNKNOWN, METADATA_TRANSPORT_UNSUITABLE, CHOREOGRAPHY_TRANSPORT_UNSUITABLE,
        SECRET_UNREADABLE, TARGET_SECRET_MISPLACED, TARGET_SETTING_INVALID or ADDRESS_FORBIDDEN.
        """
        target = await self._targets.get(target_id)
        if target.archived_at is not None:
            raise not_found(TargetDocument, target_id)
        chosen = _transport(self._scope, transport)
        files = TargetService(self._scope).transport(target)
        _refuse(
            [
                *find_hybrid_faults(self._scope.plugins, files, transport),
                *find_pairing_faults(self._scope.plugins, None, target.choreography, [transport]),
            ]
        )
        current = target.metadata_connection
        kept = dict(current.sealed) if current is not None and current.transport == transport else {}
        kept = {name: sealed for name, sealed in kept.items() if name not in secrets}
        fresh = {name: secret for name, secret in secrets.items() if secret is not None}
        opened = {**await _open_all(self._scope, target_id, kept), **fresh}
        _refuse(await find_connection_errors(chosen, settings, opened))
        sealed = {**kept, **{name: await self._seal(target_id, name, secret) for name, secret in fresh.items()}}
        stored = MetadataConnection(
            transport=transport, settings=plain_settings(chosen, settings, opened), sealed=sealed
        )
        return await self._targets.update(
            target_id, Change(set={"metadata_connection": stored}), revision=target.revision
        )

    async def clear(self, target_id: str) -> TargetDocument:
        """Let messages travel with the files again; raises NOT_FOUND."""
        return await self._targets.update(target_id, Change(set={"metadata_connection": None}))

    async def _seal(self, target_id: str, name: str, secret: SecretStr) -> SealedSecret:
        purpose = _purpose(target_id, name)
        return await self._scope.sealer.seal(self._scope.tenant_id, purpose, secret.get_secret_value())


async def open_links(scope: Scope, target: TargetDocument) -> tuple[Link, ...]:
    """The transports of a target with their secrets opened, in the order in which they are used.

    Raises TRANSPORT_UNKNOWN, METADATA_TRANSPORT_UNSUITABLE, SECRET_UNREADABLE or TARGET_SETTING_INVALID.
    """
    service = TargetService(scope)
    files = Link(service.transport(target), await service.open_configuration(target))
    connection = target.metadata_connection
    if connection is None:
        return (files,)
    _refuse(list(find_hybrid_faults(scope.plugins, files.transport, connection.transport)))
    transport = _transport(scope, connection.transport)
    secrets = await _open_all(scope, target.id, connection.sealed)
    if errors := setting_errors(transport, connection.settings, secrets):
        raise DomainErrors([DomainError(each.code, each.message, (_FIELD, *each.path)) for each in errors])
    return (files, Link(transport, transport.configuration.model_validate({**connection.settings, **secrets})))


def protocols_of(target: TargetDocument) -> str:
    """The protocols by which a target is reached, as receipts name them: `ftp`, or `ftp+http-multipart`."""
    connection = target.metadata_connection
    return target.transport if connection is None else f"{target.transport}+{connection.transport}"


_FIELD = "metadata_connection"


def _transport(scope: Scope, key: str) -> Transport:
    transport = scope.plugins.transports.get(key)
    if transport is None:
        raise scope.plugins.unknown("transport", key)
    return transport


def _refuse(faults: Sequence[DomainError]) -> None:
    if faults:
        raise faults[0] if len(faults) == 1 else DomainErrors(faults)


async def _open_all(scope: Scope, target_id: str, sealed: Mapping[str, SealedSecret]) -> dict[str, SecretStr]:
    return {
        name: SecretStr(await scope.sealer.open(scope.tenant_id, _purpose(target_id, name), secret))
        for name, secret in sealed.items()
    }


def _purpose(target_id: str, name: str) -> str:
    return f"target:{target_id}:metadata:{name}"
