"""Many deliveries while workers, Redis, mongod and the line to the DSP die again and again, by a seed."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from pydantic import SecretStr
from pymongo.errors import PyMongoError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.requests.wishes import Wish
from distro_core.embedded import embedded_services
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.chaos.crew import MONGOD, VALKEY, Crew, Dsp, dsp_process, kill_server
from tests.chaos.receiver_process import Chances
from tests.conftest import LOOPBACK
from tests.delivery.label import Label
from tests.delivery.material import tone

ENDED = frozenset({Status.LIVE, Status.FAILED, Status.NEEDS_ATTENTION, Status.REJECTED, Status.CANCELLED})

TRANSIENT = Chances(cut=0.01, stall=0.002, full=0.01, corrupt=0.004, busy=0.01, forget=0.01)

QUICK: dict[str, Any] = {
    "delivery_lease": 4.0,
    "sweep_interval": 0.5,
    "acknowledgement_interval": 0.5,
    "retry_delay": 0.2,
    "circuit_reset": 0.5,
    "outbox_interval": 5.0,
    "plugins": LOOPBACK,
}
"""Settings of the platform that differ from the usual ones: shorter times, nothing else."""


@dataclass(frozen=True)
class Plan:
    """What a storm is made of. `every`: seconds between two blows, from and to; `patience`: seconds for all of it.

    `storm`: seconds after which no more blows come; `chances`: what the DSP does by itself meanwhile; `dsp_seed`: by
    which seed, where it is another.
    """

    releases: int
    targets: int
    workers: int = 3
    concurrency: int = 4
    seed: int = 1
    dsp_seed: int | None = None
    every: tuple[float, float] = (1.0, 3.0)
    storm: float = 30.0
    patience: float = 120.0
    chances: Chances = TRANSIENT

    @property
    def deliveries(self) -> int:
        """How many are asked for."""
        return self.releases * self.targets


@dataclass
class Aftermath:
    """What was left of a storm. `deliveries`: as they ended; `open`: batches that did not; `blows`: by kind."""

    deliveries: list[DeliveryDocument]
    open: int
    blows: Counter[str]
    faults: dict[str, int]
    seconds: float
    dsp_folder: Path
    asked: set[tuple[str, str]] = field(default_factory=set)

    @property
    def statuses(self) -> Counter[str]:
        """How many ended how."""
        return Counter(delivery.status.value for delivery in self.deliveries)

    @property
    def share(self) -> float:
        """Which part of what was asked for ended well."""
        return self.statuses[Status.LIVE.value] / len(self.asked)


class Storm:
    """A storm that runs over a platform. Blows come until `over` is set, or its time is."""

    def __init__(self, plan: Plan, platform: Platform, crew: Crew, dsp: Dsp) -> None:
        self._plan = plan
        self._platform = platform
        self._crew = crew
        self._dsp = dsp
        self._chance = random.Random(plan.seed)
        self.blows: Counter[str] = Counter()
        self.over = asyncio.Event()

    async def rage(self) -> None:
        """Strike again and again, each way once first; each worker that is killed is followed by another one."""
        end = monotonic() + self._plan.storm
        blows = (self._kill_worker, self._kill_redis, self._kill_mongod, self._empty_redis, self._cut_lines)
        for blow in self._chance.sample(blows, len(blows)):
            await asyncio.sleep(self._chance.uniform(*self._plan.every))
            await blow()
        while monotonic() < end:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), self._chance.uniform(*self._plan.every))
                return
            (blow,) = self._chance.choices(blows, weights=(6, 2, 2, 1, 2))
            await blow()

    async def _kill_worker(self) -> None:
        await self._crew.kill(self._chance.randrange(len(self._crew.workers)))
        self.blows["worker killed"] += 1
        await self._crew.hire()

    async def _kill_redis(self) -> None:
        self.blows["Redis killed"] += kill_server(self._platform.settings.data_path, VALKEY)

    async def _kill_mongod(self) -> None:
        self.blows["mongod killed"] += kill_server(self._platform.settings.data_path, MONGOD)

    async def _empty_redis(self) -> None:
        try:
            async with Redis.from_url(self._platform.redis_url) as redis:
                await redis.flushall()
        except (RedisError, OSError):
            return
        self.blows["Redis emptied"] += 1

    async def _cut_lines(self) -> None:
        await self._dsp.order("cut")
        self.blows["lines cut"] += 1


async def ride_out(folder: Path, plan: Plan) -> Aftermath:
    """Make deliveries, have them carried out in a storm, and tell what was left when all had ended or time was up."""
    settings = Settings.model_validate(
        {**QUICK, "data_dir": folder / "data", "worker_concurrency": plan.concurrency, "log_level": "ERROR"}
    )
    async with (
        label_on_servers(settings) as (platform, label),
        dsp_process(folder / "dsp", plan.seed if plan.dsp_seed is None else plan.dsp_seed, plan.chances) as dsp,
    ):
        crew = Crew(worker_settings(platform.settings, QUICK), folder / "workers.log")
        releases = [await label.release(tone(440, 0.2), title=f"Song {place}") for place in range(plan.releases)]
        targets = [await dsp.target(label, f"dsp-{place}") for place in range(plan.targets)]
        asked = {(release.id, target.id) for release in releases for target in targets}
        try:
            await asyncio.gather(*(crew.hire() for _ in range(plan.workers)))
            began = monotonic()
            storm = Storm(plan, platform, crew, dsp)
            raging = asyncio.create_task(storm.rage())
            await _ask(label, asked, plan)
            open_batches = await _until_all_ended(label, raging, began + plan.patience)
            seconds = monotonic() - began
            storm.over.set()
            await raging
            faults = await dsp.order("calm")
        finally:
            await crew.dismiss()
        deliveries = await _all_deliveries(label)
    return Aftermath(deliveries, open_batches, storm.blows, faults, seconds, folder / "dsp", asked)


async def _ask(label: Label, asked: set[tuple[str, str]], plan: Plan) -> None:
    """Ask for all deliveries while the storm rages, each again with the same key until it was accepted."""
    order = sorted(asked)
    random.Random(plan.seed).shuffle(order)
    for release_id, target_id in order:
        wish = Wish(idempotency_key=f"{release_id}:{target_id}")
        while True:
            try:
                await label.deliveries.create([release_id], target_id, wish)
                break
            except (PyMongoError, OSError):
                await asyncio.sleep(0.1)


async def _until_all_ended(label: Label, raging: asyncio.Task[None], deadline: float) -> int:
    """Wait until nothing is under way any more; how many batches are still open when time is up."""
    batches = label.scope.store.collection(BatchDocument)
    raw = label.scope.store.collection(DeliveryDocument).raw
    left = 1
    while monotonic() < deadline:
        await asyncio.sleep(0.25)
        if raging.done():
            raging.result()
        try:
            left = await batches.count({"status": BatchStatus.OPEN})
            waiting = await raw.count_documents({"status": {"$nin": [status.value for status in ENDED]}})
        except (PyMongoError, OSError):
            continue
        if not left and not waiting:
            return 0
    return max(left, 1)


async def _all_deliveries(label: Label) -> list[DeliveryDocument]:
    collection = label.scope.store.collection(DeliveryDocument)
    found: list[DeliveryDocument] = []
    while True:
        try:
            page = await collection.list({"id": {"$gt": found[-1].id if found else ""}})
        except (PyMongoError, DomainError):
            await asyncio.sleep(0.2)
            continue
        if not page:
            return found
        found += page


@asynccontextmanager
async def label_on_servers(settings: Settings) -> AsyncIterator[tuple[Platform, Label]]:
    """A platform on servers of its own that this process starts again when they die, and one tenant."""
    async with embedded_services(settings) as services:
        urls = {"mongo_url": SecretStr(services.mongo_url), "redis_url": SecretStr(services.redis_url)}
        async with open_platform(settings.model_copy(update=urls)) as platform:
            tenants = platform.control.collection(TenantDocument)
            tenant = await tenants.insert(TenantDocument(key=f"t{new_id()}", name="Label in a storm"))
            await platform.create_tenant_database(tenant)
            scope = await platform.scope(tenant.id, SYSTEM_ACTOR)
            yield platform, Label(scope, settings.data_path / "nowhere")


def worker_settings(settings: Settings, changes: Mapping[str, object]) -> dict[str, object]:
    """What a worker's process needs to work beside this one. `changes`: by name."""
    assert settings.mongo_url is not None
    assert settings.redis_url is not None
    return {
        **changes,
        "plugins": json.dumps(LOOPBACK),
        "data_dir": settings.data_dir,
        "mongo_url": settings.mongo_url.get_secret_value(),
        "redis_url": settings.redis_url.get_secret_value(),
        "worker_concurrency": settings.worker_concurrency,
        "log_level": settings.log_level,
    }
