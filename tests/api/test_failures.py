"""Failures over GraphQL: circuits, reports, deliveries that need somebody, and what a target is spared."""

from __future__ import annotations

from datetime import timedelta

import pytest

from distro_api.graphql.ids import global_id
from distro_core.delivery.documents import DeliveryDocument, Waiting, WaitReason
from distro_core.delivery.failures.description import describe_failure
from distro_core.delivery.failures.records import record_failures
from distro_core.delivery.limits.circuits import Circuits
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus
from tests.api.client import Client
from tests.api.conftest import Staff
from tests.api.world import delivery_document, target_document

LOST = describe_failure(
    TransportError(ErrorCategory.NETWORK_CONNECTIVITY, "CONNECTION_LOST", "the line was cut", retryable=True)
)
CIRCUITS = """query($states: [CircuitState!]) { circuitBreakers(states: $states) {
  nodes { targetId target { name } state failures openings openedAt probeAt
    lastError { category subCode severity errorClass recovery actionable code } } } }"""
REPORT = """query($since: DateTime!, $until: DateTime!, $filter: ErrorFilterInput) {
  errorReport(since: $since, until: $until, filter: $filter) { failures final
    byCategory { category severity actionable action failures deliveries final }
    byPlatform { platform failures } byTarget { targetId failures } } }"""
TRENDS = "{ errorTrends(weeks: 3) { category code failures direction weeks { failures } } }"
FAILED = """query($timeframe: Timeframe, $filter: ErrorFilterInput) {
  failedDistributions(timeframe: $timeframe, filter: $filter) {
    nodes { id releaseId target { platform } failedAt error { category message } } } }"""


async def failed_delivery(scope: Scope) -> DeliveryDocument:
    """A delivery that has failed now, with its record."""
    target = target_document().model_copy(update={"platform": "generic"})
    target = await scope.store.collection(TargetDocument).insert(target)
    draft = delivery_document(f"release {target.id}", target.id)
    draft = draft.model_copy(update={"error": LOST, "failed_at": scope.clock.now()})
    delivery = await scope.store.collection(DeliveryDocument).insert(draft)
    await record_failures(scope, [delivery], LOST, final=True)
    return delivery


@pytest.mark.proves("CIR-08")
async def test_circuits_are_listed_in_their_own_tenant_only(staff_a: Staff, admin_b: Client, label_a: Scope) -> None:
    open_, closed = [await label_a.store.collection(TargetDocument).insert(target_document()) for _ in range(2)]
    circuits = Circuits(label_a)
    for target, times in ((open_, 3), (closed, 1)):
        for _ in range(times):
            await circuits.fail(target, None, LOST)

    (node,) = (await staff_a.manager.data(CIRCUITS, states=["open"]))["circuitBreakers"]["nodes"]
    everything = (await staff_a.admin.data(CIRCUITS))["circuitBreakers"]["nodes"]
    foreign = (await admin_b.data(CIRCUITS))["circuitBreakers"]["nodes"]

    assert await staff_a.viewer.refused(CIRCUITS) == "FORBIDDEN"
    assert (node["targetId"], node["target"]) == (global_id("Target", open_.id), {"name": "Shop"})
    assert (node["state"], node["failures"], node["openings"]) == ("open", 3, 1)
    assert node["probeAt"] > node["openedAt"]
    assert node["lastError"] == {
        "category": "NETWORK_CONNECTIVITY",
        "subCode": "delivery_interrupted",
        "severity": "low",
        "errorClass": "temporary",
        "recovery": "retry_after_network_check",
        "actionable": False,
        "code": "CONNECTION_LOST",
    }
    assert [each["state"] for each in everything] == ["closed", "open"]
    assert foreign == []


@pytest.mark.proves("ERP-02", "ERP-03", "ERP-06")
async def test_failures_are_reported(staff_a: Staff, admin_b: Client, label_a: Scope) -> None:
    delivery = await failed_delivery(label_a)
    await record_failures(label_a, [delivery], LOST, final=False)
    now = label_a.clock.now()
    period = {"since": (now - timedelta(days=1)).isoformat(), "until": (now + timedelta(days=1)).isoformat()}

    report = (await staff_a.manager.data(REPORT, **period))["errorReport"]
    narrowed = (await staff_a.manager.data(REPORT, **period, filter={"platform": "spotify"}))["errorReport"]
    (trend,) = (await staff_a.manager.data(TRENDS))["errorTrends"]
    foreign = (await admin_b.data(REPORT, **period))["errorReport"]

    assert (report["failures"], report["final"]) == (2, 1)
    assert report["byCategory"] == [
        {
            "category": "NETWORK_CONNECTIVITY",
            "severity": "medium",
            "actionable": False,
            "action": LOST.action,
            "failures": 2,
            "deliveries": 1,
            "final": 1,
        }
    ]
    assert report["byPlatform"] == [{"platform": "generic", "failures": 2}]
    assert report["byTarget"] == [{"targetId": global_id("Target", delivery.target_id), "failures": 2}]
    assert (narrowed["failures"], foreign["failures"]) == (0, 0)
    assert (trend["code"], trend["failures"], trend["direction"]) == ("CONNECTION_LOST", 2, "rising")
    assert [week["failures"] for week in trend["weeks"]] == [0, 0, 2]
    assert (await admin_b.data(TRENDS))["errorTrends"] == []
    assert await staff_a.viewer.refused(REPORT, **period) == "FORBIDDEN"
    assert await staff_a.admin.refused(REPORT, since=period["until"], until=period["since"]) == "PERIOD_INVALID"


