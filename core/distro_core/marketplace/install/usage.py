"""Who uses a plugin: tenants that have it switched on, and deliveries under way that need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from distro_core.clock import Clock
from distro_core.delivery.documents import BatchDocument, BatchStatus
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.install.documents import InstalledPlugin
from distro_core.plugins.versions import DOWNGRADE_REFUSED
from distro_core.secrets.custody import count_wrapped
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError
from distro_sdk.manifest import PluginManifest
from distro_sdk.models.events import PluginEnablementChanged

NAMED_BY_TARGETS: Mapping[str, str] = {
    "transports": "transport",
    "choreographies": "choreography",
    "message_builders": "format",
    "platforms": "platform",
    "genre_mappers": "genre_provider",
}
"""By registry, the field of a target that names a key of it."""


class PluginUsage:
    """Looks through all tenants."""

    def __init__(self, control: ControlStore, clock: Clock) -> None:
        self._control = control
        self._tenants = control.collection(TenantDocument)
        self._clock = clock

    async def tenants_with(self, plugin: str) -> Sequence[TenantDocument]:
        """The tenants that have switched a plugin on, oldest first."""
        return await self._all({"enabled_plugins": plugin})

    async def all_tenants(self) -> Sequence[TenantDocument]:
        """Every tenant, oldest first."""
        return await self._all({})

    async def _all(self, where: Mapping[str, str]) -> Sequence[TenantDocument]:
        found: list[TenantDocument] = []
        while page := await self._tenants.list({**where, "id": {"$gt": found[-1].id if found else ""}}):
            found.extend(page)
        return found

    async def check_idle(self, plugin: InstalledPlugin) -> None:
        """Raises PLUGIN_IN_USE while a delivery is under way that needs the plugin.

        That is: an open batch to a target that names something the plugin offers, or one that a worker has at this
        moment for a tenant with the plugin, whose hooks it may call.
        """
        raw = self._tenants.raw.find({}, {"key": 1, "enabled_plugins": 1})
        for tenant in await raw.to_list(length=None):
            hooked = plugin.id in tenant.get("enabled_plugins", ())
            if await self._delivers(tenant["_id"], tenant["key"], plugin, hooked=hooked):
                message = f"deliveries of tenant {tenant['key']} are under way with plugin {plugin.id}"
                raise DomainError("PLUGIN_IN_USE", message)

    async def check_keys(self, plugin: InstalledPlugin, registered: Sequence[str]) -> None:
        """Raises PLUGIN_IN_USE while secrets of tenants open through the plugin alone.

        `registered`: the key providers that it has in this process; what it offers may depend on its settings.
        """
        providers = {*registered, *plugin.offers.get("key_providers", ())}
        if count := await count_wrapped(self._control, sorted(providers)):
            message = f"plugin {plugin.id} holds the keys of {count} tenants: move them with `keys rewrap` first"
            raise DomainError("PLUGIN_IN_USE", message)

    async def check_versions(self, manifest: PluginManifest) -> None:
        """Raises PLUGIN_DOWNGRADE_REFUSED where tenants keep what a later version of a plugin has written."""
        configured = manifest.configuration.version if manifest.configuration else 1
        noted = f"plugin_versions.{manifest.id}"
        later = [
            {f"{noted}.configuration": {"$gt": configured}},
            {f"{noted}.documents": {"$gt": manifest.documents_version}},
        ]
        if count := await self._tenants.count({"$or": later}):
            message = f"{count} tenants keep what a later version of plugin {manifest.id} has written"
            raise DomainError(DOWNGRADE_REFUSED, message, ("version",))

    async def switch_off(self, plugin: str, tenant: TenantDocument) -> None:
        """Switch a plugin off for a tenant; tries again while others change the tenant."""
        event = PluginEnablementChanged(
            id=new_id(), tenant_id=tenant.id, at=self._clock.now(), plugin_id=plugin, enabled=False
        )
        while True:
            current = await self._tenants.find(tenant.id)
            if current is None or plugin not in current.enabled_plugins:
                return
            rest = [other for other in current.enabled_plugins if other != plugin]
            where = {"id": current.id, "revision": current.revision}
            if await self._tenants.try_update(where, Change(set={"enabled_plugins": rest}), events=[event]) is not None:
                return

    async def _delivers(self, tenant_id: str, tenant_key: str, plugin: InstalledPlugin, *, hooked: bool) -> bool:
        store = self._control.tenant(tenant_id, tenant_key)
        batches = store.collection(BatchDocument)
        if hooked and await batches.count({"status": BatchStatus.OPEN, "leased_until": {"$gt": self._clock.now()}}):
            return True
        naming = [
            {field: {"$in": list(plugin.offers[kind])}}
            for kind, field in NAMED_BY_TARGETS.items()
            if plugin.offers.get(kind)
        ]
        if not naming:
            return False
        targets = store.collection(TargetDocument).raw.find({"$or": naming}, {"_id": 1})
        ids = [target["_id"] for target in await targets.to_list(length=None)]
        return bool(ids) and await batches.count({"status": BatchStatus.OPEN, "target_id": {"$in": ids}}) > 0
