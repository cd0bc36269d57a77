"""Plugins tell how that does what they need: to operators, to admins, and never at the expense of a ready process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx2
import pytest
from pydantic import BaseModel, SecretStr

from distro_core.identity.documents import Role, TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import PLATFORM_DISTRIBUTION, find_plugins
from distro_core.plugins.health.board import FRESH, HealthBoard
from distro_core.plugins.registry import Registries
from distro_core.settings import Settings
from distro_plugins.license_server import LicenseServerPlugin
from distro_sdk.errors import PluginError
from distro_sdk.health import LONGEST_CHECK, CheckResult, CheckStatus, HealthCheck
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.clock import SettableClock
from tests.api.client import Client
from tests.api.conftest import hire, serve_api
from tests.api.conftest import http as http  # noqa: PLC0414 (a fixture)
from tests.licensing.license_server import serve_licenses
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed

TOKEN = "a token of sixteen letters"


class Garden(BaseModel):
    """What a tenant has."""

    gate: SecretStr | None = None


class Well(Plugin):
    """Has a well that may run dry, and asks a tenant's gate; what `critical` says is heeded of a built-in plugin."""

    id = "well"
    configuration = Garden

    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings)
        self.answer: Any = CheckResult(CheckStatus.UP, "water at 3 m")
        self.asked = 0
        self.hangs = False

    def register_health_checks(self) -> tuple[HealthCheck, ...]:
        """Return both."""
        return (
            HealthCheck("water", "Water", self._water, timeout=0.2, critical=True),
            HealthCheck("gate", "Gate", _gate),
        )

    async def _water(self, context: PluginContext | None) -> CheckResult:
        self.asked += 1
        if self.hangs:
            await asyncio.sleep(60)
        if isinstance(self.answer, Exception):
            raise self.answer
        return cast(CheckResult, self.answer)


async def _gate(context: PluginContext | None) -> CheckResult:
    if context is None:
        return CheckResult(CheckStatus.UNUSED, "gates are the tenants'")
    if context.configuration.get("gate") is None:
        return CheckResult(CheckStatus.UNUSED)
    raise RuntimeError(f"the gate does not open with {context.configuration['gate'].get_secret_value()}")


class Village:
    """A platform with the well; `built_in`: whether it came with the platform."""

    def __init__(self, platform: Platform, clock: SettableClock, url: str, http: httpx2.AsyncClient) -> None:
        self.platform, self.clock, self.url, self.http = platform, clock, url, http

    @property
    def well(self) -> Well:
        plugin = self.platform.runtimes.current.loaded["well"].plugin
        assert isinstance(plugin, Well)
        return plugin

    async def ready(self, token: str | None = None) -> tuple[int, dict[str, Any]]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = await self.http.get(f"{self.url}/ready", headers=headers)
        return response.status_code, response.json()

    async def found(self) -> dict[str, dict[str, Any]]:
        """What the operator is told of the well, once all checks have answered."""
        await self.ready(TOKEN)
        while True:
            found = {f"{each['plugin']}/{each['check']}": each for each in await self._told()}
            if {"well/gate", "well/water"} <= found.keys():
                return found
            await asyncio.sleep(0.01)

    async def _told(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = (await self.ready(TOKEN))[1]["plugins"]
        return told


@pytest.fixture
def built_in() -> bool:
    return True


@pytest.fixture
async def village(
    platform: Platform, settings: Settings, http: httpx2.AsyncClient, tenant_a: TenantDocument, built_in: bool
) -> AsyncIterator[Village]:
    clock = SettableClock(datetime(2026, 1, 15, 12, 0, tzinfo=UTC))
    sample = installed(Well)
    if built_in:
        sample = replace(sample, built_in=True, distribution=PLATFORM_DISTRIBUTION)
    changed = settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    async with (
        open_platform(changed, clock=clock, find=lambda: (*find_plugins(), sample)) as running,
        serve_api(running, development=False) as url,
    ):
        await (await PluginsOf(running)(tenant_a.id)).enable("well")
        yield Village(running, clock, url, http)


READY = {"status": "ready", "mongodb": "up", "redis": "up"}


@pytest.mark.hook("register_health_checks")
async def test_operators_are_told_of_every_check_and_others_of_none(village: Village) -> None:
    found = await village.found()

    assert found["well/water"] == {
        "plugin": "well",
        "check": "water",
        "title": "Water",
        "critical": True,
        "status": "up",
        "detail": "water at 3 m",
        "at": village.clock.now().isoformat(),
    }
    assert (found["well/gate"]["status"], found["well/gate"]["detail"]) == ("unused", "gates are the tenants'")
    assert found["smtp/server"]["status"] == found["license-server/server"]["status"] == "unused"
    assert await village.ready() == await village.ready("some other token") == (200, READY)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (CheckResult(CheckStatus.DOWN, "it is dry"), "it is dry"),
        (RuntimeError("the rope broke"), "RuntimeError: the rope broke"),
        ("wet", "it answered str, not CheckResult"),
    ],
)
async def test_a_process_is_not_ready_while_a_critical_check_is_down(
    village: Village, answer: Any, detail: str
) -> None:
    village.well.answer = answer
    found = await village.found()
    down = await village.ready()
    village.well.answer = CheckResult(CheckStatus.UP)
    village.clock.advance(FRESH)
    up = await village.ready()

    assert (found["well/water"]["status"], found["well/water"]["detail"]) == ("down", detail)
    assert down == (503, {**READY, "status": "unavailable", "well/water": "down"})
    assert up == (200, READY)


