"""Rules that fire once, and targets that wait for each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import Release
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.events import AssetStored, DeliveryStatusChanged
from distro_sdk.models.message import MessagePlan, MessageSubtype, MessagingParty
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.collections import context_in_memory
from distro_sdk.testing.plans import ICPN, example_plan
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from stardust_delivery_orchestrator import DeliveryOrchestratorPlugin, Orchestration
from stardust_delivery_orchestrator.notices import Notice, NoticesAsked

PLUGIN = DeliveryOrchestratorPlugin()
FIRST, SECOND = "PADPIDA2012073007X", "PADPIDA2013071501L"
AT = datetime(2026, 11, 21, tzinfo=UTC)
CONFIGURATION: dict[str, Any] = {
    "type": "sequential",
    "targets": [{"name": "spotify", "id": "t1", "dpid": FIRST}, {"name": "deezer", "id": "t2", "dpid": SECOND}],
    "rules": [
        {"condition": "spotify.success", "action": "notify", "target": "marketing-team"},
        {"condition": "spotify.failure", "action": "notify", "target": "operations"},
    ],
}


def context(**changes: Any) -> PluginContext:
    return context_in_memory("delivery-orchestrator", configuration=CONFIGURATION | changes)


def moved(status: DeliveryStatus, **changes: Any) -> DeliveryStatusChanged:
    given: dict[str, Any] = {
        "id": "e1",
        "tenant_id": "tenant",
        "at": AT,
        "delivery_id": "d1",
        "release_id": "r1",
        "target_id": "t1",
        "subtype": MessageSubtype.INITIAL,
        "previous": DeliveryStatus.UPLOADING,
        "status": status,
    }
    return DeliveryStatusChanged.model_validate(given | changes)


async def notices(context: PluginContext, **asked: Any) -> list[Notice]:
    (api,) = PLUGIN.register_graphql()
    found: list[Notice] = await api.queries[0].resolve(context, NoticesAsked(**asked))
    return found


def plan_for(dpid: str, subtype: MessageSubtype = MessageSubtype.INITIAL) -> MessagePlan:
    recipients = (MessagingParty(dpid=dpid, name="DSP"),)
    return example_plan(subtype).model_copy(update={"recipients": recipients})


class TestDeliveryOrchestratorPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return DeliveryOrchestratorPlugin


@pytest.mark.proves("INI-05")
@pytest.mark.hook("on_event", "register_graphql")
async def test_a_rule_fires_once_on_success_however_often_it_is_told() -> None:
    label = context()

    for status in (DeliveryStatus.UPLOADING, DeliveryStatus.DISTRIBUTED, DeliveryStatus.DISTRIBUTED):
        await PLUGIN.on_event(label, moved(status))
    await PLUGIN.on_event(label, moved(DeliveryStatus.LIVE, id="e2", at=AT + timedelta(hours=1)))
    await PLUGIN.on_event(label, moved(DeliveryStatus.DISTRIBUTED, target_id="t2", delivery_id="d2"))
    await PLUGIN.on_event(label, AssetStored(id="e3", tenant_id="tenant", at=AT, asset_id="a"))

    (notice,) = await notices(label)
    assert (notice.team, notice.condition, notice.status) == (
        "marketing-team",
        "spotify.success",
        DeliveryStatus.DISTRIBUTED,
    )
    assert (notice.delivery_id, notice.release_id, notice.at) == ("d1", "r1", AT)


async def test_what_is_tried_again_by_itself_is_no_failure() -> None:
    label = context()

    await PLUGIN.on_event(label, moved(DeliveryStatus.FAILED, in_passing=True))
    assert await notices(label) == []
    await PLUGIN.on_event(label, moved(DeliveryStatus.FAILED, id="e2"))

    assert [(notice.team, notice.condition) for notice in await notices(label)] == [("operations", "spotify.failure")]


async def test_notices_come_newest_first_and_by_team() -> None:
    label = context()
    for hour in range(3):
        at = AT + timedelta(hours=hour)
        await PLUGIN.on_event(label, moved(DeliveryStatus.DISTRIBUTED, delivery_id=f"d{hour}", id=f"e{hour}", at=at))
    await PLUGIN.on_event(label, moved(DeliveryStatus.REJECTED, delivery_id="d9", id="e9"))

    assert [notice.delivery_id for notice in await notices(label, team="marketing-team")] == ["d2", "d1", "d0"]
    assert [notice.delivery_id for notice in await notices(label, first=1)] == ["d2"]


async def test_what_is_kept_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stardust_delivery_orchestrator.MOST_NOTICES", 3)
    monkeypatch.setattr("stardust_delivery_orchestrator.marks.DIGITS", 1)
    monkeypatch.setattr("stardust_delivery_orchestrator.marks.MOST_IN_DOCUMENT", 4)
    label = context()

    for hour in range(8):
        at = AT + timedelta(hours=hour)
        await PLUGIN.on_event(label, moved(DeliveryStatus.DISTRIBUTED, delivery_id=f"d{hour}", id=f"e{hour}", at=at))

    assert [notice.delivery_id for notice in await notices(label)] == ["d7", "d6", "d5"]


@pytest.mark.proves("INI-05")
@pytest.mark.hook("before_delivery", "after_release")
async def test_the_second_target_waits_for_the_first() -> None:
    label = context()
    await PLUGIN.after_release(label, Release(id="r1", title="Night Drive", icpn=ICPN))

    await PLUGIN.before_delivery(label, plan_for(FIRST))
    with pytest.raises(DomainError) as caught:
        await PLUGIN.before_delivery(label, plan_for(SECOND))
    await PLUGIN.on_event(label, moved(DeliveryStatus.DISTRIBUTED, release_id="another"))
    with pytest.raises(DomainError):
        await PLUGIN.before_delivery(label, plan_for(SECOND))
    await PLUGIN.on_event(label, moved(DeliveryStatus.DISTRIBUTED))

    await PLUGIN.before_delivery(label, plan_for(SECOND))
    assert caught.value.code == "DELIVERY_OUT_OF_TURN"
    assert caught.value.message == "spotify comes first, and has not got this release yet"


async def vetoes(told: PluginContext, plan: MessagePlan) -> list[str]:
    """Why a delivery may not begin; nothing where it may."""
    try:
        await PLUGIN.before_delivery(told, plan)
    except DomainError as error:
        return [error.code]
    return []


async def test_updates_takedowns_and_other_targets_never_wait() -> None:
    for subtype in (MessageSubtype.UPDATE, MessageSubtype.TAKEDOWN):
        assert await vetoes(context(), plan_for(SECOND, subtype)) == []
    assert await vetoes(context(), plan_for("PADPIDA2000000000Z")) == []


@pytest.mark.proves("INI-05")
async def test_in_parallel_nobody_waits() -> None:
    assert await vetoes(context(type="parallel"), plan_for(SECOND)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"rules": [{"condition": "apple.success", "target": "team"}]},
        {"rules": [{"condition": "spotify.maybe", "target": "team"}]},
        {"rules": [{"condition": "spotify.success", "action": "explode", "target": "team"}]},
        {"targets": [CONFIGURATION["targets"][0]] * 2},
        {"type": "sideways"},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Orchestration.model_validate(CONFIGURATION | wrong)


@pytest.mark.proves("INI-05")
async def test_on_a_platform_a_rule_fires_for_the_tenant_that_has_it(running_platform: RunningPlatform) -> None:
    await running_platform.configure(running_platform.tenant_id, CONFIGURATION)
    event = moved(DeliveryStatus.DISTRIBUTED)

    for tenant in (running_platform.tenant_id, running_platform.tenant_id, running_platform.other_tenant_id):
        assert await (await running_platform.plugins(tenant)).on_event(event)

    kept = await running_platform.collection("notices").list()
    assert [document.content["team"] for document in kept] == ["marketing-team"]
