"""A plugin that fails a tenant again and again is left alone, everywhere and for that tenant alone, until it mends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.circuits import PluginCircuitDocument, PluginCircuits
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.dispatcher import Dispatcher, Implementation
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Release
from distro_sdk.models.message import MessagePlan
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.clock import SettableClock
from distro_sdk.testing.deliveries import example_delivery
from distro_sdk.testing.plans import example_plan
from tests.marketplace.market import NOW
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed

RELEASE = Release(id="r1", title="Arrival")
MOST, REST = 3, 60.0


class Moody:
    """A hook that counts its calls; what it does is set from outside."""

    def __init__(self, plugin: str) -> None:
        self.calls = 0
        self.error: Exception | None = RuntimeError("broken")
        self.returned: Any = None
        self.plugin = plugin

    async def __call__(self, context: PluginContext, value: Any) -> Any:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return value if self.returned is None else self.returned

    def of(self, tenant: str) -> Implementation:
        return Implementation(self.plugin, self, PluginContext(tenant, self.plugin))


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture
async def process(platform: Platform, clock: SettableClock) -> AsyncIterator[Callable[[], Dispatcher]]:
    """Makes the dispatcher of a process of its own."""

    def start() -> Dispatcher:
        circuits = PluginCircuits(platform.control, platform.broadcast, clock, most=MOST, rest=REST)
        return Dispatcher(0.2, circuits=circuits)

    yield start
    await platform.control.collection(PluginCircuitDocument).raw.delete_many({})


@pytest.fixture
def moody() -> Moody:
    return Moody(f"moody-{new_id()}")


async def code(dispatcher: Dispatcher, moody: Moody, tenant: str = "a") -> str | None:
    """The code with which a hook that may refuse stops what it was asked about."""
    try:
        await dispatcher.ask("before_delivery", [moody.of(tenant)], RELEASE)
    except DomainErrors as error:
        return error.errors[0].code
    return None


async def test_a_plugin_that_fails_again_and_again_is_left_alone_and_fails_closed(
    process: Callable[[], Dispatcher], moody: Moody
) -> None:
    dispatcher = process()

    codes = [await code(dispatcher, moody) for _ in range(MOST + 2)]

    assert codes == ["PLUGIN_FAILED"] * MOST + ["PLUGIN_RESTS"] * 2
    assert moody.calls == MOST
    # Who only watches is passed over, and nothing piles up for it.
    assert await dispatcher.tell("on_event", [moody.of("a")], RELEASE) is True
    with pytest.raises(DomainError, match="PLUGIN_RESTS"):
        await dispatcher.chain("prepare_message", [moody.of("a")], RELEASE, identity="id")
    assert moody.calls == MOST


async def test_another_tenant_and_another_plugin_go_on(process: Callable[[], Dispatcher], moody: Moody) -> None:
    dispatcher, sound = process(), Moody(f"sound-{new_id()}")
    sound.error = None
    for _ in range(MOST):
        await code(dispatcher, moody, "a")

    outcomes = await dispatcher.walk("on_event", [moody.of("a"), sound.of("a"), moody.of("b")], RELEASE)

    assert [type(outcome.error).__name__ for outcome in outcomes] == ["DomainError", "NoneType", "RuntimeError"]
    assert sound.calls == 1


async def test_every_process_leaves_it_alone_and_one_of_them_tries_it_again(
    process: Callable[[], Dispatcher], moody: Moody, clock: SettableClock
) -> None:
    one, other = process(), process()
    assert one.circuits is not None
    assert other.circuits is not None
    async with one.circuits.following(), other.circuits.following():
        for _ in range(MOST):
            await code(one, moody)
        async with asyncio.timeout(60):
            while not other.circuits.suspects:
                await asyncio.sleep(0.005)
        assert await code(other, moody) == "PLUGIN_RESTS"
        assert moody.calls == MOST

        clock.advance(timedelta(seconds=REST))
        both = await asyncio.gather(code(one, moody), code(other, moody))
        assert sorted(str(each) for each in both) == ["PLUGIN_FAILED", "PLUGIN_RESTS"]
        assert moody.calls == MOST + 1

        moody.error = None
        clock.advance(timedelta(seconds=REST))
        assert await code(one, moody) is None
        async with asyncio.timeout(60):
            while other.circuits.suspects:
                await asyncio.sleep(0.005)
        assert await code(other, moody) is None
        assert await one.circuits.find(moody.plugin, "a") is None


async def test_a_process_that_starts_later_knows_what_rests(process: Callable[[], Dispatcher], moody: Moody) -> None:
    dispatcher, later = process(), process()
    for _ in range(MOST):
        await code(dispatcher, moody)

    assert later.circuits is not None
    async with later.circuits.following():
        assert await code(later, moody) == "PLUGIN_RESTS"
    assert moody.calls == MOST


async def test_a_success_forgets_earlier_failures(process: Callable[[], Dispatcher], moody: Moody) -> None:
    dispatcher = process()
    for _ in range(MOST - 1):
        await code(dispatcher, moody)
    moody.error = None
    assert await code(dispatcher, moody) is None
    moody.error = RuntimeError("broken")

    assert [await code(dispatcher, moody) for _ in range(MOST)] == ["PLUGIN_FAILED"] * MOST


async def test_a_refusal_is_no_failure(process: Callable[[], Dispatcher], moody: Moody) -> None:
    dispatcher = process()
    moody.error = DomainError("TITLE_FORBIDDEN", "not that title")

    assert {await code(dispatcher, moody) for _ in range(MOST * 2)} == {"TITLE_FORBIDDEN"}
    assert moody.calls == MOST * 2


async def test_nonsense_and_silence_are_failures(process: Callable[[], Dispatcher], moody: Moody) -> None:
    dispatcher = process()
    moody.error, moody.returned = None, "nonsense"

    for _ in range(MOST):
        with pytest.raises(DomainError, match="PLUGIN_FAILED"):
            await dispatcher.chain("prepare_message", [moody.of("a")], RELEASE, identity="id")
    with pytest.raises(DomainError, match="PLUGIN_RESTS"):
        await dispatcher.chain("prepare_message", [moody.of("a")], RELEASE, identity="id")

    async def hang(context: PluginContext, value: Any) -> None:
        await asyncio.Event().wait()

    silent = Implementation(f"silent-{new_id()}", hang, PluginContext("a", "silent"))
    quick = Dispatcher(0.01, circuits=dispatcher.circuits)
    outcomes = [(await quick.walk("on_event", [silent], RELEASE))[0] for _ in range(MOST + 1)]
    assert [type(outcome.error).__name__ for outcome in outcomes] == ["TimeoutError"] * MOST + ["DomainError"]


class Mood(Model):
    """What a tenant configures."""

    good: bool = False


class Grumbler(Plugin):
    """Fails whenever it is asked, unless it is configured not to."""

    id = "grumbler"
    configuration = Mood

    async def before_delivery(self, context: PluginContext, plan: MessagePlan) -> None:
        """Fail."""
        if not context.configuration.get("good"):
            raise RuntimeError("grumble")


async def test_a_platform_counts_failures_for_each_tenant_by_itself(
    platform: Platform, settings: Settings, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    changed = settings.model_copy(update={"plugin_failures": 1})
    async with open_platform(changed, find=lambda: (*find_plugins(), installed(Grumbler))) as running:
        codes = []
        for tenant in (tenant_a, tenant_b):
            await (await PluginsOf(running)(tenant.id)).enable("grumbler")
            for _ in range(2):
                scope = await running.scope(tenant.id, SYSTEM_ACTOR)
                with pytest.raises(DomainErrors) as caught:
                    await scope.plugins.before_delivery(example_plan(), example_delivery())
                codes.append(caught.value.errors[0].code)
        # A configuration that mends it ends its rest, for this tenant alone.
        await (await PluginsOf(running)(tenant_a.id)).configure("grumbler", {"good": True})
        running.memory.forget(tenant_a.id)
        await (await running.scope(tenant_a.id, SYSTEM_ACTOR)).plugins.before_delivery(
            example_plan(), example_delivery()
        )
        other = await running.scope(tenant_b.id, SYSTEM_ACTOR)
        with pytest.raises(DomainErrors, match="PLUGIN_RESTS"):
            await other.plugins.before_delivery(example_plan(), example_delivery())
        await running.control.collection(PluginCircuitDocument).raw.delete_many({})

    assert codes == ["PLUGIN_FAILED", "PLUGIN_RESTS"] * 2
