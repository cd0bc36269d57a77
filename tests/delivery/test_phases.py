"""The phases of a distribution: what is judged before, what is formatted on the way, and what is said afterwards."""

from __future__ import annotations

from typing import Any

import pytest
import structlog.testing

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.engine import run_batch
from distro_core.delivery.readiness.issues import ReadinessGroup
from distro_core.delivery.readiness.service import ReadinessService
from distro_core.notifications.service import NotificationService
from distro_core.platform import Platform
from distro_core.store.collection import Change
from distro_core.store.outbox import OutboxRelay
from distro_sdk.errors import DomainError, ErrorCategory
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.lines import RightsLine
from distro_sdk.notifiers import NotificationSeverity
from distro_sdk.platforms import ImageRequirements
from distro_sdk.xml import parse_message
from tests.delivery.label import Label
from tests.delivery.material import tone
from tests.delivery.test_apple import apple
from tests.delivery.test_retries import cut_always, with_line
from tests.delivery.transports import HookedTransport


async def with_recording_of(label: Label, other: ReleaseDocument, owner: str) -> ReleaseDocument:
    """A ready release whose first track has the ISRC of another's, and whose P-line names an owner."""
    release = await label.release()
    tracks = [release.tracks[0].model_copy(update={"isrc": other.tracks[0].isrc}), *release.tracks[1:]]
    line = RightsLine(year=2026, text=owner, company=owner)
    tracks = [track.model_copy(update={"p_line": line}) for track in tracks]
    change = Change(set={"tracks": tuple(tracks), "p_line": line})
    return await label.scope.store.collection(ReleaseDocument).update(release.id, change)


@pytest.mark.proves("ERR-02", "WFL-01")
async def test_files_below_what_a_target_asks_for_are_told_with_what_was_measured(label: Label) -> None:
    release, target = await label.release(), await label.target(images=ImageRequirements(), minimum_cover=4000)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert (delivery.status, delivery.error.category) == (Status.NEEDS_ATTENTION, ErrorCategory.CONTENT_QUALITY)
    assert "3000" in delivery.error.message, "measured"
    assert "4000 or more" in delivery.error.message, "required"
    assert (delivery.error.retryable, len(delivery.attempts)) == (False, 1)
    batch = await label.scope.store.collection(BatchDocument).get(delivery.batch_id)
    assert batch.status is BatchStatus.FAILED
    assert label.files() == []


@pytest.mark.proves("WFL-04")
async def test_a_recording_with_two_owners_needs_somebody(label: Label, other_label: Label) -> None:
    first, target = await label.release(), await label.target()
    disputed = await with_recording_of(label, first, "Southern Shadows")
    elsewhere = await other_label.release()
    same_code = Change(set={"tracks.0.isrc": first.tracks[0].isrc, "p_line.company": "A third owner"})
    await other_label.scope.store.collection(ReleaseDocument).update(elsewhere.id, same_code)

    delivery = await label.deliver([disputed.id], target.id)
    found = await ReadinessService(label.scope).check([disputed.id], [target.id])

    assert delivery.error is not None
    assert (delivery.status, delivery.error.code) == (Status.NEEDS_ATTENTION, "RECORDING_OWNER_CONFLICT")
    assert "Southern Shadows here" in delivery.error.message
    assert f"Northern Lights on 'Night Drive' (release {first.id})" in delivery.error.message
    assert "third" not in delivery.error.message, "another tenant's catalogue is nobody's business"
    (issue,) = [each for each in found.issues if each.code == "RECORDING_OWNER_CONFLICT"]
    assert (issue.group, issue.path) == (ReadinessGroup.RIGHTS, "tracks.0.p_line")
    assert label.files() == []


@pytest.mark.proves("WFL-04")
@pytest.mark.parametrize("owner", ["NORTHERN LIGHTS", "Northern-Lights"])
async def test_one_owner_written_in_two_ways_is_one_owner(label: Label, owner: str) -> None:
    first, target = await label.release(), await label.target()
    again = await with_recording_of(label, first, owner)

    assert (await label.deliver([again.id], target.id)).status is Status.DISTRIBUTED


@pytest.mark.proves("WFL-04")
async def test_a_release_without_a_rights_record_is_not_told(label: Label) -> None:
    release, target = await label.release(), await label.target()
    bare = Change(set={"p_line": None, "c_line": None})
    await label.scope.store.collection(ReleaseDocument).update(release.id, bare)

    delivery = await label.deliver([release.id], target.id)

    assert delivery.error is not None
    assert delivery.status is Status.NEEDS_ATTENTION
    assert "P-line" in delivery.error.message
    assert "C-line" in delivery.error.message


