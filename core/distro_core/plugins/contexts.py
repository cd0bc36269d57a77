"""With what hooks are called: the contexts of one tenant, each made when its plugin is first called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from distro_core.clock import Clock
from distro_core.identity.documents import TenantDocument
from distro_core.licensing.rights import NO_RIGHTS, Rights
from distro_core.plugins.configurations import ConfigurationSafe
from distro_core.plugins.dispatcher import Implementation
from distro_core.plugins.own_collections import ALL_OF_ONE_FORM, open_collection
from distro_core.plugins.versions import version_fault
from distro_core.secrets.port import Sealer
from distro_core.store.stores import TenantStore
from distro_sdk.deliveries import Deliveries
from distro_sdk.errors import DomainError
from distro_sdk.migrations import Ladder
from distro_sdk.notifiers import NoticeDraft
from distro_sdk.plugin import PluginContext

Hook = Callable[..., Awaitable[Any]]

NO_LADDERS: Mapping[str, Ladder] = MappingProxyType({})


@dataclass(frozen=True)
class Reach:
    """Where plugins keep what is theirs, who opens their secrets, what time it is, and how they see deliveries.

    `deliveries`: None where they have no business with them; `notices`: keeps what a plugin wants told, None where
    nobody is told.
    """

    store: TenantStore
    sealer: Sealer
    clock: Clock
    deliveries: Callable[[], Deliveries] | None = None
    notices: Callable[[str, NoticeDraft], Awaitable[None]] | None = None


class Contexts:
    """`rights`: what the tenant's licences allow; `reach`: None where there is no database; `ladders`: by plugin id,
    for those whose configuration or documents have changed their form.
    """

    def __init__(
        self,
        tenant: TenantDocument,
        rights: Rights = NO_RIGHTS,
        reach: Reach | None = None,
        ladders: Mapping[str, Ladder] = NO_LADDERS,
    ) -> None:
        self._tenant = tenant
        self._rights = rights
        self._reach = reach
        self._ladders = ladders
        self._made: dict[str, PluginContext] = {}

    async def of(self, plugin: str) -> PluginContext:
        """The context of a plugin's hooks.

        Raises SECRET_UNREADABLE, PLUGIN_MIGRATION_DUE, PLUGIN_MIGRATION_FAILED or PLUGIN_DOWNGRADE_REFUSED.
        """
        context = self._made.get(plugin)
        if context is None:
            context = self._made[plugin] = await self._make(plugin)
        return context

    async def bind(self, plugin: str, hook: Hook) -> Implementation:
        """A hook as it is called for the tenant; where its context cannot be made, the call fails with the reason."""
        try:
            return Implementation(plugin, hook, await self.of(plugin))
        except DomainError as error:
            return Implementation(plugin, partial(_fail, error), PluginContext(self._tenant.id, plugin))

    async def _make(self, plugin: str) -> PluginContext:
        features = self._rights.features(plugin)
        if self._reach is None:
            return PluginContext(self._tenant.id, plugin, self._tenant.plugin_configuration.get(plugin, {}), features)
        ladder = self._ladders.get(plugin, ALL_OF_ONE_FORM)
        if fault := version_fault(self._tenant, plugin, ladder):
            raise fault
        return PluginContext(
            self._tenant.id,
            plugin,
            await ConfigurationSafe(self._reach.sealer, self._tenant).open(plugin),
            features,
            open_collection=partial(open_collection, self._reach.store, plugin, ladder=ladder),
            open_deliveries=self._reach.deliveries,
            keep_notice=partial(self._reach.notices, plugin) if self._reach.notices is not None else None,
            read_clock=self._reach.clock.now,
        )


async def _fail(error: DomainError, *_: object) -> Any:
    raise error
