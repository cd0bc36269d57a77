"""Distribution over GraphQL: schedules, bulks, pauses, takedowns, each only with what is one's own."""

from __future__ import annotations

from typing import Any

import pytest

from distro_api.graphql.ids import local_id
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.requests.bulk import BulkService
from distro_core.delivery.requests.schedule_documents import ScheduleDocument, ScheduleRun
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus
from tests.api.client import Client
from tests.api.world import World, build_world

OUTCOMES = "outcomes { target { name } delivery { id status priority reason subtype } schedule { id } error { code } }"
SCHEDULE = (
    "schedule { id revision status nextRunAt releaseIds targetId target { name } priority "
    "timing { startsAt timezone frequency endsOn } runs { code leftBehindIds } }"
)


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["errors"]]


@pytest.fixture
async def world(platform: Platform, label_a: Scope) -> World:
    """A label with a release that is ready."""
    built = await build_world(platform, label_a)
    await label_a.store.collection(ReleaseDocument).update(
        local_id("Release", built.ids["Release"]), Change(set={"status": ReleaseStatus.READY})
    )
    return built


async def set_status(scope: Scope, delivery_id: str, status: DeliveryStatus) -> None:
    await scope.store.collection(DeliveryDocument).update(
        local_id("Delivery", delivery_id), Change(set={"status": status})
    )


@pytest.mark.proves("TAP-01", "DMG-06", "JOB-07")
async def test_a_release_is_distributed_to_targets_with_a_priority(admin_a: Client, world: World) -> None:
    made = await admin_a.mutate(
        "releaseDistribute",
        OUTCOMES,
        releaseId=world.ids["Release"],
        targetIds=[world.ids["Target"]],
        priority="urgent",
        notifyOnCompletion=True,
    )
    unknown = await admin_a.mutate(
        "releaseDistribute", OUTCOMES, releaseId=world.ids["Release"], targetIds=["nobody"], platforms=["nowhere"]
    )

    assert made["errors"] == []
    (outcome,) = made["outcomes"]
    assert (outcome["target"]["name"], outcome["error"], outcome["schedule"]) == ("Shop", None, None)
    assert (outcome["delivery"]["priority"], outcome["delivery"]["status"]) == ("urgent", "created")
    assert unknown["outcomes"] == []
    assert codes(unknown) == [("NOT_FOUND", ["targetIds", "0"])]


@pytest.mark.parametrize(
    ("mutation", "changes", "expected"),
    [
        ("releaseDistribute", {"targetIds": ["nobody"] * 1_500}, ("TARGETS_INVALID", ["targetIds"])),
        ("releaseResubmit", {"targetIds": ["nobody"] * 101}, ("TARGETS_INVALID", ["targetIds"])),
        ("releaseWithdraw", {"targetIds": ["nobody"] * 101, "reason": "gone"}, ("TARGETS_INVALID", ["targetIds"])),
    ],
)
async def test_a_list_that_is_too_long_is_one_fault_whatever_stands_in_it(
    admin_a: Client, world: World, mutation: str, changes: dict[str, Any], expected: tuple[str, list[str]]
) -> None:
    refused = await admin_a.mutate(mutation, OUTCOMES, releaseId=world.ids["Release"], **changes)

    assert codes(refused) == [expected]
    assert refused["outcomes"] == []


async def test_too_many_releases_are_one_fault_in_each_way_of_delivering_several(admin_a: Client, world: World) -> None:
    many, target = ["nothing"] * 101, world.ids["Target"]
    item = {"releaseId": "nothing", "targetIds": [target]}

    created = await admin_a.mutate("deliveryCreate", "deliveries { id }", releaseIds=many, targetId=target)
    planned = await admin_a.mutate(
        "scheduleCreate", "schedule { id }", releaseIds=many, targetId=target, timing={"startsAt": "2126-03-01T09:00"}
    )
    bulk = await admin_a.mutate("bulkDistribute", "bulkDistribution { id }", items=[item] * 5_001)

    assert codes(created) == codes(planned) == [("RELEASES_INVALID", ["releaseIds"])]
    assert codes(bulk) == [("BULK_INVALID", ["items"])]


