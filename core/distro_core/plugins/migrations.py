"""Brings what tenants keep of plugins to the versions of the plugins that are here.

Everything is tried before anything is stored. Documents are then changed one by one, each with its own version, and in
the end the configuration and both versions in one step: a process that dies in between leaves what the next one goes on
with, and two at once come to the same end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog

from distro_core.identity.documents import TenantDocument
from distro_core.identity.plugin_versions import FailedMigration, PluginVersions
from distro_core.plugins.configurations import ConfigurationSafe, read_configuration
from distro_core.plugins.document_migrations import migrate_documents
from distro_core.plugins.masking import masked
from distro_core.plugins.runtime import LoadedPlugin, Runtime
from distro_core.plugins.versions import is_current, is_newer, kept_versions
from distro_core.secrets.port import Sealer
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError
from distro_sdk.migrations import MIGRATION_FAILED

T = TypeVar("T")

log = structlog.get_logger("distro.plugins")


class Upkeep:
    """`patience`: seconds that a step may take with one configuration or some documents."""

    def __init__(self, control: ControlStore, sealer: Sealer, patience: float) -> None:
        self._control = control
        self._tenants = control.collection(TenantDocument)
        self._sealer = sealer
        self._patience = patience
        self._working: dict[tuple[str, str], asyncio.Lock] = {}

    async def bring_up_all(self, tenant: TenantDocument, runtime: Runtime) -> TenantDocument:
        """The tenant, after bringing over what it keeps of plugins that it has; most often there is nothing to do."""
        for plugin in runtime.ladders:
            if runtime.is_enabled(plugin, tenant) and _is_due(tenant, runtime.loaded[plugin]):
                tenant = await self.bring_up(tenant, runtime.loaded[plugin])
        return tenant

    async def bring_up(self, tenant: TenantDocument, loaded: LoadedPlugin, *, again: bool = False) -> TenantDocument:
        """The tenant, with what it keeps of a plugin in this version's form, or with a note why it is not.

        `again`: whether to try what has failed with this very version.
        """
        if not loaded.ladder.is_versioned:
            return tenant
        async with self._working.setdefault((tenant.id, loaded.id), asyncio.Lock()):
            while True:
                tenant = await self._tenants.get(tenant.id)
                if not _is_due(tenant, loaded, again=again):
                    return tenant
                try:
                    change = await self._change(tenant, loaded)
                except DomainError as error:
                    # Secrets cannot be opened now, or not sealed: nothing is noted, the next one tries again.
                    log.error("plugin_migration_put_off", plugin=loaded.id, tenant_id=tenant.id, reason=error.message)
                    return tenant
                where = {"id": tenant.id, "revision": tenant.revision}
                if (changed := await self._tenants.try_update(where, change)) is not None:
                    return changed

    async def _change(self, tenant: TenantDocument, loaded: LoadedPlugin) -> Change:
        """What to write: everything brought over, or why not; raises what keeps secrets from being opened."""
        ladder, kept = loaded.ladder, kept_versions(tenant, loaded.id, loaded.ladder)
        try:
            fields = await self._configuration(tenant, loaded, kept)
            store = self._control.tenant(tenant.id, tenant.key)
            await migrate_documents(store, loaded.id, ladder, self._in_time)
        except DomainError as error:
            if error.code != MIGRATION_FAILED:
                raise
            log.error("plugin_migration_failed", plugin=loaded.id, tenant_id=tenant.id, reason=error.message)
            failed = FailedMigration(plugin_version=loaded.manifest.version, message=error.message[:500])
            return Change(set={f"plugin_versions.{loaded.id}": kept.model_copy(update={"failed": failed})})
        log.info("plugin_migrated", plugin=loaded.id, tenant_id=tenant.id, version=loaded.manifest.version)
        versions = PluginVersions(configuration=ladder.configuration_version, documents=ladder.documents_version)
        return Change(set={**fields, f"plugin_versions.{loaded.id}": versions})

    async def _configuration(
        self, tenant: TenantDocument, loaded: LoadedPlugin, kept: PluginVersions
    ) -> Mapping[str, Any]:
        """The fields of the tenant with the configuration in its new form; none where nothing is to be done."""
        model, version = loaded.plugin.configuration, kept.configuration
        if model is None or version == loaded.ladder.configuration_version:
            return {}
        safe = ConfigurationSafe(self._sealer, tenant)
        stored = await safe.open(loaded.id)
        secrets = await safe.open_secrets(loaded.id)
        try:
            made = await self._in_time(lambda: loaded.ladder.migrate_configuration(stored, version))
            checked = read_configuration(model, made)
        except DomainError as error:
            raise DomainError(MIGRATION_FAILED, masked(error.message, secrets.values())) from None
        return {
            f"plugin_configuration.{loaded.id}": checked.plain,
            f"plugin_secrets.{loaded.id}": await safe.seal(loaded.id, checked.secrets),
        }

    async def _in_time(self, work: Callable[[], T]) -> T:
        """Do the work of steps beside the event loop; raises PLUGIN_MIGRATION_FAILED where it takes too long."""
        try:
            return await asyncio.wait_for(asyncio.to_thread(work), self._patience)
        except TimeoutError as error:
            message = f"a step did not end within {self._patience:g} seconds"
            raise DomainError(MIGRATION_FAILED, message) from error


def _is_due(tenant: TenantDocument, loaded: LoadedPlugin, *, again: bool = False) -> bool:
    kept = kept_versions(tenant, loaded.id, loaded.ladder)
    if is_newer(kept, loaded.ladder) or is_current(kept, loaded.ladder):
        return False
    has_failed = kept.failed is not None and kept.failed.plugin_version == loaded.manifest.version
    return again or not has_failed
