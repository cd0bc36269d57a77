"""Plugins do work from time to time: once for each moment, for tenants that have them, and where admins see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

import httpx2
import pytest
from pydantic import BaseModel

from distro_core.delivery.sweeper import sweep_tenant
from distro_core.identity.documents import Role, TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.discovery import find_plugins
from distro_core.plugins.registry import Registries
from distro_core.plugins.tasks.documents import PluginTaskDocument, TaskOutcome
from distro_core.plugins.tasks.service import GRACE, PERIODIC_TASK, PluginTaskService, forget_tasks
from distro_core.plugins.tasks.times import describe_timing, due_after, settle_timing
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.worker import task_handlers
from distro_sdk.errors import DomainError, PluginError
from distro_sdk.plugin import FEATURE_REQUIRED, Plugin, PluginContext
from distro_sdk.tasks import LONGEST_TASK, At, Every, PluginTask, TaskRun, Weekday
from distro_sdk.testing.clock import SettableClock
from tests.api.client import Client
from tests.api.conftest import hire, serve_api
from tests.api.conftest import http as http  # noqa: PLC0414 (a fixture)
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed

HOUR = timedelta(hours=1)
START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
CHIME, NAP = "clockwork/chime", "clockwork/nap"


class Zone(BaseModel):
    """Where the tenant is."""

    timezone: str | None = None


class Clockwork(Plugin):
    """Chimes every hour, and takes a nap on Mondays that never ends in time."""

    id = "clockwork"
    configuration = Zone

    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings)
        self.chimes: list[tuple[str, datetime]] = []
        self.read: list[datetime] = []
        self.trouble: Exception | None = None
        self.held: asyncio.Event | None = None

    def register_tasks(self) -> tuple[PluginTask, ...]:
        """Return both."""
        mondays = At(time=time(9), weekdays=frozenset({Weekday.MONDAY}), timezone_field="timezone")
        return (
            PluginTask("chime", "Chime.", Every(seconds=3600), self._chime),
            PluginTask("nap", "Nap.", mondays, _nap, timeout=0.05),
        )

    async def _chime(self, context: PluginContext, run: TaskRun) -> None:
        self.chimes.append((context.tenant_id, run.due_at))
        self.read.append(context.now())
        if self.held is not None:
            await self.held.wait()
        if self.trouble is not None:
            raise self.trouble


async def _nap(context: PluginContext, run: TaskRun) -> None:
    await asyncio.sleep(60)


class Workshop:
    """A platform with the clockwork; the first tenant has switched it on."""

    def __init__(self, platform: Platform, clock: SettableClock, tenants: tuple[str, str]) -> None:
        self.platform, self.clock = platform, clock
        self.tenant, self.other = tenants
        self.plugins_of = PluginsOf(platform)

    @property
    def clockwork(self) -> Clockwork:
        plugin = self.platform.runtimes.current.loaded["clockwork"].plugin
        assert isinstance(plugin, Clockwork)
        return plugin

    async def scope(self, tenant: str | None = None) -> Scope:
        return await self.platform.scope(tenant or self.tenant, SYSTEM_ACTOR)

    async def tasks(self) -> PluginTaskService:
        return PluginTaskService(await self.scope())

    async def work(self, key: str = CHIME) -> bool:
        """A sweep, and a worker that does what it asked for."""
        await (await self.tasks()).wake_due()
        return await (await self.tasks()).run(key)

    async def document(self, key: str = CHIME) -> PluginTaskDocument:
        document = await (await self.scope()).store.collection(PluginTaskDocument).find_one({"task": key})
        assert document is not None
        return document


@pytest.fixture(scope="module")
async def tower(platform: Platform, settings: Settings) -> AsyncIterator[Platform]:
    """A platform for all tests here."""
    async with open_platform(
        settings, clock=SettableClock(START), find=lambda: (*find_plugins(), installed(Clockwork))
    ) as running:
        yield running


@pytest.fixture
async def workshop(tower: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument) -> AsyncIterator[Workshop]:
    clock = tower.clock
    assert isinstance(clock, SettableClock)
    clock.advance(START - clock.now())
    workshop = Workshop(tower, clock, (tenant_a.id, tenant_b.id))
    await (await workshop.plugins_of(tenant_a.id)).enable("clockwork")
    yield workshop
    workshop.clockwork.chimes.clear()
    workshop.clockwork.read.clear()
    workshop.clockwork.trouble = workshop.clockwork.held = None


@pytest.mark.hook("register_tasks")
async def test_a_task_is_run_for_the_tenant_that_has_the_plugin_when_it_is_due(workshop: Workshop) -> None:
    early = await workshop.work()
    workshop.clock.advance(HOUR)
    due, again = await workshop.work(), await workshop.work()
    for tenant in (workshop.tenant, workshop.other):
        await sweep_tenant(await workshop.scope(tenant))

    assert (early, due, again) == (False, True, False)
    assert workshop.clockwork.chimes == [(workshop.tenant, START + HOUR)]
    assert workshop.clockwork.read == [START + HOUR]
    others = (await workshop.scope(workshop.other)).store.collection(PluginTaskDocument)
    assert await others.list({}) == []
    document = await workshop.document()
    assert (document.outcome, document.failure, document.failures) == (TaskOutcome.SUCCEEDED, "", 0)
    assert (document.last_started_at, document.next_run_at) == (START + HOUR, START + 2 * HOUR)


async def test_of_many_workers_at_one_moment_one_runs_it(workshop: Workshop) -> None:
    await workshop.work()
    workshop.clock.advance(HOUR)
    services = [await workshop.tasks() for _ in range(8)]

    ran = await asyncio.gather(*(service.run(CHIME) for service in services))

    assert sorted(ran) == [False] * 7 + [True]
    assert len(workshop.clockwork.chimes) == 1


async def test_moments_that_were_missed_make_one_run(workshop: Workshop) -> None:
    await workshop.work()
    workshop.clock.advance(50 * HOUR + timedelta(minutes=7))

    assert [await workshop.work() for _ in range(3)] == [True, False, False]
    assert workshop.clockwork.chimes == [(workshop.tenant, START + HOUR)]
    assert (await workshop.document()).next_run_at == START + 51 * HOUR


async def test_the_sweeper_asks_the_queue_and_the_worker_runs_it(workshop: Workshop) -> None:
    await workshop.work()
    workshop.clock.advance(HOUR)
    before = await workshop.platform.queue.depth()

    woken = await (await workshop.tasks()).wake_due()
    assert (woken, await workshop.platform.queue.depth()) == (1, before + 1)
    await task_handlers(workshop.platform)[PERIODIC_TASK]({"tenant_id": workshop.tenant, "task": CHIME})
    await workshop.platform.queue.cancel(f"{PERIODIC_TASK}:{workshop.tenant}:{CHIME}")

    assert len(workshop.clockwork.chimes) == 1
    assert await (await workshop.tasks()).wake_due() == 0


async def test_a_worker_that_dies_leaves_the_moment_to_another(workshop: Workshop) -> None:
    await workshop.work()
    workshop.clock.advance(HOUR)
    service = await workshop.tasks()
    # What a dead worker leaves: a claim, and nothing after it.
    assert await service._claim(CHIME, service._scope.plugins.tasks[CHIME]) is not None

    waiting = await workshop.work()
    workshop.clock.advance(timedelta(seconds=60) + GRACE)

    assert (waiting, await workshop.work()) == (False, True)
    assert workshop.clockwork.chimes == [(workshop.tenant, START + HOUR)]


async def test_a_worker_that_stops_gives_the_moment_back_at_once(workshop: Workshop) -> None:
    await workshop.work()
    workshop.clock.advance(HOUR)
    workshop.clockwork.held = asyncio.Event()
    running = asyncio.create_task((await workshop.tasks()).run(CHIME))
    while not workshop.clockwork.chimes:
        await asyncio.sleep(0.01)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    workshop.clockwork.held = None

    assert await workshop.work()
    assert workshop.clockwork.chimes == [(workshop.tenant, START + HOUR)] * 2


async def test_a_failure_is_kept_for_admins_and_the_next_moment_tries_again(workshop: Workshop) -> None:
    await workshop.work()
    workshop.clockwork.trouble = RuntimeError("the spring is broken")
    for _ in range(2):
        workshop.clock.advance(HOUR)
        assert await workshop.work()
    failed = await workshop.document()
    workshop.clockwork.trouble = None
    workshop.clock.advance(HOUR)
    await workshop.work()
    mended = await workshop.document()

    assert (failed.outcome, failed.failures) == (TaskOutcome.FAILED, 2)
    assert failed.failure == "RuntimeError: the spring is broken"
    assert (mended.outcome, mended.failures, mended.failure) == (TaskOutcome.SUCCEEDED, 0, "")


async def test_a_task_that_takes_too_long_is_given_up(workshop: Workshop) -> None:
    await workshop.work()
    workshop.clock.advance(timedelta(days=4))

    assert await workshop.work(NAP)

    napped = await workshop.document(NAP)
    assert (napped.outcome, napped.failure) == (TaskOutcome.FAILED, "TimeoutError: no answer within 0.05 seconds")
    assert napped.next_run_at == datetime(2026, 1, 26, 9, tzinfo=UTC)


async def test_the_tasks_of_a_plugin_that_rests_wait(workshop: Workshop) -> None:
    await workshop.work()
    circuits = workshop.platform.runtimes.current.dispatcher.circuits
    assert circuits is not None
    workshop.clock.advance(HOUR)
    for _ in range(workshop.platform.settings.plugin_failures):
        await circuits.note_failure("clockwork", workshop.tenant, "it is tired")

    first = await workshop.work()
    rested = await workshop.document()
    workshop.clock.advance(timedelta(seconds=workshop.platform.settings.plugin_rest + 1))
    await workshop.work()

    assert first
    assert (rested.outcome, rested.next_run_at, rested.holder) == (None, START + HOUR, None)
    assert workshop.clockwork.chimes == [(workshop.tenant, START + HOUR)]


async def test_without_a_licence_there_is_nothing_to_do_and_no_failure(workshop: Workshop) -> None:
    await workshop.work()
    workshop.clockwork.trouble = DomainError(FEATURE_REQUIRED, "chimes need a licence")
    workshop.clock.advance(HOUR)
    await workshop.work()

    document = await workshop.document()
    assert (document.outcome, document.failures) == (TaskOutcome.SKIPPED, 0)
    assert "chimes need a licence" in document.failure


async def test_a_plugin_that_is_switched_off_does_nothing_and_runs_once_when_it_is_back(workshop: Workshop) -> None:
    await workshop.work()
    plugins = await workshop.plugins_of(workshop.tenant)
    await plugins.disable("clockwork")
    workshop.clock.advance(5 * HOUR)
    off = await workshop.work()
    listed = await (await workshop.tasks()).list("clockwork")
    await plugins.enable("clockwork")

    assert (off, listed) == (False, [])
    assert [await workshop.work() for _ in range(2)] == [True, False]


async def test_the_tenants_time_zone_counts_where_it_names_one(workshop: Workshop) -> None:
    await workshop.work()
    in_utc = (await workshop.document(NAP)).next_run_at
    await (await workshop.plugins_of(workshop.tenant)).configure("clockwork", {"timezone": "America/New_York"})
    await workshop.work()
    in_new_york = await workshop.document(NAP)

    assert in_utc == datetime(2026, 1, 19, 9, tzinfo=UTC)
    assert in_new_york.next_run_at == datetime(2026, 1, 19, 14, tzinfo=UTC)
    assert in_new_york.timing == "at 09:00 on monday, America/New_York"


async def test_nothing_is_left_of_the_tasks_of_an_uninstalled_plugin(workshop: Workshop) -> None:
    await workshop.work()
    await forget_tasks(workshop.platform.control, "clockwork")

    assert await (await workshop.scope()).store.collection(PluginTaskDocument).list({}) == []


TASKS = """{ plugin(id: "clockwork") { tasks {
  name description timing nextRunAt running lastStartedAt lastEndedAt outcome failure failures } } }"""
RUN = "task { name nextRunAt } "


async def test_admins_see_tasks_and_have_them_run(
    workshop: Workshop, http: httpx2.AsyncClient, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    async with serve_api(workshop.platform, development=False) as url:
        anybody = Client(http, url)
        admin, manager, other = [
            await hire(workshop.platform, anybody, tenant, role)
            for tenant, role in ((tenant_a, Role.ADMIN), (tenant_a, Role.MANAGER), (tenant_b, Role.ADMIN))
        ]
        new = (await admin.data(TASKS))["plugin"]["tasks"]
        asked = await admin.mutate("pluginTaskRun", RUN, id="clockwork", task="chime")
        await workshop.work()
        seen = (await admin.data(TASKS))["plugin"]["tasks"]
        unknown = await admin.mutate("pluginTaskRun", RUN, id="clockwork", task="strike")
        foreign = await other.mutate("pluginTaskRun", RUN, id="clockwork", task="chime")
        refused = await manager.refused('mutation { pluginTaskRun(input: {id: "a", task: "b"}) { errors { code } } }')

        assert (await other.data(TASKS))["plugin"]["tasks"] == []
    moment = START.isoformat()
    assert new[0] | {"description": "Chime."} == {
        "name": "chime",
        "description": "Chime.",
        "timing": "every 1:00:00",
        "nextRunAt": None,
        "running": False,
        "lastStartedAt": None,
        "lastEndedAt": None,
        "outcome": None,
        "failure": "",
        "failures": 0,
    }
    assert asked["task"] == {"name": "chime", "nextRunAt": moment}
    assert (seen[0]["outcome"], seen[0]["lastStartedAt"]) == ("succeeded", moment)
    assert seen[0]["nextRunAt"] == (START + HOUR).isoformat()
    assert [[error["code"] for error in each["errors"]] for each in (unknown, foreign)] == [["NOT_FOUND"]] * 2
    assert refused == "FORBIDDEN"


NINE = At(time=time(9), timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("timing", "moment", "due"),
    [
        (NINE, datetime(2026, 3, 28, 8, 0, tzinfo=UTC), datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),
        (NINE, datetime(2026, 3, 27, 7, 59, tzinfo=UTC), datetime(2026, 3, 27, 8, 0, tzinfo=UTC)),
        (NINE, datetime(2026, 10, 25, 7, 0, tzinfo=UTC), datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
        # Skipped by the clocks: half past two is half past three that day; and the first of two half past twos.
        (
            At(time=time(2, 30), timezone="Europe/Berlin"),
            datetime(2026, 3, 29, 0, 0, tzinfo=UTC),
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        ),
        (
            At(time=time(2, 30), timezone="Europe/Berlin"),
            datetime(2026, 10, 25, 0, 0, tzinfo=UTC),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        (Every(seconds=3600), START + timedelta(minutes=90), START + 2 * HOUR),
        (Every(seconds=3600), START, START + HOUR),
    ],
)
def test_what_is_due_next(timing: Every | At, moment: datetime, due: datetime) -> None:
    assert due_after(timing, moment, START) == due


def test_a_zone_that_there_is_not_does_not_count() -> None:
    timing = At(time=time(9), timezone="Europe/Berlin", timezone_field="timezone")

    assert settle_timing(timing, {"timezone": "Moon/Crater"}) == settle_timing(timing, {"timezone": 7}) == timing
    assert describe_timing(timing) == "at 09:00, Europe/Berlin"


async def _run(context: PluginContext, run: TaskRun) -> None:
    raise AssertionError("it is never run")


GOOD = PluginTask("dust", "Dust.", Every(seconds=60), _run)


@pytest.mark.parametrize(
    ("tasks", "reason"),
    [
        ((GOOD, GOOD), "it has two tasks dust"),
        ((replace(GOOD, name="Dust!"),), "has no good name"),
        ((replace(GOOD, description=""),), "is not described"),
        ((PluginTask("dust", "Dust.", cast(Any, "daily"), _run),), "does not say when it is due"),
        ((replace(GOOD, timeout=LONGEST_TASK + 1),), "may take 3601 seconds"),
        (("dust",), "its task is str, not PluginTask"),
        (tuple(replace(GOOD, name=f"t{number}") for number in range(21)), "it has more than 20 tasks"),
    ],
)
def test_a_task_that_says_too_little_is_refused(tasks: tuple[Any, ...], reason: str) -> None:
    plugin = type("Broom", (Plugin,), {"id": "broom", "register_tasks": lambda self: tasks})
    registries = Registries()

    with pytest.raises(PluginError) as caught:
        registries.collect(plugin())

    assert reason in caught.value.message
    assert list(registries.tasks.offered_by(["broom"])) == []


def test_two_plugins_may_call_their_tasks_the_same() -> None:
    registries = Registries()
    for id in ("broom", "mop"):
        registries.collect(type("Tool", (Plugin,), {"id": id, "register_tasks": lambda self: (GOOD,)})())

    assert list(registries.copy().tasks.offered_by(["broom", "mop"])) == ["broom/dust", "mop/dust"]