@pytest.mark.proves("SCD-01", "SCD-02", "SCD-03")
async def test_a_schedule_is_made_changed_listed_and_cancelled(admin_a: Client, admin_b: Client, world: World) -> None:
    given = {
        "releaseIds": [world.ids["Release"]],
        "targetId": world.ids["Target"],
        "timing": {"startsAt": "2099-03-29T02:30", "timezone": "Europe/Berlin", "frequency": "monthly"},
        "onConflict": "replace",
    }

    made = await admin_a.mutate("scheduleCreate", SCHEDULE, **given)
    refused = await admin_a.mutate("scheduleCreate", SCHEDULE, **{**given, "onConflict": "refuse"})
    nowhere = await admin_a.mutate(
        "scheduleCreate", SCHEDULE, **{**given, "timing": {"startsAt": "soon", "timezone": "Europe/Atlantis"}}
    )
    past = await admin_a.mutate("scheduleCreate", SCHEDULE, **{**given, "timing": {"startsAt": "2020-01-01T00:00"}})
    id = made["schedule"]["id"]
    moved = await admin_a.mutate("scheduleUpdate", SCHEDULE, id=id, timing={"startsAt": "2099-04-01T09:00"})
    stale = await admin_a.mutate("scheduleUpdate", SCHEDULE, id=id, priority="high", revision=1)
    strangers = await admin_b.mutate("scheduleCancel", SCHEDULE, id=id)
    listed = await admin_a.data(
        "query($of: ID!) { schedules(filter: {targetId: $of, statuses: [active]}, orderBy: {field: NEXT_RUN}) "
        "{ nodes { id } } }",
        of=world.ids["Target"],
    )
    cancelled = await admin_a.mutate("scheduleCancel", SCHEDULE, id=id)
    again = await admin_a.mutate("scheduleCancel", SCHEDULE, id=id)
    shown = await admin_a.data("query($id: ID!) { schedule(id: $id) { status } node(id: $id) { id } }", id=id)

    assert made["schedule"]["timing"] == {
        "startsAt": "2099-03-29T02:30:00",
        "timezone": "Europe/Berlin",
        "frequency": "monthly",
        "endsOn": None,
    }
    assert codes(refused) == [("SCHEDULE_CONFLICT", ["releaseIds", "0"])]
    assert sorted(codes(nowhere)) == [
        ("VALUE_INVALID", ["timing", "startsAt"]),
        ("VALUE_INVALID", ["timing", "timezone"]),
    ]
    assert codes(past) == [("SCHEDULE_IN_PAST", ["timing", "startsAt"])]
    assert moved["schedule"]["nextRunAt"] == "2099-04-01T09:00:00+00:00"
    assert codes(stale) == [("REVISION_CONFLICT", ["revision"])]
    assert codes(strangers) == [("NOT_FOUND", ["id"])]
    assert id in {node["id"] for node in listed["schedules"]["nodes"]}
    assert len(listed["schedules"]["nodes"]) == 2
    assert (cancelled["schedule"]["status"], cancelled["schedule"]["nextRunAt"]) == ("cancelled", None)
    assert codes(again) == [("SCHEDULE_ENDED", ["id"])]
    assert shown == {"schedule": {"status": "cancelled"}, "node": {"id": id}}


