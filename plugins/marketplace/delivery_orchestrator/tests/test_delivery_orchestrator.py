"""Rules that fire once, and targets that wait for each other."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Self

import pytest
from aiohttp import web
from pydantic import ValidationError

from distro_sdk.deliveries import DeliveryAnswer, Postpone
from distro_sdk.errors import DomainError
from distro_sdk.migrations import ConfigurationMigration
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.events import AssetStored, DeliveryStatusChanged
from distro_sdk.models.message import MessageSubtype
from distro_sdk.notifiers import NotificationSeverity
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.collections import context_in_memory
from distro_sdk.testing.deliveries import DeliveriesInMemory, about_to_begin
from distro_sdk.testing.plans import example_plan
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from stardust_delivery_orchestrator import DeliveryOrchestratorPlugin, Orchestration
from stardust_delivery_orchestrator.notices import Notice, NoticesAsked
from stardust_delivery_orchestrator.webhook import sign

PLUGIN = DeliveryOrchestratorPlugin()
AT = datetime(2026, 11, 21, tzinfo=UTC)
CONFIGURATION: dict[str, Any] = {
    "type": "sequential",
    "targets": [{"name": "spotify", "id": "t1"}, {"name": "deezer", "id": "t2"}],
    "rules": [
        {"condition": "spotify.success", "action": "notify", "target": "marketing-team"},
        {"condition": "spotify.failure", "action": "notify", "target": "operations"},
    ],
}


@dataclass(frozen=True)
class Call:
    raw: bytes
    timestamp: str
    signature: str

    @property
    def body(self) -> Mapping[str, Any]:
        read: Mapping[str, Any] = json.loads(self.raw)
        return read

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(int(self.timestamp), UTC)


@dataclass
class Receiver:
    """A server that remembers what it is called with."""

    calls: list[Call] = field(default_factory=list)
    status: int = 204
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        headers = request.headers
        self.calls.append(Call(await request.read(), headers["X-Stardust-Timestamp"], headers["X-Stardust-Signature"]))
        return web.Response(status=self.status)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        app = web.Application()
        app.router.add_post("/hook", self.take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/hook"  # type: ignore[attr-defined]
        try:
            yield self
        finally:
            await runner.cleanup()


def context(**changes: Any) -> PluginContext:
    told = context_in_memory("delivery-orchestrator", configuration=CONFIGURATION | changes)
    return replace(told, open_deliveries=DeliveriesInMemory)


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


async def test_a_team_that_has_addresses_is_told_once_by_the_channels() -> None:
    teams = {"marketing-team": ["marketing@label.example", "boss@label.example"]}
    label = context_in_memory("delivery-orchestrator", configuration={**CONFIGURATION, "teams": teams})
    told = replace(label, open_deliveries=DeliveriesInMemory)
    for number, status in enumerate(("distributed", "distributed", "failed")):
        await PLUGIN.on_event(told, moved(DeliveryStatus(status), id=f"e{number // 2}"))
    await PLUGIN.on_event(told, moved(DeliveryStatus.LIVE, id="e9", delivery_id="d2"))

    first, second = label.told
    assert (first.title, first.delivery_id, first.severity) == (
        "spotify.success: a delivery is distributed",
        "d1",
        NotificationSeverity.SUCCESS,
    )
    assert first.addresses == ("marketing@label.example", "boss@label.example")
    assert (second.delivery_id, len({first.key, second.key})) == ("d2", 2)


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


async def answered(
    deliveries: DeliveriesInMemory,
    subtype: MessageSubtype = MessageSubtype.INITIAL,
    target_id: str = "t2",
    **configured: Any,
) -> DeliveryAnswer | None:
    """What becomes of a delivery of the release to the second target."""
    told = about_to_begin(context(**configured), deliveries, release_id="r1", target_id=target_id)
    return await PLUGIN.before_delivery(told, example_plan(subtype).model_copy(update={"test": False}))


@pytest.mark.proves("INI-05")
@pytest.mark.hook("before_delivery")
async def test_the_second_target_waits_until_the_first_has_the_release() -> None:
    deliveries = DeliveriesInMemory()

    first = await answered(deliveries, target_id="t1")
    nothing = await answered(deliveries)
    deliveries.add("another", "t1", DeliveryStatus.LIVE)
    deliveries.add("r1", "t1", DeliveryStatus.LIVE, test=True)
    deliveries.add("r1", "t1", DeliveryStatus.UPLOADING)
    under_way = await answered(deliveries)
    deliveries.add("r1", "t1", DeliveryStatus.DISTRIBUTED)
    turn = await answered(deliveries)

    reason = "spotify comes first, and has not got this release yet"
    assert nothing == under_way == Postpone(reason=reason, retry_after=900)
    assert first is turn is None


@pytest.mark.proves("INI-05")
async def test_the_second_target_may_wait_until_the_first_shows_the_release() -> None:
    deliveries = DeliveriesInMemory()
    deliveries.add("r1", "t1", DeliveryStatus.DISTRIBUTED)

    early = await answered(deliveries, wait_for="live")
    deliveries.add("r1", "t1", DeliveryStatus.LIVE)

    assert isinstance(early, Postpone)
    assert early.reason == "spotify comes first, and does not show this release yet"
    assert await answered(deliveries, wait_for="live") is None


@pytest.mark.proves("INI-05")
@pytest.mark.parametrize("failed", ["failed", "needs_attention", "rejected", "cancelled"])
async def test_where_the_first_fails_the_second_does_what_the_tenant_says(failed: str) -> None:
    deliveries = DeliveriesInMemory()
    deliveries.add("r1", "t1", DeliveryStatus(failed))

    assert isinstance(await answered(deliveries), Postpone)
    assert await answered(deliveries, on_failure="go_on") is None
    with pytest.raises(DomainError) as caught:
        await answered(deliveries, on_failure="stop")
    assert (caught.value.code, caught.value.message) == (
        "DELIVERY_OUT_OF_TURN",
        f"spotify comes first, and its delivery is {failed}",
    )


async def test_who_does_not_know_which_delivery_it_is_stops_it() -> None:
    with pytest.raises(DomainError, match="nobody says which delivery this is"):
        await PLUGIN.before_delivery(context(), example_plan())


async def test_updates_takedowns_and_other_targets_never_wait() -> None:
    for subtype in (MessageSubtype.UPDATE, MessageSubtype.TAKEDOWN):
        assert await answered(DeliveriesInMemory(), subtype) is None
    assert await answered(DeliveriesInMemory(), target_id="t9") is None


async def test_a_takedown_of_the_first_gives_nobody_a_turn() -> None:
    deliveries = DeliveriesInMemory()
    deliveries.add("r1", "t1", DeliveryStatus.REMOVED, MessageSubtype.TAKEDOWN)

    assert isinstance(await answered(deliveries), Postpone)


@pytest.mark.proves("INI-05")
async def test_in_parallel_nobody_waits_and_nobody_is_woken() -> None:
    deliveries = DeliveriesInMemory()

    await PLUGIN.on_event(about_to_begin(context(type="parallel"), deliveries), moved(DeliveryStatus.LIVE))

    assert await answered(deliveries, type="parallel") is None
    assert deliveries.asked_again == []


@pytest.mark.proves("INI-05")
@pytest.mark.hook("on_event")
async def test_what_became_of_the_first_brings_the_question_of_the_second_forward() -> None:
    deliveries = DeliveriesInMemory()
    told = about_to_begin(context(), deliveries)

    for status in ("uploading", "distributed", "live", "needs_attention", "cancelled"):
        await PLUGIN.on_event(told, moved(DeliveryStatus(status), release_id=status))
    await PLUGIN.on_event(told, moved(DeliveryStatus.LIVE, target_id="t9", release_id="elsewhere"))

    assert deliveries.asked_again == ["distributed", "live", "needs_attention", "cancelled"]


def test_a_configuration_of_version_1_comes_over_without_its_parties() -> None:
    targets = [{**target, "dpid": "PADPIDA2012073007X"} for target in CONFIGURATION["targets"]]
    (step,) = PLUGIN.register_migrations()
    assert isinstance(step, ConfigurationMigration)

    assert (step.to, step.migrate(CONFIGURATION | {"targets": targets})) == (2, CONFIGURATION)


SECRET = "sixteen letters or more"


@pytest.fixture
def plugin_settings() -> Mapping[str, Any]:
    return {"private_networks": ["127.0.0.0/8"], "allow_plain": True}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().running() as running:
        yield running


def told_of(url: str, **changes: Any) -> PluginContext:
    given = CONFIGURATION | {"type": "parallel", "webhook_url": url} | changes
    return context_in_memory("delivery-orchestrator", configuration=given, secrets={"webhook_secret": SECRET})


def calling(**settings: Any) -> DeliveryOrchestratorPlugin:
    return DeliveryOrchestratorPlugin({"private_networks": ["127.0.0.0/8"], "allow_plain": True} | settings)


async def test_a_notice_is_told_with_a_signature_that_only_the_secret_makes(receiver: Receiver) -> None:
    label, plugin = told_of(receiver.url), calling()

    for _ in range(2):
        await plugin.on_event(label, moved(DeliveryStatus.DISTRIBUTED))
    await plugin.on_event(label, moved(DeliveryStatus.LIVE, id="e2"))

    # The same event again is the same notice again; another event of the same rule is none.
    first, again = receiver.calls
    assert (first.body["team"], first.body["delivery_id"]) == ("marketing-team", "d1")
    assert first.body["id"] == again.body["id"]
    expected = hmac.new(SECRET.encode(), f"{first.timestamp}.".encode() + first.raw, sha256).hexdigest()
    assert first.signature == f"sha256={expected}"
    assert SECRET not in f"{first.raw!r} {label!r}"


async def test_a_notice_that_does_not_arrive_is_told_again_for_a_day(receiver: Receiver) -> None:
    receiver.status = 503
    label, plugin = told_of(receiver.url), calling()
    now = datetime.now(UTC)

    with pytest.raises(DomainError) as caught:
        await plugin.on_event(label, moved(DeliveryStatus.DISTRIBUTED, at=now))
    receiver.status = 204
    await plugin.on_event(label, moved(DeliveryStatus.DISTRIBUTED, at=now))
    receiver.status = 500
    await plugin.on_event(label, moved(DeliveryStatus.FAILED, id="e2", at=now - timedelta(days=2)))

    assert (caught.value.code, caught.value.message) == ("NOTICE_NOT_SENT", "the webhook answers 503")
    assert len(receiver.calls) == 3
    assert [notice.team for notice in await notices(label)] == ["marketing-team", "operations"]


async def test_no_address_of_the_operators_own_network_is_called(receiver: Receiver) -> None:
    with pytest.raises(DomainError) as caught:
        await calling(private_networks=[]).on_event(
            told_of(receiver.url), moved(DeliveryStatus.DISTRIBUTED, at=datetime.now(UTC))
        )

    assert caught.value.code == "NOTICE_NOT_SENT"
    assert receiver.calls == []


@pytest.mark.hook("check_config")
async def test_an_address_is_encrypted_and_signed_for() -> None:
    with pytest.raises(DomainError) as caught:
        await PLUGIN.check_config(told_of("http://example.com/hook"))
    assert (caught.value.code, caught.value.path) == ("WEBHOOK_NOT_ENCRYPTED", ("webhook_url",))
    with pytest.raises(ValidationError, match="needs a secret"):
        Orchestration.model_validate(CONFIGURATION | {"webhook_url": "https://example.com/hook"})


async def test_on_a_platform_the_secret_is_sealed_and_signs(
    running_platform: RunningPlatform, receiver: Receiver
) -> None:
    given = CONFIGURATION | {"webhook_url": receiver.url, "webhook_secret": SECRET}
    await running_platform.configure(running_platform.tenant_id, given)

    assert await (await running_platform.plugins(running_platform.tenant_id)).on_event(
        moved(DeliveryStatus.DISTRIBUTED)
    )

    (call,) = receiver.calls
    assert call.signature == sign(SECRET, call.raw, call.at)["X-Stardust-Signature"]


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
