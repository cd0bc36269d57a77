"""The plugins of a process: collected once into an immutable runtime, which is swapped whole.

A request that began with one runtime ends with it. A plugin that was imported stays in the process until it ends:
Python cannot forget code, so switching a plugin off takes it out of tenants' reach and not out of memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from types import MappingProxyType

import structlog

from distro_core.identity.documents import TenantDocument
from distro_core.licensing.rights import NO_RIGHTS, Rights
from distro_core.plugins.absences import Absences
from distro_core.plugins.circuits import PluginCircuits
from distro_core.plugins.contexts import Contexts, Reach
from distro_core.plugins.discovery import FoundPlugin, find_plugins, import_plugin
from distro_core.plugins.dispatcher import DEFAULT_TIMEOUT, Dispatcher
from distro_core.plugins.graphql_registry import check_namespace
from distro_core.plugins.manager import HookManager
from distro_core.plugins.operator_settings import PluginSettings, construct_plugin, told
from distro_core.plugins.registry import Registries
from distro_core.plugins.tenant import EnabledPlugins, select
from distro_sdk.errors import PluginError, SetupFailure
from distro_sdk.graphql import GraphQLApi
from distro_sdk.manifest import LicenseModel, PluginManifest
from distro_sdk.migrations import Ladder, ladder_of
from distro_sdk.plugin import Plugin

log = structlog.get_logger("distro.plugins")

Finder = Callable[[], Sequence[FoundPlugin]]


@dataclass(frozen=True)
class LoadedPlugin:
    """A plugin that takes part in a runtime: it was imported, checked and started.

    `ladder`: how what tenants keep of it comes into its form.
    """

    found: FoundPlugin
    manifest: PluginManifest
    plugin: Plugin
    ladder: Ladder

    @property
    def id(self) -> str:
        """The plugin's id."""
        return self.manifest.id


class Runtime:
    """All plugins of the process at one moment; nothing in it changes.

    `generation`: counts the runtimes of this process, from 1; `found`: every installed plugin, imported or not;
    `loaded`: by id, the plugins that take part; `faults`, `failures`: by id, why a wanted plugin does not take part, in
    words and in kind.
    """

    def __init__(
        self,
        *,
        generation: int,
        found: Sequence[FoundPlugin],
        loaded: Sequence[LoadedPlugin],
        faults: Mapping[str, str],
        failures: Mapping[str, SetupFailure],
        registries: Registries,
        dispatcher: Dispatcher,
    ) -> None:
        self.generation = generation
        self.found = MappingProxyType({plugin.id: plugin for plugin in reversed(found)})
        self.loaded = MappingProxyType({plugin.id: plugin for plugin in loaded})
        self.faults = MappingProxyType(dict(faults))
        self.failures = MappingProxyType(dict(failures))
        self.registries = registries
        self.dispatcher = dispatcher
        self.manager = HookManager()
        for plugin in loaded:
            self.manager.admit(plugin.plugin)
        self._select = lru_cache(maxsize=1024)(partial(select, self.manager, registries))

    @cached_property
    def graphql(self) -> tuple[GraphQLApi, ...]:
        """What the plugins that take part add to the GraphQL schema."""
        return tuple(self.registries.graphql.offered_by(self.loaded).values())

    @property
    def manifests(self) -> Mapping[str, PluginManifest]:
        """By id, what each plugin that takes part says of itself."""
        return {name: plugin.manifest for name, plugin in self.loaded.items()}

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """By id, the versions of the plugins that others may require, imported or not."""
        found = self.found.values()
        return {plugin.id: plugin.manifest.version for plugin in found if plugin.manifest and plugin.fault is None}

    @cached_property
    def ladders(self) -> Mapping[str, Ladder]:
        """By id, of the plugins whose configuration or documents have changed their form; most often there are none."""
        return {plugin.id: plugin.ladder for plugin in self.loaded.values() if plugin.ladder.is_versioned}

    def is_enabled(self, plugin: str, tenant: TenantDocument) -> bool:
        """Whether a tenant has a plugin: built-in ones unless switched off, others only when switched on."""
        found = self.found.get(plugin)
        if found is None:
            return False
        return plugin not in tenant.disabled_plugins if found.is_for_all else plugin in tenant.enabled_plugins

    def lacks(self, tenant: TenantDocument) -> frozenset[str]:
        """The plugins that a tenant has switched on and that this runtime has not tried to load yet."""
        return frozenset(tenant.enabled_plugins) - self.loaded.keys() - self.faults.keys()

    @cached_property
    def licensed(self) -> Mapping[str, LicenseModel]:
        """By id, the license models of the plugins that are not free; most often there are none."""
        models = {plugin.id: plugin.manifest.license_model for plugin in self.loaded.values()}
        return {id: model for id, model in models.items() if model is not LicenseModel.FREE}

    def for_tenant(
        self, tenant: TenantDocument, rights: Rights = NO_RIGHTS, reach: Reach | None = None
    ) -> EnabledPlugins:
        """The plugins that a tenant has switched on and may use.

        `rights`: what its licences allow; `reach`: where plugins keep what is theirs, None where there is no database.
        """
        barred = {id for id, model in self.licensed.items() if not rights.allows(id, model)}
        enabled = tuple(name for name in self.loaded if self.is_enabled(name, tenant) and name not in barred)
        return EnabledPlugins(
            tenant,
            self._select(enabled),
            self.dispatcher,
            Contexts(tenant, rights, reach, self.ladders),
            Absences(self, tenant, rights),
        )