@pytest.mark.proves("TAP-05", "TAP-06")
async def test_a_bulk_says_what_it_will_do_and_how_far_it_is(admin_a: Client, label_a: Scope, world: World) -> None:
    selection = (
        "bulkDistribution { id totalJobs madeJobs estimatedCompletion createdAt batchSize concurrency stagger "
        "progress { status total completed failed inProgress startedAt updatedAt completedAt } "
        "jobs { name deliveryId code } }"
    )
    items = [{"releaseId": world.ids["Release"], "targetIds": [world.ids["Target"]]}]

    made = (await admin_a.mutate("bulkDistribute", selection, items=items))["bulkDistribution"]
    wrong = await admin_a.mutate("bulkDistribute", selection, items=[{**items[0], "releaseId": "nothing"}])
    unbounded = await admin_a.mutate("bulkDistribute", selection, items=items, batchSize=0, concurrency=21)
    jobs = """query($id: ID!, $first: Int!, $skip: Int!) {
      bulkDistribution(id: $id) { jobs(first: $first, skip: $skip) { name } } }"""
    pages = [
        await admin_a.refused(jobs, id=made["id"], first=first, skip=skip)
        for first, skip in ((0, 0), (201, 0), (1, -1))
    ]
    await BulkService(label_a).work(local_id("BulkDistribution", made["id"]))
    document = "query($id: ID!) { bulkDistribution(id: $id) { progress { status } jobs { deliveryId code } } }"
    begun = await admin_a.data(document, id=made["id"])
    await set_status(label_a, begun["bulkDistribution"]["jobs"][0]["deliveryId"], DeliveryStatus.LIVE)
    ended = await admin_a.data(document, id=made["id"])
    listed = await admin_a.data("{ bulkDistributions { nodes { id } } }")

    assert (made["totalJobs"], made["batchSize"], made["concurrency"], made["stagger"]) == (1, 50, 5, 0.1)
    assert made["progress"]["status"] == "pending"
    assert made["estimatedCompletion"] > made["createdAt"]
    assert codes(wrong) == [("NOT_FOUND", ["items", "0", "releaseId"])]
    assert codes(unbounded) == [("VALUE_INVALID", ["batchSize"]), ("VALUE_INVALID", ["concurrency"])]
    assert pages == ["PAGE_SIZE_INVALID", "PAGE_SIZE_INVALID", "VALUE_INVALID"]
    assert begun["bulkDistribution"]["progress"]["status"] == "pending"
    assert ended["bulkDistribution"]["progress"]["status"] == "completed"
    assert made["id"] in {node["id"] for node in listed["bulkDistributions"]["nodes"]}


@pytest.mark.parametrize(
    ("schedule", "code", "path"),
    [
        ({"startsAt": "2020-01-01T00:00:00"}, "SCHEDULE_IN_PAST", ["schedule", "startsAt"]),
        ({"startsAt": "2999-01-01"}, "VALUE_INVALID", ["schedule", "startsAt"]),
        ({"startsAt": "2030-01-01T00:00:00", "timezone": "Mars"}, "VALUE_INVALID", ["schedule", "timezone"]),
    ],
)
async def test_a_wrong_schedule_of_a_distribution_is_told_in_its_place(
    admin_a: Client, world: World, schedule: dict[str, str], code: str, path: list[str]
) -> None:
    refused = await admin_a.mutate(
        "releaseDistribute",
        OUTCOMES,
        releaseId=world.ids["Release"],
        targetIds=[world.ids["Target"]],
        schedule=schedule,
    )

    assert (codes(refused), refused["outcomes"]) == ([(code, path)], [])
    assert not any("Value error" in fault["message"] for fault in refused["errors"])


@pytest.mark.parametrize(("reason", "code"), [("x" * 1001, "TEXT_TOO_LONG"), ("a\0b", "CHARACTER_ILLEGAL")])
async def test_a_reason_that_cannot_be_kept_changes_nothing(
    admin_a: Client, label_a: Scope, world: World, reason: str, code: str
) -> None:
    release, target = world.ids["Release"], world.ids["Target"]

    paused = await admin_a.mutate("targetPause", "target { id }", id=target, reason=reason)
    taken_down = await admin_a.mutate(
        "deliveryRequestTakedown", "delivery { id }", id=world.ids["Delivery"], reason=reason
    )
    withdrawn = await admin_a.mutate("releaseWithdraw", OUTCOMES, releaseId=release, reason=reason)

    assert codes(paused) == codes(taken_down) == codes(withdrawn) == [(code, ["reason"])]
    kept = await label_a.store.collection(ReleaseDocument).get(local_id("Release", release))
    assert kept.status is not ReleaseStatus.TAKEN_DOWN


