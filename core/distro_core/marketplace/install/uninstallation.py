"""The steps of an uninstallation. Each may run again after a worker died in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from distro_core.marketplace.install.desk import Desk
from distro_core.marketplace.install.documents import UNINSTALL_STEPS, InstalledPlugin, JobStep, PluginJobDocument
from distro_core.marketplace.install.plugin_set import check_dependents
from distro_core.marketplace.install.purge import purge
from distro_core.marketplace.install.usage import PluginUsage
from distro_core.marketplace.rules import OperatorRules
from distro_core.plugins.contexts import Contexts, Reach
from distro_core.plugins.lifecycle import LIFECYCLE_HOOKS, PluginLife, has_begun
from distro_core.plugins.tasks.service import forget_tasks
from distro_sdk.errors import DomainError

Report = Callable[[Mapping[str, object]], Awaitable[None]]


class Uninstallation:
    """One attempt. `report`: writes what is learnt of the job."""

    def __init__(self, desk: Desk, job: PluginJobDocument, report: Report) -> None:
        self._desk = desk
        self._job = job
        self._report = report
        self._usage = PluginUsage(desk.control, desk.clock)

    @property
    def steps(self) -> Mapping[JobStep, Callable[[], Awaitable[None]]]:
        """What is done, in this order; a dry run removes nothing, and data go only where that was asked for."""
        wanted = [step for step in UNINSTALL_STEPS if step is not JobStep.PURGE or self._job.purge]
        if self._job.dry_run:
            wanted = [JobStep.AUTHORISE, JobStep.RELEASE]
        return {step: getattr(self, f"_{step.value}") for step in wanted}

    async def clean_up(self) -> None:
        """Nothing is left by a refused uninstallation."""

    async def _authorise(self) -> None:
        OperatorRules(self._desk.settings).check_change(self._job.plugin_id)
        plugin = await self._plugin()
        if plugin is not None:
            facts = {"version": plugin.version, "sha256": plugin.sha256}
            self._job = self._job.model_copy(update=facts)
            await self._report(facts)
        elif self._job.sha256 is None:
            message = f"plugin {self._job.plugin_id} was not installed from a registry"
            raise DomainError("PLUGIN_NOT_INSTALLED", message, ("id",))

    async def _release(self) -> None:
        plugin = await self._plugin()
        if plugin is None:
            return
        check_dependents(plugin.id, (await self._desk.plugin_set.read()).plugins)
        await self._usage.check_idle(plugin)
        await self._usage.check_keys(plugin, self._desk.runtimes.current.registries.key_providers.keys_of(plugin.id))
        tenants = await self._usage.tenants_with(plugin.id)
        if tenants and not self._job.force:
            names = ", ".join(tenant.key for tenant in tenants[:10])
            raise DomainError("PLUGIN_ENABLED", f"{len(tenants)} tenants have plugin {plugin.id} switched on: {names}")
        needs_restart = bool(tenants) or await self._desk.installed.is_imported(plugin)
        await self._report({"needs_restart": needs_restart})
        if not self._job.dry_run:
            await self._say_goodbye(plugin)
            for tenant in tenants:
                await self._usage.switch_off(plugin.id, tenant)

    async def _say_goodbye(self, plugin: InstalledPlugin) -> None:
        """Call `uninstalling` for every tenant that had it `installed`; a plugin without such hooks is not imported."""
        if not LIFECYCLE_HOOKS & set(plugin.manifest.hooks):
            return
        runtime = await self._desk.runtimes.load({plugin.id})
        loaded = runtime.loaded.get(plugin.id)
        for tenant in await self._usage.all_tenants() if loaded is not None else ():
            store = self._desk.control.tenant(tenant.id, tenant.key)
            if loaded is not None and await has_begun(store, plugin.id):
                contexts = Contexts(tenant, reach=Reach(store, self._desk.sealer, self._desk.clock))
                hooked = await contexts.bind(plugin.id, loaded.plugin.uninstalling)
                await PluginLife(store, runtime.dispatcher).end(hooked, purge=self._job.purge)

    async def _remove(self) -> None:
        plugin = await self._plugin()
        if plugin is not None:
            await self._desk.plugin_set.remove(plugin.id)
        await forget_tasks(self._desk.control, self._job.plugin_id)
        if self._job.sha256 is not None:
            await self._desk.artefacts.remove(self._job.sha256)
        await self._desk.installed.sync(self._desk.runtimes)

    async def _purge(self) -> None:
        await purge(self._desk.control, self._job.plugin_id)

    async def _plugin(self) -> InstalledPlugin | None:
        return (await self._desk.plugin_set.read()).plugins.get(self._job.plugin_id)