async def build_runtime(
    wanted: Iterable[str] = (),
    *,
    settings: PluginSettings | None = None,
    hook_timeout: float = DEFAULT_TIMEOUT,
    trace: bool = False,
    find: Finder = find_plugins,
    circuits: PluginCircuits | None = None,
    previous: Runtime | None = None,
    without: frozenset[str] = frozenset(),
) -> Runtime:
    """Find, check, import and start plugins and collect what they add.

    `wanted`: ids of the plugins that a tenant has switched on; built-in plugins are always taken, others are not even
    imported unless wanted; `settings`: what the operator has set, by plugin id; `hook_timeout`: seconds that a hook
    may take; `circuits`: which plugins are left alone; `previous`: the runtime that this one follows, whose plugins are
    kept as they are but for `without`.
    Raises `PluginError` for a built-in plugin that is broken; other faults, and those of what the operator has set,
    are kept in `Runtime.faults`.
    """
    found = await asyncio.to_thread(find)
    build = _Build(settings or {}, Dispatcher(hook_timeout, trace=trace, circuits=circuits), previous, without)
    taking = frozenset(wanted)
    try:
        for candidate in found:
            if candidate.is_for_all or candidate.id in taking:
                await build.take(candidate)
    except PluginError:
        await build.give_up()
        raise
    missing = taking - {plugin.id for plugin in found} - build.loaded.keys()
    return Runtime(
        generation=previous.generation + 1 if previous else 1,
        found=found,
        loaded=sorted(build.loaded.values(), key=_order),
        faults={**build.faults, **dict.fromkeys(missing, "it is not installed")},
        failures={**build.failures, **dict.fromkeys(missing, SetupFailure.MISSING)},
        registries=build.registries,
        dispatcher=build.dispatcher,
    )


class _Build:
    """A runtime in the making: what its predecessor had, and what is added."""

    def __init__(
        self, settings: PluginSettings, dispatcher: Dispatcher, previous: Runtime | None, without: frozenset[str]
    ) -> None:
        self.settings = settings
        self.dispatcher = dispatcher
        self.registries = previous.registries.copy() if previous else Registries()
        self.loaded = dict(previous.loaded) if previous else {}
        self.faults: dict[str, str] = {}
        self.failures: dict[str, SetupFailure] = {}
        for plugin in without & self.loaded.keys():
            del self.loaded[plugin]
            self.registries.drop(plugin)
        self._kept = frozenset(self.loaded)
        self._empty = HookManager()

    async def take(self, candidate: FoundPlugin) -> None:
        """Import, check, ask and start one plugin; its fault is noted.

        A built-in plugin that is broken in itself is raised: this is no platform as it was made. What the operator has
        set wrongly takes no other plugin with it.
        """
        if candidate.id in self.loaded or candidate.id in self.faults:
            return
        try:
            self.loaded[candidate.id] = await self._load(candidate)
        except PluginError as error:
            if candidate.built_in and error.failure is not SetupFailure.SETTINGS:
                raise
            log.error("plugin_refused", plugin=candidate.id, reason=error.message)
            self.faults[candidate.id] = error.message
            self.failures[candidate.id] = error.failure

    async def give_up(self) -> None:
        """Shut down what was started for a runtime that will not be."""
        await shut_down([plugin for plugin in self.loaded.values() if plugin.id not in self._kept], self.dispatcher)

    async def _load(self, candidate: FoundPlugin) -> LoadedPlugin:
        manifest, plugin_class = await asyncio.to_thread(import_plugin, candidate)
        plugin = construct_plugin(plugin_class, self.settings.get(candidate.id, {}))
        # Alone in its manager, so that what pluggy refuses is this plugin's fault.
        self._empty.check(plugin)
        ladder = ladder_of(manifest, plugin)
        self.registries.collect(plugin)
        self._check_namespace(manifest)
        outcome = await self.dispatcher.run("startup", plugin.id, plugin.startup)
        if outcome.error is not None:
            self.registries.drop(plugin.id)
            reason = told(outcome.error, self.settings.get(plugin.id, {}))
            raise PluginError(plugin.id, f"startup failed: {reason}", SetupFailure.STARTUP)
        return LoadedPlugin(candidate, manifest, plugin, ladder)

    def _check_namespace(self, manifest: PluginManifest) -> None:
        registered = tuple(self.registries.graphql.offered_by([manifest.id]))
        try:
            check_namespace(manifest.id, manifest.graphql_namespace, registered)
        except PluginError:
            self.registries.drop(manifest.id)
            raise