async def test_a_check_that_hangs_is_down_and_holds_nothing_up(village: Village) -> None:
    village.well.hangs = True
    board = HealthBoard(village.platform.runtimes, village.clock)

    impatient = {(each.plugin, each.name): each for each in await board.of_process(0.01)}
    patient = {(each.plugin, each.name): each for each in await board.of_process(60)}

    assert impatient["well", "water"].result == CheckResult(CheckStatus.DOWN, "no answer within 0.01 seconds")
    assert patient["well", "water"].result.detail == "TimeoutError: no answer within 0.2 seconds"


@pytest.mark.parametrize("built_in", [False])
async def test_no_plugin_of_a_stranger_makes_the_process_unready(village: Village) -> None:
    village.well.hangs = True

    assert await village.ready() == (200, READY)
    village.well.answer, village.well.hangs = CheckResult(CheckStatus.DOWN, "it is dry"), False
    village.clock.advance(FRESH)
    found = (await village.found())["well/water"]
    assert (found["critical"], await village.ready()) == (False, (200, READY))


async def test_who_asks_often_asks_what_is_behind_it_no_more_often(village: Village) -> None:
    board = HealthBoard(village.platform.runtimes, village.clock)
    await asyncio.gather(*(board.of_process(1) for _ in range(20)))
    first = village.well.asked
    village.clock.advance(FRESH - timedelta(milliseconds=1))
    await board.of_process(1)
    still = village.well.asked
    village.clock.advance(timedelta(milliseconds=1))
    await board.of_process(1)

    assert (first, still, village.well.asked) == (1, 1, 2)


CHECKS = '{ plugin(id: "well") { healthChecks { name title status detail critical checkedAt } } }'


async def test_admins_see_the_checks_of_their_tenant_and_no_secret(
    village: Village, http: httpx2.AsyncClient, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    anybody = Client(http, village.url)
    admin = await hire(village.platform, anybody, tenant_a, Role.ADMIN)
    other = await hire(village.platform, anybody, tenant_b, Role.ADMIN)
    await (await PluginsOf(village.platform)(tenant_b.id)).disable("well")
    unset = (await admin.data(CHECKS))["plugin"]["healthChecks"]
    await (await PluginsOf(village.platform)(tenant_a.id)).configure("well", {"gate": "open sesame"})
    village.clock.advance(FRESH)
    failing = (await admin.data(CHECKS))["plugin"]["healthChecks"]
    again = (await admin.data(CHECKS))["plugin"]["healthChecks"]

    assert [(each["name"], each["status"]) for each in unset] == [("water", "up"), ("gate", "unused")]
    assert failing == again
    assert failing[1] == {
        "name": "gate",
        "title": "Gate",
        "status": "down",
        "detail": "RuntimeError: the gate does not open with **********",
        "critical": False,
        "checkedAt": village.clock.now().isoformat(),
    }
    assert (await other.data(CHECKS))["plugin"]["healthChecks"] == []
    circuits = village.platform.runtimes.current.dispatcher.circuits
    assert circuits is not None
    assert await circuits.find("well", tenant_a.id) is None


async def test_the_licence_server_is_checked() -> None:
    async def found(settings: dict[str, Any]) -> CheckResult:
        (check,) = LicenseServerPlugin(settings).register_health_checks()
        return await check.check(None)

    async with serve_licenses() as server:
        up = await found(server.settings)
        away = await found({**server.settings, "url": "http://127.0.0.1:1/verify"})
        forbidden = await found({**server.settings, "private_networks": []})

    # It says that it takes no GET: it answers, and that is what is asked.
    assert up == CheckResult(CheckStatus.UP, "it answers 405")
    assert (away.status, forbidden.status) == (CheckStatus.DOWN, CheckStatus.DOWN)
    assert (await found({})).status is CheckStatus.UNUSED


async def _check(context: PluginContext | None) -> CheckResult:
    return CheckResult(CheckStatus.UP)


GOOD = HealthCheck("dust", "Dust", _check)


@pytest.mark.parametrize(
    ("checks", "reason"),
    [
        ((GOOD, GOOD), "it has two health checks dust"),
        ((replace(GOOD, name="Dust!"),), "has no good name or no title"),
        ((replace(GOOD, title=""),), "has no good name or no title"),
        ((replace(GOOD, timeout=LONGEST_CHECK + 1),), "may take 121 seconds"),
        (("dust",), "its health check is str, not HealthCheck"),
        (tuple(replace(GOOD, name=f"t{number}") for number in range(11)), "it has more than 10 health checks"),
    ],
)
def test_a_check_that_says_too_little_is_refused(checks: tuple[Any, ...], reason: str) -> None:
    registries = Registries()
    with pytest.raises(PluginError) as caught:
        registries.collect(type("Broom", (Plugin,), {"id": "broom", "register_health_checks": lambda self: checks})())

    assert reason in caught.value.message
    assert list(registries.health_checks.offered_by(["broom"])) == []
