"""Which plugins a tenant has: switching them on and off, and their configuration (rows PLG-15 and PLG-16)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

import structlog

from distro_core.identity.documents import TenantDocument
from distro_core.identity.plugin_versions import PluginVersions
from distro_core.licensing.held import LicenseState
from distro_core.licensing.rights import Rights
from distro_core.marketplace.licensing import license_required
from distro_core.plugins.configurations import ConfigurationSafe, SecretField, read_configuration
from distro_core.plugins.contexts import Contexts, Reach
from distro_core.plugins.discovery import FoundPlugin
from distro_core.plugins.lifecycle import PluginLife
from distro_core.plugins.migrations import Upkeep
from distro_core.plugins.requirements import requirements_not_met
from distro_core.plugins.runtime import LoadedPlugin, Runtime, RuntimeHolder
from distro_core.plugins.versions import FAILURES, downgrade_refused, is_newer, kept_versions, version_fault
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_core.store.stores import ControlStore
from distro_sdk.configuration import secret_names
from distro_sdk.errors import DomainError, DomainErrors, SetupFailure
from distro_sdk.manifest import LicenseModel, PluginManifest
from distro_sdk.models.base import Model
from distro_sdk.models.events import PluginEnablementChanged

log = structlog.get_logger("distro.plugins")


class PluginStatus(StrEnum):
    """How a plugin stands with a tenant: it could be switched on, it is on, it is on and rests for want of a licence,
    or it cannot be used.
    """

    AVAILABLE = "available"
    ENABLED = "enabled"
    UNLICENSED = "unlicensed"
    FAILED = "failed"


class PluginState(Model):
    """An installed plugin as a tenant sees it.

    `manifest`: None where it cannot be read; `fault`: why it cannot be used, or None; `failure`: its kind; `revoked`:
    why the registry that it came from does not trust it any more, or None;
    `license_state`: how the tenant stands with its licence; `configuration`, `secrets`: what the tenant has
    configured; `configurable`: whether there is anything to configure, known once the plugin is loaded.
    """

    id: str
    manifest: PluginManifest | None
    built_in: bool
    enabled: bool
    fault: str | None = None
    failure: SetupFailure | None = None
    revoked: str | None = None
    license_state: LicenseState = LicenseState.NOT_NEEDED
    configurable: bool = False
    configuration: Mapping[str, Any]
    secrets: tuple[SecretField, ...] = ()

    @property
    def rests(self) -> bool:
        """Whether its hooks are not called for want of a licence."""
        paid = self.manifest is not None and self.manifest.license_model is LicenseModel.PAID
        return paid and not self.license_state.runs

    @property
    def status(self) -> PluginStatus:
        """How it stands with the tenant."""
        if self.fault is not None:
            return PluginStatus.FAILED
        if self.enabled and self.rests:
            return PluginStatus.UNLICENSED
        return PluginStatus.ENABLED if self.enabled else PluginStatus.AVAILABLE


class PluginService:
    """The plugins of one tenant. `control`, `runtimes`: where enablement is kept, and who loads plugins."""

    def __init__(self, scope: Scope, control: ControlStore, runtimes: RuntimeHolder) -> None:
        self._scope = scope
        self._tenants = control.collection(TenantDocument)
        self._runtimes = runtimes
        self._upkeep = Upkeep(control, scope.sealer, runtimes.current.dispatcher.timeout)

    async def list(self) -> tuple[PluginState, ...]:
        """Every installed plugin, by id."""
        tenant = await self._tenant()
        runtime = self._runtimes.current
        return tuple(_state(runtime, found, tenant, self._rights(tenant)) for _, found in sorted(runtime.found.items()))

    async def get(self, plugin_id: str) -> PluginState:
        """One plugin; raises NOT_FOUND."""
        runtime = self._runtimes.current
        tenant = await self._tenant()
        return _state(runtime, _found(runtime, plugin_id), tenant, self._rights(tenant))

    async def load(self, plugin_id: str) -> LoadedPlugin:
        """A plugin, loaded if the tenant has a licence for it (row PLG-19), whether it is switched on or not.

        Raises NOT_FOUND, PLUGIN_UNUSABLE or LICENSE_REQUIRED.
        """
        runtime = self._runtimes.current
        found = _found(runtime, plugin_id)
        model = LicenseModel.FREE if found.manifest is None else found.manifest.license_model
        if not self._rights(await self._tenant()).allows(plugin_id, model):
            raise license_required()
        runtime = await self._runtimes.load({plugin_id})
        loaded = runtime.loaded.get(plugin_id)
        if loaded is None:
            raise DomainError("PLUGIN_UNUSABLE", f"plugin {plugin_id}: {_fault(runtime, found)}")
        return loaded

    async def enable(self, plugin_id: str) -> PluginState:
        """Switch a plugin on, loading it if need be; does nothing where it is on already.

        Raises NOT_FOUND for one that is not installed, PLUGIN_UNUSABLE for one that cannot be loaded, and
        PLUGIN_REQUIREMENTS_NOT_MET for one that needs another which the tenant has not switched on, and
        PLUGIN_SINGLE_TENANT for one that serves a single tenant and has one. Raises LICENSE_REQUIRED for a paid plugin
        that the tenant has no licence for, and PLUGIN_FAILED or its own refusal where it cannot prepare itself;
        PLUGIN_MIGRATION_FAILED, PLUGIN_MIGRATION_DUE or PLUGIN_DOWNGRADE_REFUSED where it cannot work with what the
        tenant keeps of it, and PLUGIN_REVOKED for one that its registry does not trust any more.
        """
        loaded = await self.load(plugin_id)
        runtime, found = self._runtimes.current, loaded.found
        tenant = await self._tenant()
        _check_trusted(runtime, loaded, tenant)
        _check_needs(runtime, loaded, tenant)
        await self._check_alone(loaded)
        tenant = await self._upkeep.bring_up(tenant, loaded, again=True)
        if fault := version_fault(tenant, plugin_id, loaded.ladder):
            raise fault
        await PluginLife(self._scope.store, runtime.dispatcher).begin(loaded, self._contexts(tenant))
        tenant, changed = await self._switch(found, on=True)
        try:
            # Another tenant may have switched it on meanwhile: then neither keeps it.
            await self._check_alone(loaded)
        except DomainError:
            await self._switch(found, on=False)
            raise
        if changed:
            await self._tell(loaded, tenant, "tenant_enabled")
        return _state(runtime, found, tenant, self._rights(tenant))

    async def disable(self, plugin_id: str) -> PluginState:
        """Switch a plugin off; does nothing where it is off already. Raises NOT_FOUND."""
        runtime = self._runtimes.current
        found = _found(runtime, plugin_id)
        tenant, changed = await self._switch(found, on=False)
        loaded = runtime.loaded.get(plugin_id)
        if changed and loaded is not None:
            await self._tell(loaded, tenant, "tenant_disabled")
        return _state(runtime, found, tenant, self._rights(tenant))

    async def configure(self, plugin_id: str, configuration: Mapping[str, Any]) -> PluginState:
        """Replace the tenant's configuration of a plugin; secrets that are left out stay, null removes one.

        Raises NOT_FOUND, PLUGIN_UNUSABLE, PLUGIN_NOT_CONFIGURABLE, PLUGIN_CONFIGURATION_INVALID for each field, and
        what the plugin itself objects. A plugin that rests is called again with its new configuration.
        """
        runtime = await self._runtimes.load({plugin_id})
        found = _found(runtime, plugin_id)
        loaded = runtime.loaded.get(plugin_id)
        if loaded is None:
            raise DomainError("PLUGIN_UNUSABLE", f"plugin {plugin_id}: {_fault(runtime, found)}")
        tenant = await self._save(loaded, configuration)
        if (circuits := runtime.dispatcher.circuits) is not None:
            await circuits.note_success(plugin_id, tenant.id)
        return _state(runtime, found, tenant, self._rights(tenant))

    async def _save(self, loaded: LoadedPlugin, given: Mapping[str, Any]) -> TenantDocument:
        """Check, try and store a configuration; tries again while others change the tenant."""
        model = loaded.plugin.configuration
        if model is None:
            raise DomainError("PLUGIN_NOT_CONFIGURABLE", f"plugin {loaded.id} has nothing that a tenant configures")
        while True:
            tenant = await self._tenant()
            versions = kept_versions(tenant, loaded.id, loaded.ladder)
            if is_newer(versions, loaded.ladder):
                raise downgrade_refused(loaded.id)
            safe, stored = ConfigurationSafe(self._scope.sealer, tenant), tenant.plugin_secrets.get(loaded.id, {})
            keeps = frozenset(stored) & frozenset(secret_names(model)) - given.keys()
            kept = await safe.open_secrets(loaded.id, without=frozenset(stored) - keeps)
            checked = read_configuration(model, given, kept)
            await self._try(loaded, tenant, checked.opened)
            fresh = await safe.seal(loaded.id, {name: it for name, it in checked.secrets.items() if name not in keeps})
            fields: dict[str, Any] = {
                f"plugin_configuration.{loaded.id}": checked.plain,
                f"plugin_secrets.{loaded.id}": {**{name: stored[name] for name in sorted(keeps)}, **fresh},
            }
            if loaded.ladder.is_versioned:
                current = {"configuration": loaded.ladder.configuration_version, "failed": None}
                fields[f"plugin_versions.{loaded.id}"] = versions.model_copy(update=current)
            where = {"id": tenant.id, "revision": tenant.revision}
            saved = await self._tenants.try_update(where, Change(set=fields))
            if saved is not None:
                return saved

    async def _try(self, loaded: LoadedPlugin, tenant: TenantDocument, configuration: Mapping[str, Any]) -> None:
        """Let a plugin try a configuration; even one that rests, for this may mend it."""
        dispatcher = self._runtimes.current.dispatcher
        # What is stored is not read: where that is not possible, another configuration may be saved all the same.
        current = PluginVersions(
            configuration=loaded.ladder.configuration_version, documents=loaded.ladder.documents_version
        )
        forgetful = tenant.model_copy(
            update={"plugin_secrets": {}, "plugin_versions": {**tenant.plugin_versions, loaded.id: current}}
        )
        context = replace(await self._contexts(forgetful).of(loaded.id), configuration=configuration)
        outcome = await dispatcher.run("check_config", loaded.id, loaded.plugin.check_config, context)
        if refusals := dispatcher.refusals("check_config", outcome):
            raise DomainErrors([DomainError(one.code, one.message, ("configuration", *one.path)) for one in refusals])

    def _rights(self, tenant: TenantDocument) -> Rights:
        """What the licences of the tenant as it is now allow."""
        return replace(self._scope.rights, licenses=tenant.licenses)

    def _contexts(self, tenant: TenantDocument) -> Contexts:
        reach = Reach(self._scope.store, self._scope.sealer, self._scope.clock)
        return Contexts(tenant, self._rights(tenant), reach, self._runtimes.current.ladders)

    async def _check_alone(self, loaded: LoadedPlugin) -> None:
        if loaded.manifest.multi_tenant or loaded.found.is_for_all:
            return
        others = {"enabled_plugins": loaded.id, "id": {"$ne": self._scope.tenant_id}}
        if await self._tenants.count(others):
            raise DomainError("PLUGIN_SINGLE_TENANT", f"plugin {loaded.id} serves one tenant, and another has it")

    async def _tenant(self) -> TenantDocument:
        return await self._tenants.get(self._scope.tenant_id)

    async def _switch(self, found: FoundPlugin, *, on: bool) -> tuple[TenantDocument, bool]:
        """Put the plugin on or off the list that counts for its kind; tries again while others change the tenant."""
        field, listed = ("disabled_plugins", not on) if found.is_for_all else ("enabled_plugins", on)
        event = PluginEnablementChanged(
            id=new_id(), tenant_id=self._scope.tenant_id, at=self._scope.clock.now(), plugin_id=found.id, enabled=on
        )
        while True:
            tenant = await self._tenant()
            ids: tuple[str, ...] = getattr(tenant, field)
            if (found.id in ids) is listed:
                return tenant, False
            changed = [*ids, found.id] if listed else [other for other in ids if other != found.id]
            where = {"id": tenant.id, "revision": tenant.revision}
            updated = await self._tenants.try_update(where, Change(set={field: changed}), events=[event])
            if updated is not None:
                return updated, True

    async def _tell(self, loaded: LoadedPlugin, tenant: TenantDocument, hook: str) -> None:
        dispatcher = self._runtimes.current.dispatcher
        hooked = await self._contexts(tenant).bind(loaded.id, getattr(loaded.plugin, hook))
        outcome = await dispatcher.run(hook, loaded.id, hooked.function, hooked.context)
        dispatcher.report(hook, outcome)


def _found(runtime: Runtime, plugin_id: str) -> FoundPlugin:
    found = runtime.found.get(plugin_id)
    if found is None:
        raise DomainError("NOT_FOUND", f"there is no plugin with id {plugin_id}")
    return found


def _check_trusted(runtime: Runtime, loaded: LoadedPlugin, tenant: TenantDocument) -> None:
    """A tenant that has a revoked plugin keeps it, as far as the operator's settings say; no other gets it."""
    revoked = runtime.found[loaded.id].revoked
    if revoked is not None and not runtime.is_enabled(loaded.id, tenant):
        raise DomainError("PLUGIN_REVOKED", f"plugin {loaded.id} is not trusted any more: {revoked}")