async def test_a_target_is_paused_and_resumed_and_has_hours(admin_a: Client, world: World) -> None:
    shown = "target { paused { reason by at } offPeak { begins ends timezone } schedule { type time frequency } }"
    id = world.ids["Target"]

    paused = await admin_a.mutate("targetPause", shown, id=id, reason="they move house")
    twice = await admin_a.mutate("targetPause", shown, id=id, reason="again")
    resumed = await admin_a.mutate("targetResume", shown, id=id)
    again = await admin_a.mutate("targetResume", shown, id=id)
    timed = await admin_a.mutate(
        "targetUpdate",
        shown,
        id=id,
        offPeak={"begins": "01:00", "ends": "05:00", "timezone": "Europe/Berlin"},
        schedule={"type": "recurring", "time": "03:30", "frequency": "weekly"},
    )
    wrong = await admin_a.mutate("targetUpdate", shown, id=id, offPeak={"begins": "25:00", "ends": "05:00"})

    assert paused["target"]["paused"]["reason"] == "they move house"
    assert codes(twice) == [("TARGET_PAUSED", ["id"])]
    assert resumed["target"]["paused"] is None
    assert codes(again) == [("TARGET_NOT_PAUSED", ["id"])]
    assert timed["target"]["offPeak"] == {"begins": "01:00", "ends": "05:00", "timezone": "Europe/Berlin"}
    assert timed["target"]["schedule"] == {"type": "recurring", "time": "03:30", "frequency": "weekly"}
    assert codes(wrong) == [("VALUE_INVALID", ["offPeak", "begins"])]


async def test_a_run_shows_which_releases_it_left_behind(
    admin_a: Client, admin_b: Client, label_a: Scope, world: World
) -> None:
    release, now = world.ids["Release"], label_a.clock.now()
    given = {"releaseIds": [release], "targetId": world.ids["Target"], "timing": {"startsAt": "2099-04-01T09:00"}}
    made = await admin_a.mutate("scheduleCreate", SCHEDULE, **given)
    left = (local_id("Release", release),)
    run = ScheduleRun(due_at=now, ran_at=now, code="DELIVERY_IN_PROGRESS", left_behind=left)
    schedules = label_a.store.collection(ScheduleDocument)
    await schedules.update(local_id("Schedule", made["schedule"]["id"]), Change(set={"runs": (run,)}))
    show = "query($id: ID!) { schedule(id: $id) { runs { code leftBehindIds } } }"

    shown = await admin_a.data(show, id=made["schedule"]["id"])
    strangers = await admin_b.refused(show, id=made["schedule"]["id"])

    assert made["schedule"]["runs"] == []
    assert shown["schedule"]["runs"] == [{"code": "DELIVERY_IN_PROGRESS", "leftBehindIds": [release]}]
    assert strangers == "NOT_FOUND"


@pytest.mark.proves("TAP-03", "TAP-04")
async def test_a_delivery_leads_to_an_update_of_metadata_and_to_a_takedown(
    admin_a: Client, label_a: Scope, world: World
) -> None:
    id, shown = world.ids["Delivery"], "delivery { status subtype metadataOnly reason release { title } }"

    too_early = await admin_a.mutate("deliveryUpdateMetadata", shown, id=id, title="Too early")
    untouched = (await admin_a.data("query($id: ID!) { delivery(id: $id) { release { title } } }", id=id))["delivery"]
    await set_status(label_a, id, DeliveryStatus.LIVE)
    await label_a.store.collection(ReleaseDocument).update(
        local_id("Release", world.ids["Release"]), Change(set={"status": ReleaseStatus.DELIVERED})
    )
    update = await admin_a.mutate("deliveryUpdateMetadata", shown, id=id, title="Release (Deluxe)")
    takedown = await admin_a.mutate("deliveryRequestTakedown", shown, id=id, reason="not cleared")
    under_way = await admin_a.mutate("deliveryRequestTakedown", shown, id=id, reason="not cleared")
    refused = await admin_a.mutate("deliveryRequestTakedown", shown, id=id, reason=" ")

    assert codes(too_early) == [("NOT_YET_DELIVERED", ["id"])]
    assert untouched == {"release": {"title": "Release"}}
    assert codes(update) == []
    assert update["delivery"] == {
        "status": "created",
        "subtype": "update",
        "metadataOnly": True,
        "reason": "",
        "release": {"title": "Release (Deluxe)"},
    }
    assert codes(takedown) == []
    assert (takedown["delivery"]["subtype"], takedown["delivery"]["status"]) == ("takedown", "created")
    assert codes(under_way)[0][0] == "DELIVERY_IN_PROGRESS"
    assert codes(refused) == [("REASON_MISSING", ["reason"])]