@pytest.mark.proves("WFL-06", "INT-01")
async def test_one_release_is_told_to_each_target_in_its_own_form(label: Label) -> None:
    release = await label.release(tone(440))
    told = {}
    for format in ("ern/3.8.2", "ern/4.2", "ern/4.3"):
        target = await label.target(platform="generic", format=format)
        delivery = await label.deliver([release.id], target.id)
        assert delivery.error is None
        root = parse_message(await label.scope.objects.get(delivery.message_key or "")).root
        names = {str(element.tag).rpartition("}")[2] for element in root.iter("{*}*")}
        isrcs = {element.text for element in root.iter("{*}ISRC")}
        told[str(root.nsmap[root.prefix]).rpartition("/")[2]] = ("ReferenceTitle" in names, isrcs)

    assert told == {
        "382": (True, {release.tracks[0].isrc}),
        "42": (False, {release.tracks[0].isrc}),
        "43": (False, {release.tracks[0].isrc}),
    }


@pytest.mark.proves("WFL-10")
async def test_a_target_has_parameters_that_only_its_platform_knows(label: Label) -> None:
    release, told = await label.release(tone(440)), {}
    for provider in ("NorthernLights", "SouthernShadows"):
        target = await apple(label, {"provider": provider, "price_tier": 3})
        delivery = await label.deliver([release.id], target.id)
        assert delivery.error is None
        root = parse_message(await label.scope.objects.get(delivery.message_key or "")).root
        told[provider] = [element.text for element in root.iter("{*}provider")]
    with pytest.raises(DomainError) as refused:
        await label.target(message_settings={"provider": "NorthernLights"})

    assert told == {"NorthernLights": ["NorthernLights"], "SouthernShadows": ["SouthernShadows"]}
    assert (refused.value.code, refused.value.path) == ("MESSAGE_SETTING_INVALID", ("message_settings", "provider"))


@pytest.mark.proves("JOB-01", "JOB-12", "SVC-10", "INT-03")
async def test_an_attempt_that_works_and_one_that_does_not_are_told_and_logged(
    platform: Platform, label: Label, other_label: Label
) -> None:
    label = with_line(label, HookedTransport(connecting=cut_always))
    label = label.with_scope(settings=label.scope.settings.model_copy(update={"retry_attempts": 1}))
    release, good, bad = await label.release(), await label.target(), await label.target(transport="hooked")
    made = [(await label.deliveries.create([release.id], target.id))[0] for target in (good, bad)]

    with structlog.testing.capture_logs() as lines:
        worked = [await run_batch(label.scope, delivery.batch_id) for delivery in made]
        again = [await run_batch(label.scope, delivery.batch_id) for delivery in made]
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)

    assert (worked, again) == ([True, True], [False, False])
    ended = [await label.deliveries.get(delivery.id) for delivery in made]
    assert [delivery.status for delivery in ended] == [Status.DISTRIBUTED, Status.FAILED]
    (completed,) = [line for line in lines if line["event"] == "Delivery completed"]
    assert (completed["deliveryId"], completed["status"], completed["attempt"]) == (made[0].id, "distributed", 1)
    (failed,) = [line for line in lines if line["event"] == "delivery_failed"]
    assert (failed["delivery_id"], failed["final"], failed["code"]) == (made[1].id, True, "CONNECTION_LOST")
    told = (await NotificationService(label.scope).page()).documents
    assert [(each.delivery_id, each.severity) for each in told if each.status is Status.FAILED] == [
        (made[1].id, NotificationSeverity.ERROR)
    ]
    assert list((await NotificationService(other_label.scope).page()).documents) == []


@pytest.mark.proves("TPF-04")
async def test_status_queries_are_answered_by_an_index_in_the_order_of_their_change(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    database, collection = label.scope.store.database, DeliveryDocument.collection

    async def explain(filter: dict[str, Any], sort: dict[str, int]) -> list[str]:
        query = {"find": collection, "filter": filter, "sort": sort}
        return stages(await database.command({"explain": query}))

    newest = await explain({}, {"updated_at": -1, "_id": -1})
    of_release = await explain({"release_id": release.id}, {"release_id": 1, "target_id": 1, "batch_id": -1})

    assert newest == ["FETCH", "IXSCAN updated"]
    assert of_release == ["FETCH", "IXSCAN release_target"]


def stages(explained: dict[str, Any]) -> list[str]:
    """The stages of a query's plan, the outermost first; a scan with its index."""
    stage = explained["queryPlanner"]["winningPlan"]
    found = []
    while stage is not None:
        found.append(" ".join([stage["stage"], *([stage["indexName"]] if "indexName" in stage else [])]))
        stage = stage.get("inputStage")
    return found