@pytest.mark.proves("TAP-11")
async def test_failed_distributions_are_listed(staff_a: Staff, admin_b: Client, label_a: Scope) -> None:
    delivery = await failed_delivery(label_a)
    target = {"targetId": global_id("Target", delivery.target_id)}

    (node,) = (await staff_a.manager.data(FAILED, timeframe="day", filter=target))["failedDistributions"]["nodes"]
    other = (await staff_a.manager.data(FAILED, filter={"category": "AUTH_INVALID"}))["failedDistributions"]["nodes"]

    assert node["id"] == global_id("Delivery", delivery.id)
    assert node["releaseId"] == global_id("Release", delivery.release_id)
    assert node["target"] == {"platform": "generic"}
    assert node["error"] == {"category": "NETWORK_CONNECTIVITY", "message": "the line was cut"}
    assert node["failedAt"] is not None
    assert other == []
    assert (await admin_b.data(FAILED))["failedDistributions"]["nodes"] == []
    assert await staff_a.viewer.refused(FAILED) == "FORBIDDEN"


@pytest.mark.proves("WFL-22", "WFL-23")
async def test_what_was_done_about_a_delivery_stands_on_it(staff_a: Staff, admin_b: Client, label_a: Scope) -> None:
    delivery = await failed_delivery(label_a)
    id = global_id("Delivery", delivery.id)
    selection = "delivery { status support { text contact by } }"

    noted = await staff_a.manager.mutate("deliveryNoteAdd", selection, id=id, note="Called them.", contact="Ann")
    kept = await staff_a.manager.mutate(
        "deliveryResolveAttention", selection, id=id, resolution="keep", note="They look into it."
    )
    await label_a.store.collection(DeliveryDocument).update(delivery.id, Change(set={"status": DeliveryStatus.LIVE}))
    again = await staff_a.manager.mutate(
        "deliveryResolveAttention", selection, id=id, resolution="retry", note="No, it is on."
    )
    foreign = await admin_b.mutate("deliveryNoteAdd", selection, id=id, note="not ours")

    (first,) = noted["delivery"]["support"]
    assert (first["text"], first["contact"], noted["delivery"]["status"]) == ("Called them.", "Ann", "failed")
    assert (kept["delivery"]["status"], len(kept["delivery"]["support"])) == ("failed", 2)
    assert [error["code"] for error in again["errors"]] == ["ATTENTION_NOT_NEEDED"]
    assert [error["code"] for error in foreign["errors"]] == ["NOT_FOUND"]


async def test_a_delivery_says_for_what_it_waits(admin_a: Client, label_a: Scope) -> None:
    delivery = await failed_delivery(label_a)
    waiting = Waiting(reason=WaitReason.RATE_LIMIT, message="not so fast", until=label_a.clock.now())
    await label_a.store.collection(DeliveryDocument).update(delivery.id, Change(set={"waiting": waiting}))

    shown = await admin_a.data(
        "query($id: ID!) { delivery(id: $id) { waiting { reason message } } }", id=global_id("Delivery", delivery.id)
    )

    assert shown["delivery"]["waiting"] == {"reason": "rate_limit", "message": "not so fast"}


@pytest.mark.proves("CIR-06")
async def test_a_target_has_limits_of_its_own(staff_a: Staff, label_a: Scope) -> None:
    target = await label_a.store.collection(TargetDocument).insert(target_document())
    limits: dict[str, object] = {"attempts": 11, "circuitFailures": 5, "circuitReset": 30.0, "maxConnections": 2}
    limits |= {"rate": {"deliveries": 10, "seconds": 60}}
    selection = "target { limits { attempts circuitFailures circuitReset maxConnections rate { deliveries seconds } } }"
    id = global_id("Target", target.id)

    changed = await staff_a.admin.mutate("targetUpdate", selection, id=id, limits=limits)
    refused = await staff_a.admin.mutate("targetUpdate", selection, id=id, limits={"attempts": 12})

    assert changed["target"] == {"limits": limits}
    assert [error["path"] for error in refused["errors"]] == [["limits", "attempts"]]