async def test_what_was_refused_is_resubmitted_and_what_is_live_withdrawn(
    admin_a: Client, label_a: Scope, world: World
) -> None:
    release, target = world.ids["Release"], world.ids["Target"]
    named = {"releaseId": release, "targetIds": [target]}

    await set_status(label_a, world.ids["Delivery"], DeliveryStatus.LIVE)
    live = await admin_a.mutate("releaseResubmit", OUTCOMES, **named)
    none = await admin_a.mutate("releaseResubmit", OUTCOMES, releaseId=release)
    gone = await admin_a.mutate("releaseWithdraw", OUTCOMES, **named, reason="not cleared")

    assert [outcome["error"]["code"] for outcome in live["outcomes"]] == ["NOT_REFUSED"]
    assert none["outcomes"] == []
    (outcome,) = gone["outcomes"]
    assert (outcome["delivery"]["subtype"], outcome["delivery"]["reason"]) == ("takedown", "not cleared")


@pytest.mark.proves("SVC-04")
async def test_withdrawn_everywhere_what_waits_is_cancelled_and_shown(
    admin_a: Client, admin_b: Client, label_a: Scope, world: World
) -> None:
    release, target = world.ids["Release"], world.ids["Target"]
    await set_status(label_a, world.ids["Delivery"], DeliveryStatus.CANCELLED)
    await admin_a.mutate("releaseDistribute", OUTCOMES, releaseId=release, targetIds=[target])

    strangers = await admin_b.mutate("releaseWithdraw", OUTCOMES, releaseId=release, reason="not cleared")
    gone = await admin_a.mutate("releaseWithdraw", OUTCOMES, releaseId=release, reason="not cleared")
    again = await admin_a.mutate("releaseWithdraw", OUTCOMES, releaseId=release, reason="not cleared")

    assert (codes(strangers), strangers["outcomes"]) == ([("NOT_FOUND", ["releaseId"])], [])
    assert gone["errors"] == []
    (outcome,) = gone["outcomes"]
    assert (outcome["target"]["name"], outcome["error"]) == ("Shop", None)
    assert (outcome["delivery"]["subtype"], outcome["delivery"]["status"]) == ("initial", "cancelled")
    assert (again["errors"], again["outcomes"]) == ([], [])


async def test_to_change_the_catalogue_on_the_way_needs_that_permission_too(admin_a: Client, world: World) -> None:
    key = await admin_a.mutate("apiKeyCreate", "key", name="Courier", permissions=["delivery:write", "delivery:read"])
    courier = admin_a.with_token(key["key"])
    withdraw = 'mutation($id: ID!) { releaseWithdraw(input: {releaseId: $id, reason: "x"}) { errors { code } } }'
    update = 'mutation($id: ID!) { deliveryUpdateMetadata(input: {id: $id, title: "x"}) { errors { code } } }'

    everywhere = await courier.run(withdraw, id=world.ids["Release"])
    changed = await courier.run(update, id=world.ids["Delivery"])

    for answer in (everywhere, changed):
        assert "FORBIDDEN" in str(answer)