class RuntimeHolder:
    """The one reference to the process's runtime."""

    def __init__(
        self, runtime: Runtime, *, settings: PluginSettings | None = None, find: Finder = find_plugins
    ) -> None:
        self._current = runtime
        self._settings = settings
        self._find = find
        self._building = asyncio.Lock()
        self._retired: list[LoadedPlugin] = []

    @property
    def current(self) -> Runtime:
        """The runtime for whatever begins now."""
        return self._current

    async def load(self, wanted: Iterable[str]) -> Runtime:
        """A runtime that has tried to load these plugins; builds and swaps a new one only where that is needed."""
        wanted = frozenset(wanted)
        async with self._building:
            if not wanted <= self._current.loaded.keys():
                await self._swap(wanted, frozenset())
            return self._current

    async def refresh(self, without: Iterable[str] = ()) -> Runtime:
        """A runtime of what is installed now, which plugins are looked for anew.

        `without`: ids of plugins that are gone. They are shut down with the process: what is under way may use them.
        """
        async with self._building:
            gone = frozenset(without)
            self._retired += [plugin for id, plugin in self._current.loaded.items() if id in gone]
            await self._swap(frozenset(), gone)
            return self._current

    async def _swap(self, wanted: frozenset[str], without: frozenset[str]) -> None:
        current = self._current
        self._current = await build_runtime(
            (wanted | current.loaded.keys() | current.faults.keys()) - without,
            settings=self._settings,
            hook_timeout=current.dispatcher.timeout,
            trace=current.dispatcher.trace,
            circuits=current.dispatcher.circuits,
            find=self._find,
            previous=current,
            without=without,
        )
        log.info("runtime_swapped", generation=self._current.generation, plugins=list(self._current.loaded))

    async def with_plugins_of(self, tenant: TenantDocument) -> Runtime:
        """The runtime, after loading what a tenant has switched on and this process has not loaded yet."""
        runtime = self._current
        if lacking := runtime.lacks(tenant):
            runtime = await self.load(lacking)
        return runtime

    async def for_tenant(self, tenant: TenantDocument, rights: Rights = NO_RIGHTS) -> EnabledPlugins:
        """The plugins that a tenant has switched on and may use. `rights`: what its licences allow."""
        return (await self.with_plugins_of(tenant)).for_tenant(tenant, rights)

    async def close(self) -> None:
        """Shut every plugin down."""
        await shut_down([*self._retired, *self._current.loaded.values()], self._current.dispatcher)


@asynccontextmanager
async def open_runtimes(
    wanted: Iterable[str] = (),
    *,
    settings: PluginSettings | None = None,
    hook_timeout: float = DEFAULT_TIMEOUT,
    trace: bool = False,
    find: Finder = find_plugins,
    circuits: PluginCircuits | None = None,
) -> AsyncIterator[RuntimeHolder]:
    """The process's plugins, started, and shut down in the end; arguments as in `build_runtime`."""
    runtime = await build_runtime(
        wanted, settings=settings, hook_timeout=hook_timeout, trace=trace, find=find, circuits=circuits
    )
    holder = RuntimeHolder(runtime, settings=settings, find=find)
    try:
        yield holder
    finally:
        await holder.close()


async def shut_down(plugins: Sequence[LoadedPlugin], dispatcher: Dispatcher) -> None:
    """Let plugins end their work, the last one first; a failure is logged."""
    for loaded in reversed(plugins):
        dispatcher.report("shutdown", await dispatcher.run("shutdown", loaded.id, loaded.plugin.shutdown))


def _order(loaded: LoadedPlugin) -> tuple[int, bool, str]:
    return (loaded.plugin.order, not loaded.found.built_in, loaded.id)
