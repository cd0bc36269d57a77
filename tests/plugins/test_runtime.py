"""The runtime: what is loaded, in which order, what is refused, and how one follows another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.plugins.discovery import FoundPlugin
from distro_core.plugins.runtime import RuntimeHolder, build_runtime, open_runtimes
from distro_sdk.errors import PluginError
from distro_sdk.plugin import Plugin
from tests.plugins.sample_plugins import Carrier, RivalCarrier, Witness, installed, reaction


def finding(*plugins: FoundPlugin) -> Callable[[], Sequence[FoundPlugin]]:
    return lambda: plugins


def tenant(**fields: Any) -> TenantDocument:
    return TenantDocument(key="polar", name="Polar", **fields)


def must_not_be_imported() -> Any:
    raise AssertionError("it was imported")


async def test_a_plugin_that_no_tenant_has_is_not_imported() -> None:
    stranger = installed(Carrier, imports=must_not_be_imported)

    runtime = await build_runtime(find=finding(stranger))

    assert list(runtime.found) == ["carrier"]
    assert dict(runtime.loaded) == {}


async def test_built_in_plugins_are_loaded_for_everybody() -> None:
    runtime = await build_runtime(find=finding(installed(Carrier, built_in=True)))

    assert list(runtime.for_tenant(tenant()).transports) == ["pigeon"]
    assert list(runtime.for_tenant(tenant(disabled_plugins=("carrier",))).transports) == []


async def test_other_plugins_are_there_for_tenants_that_switched_them_on() -> None:
    runtime = await build_runtime({"carrier"}, find=finding(installed(Carrier)))

    assert list(runtime.for_tenant(tenant(enabled_plugins=("carrier",))).transports) == ["pigeon"]
    assert list(runtime.for_tenant(tenant()).transports) == []


@pytest.mark.proves("PLG-04")
async def test_a_plugin_that_is_not_installed_is_named() -> None:
    runtime = await build_runtime({"nobody"}, find=finding())

    assert dict(runtime.faults) == {"nobody": "it is not installed"}


async def test_the_fault_of_a_stranger_does_not_stop_the_platform() -> None:
    def import_badly() -> Any:
        raise ImportError("no module named feathers")

    broken = installed(Carrier, imports=import_badly)

    runtime = await build_runtime({"carrier", "witness"}, find=finding(broken, installed(Witness)))

    assert list(runtime.loaded) == ["witness"]
    assert dict(runtime.faults) == {"carrier": "it cannot be imported: ImportError: no module named feathers"}


async def test_the_fault_of_a_built_in_plugin_stops_it_and_shuts_down_what_was_started() -> None:
    started: list[Witness] = []

    class Started(Witness):
        async def startup(self) -> None:
            await super().startup()
            started.append(self)

    with pytest.raises(PluginError, match=r"plugin carrier: plugin\.json does not list the hooks it implements"):
        await build_runtime(
            find=finding(installed(Started, built_in=True), installed(Carrier, built_in=True, hooks=()))
        )

    assert [call for call, _ in started[0].calls] == ["startup", "shutdown"]


async def test_of_two_plugins_with_one_key_the_second_is_refused_by_name() -> None:
    both = finding(installed(Carrier), installed(RivalCarrier))

    runtime = await build_runtime({"carrier", "rival-carrier"}, find=both)

    assert dict(runtime.faults) == {
        "rival-carrier": "its transport pigeon is already provided by plugin carrier",
    }
    assert list(runtime.for_tenant(tenant(enabled_plugins=("carrier", "rival-carrier"))).transports) == ["pigeon"]


@pytest.mark.hook("startup")
async def test_a_plugin_that_does_not_start_takes_no_part() -> None:
    class Sleepy(Carrier):
        async def startup(self) -> None:
            raise OSError("the coop is locked")

    runtime = await build_runtime({"carrier"}, find=finding(installed(Sleepy)))

    assert dict(runtime.faults) == {"carrier": "startup failed: OSError: the coop is locked"}
    assert runtime.registries.transports.provider("pigeon") is None


async def test_a_plugin_that_starts_for_ever_is_given_up() -> None:
    class Endless(Carrier):
        async def startup(self) -> None:
            await asyncio.Event().wait()

    runtime = await build_runtime({"carrier"}, find=finding(installed(Endless)), hook_timeout=0.01)

    assert dict(runtime.faults) == {"carrier": "startup failed: TimeoutError: no answer within 0.01 seconds"}


async def test_settings_reach_the_plugin_and_wrong_ones_keep_it_out() -> None:
    class Choosy(Carrier):
        def __init__(self, settings: Any = None) -> None:
            super().__init__(settings)
            if self.settings.get("colour") != "grey":
                raise ValueError("colour must be grey")

    find = finding(installed(Choosy))

    accepted = await build_runtime({"carrier"}, find=find, settings={"carrier": {"colour": "grey"}})
    refused = await build_runtime({"carrier"}, find=find, settings={"carrier": {"colour": "pink"}})

    assert list(accepted.loaded) == ["carrier"]
    assert dict(refused.faults) == {"carrier": "it does not accept its settings: ValueError: colour must be grey"}


async def test_plugins_stand_in_their_order_then_built_in_then_by_id() -> None:
    async def nothing(value: Any) -> Any:
        return value

    plugins = [
        installed(reaction("late", "after_release", nothing, order=1), built_in=True),
        installed(reaction("b-stranger", "after_release", nothing)),
        installed(reaction("a-stranger", "after_release", nothing)),
        installed(reaction("z-own", "after_release", nothing), built_in=True),
        installed(reaction("early", "after_release", nothing, order=-1)),
    ]

    runtime = await build_runtime({plugin.id for plugin in plugins}, find=finding(*plugins))

    assert list(runtime.loaded) == ["early", "z-own", "a-stranger", "b-stranger", "late"]


@pytest.mark.hook("startup", "shutdown")
async def test_plugins_start_once_and_end_with_the_process() -> None:
    find = finding(installed(Witness, built_in=True), installed(Carrier))

    async with open_runtimes(find=find) as runtimes:
        witness = runtimes.current.loaded["witness"].plugin
        await runtimes.load({"carrier"})
        assert runtimes.current.loaded["witness"].plugin is witness
        assert isinstance(witness, Witness)
        assert witness.calls == [("startup", "")]

    assert witness.calls == [("startup", ""), ("shutdown", "")]


async def test_the_last_plugin_that_started_ends_first_and_a_failure_does_not_keep_the_others() -> None:
    ended: list[str] = []

    class First(Plugin):
        id: ClassVar[str] = "first"

        async def shutdown(self) -> None:
            ended.append("first")

    class Second(Plugin):
        id: ClassVar[str] = "second"

        async def shutdown(self) -> None:
            ended.append("second")
            raise OSError("the door is stuck")

    async with open_runtimes(find=finding(installed(First, built_in=True), installed(Second, built_in=True))):
        assert ended == []

    assert ended == ["second", "first"]


async def test_what_began_with_a_runtime_ends_with_it() -> None:
    async with open_runtimes(find=finding(installed(Carrier))) as runtimes:
        old = runtimes.current
        label = tenant(enabled_plugins=("carrier",))

        plugins = await runtimes.for_tenant(label)

        assert list(plugins.transports) == ["pigeon"]
        assert (old.generation, runtimes.current.generation) == (1, 2)
        assert list(old.for_tenant(label).transports) == []


async def test_a_runtime_is_built_only_when_a_plugin_is_lacking() -> None:
    async with open_runtimes(find=finding(installed(Carrier))) as runtimes:
        label = tenant(enabled_plugins=("carrier", "nobody"))

        for _ in range(3):
            await runtimes.for_tenant(label)

        assert runtimes.current.generation == 2
        assert dict(runtimes.current.faults) == {"nobody": "it is not installed"}


async def test_many_requests_at_once_load_a_plugin_once() -> None:
    imports: list[int] = []

    def import_carrier() -> type[Plugin]:
        imports.append(1)
        return Carrier

    async with open_runtimes(find=finding(installed(Carrier, imports=import_carrier))) as runtimes:
        label = tenant(enabled_plugins=("carrier",))

        views = await asyncio.gather(*(runtimes.for_tenant(label) for _ in range(20)))

        assert {tuple(view.transports) for view in views} == {("pigeon",)}
        assert len(imports) == 1
        assert runtimes.current.generation == 2


async def test_a_plugin_that_was_installed_later_is_found_when_it_is_wanted() -> None:
    site: list[FoundPlugin] = []
    runtimes = RuntimeHolder(await build_runtime(find=lambda: tuple(site)), find=lambda: tuple(site))
    assert "carrier" in (await runtimes.load({"carrier"})).faults

    site.append(installed(Carrier))
    runtime = await runtimes.load({"carrier"})

    assert dict(runtime.faults) == {}
    assert list(runtime.loaded) == ["carrier"]
