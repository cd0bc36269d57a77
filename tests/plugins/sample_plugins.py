"""Plugins that tests install without a distribution."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar

from pydantic import BaseModel

from distro_core.plugins.discovery import PLATFORM_DISTRIBUTION, FoundPlugin
from distro_sdk.errors import DomainError
from distro_sdk.manifest import PluginManifest
from distro_sdk.models.assets import Asset
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Release
from distro_sdk.models.events import Event
from distro_sdk.models.message import MessagePlan
from distro_sdk.plugin import Plugin, PluginContext, overridden_hooks
from distro_sdk.transports import Transport, TransportCapabilities, TransportSession


def installed(
    plugin: type[Plugin],
    *,
    built_in: bool = False,
    imports: Callable[[], Any] | None = None,
    hooks: Sequence[str] | None = None,
    **told: Any,
) -> FoundPlugin:
    """A plugin as discovery reports it. `imports`: what happens on import; `hooks`, `told`: what its manifest says."""
    return FoundPlugin(
        id=plugin.id,
        distribution=PLATFORM_DISTRIBUTION if built_in else f"dist-{plugin.id}",
        built_in=built_in,
        import_class=imports or (lambda: plugin),
        manifest=manifest(plugin.id, sorted(overridden_hooks(plugin)) if hooks is None else hooks, **told),
    )


def manifest(id: str, hooks: Sequence[str] = (), sdk: str = ">=0.1", **told: Any) -> PluginManifest:
    return PluginManifest(
        id=id,
        name=f"Sample {id}",
        version="1.0.0",
        publisher="Tests",
        support="tests",
        description="A plugin for tests.",
        sdk=sdk,
        hooks=tuple(hooks),
        **told,
    )


class NoTransport:
    """A transport that no test connects."""

    title = "Nowhere"
    configuration: type[BaseModel] = Model
    capabilities = TransportCapabilities()

    def __init__(self, key: str) -> None:
        self.key = key

    def connect(self, configuration: Any) -> AbstractAsyncContextManager[TransportSession]:
        raise NotImplementedError(configuration)


class Carrier(Plugin):
    """Adds a transport."""

    id: ClassVar[str] = "carrier"

    def register_transports(self) -> Sequence[Transport]:
        return (NoTransport("pigeon"),)


class RivalCarrier(Plugin):
    """Adds a transport of the same key."""

    id: ClassVar[str] = "rival-carrier"

    def register_transports(self) -> Sequence[Transport]:
        return (NoTransport("stork"), NoTransport("pigeon"))


class Witness(Plugin):
    """Remembers every call of its hooks, with the tenant that it was called for."""

    id: ClassVar[str] = "witness"
    configuration: ClassVar[type[BaseModel] | None] = None

    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings)
        self.calls: list[tuple[str, str]] = []
        self.seen: list[Any] = []
        self.contexts: list[PluginContext] = []

    def _note(self, hook: str, context: PluginContext, value: Any) -> None:
        self.calls.append((hook, context.tenant_id))
        self.contexts.append(context)
        self.seen.append(value)

    async def startup(self) -> None:
        self.calls.append(("startup", ""))

    async def shutdown(self) -> None:
        self.calls.append(("shutdown", ""))

    async def tenant_enabled(self, context: PluginContext) -> None:
        self._note("tenant_enabled", context, None)

    async def tenant_disabled(self, context: PluginContext) -> None:
        self._note("tenant_disabled", context, None)

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        self._note("before_release", context, release)
        return release.model_copy(update={"title": f"{release.title}, seen"})

    async def after_release(self, context: PluginContext, release: Release) -> None:
        self._note("after_release", context, release)

    async def before_asset_process(self, context: PluginContext, asset: Asset) -> None:
        self._note("before_asset_process", context, asset)

    async def after_asset_process(self, context: PluginContext, asset: Asset) -> None:
        self._note("after_asset_process", context, asset)

    async def prepare_message(self, context: PluginContext, plan: MessagePlan) -> MessagePlan:
        self._note("prepare_message", context, plan)
        return plan.model_copy(update={"language": "nb"})

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> None:
        self._note("before_delivery", context, plan)

    async def on_event(self, context: PluginContext, event: Event) -> None:
        self._note("on_event", context, event)


def reaction(name: str, hook: str, act: Callable[[Any], Awaitable[Any]], *, order: int = 0) -> type[Plugin]:
    """A plugin with one hook, which does with the value what `act` does."""

    async def with_release(self: Plugin, context: PluginContext, release: Release) -> Any:
        return await act(release)

    async def with_asset(self: Plugin, context: PluginContext, asset: Asset) -> Any:
        return await act(asset)

    async def with_plan(self: Plugin, context: PluginContext, plan: MessagePlan) -> Any:
        return await act(plan)

    async def with_event(self: Plugin, context: PluginContext, event: Event) -> Any:
        return await act(event)

    methods = {
        "before_release": with_release,
        "after_release": with_release,
        "before_asset_process": with_asset,
        "after_asset_process": with_asset,
        "prepare_message": with_plan,
        "before_delivery": with_plan,
        "on_event": with_event,
    }
    return type(name, (Plugin,), {"id": name, "order": order, hook: methods[hook]})


async def refuse(value: Any) -> Any:
    raise DomainError("TITLE_TOO_LOUD", "no capitals, please", ("title",))


async def break_down(value: Any) -> Any:
    raise ZeroDivisionError("oops")