def _check_needs(runtime: Runtime, loaded: LoadedPlugin, tenant: TenantDocument) -> None:
    needed = sorted(loaded.manifest.requires)
    if off := [f"plugin {plugin} is not enabled" for plugin in needed if not runtime.is_enabled(plugin, tenant)]:
        raise DomainError("PLUGIN_REQUIREMENTS_NOT_MET", requirements_not_met(loaded.manifest.name, off))


def _fault(runtime: Runtime, found: FoundPlugin) -> str | None:
    return runtime.faults.get(found.id, found.fault)


def _state(runtime: Runtime, found: FoundPlugin, tenant: TenantDocument, rights: Rights) -> PluginState:
    model = LicenseModel.FREE if found.manifest is None else found.manifest.license_model
    loaded = runtime.loaded.get(found.id)
    unfit = None if loaded is None else version_fault(tenant, found.id, loaded.ladder)
    return PluginState(
        id=found.id,
        manifest=found.manifest,
        built_in=found.built_in,
        enabled=loaded is not None and runtime.is_enabled(found.id, tenant),
        fault=_fault(runtime, found) if unfit is None else unfit.message,
        failure=runtime.failures.get(found.id, found.failure) if unfit is None else FAILURES[unfit.code],
        revoked=found.revoked,
        license_state=rights.state(found.id, model),
        configurable=loaded is not None and loaded.plugin.configuration is not None,
        configuration=tenant.plugin_configuration.get(found.id, {}),
        secrets=_secret_fields(loaded, tenant.plugin_secrets.get(found.id, {})),
    )


def _secret_fields(loaded: LoadedPlugin | None, sealed: Collection[str]) -> tuple[SecretField, ...]:
    model = loaded.plugin.configuration if loaded is not None else None
    names = secret_names(model) if model is not None else sorted(sealed)
    return tuple(SecretField(name=name, is_set=name in sealed) for name in names)
