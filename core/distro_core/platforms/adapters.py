"""The adapter of a target: chosen, configured with sealed secrets, and spoken with (rows ADI-01 to ADI-14)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import SecretStr

from distro_core.delivery.status.aftermath import TargetAdapter
from distro_core.delivery.targets.connection_settings import find_connection_errors, plain_settings, setting_errors
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change, not_found
from distro_sdk.adapters import AdapterAction, AdapterSession, PlatformAdapter
from distro_sdk.errors import DomainErrors, ErrorCategory, TransportError

T = TypeVar("T")


class TargetAdapterService:
    """Which adapter speaks with the platform of a target."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._targets = scope.store.collection(TargetDocument)

    async def set(
        self, target_id: str, key: str, settings: Mapping[str, Any], secrets: Mapping[str, SecretStr]
    ) -> TargetDocument:
        """Give a target an adapter; an earlier one goes with its secrets.

        Raises NOT_FOUND, ADAPTER_UNKNOWN, TARGET_SECRET_MISPLACED, TARGET_SETTING_INVALID or ADDRESS_FORBIDDEN.
        """
        target = await self._targets.get(target_id)
        if target.archived_at is not None:
            raise not_found(TargetDocument, target_id)
        adapter = self._scope.plugins.platform_adapters.get(key)
        if adapter is None:
            raise self._scope.plugins.unknown("adapter", key)
        if errors := await find_connection_errors(adapter, settings, secrets):
            raise errors[0] if len(errors) == 1 else DomainErrors(errors)
        sealed = {
            name: await self._scope.sealer.seal(
                self._scope.tenant_id, _purpose(target_id, name), secret.get_secret_value()
            )
            for name, secret in secrets.items()
        }
        chosen = TargetAdapter(key=key, settings=plain_settings(adapter, settings, secrets), sealed=sealed)
        return await self._targets.update(target_id, Change(set={"adapter": chosen}), revision=target.revision)

    async def clear(self, target_id: str) -> TargetDocument:
        """Leave a target without an adapter of its own; raises NOT_FOUND."""
        return await self._targets.update(target_id, Change(set={"adapter": None, "statuses_due_at": None}))


def find_adapter(scope: Scope, target: TargetDocument) -> PlatformAdapter | None:
    """The adapter that a target names, else the one with the key of its transport, else None."""
    return scope.plugins.platform_adapters.get(target.adapter.key if target.adapter else target.transport)


@dataclass(frozen=True)
class Conversation:
    """An open adapter. Expired credentials are refreshed once for each question (row ADI-09)."""

    adapter: PlatformAdapter
    session: AdapterSession

    async def ask(self, question: Callable[[AdapterSession], Awaitable[T]]) -> T:
        """The answer to a question; raises `TransportError`."""
        try:
            return await question(self.session)
        except TransportError as error:
            can_refresh = AdapterAction.REFRESH_AUTHENTICATION in self.adapter.actions
            if error.category is not ErrorCategory.AUTH_EXPIRED or not can_refresh:
                raise
            if not await self.session.refresh_authentication():
                raise
        return await question(self.session)


@asynccontextmanager
async def open_conversation(
    scope: Scope, target: TargetDocument, adapter: PlatformAdapter
) -> AsyncIterator[Conversation]:
    """A conversation with the platform of a target.

    Raises SECRET_UNREADABLE, TARGET_SETTING_INVALID where the adapter's settings have changed, or `TransportError`.
    """
    own = target.adapter or TargetAdapter(key=adapter.key)
    secrets = {
        name: SecretStr(await scope.sealer.open(scope.tenant_id, _purpose(target.id, name), sealed))
        for name, sealed in own.sealed.items()
    }
    if errors := setting_errors(adapter, own.settings, secrets):
        raise errors[0] if len(errors) == 1 else DomainErrors(errors)
    configuration = adapter.configuration.model_validate({**own.settings, **secrets})
    async with adapter.connect(configuration) as session:
        yield Conversation(adapter, session)


def _purpose(target_id: str, name: str) -> str:
    return f"target:{target_id}:adapter:{name}"
