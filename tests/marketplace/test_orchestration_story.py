"""The Delivery Orchestrator at work: targets in their order, over real protocols, without a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from distro_api.receiver import Receiver
from distro_core.delivery.documents import DeliveryDocument, WaitReason
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.delivery.targets.pauses import PauseService
from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.install.documents import JobStatus
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.dsp import receiver_at, sftp_target
from tests.delivery.label import Label
from tests.delivery.workers import worker
from tests.ftp_servers import PASSWORD, open_folder, pyftpdlib
from tests.marketplace.own_shops import own_shop
from tests.marketplace.shops import Shop
from tests.marketplace.test_own_plugins import MARKETPLACE, OwnWheel

ORCHESTRATOR = "delivery-orchestrator"
PACKAGE = "stardust_delivery_orchestrator"
DELIVERED = frozenset({Status.DISTRIBUTED, Status.LIVE})


@pytest.fixture
async def shop(
    platform: Platform, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    """A platform with the orchestrator, as it is bought."""
    async with own_shop(settings, tmp_path, monkeypatch, PACKAGE) as opened:
        opened.market.offer(OwnWheel(MARKETPLACE / "delivery_orchestrator", tmp_path))
        assert (await opened.install(ORCHESTRATOR)).status is JobStatus.COMPLETED
        yield opened


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    """A DSP that answers."""
    async with receiver_at(tmp_path / "dsp") as running:
        yield running


@contextmanager
def ftp_server() -> Iterator[dict[str, Any]]:
    """What a target needs to deliver to a real FTP server."""
    with open_folder() as folder, pyftpdlib(folder, None) as server:
        settings = server.settings("in").model_dump(mode="json", exclude={"password"}, exclude_defaults=True)
        yield {"transport": "ftp", "settings": settings, "secrets": {"password": SecretStr(PASSWORD)}}


async def label_of(shop: Shop, tenant: TenantDocument, folder: Path) -> Label:
    folder.mkdir(exist_ok=True)
    return Label(await shop.platform.scope(tenant.id, SYSTEM_ACTOR), folder)


async def orchestrate(shop: Shop, tenant: TenantDocument, *targets: TargetDocument, **chosen: Any) -> None:
    plugins = await shop.plugins_of(tenant.id)
    await plugins.enable(ORCHESTRATOR)
    listed = [{"name": f"target-{place}", "id": target.id} for place, target in enumerate(targets, 1)]
    await plugins.configure(ORCHESTRATOR, {"type": "sequential", "targets": listed, **chosen})


async def deliver_to_all(label: Label, release_id: str, *targets: TargetDocument) -> list[DeliveryDocument]:
    """One delivery to each target, the last one first: the order is not that of asking."""
    made = [(await label.deliveries.create([release_id], target.id))[0] for target in reversed(targets)]
    return made[::-1]


async def until(label: Label, made: list[DeliveryDocument], *statuses: frozenset[Status]) -> list[DeliveryDocument]:
    """The deliveries once each is in one of its statuses."""
    async with asyncio.timeout(60):
        while True:
            found = [await label.deliveries.get(each.id) for each in made]
            if all(each.status in wanted for each, wanted in zip(found, statuses, strict=True)):
                return found
            await asyncio.sleep(0.05)


@asynccontextmanager
async def at_work(shop: Shop) -> AsyncIterator[None]:
    # Nothing here may hang on the sweeper or on a look every now and then: events wake what waits.
    async with worker(shop.platform, sweep_interval=30.0):
        yield


@pytest.mark.proves("INI-05", "PLG-09")
async def test_three_targets_get_a_release_one_after_the_other_and_nobody_helps(
    shop: Shop, receiver: Receiver, tenant_a: TenantDocument, tenant_b: TenantDocument, tmp_path: Path
) -> None:
    label = await label_of(shop, tenant_a, tmp_path / "a")
    other = await label_of(shop, tenant_b, tmp_path / "b")
    with ftp_server() as ftp:
        first = await sftp_target(label, receiver, name="First")
        second = await label.target(name="Second", **ftp)
        third = await label.target(name="Third")
        await orchestrate(shop, tenant_a, first, second, third, wait_for="success")
        release, foreign = await label.release(), await other.release()
        theirs = [await other.target(name="Paused"), await other.target(name="Parallel")]
        await PauseService(other.scope).pause(theirs[0].id, "nobody goes there")
        await orchestrate(shop, tenant_b, *theirs, type="parallel")

        async with at_work(shop):
            made = await deliver_to_all(label, release.id, first, second, third)
            abroad = await deliver_to_all(other, foreign.id, *theirs)
            ended = await until(label, made, DELIVERED, DELIVERED, DELIVERED)
            paused, parallel = await until(other, abroad, frozenset({Status.CREATED}), DELIVERED)

    assert [each.error for each in ended] == [None, None, None]
    moments = [each.completed_at for each in ended if each.completed_at]
    begun = [each.started_at for each in ended if each.started_at]
    assert (len(moments), len(begun)) == (3, 3)
    assert moments == sorted(moments)
    for place in (1, 2):
        assert begun[place] >= moments[place - 1]
        assert Status.SCHEDULED in [change.status for change in ended[place].history]
        assert [attempt.number for attempt in ended[place].attempts] == [1]
    unhindered = [*ended[0].history, *paused.history, *parallel.history]
    assert Status.SCHEDULED not in [change.status for change in unhindered]


@pytest.mark.proves("INI-05", "PLG-09")
async def test_where_the_first_fails_the_others_end_as_the_tenant_has_configured(
    shop: Shop, receiver: Receiver, tenant_a: TenantDocument, tmp_path: Path
) -> None:
    label = await label_of(shop, tenant_a, tmp_path / "a")
    wrong = {"secrets": {"password": SecretStr("not the password")}}
    first = await sftp_target(label, receiver, name="First", **wrong)
    second, third = await label.target(name="Second"), await label.target(name="Third")
    failed = frozenset({Status.FAILED, Status.NEEDS_ATTENTION})
    scheduled, attention = frozenset({Status.SCHEDULED}), frozenset({Status.NEEDS_ATTENTION})

    async with at_work(shop):
        # They wait until somebody has mended the first, and then go by themselves.
        await orchestrate(shop, tenant_a, first, second, third)
        shop.platform.memory.forget(tenant_a.id)
        patient = await deliver_to_all(label, (await label.release()).id, first, second, third)
        waiting = await until(label, patient, failed, scheduled, scheduled)
        await label.targets.update(first.id, TargetChanges(secrets={"password": SecretStr("a-secret-of-the-label")}))
        await label.deliveries.retry(patient[0].id)
        mended = await until(label, patient, DELIVERED, DELIVERED, DELIVERED)

        # They stop.
        await label.targets.update(first.id, TargetChanges(**wrong))
        await orchestrate(shop, tenant_a, first, second, third, on_failure="stop")
        shop.platform.memory.forget(tenant_a.id)
        strict = await deliver_to_all(label, (await label.release()).id, first, second, third)
        stopped = await until(label, strict, failed, attention, attention)

        # They go all the same.
        await label.targets.update(first.id, TargetChanges(**wrong))
        await orchestrate(shop, tenant_a, first, second, third, on_failure="go_on")
        shop.platform.memory.forget(tenant_a.id)
        bold = await deliver_to_all(label, (await label.release()).id, first, second, third)
        gone = await until(label, bold, failed, DELIVERED, DELIVERED)

    assert [each.waiting and each.waiting.reason for each in waiting[1:]] == [WaitReason.PLUGIN] * 2
    assert [each.waiting and each.waiting.message for each in waiting[1:]] == [
        f"{ORCHESTRATOR}: target-1 comes first, and has not got this release yet",
        f"{ORCHESTRATOR}: target-2 comes first, and has not got this release yet",
    ]
    assert [each.error for each in mended] == [None, None, None]
    assert [each.error and each.error.code for each in stopped[1:]] == ["DELIVERY_OUT_OF_TURN"] * 2
    assert [each.error for each in gone[1:]] == [None, None]
