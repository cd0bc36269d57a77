"""From a developer's wheel to a plugin that anybody can install: checks, review, listing, and taking back."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.install.documents import JobStatus
from distro_core.marketplace.registry.format import read_registry
from distro_core.marketplace.trust import verify_registry
from distro_core.publishing.developers import DeveloperService, read_keys
from distro_core.publishing.documents import SubmissionDocument, SubmissionStatus
from distro_core.publishing.transitions import TRANSITIONS
from distro_sdk.errors import DomainError
from distro_sdk.testing.clock import SettableClock
from tests.marketplace.market import WheelDraft, new_key, public
from tests.marketplace.shops import Shop, fresh_id
from tests.publishing.conftest import EUROS, Studio, in_blocks, submissions_of

S = SubmissionStatus


async def refusal(call: Awaitable[Any]) -> str:
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value.code


async def offered(shop: Shop) -> set[str]:
    return set((await shop.platform.marketplace.registries.catalogue(fresh=True)).offers)


@pytest.mark.proves("MKT-05", "MKT-06", "MKT-08")
async def test_a_plugin_goes_from_its_developer_to_an_installation(shop: Shop, studio: Studio) -> None:
    id = fresh_id()
    reviewers = submissions_of(shop, None)

    submission = await studio.hand_in(WheelDraft(id))
    assert (submission.status, submission.reasons) == (S.SUBMITTED, ())
    assert submission.manifest is not None
    assert submission.manifest.support == "owls@example.com"
    assert await refusal(shop.install(id)) == "NOT_FOUND"
    assert (await reviewers.review(submission.id, by="rita")).status is S.IN_REVIEW
    assert await refusal(shop.install(id)) == "NOT_FOUND"

    listed = await reviewers.approve(submission.id, by="rita", note="Hoots well.")

    assert listed.status is S.LISTED
    assert [(step.status, step.by, step.note) for step in listed.history] == [
        (S.DRAFT, "ola", None),
        (S.SUBMITTED, "ola", None),
        (S.IN_REVIEW, "rita", None),
        (S.APPROVED, "rita", "Hoots well."),
        (S.LISTED, "system", None),
    ]
    offer = (await shop.platform.marketplace.registries.catalogue(fresh=True)).offer(id)
    assert (offer.publisher.id, offer.publisher.name, offer.entry.keywords) == ("owls", "Owls", ("bird",))
    assert (await shop.install(id)).status is JobStatus.COMPLETED
    assert (await shop.installed())[id].registry == "this-installation"


@pytest.mark.proves("MKT-06")
@pytest.mark.parametrize("status", [S.DRAFT, S.SUBMITTED, S.IN_REVIEW, S.REJECTED, S.WITHDRAWN])
async def test_what_is_not_approved_cannot_be_installed(shop: Shop, studio: Studio, status: SubmissionStatus) -> None:
    other, id = fresh_id(), fresh_id()
    await studio.publish(WheelDraft(other))
    wheel = WheelDraft(id)
    reviewers = submissions_of(shop, None)
    if status is S.DRAFT:
        submission = await studio.submissions.submit(studio.draft(wheel), by="ola")
    else:
        submission = await studio.hand_in(wheel)
    if status in {S.IN_REVIEW, S.REJECTED}:
        submission = await reviewers.review(submission.id, by="rita")
    if status is S.REJECTED:
        submission = await reviewers.reject(submission.id, ["It does not hoot."], by="rita")
    if status is S.WITHDRAWN:
        submission = await studio.submissions.withdraw(submission.id, by="ola")
    assert submission.status is status

    await shop.platform.marketplace.own_registry.publish()

    assert await offered(shop) == {other}
    assert await refusal(shop.install(id)) == "NOT_FOUND"
    assert await refusal(shop.platform.marketplace.own_registry.wheel(submission.sha256)) == "NOT_FOUND"


@pytest.mark.proves("MKT-05", "MKT-10")
@pytest.mark.parametrize(
    ("fields", "submitted", "code"),
    [
        ({"support": ""}, {}, "PLUGIN_MANIFEST_WRONG"),
        ({"publisher": "Ravens"}, {}, "PLUGIN_MANIFEST_WRONG"),
        ({"category": None}, {}, "PLUGIN_MANIFEST_WRONG"),
        ({}, {"version": "2.0.0"}, "PLUGIN_MANIFEST_WRONG"),
        ({"license_model": "paid"}, {}, "PLUGIN_PRICE_WRONG"),
        ({}, {"price": EUROS}, "PLUGIN_PRICE_WRONG"),
        ({"sdk": ">=99"}, {}, "PLUGIN_REQUIREMENTS_NOT_MET"),
        ({}, {"signature": "a.b.c"}, "PLUGIN_SIGNATURE_INVALID"),
    ],
)
async def test_what_a_machine_finds_is_rejected_with_its_reason(
    shop: Shop, studio: Studio, fields: dict[str, Any], submitted: dict[str, Any], code: str
) -> None:
    rejected = await studio.hand_in(WheelDraft(fresh_id(), **fields), **submitted)

    assert rejected.status is S.REJECTED
    assert code in {reason.code for reason in rejected.reasons}
    # Mended, it may be submitted again.
    assert not rejected.taken


async def test_every_fault_is_told_at_once(studio: Studio) -> None:
    wheel = WheelDraft(fresh_id(), publisher="Ravens", license_model="paid", python=None)

    rejected = await studio.hand_in(wheel)

    assert [reason.code for reason in rejected.reasons] == [
        "PLUGIN_MANIFEST_WRONG",
        "PLUGIN_MANIFEST_WRONG",
        "PLUGIN_PRICE_WRONG",
    ]


async def test_a_wheel_that_does_harm_is_rejected_unseen_by_people(studio: Studio) -> None:
    wheel = WheelDraft(fresh_id())
    wheel.files["../outside.py"] = b"x = 1"

    assert [reason.code for reason in (await studio.hand_in(wheel)).reasons] == ["PLUGIN_WHEEL_UNSAFE"]


async def test_a_signature_of_a_strangers_or_a_revoked_key_is_rejected(shop: Shop, studio: Studio) -> None:
    stranger = Studio(shop, studio.tenant, new_key("owls-2026"))
    signed = stranger.draft(wheel := WheelDraft(fresh_id()), packed := wheel.pack())
    submission = await studio.submissions.submit(signed, by="ola")
    found = await studio.submissions.receive(submission.id, in_blocks(packed), by="ola")
    assert [reason.code for reason in found.reasons] == ["PLUGIN_SIGNATURE_INVALID"]

    developers = DeveloperService(shop.platform.control, studio.tenant.id)
    fresh = new_key("owls-2027")
    await developers.update("owls", add_keys=[public(fresh)], revoke_keys=["owls-2026"])
    assert (await studio.hand_in(WheelDraft(fresh_id()))).status is S.REJECTED
    renewed = Studio(shop, studio.tenant, fresh)
    assert (await renewed.hand_in(WheelDraft(fresh_id()))).status is S.SUBMITTED


async def test_another_file_than_announced_is_refused_and_may_be_sent_again(studio: Studio) -> None:
    wheel = WheelDraft(fresh_id())
    packed = wheel.pack()
    submission = await studio.submissions.submit(studio.draft(wheel, packed), by="ola")

    for other in (packed[:-1], packed + b"x", b"", packed[:-1] + b"x"):
        receiving = studio.submissions.receive(submission.id, in_blocks(other), by="ola")
        assert await refusal(receiving) == "PLUGIN_CHECKSUM_WRONG"

    assert (await studio.submissions.receive(submission.id, in_blocks(packed), by="ola")).status is S.SUBMITTED
    again = studio.submissions.receive(submission.id, in_blocks(packed), by="ola")
    assert await refusal(again) == "SUBMISSION_STATUS_WRONG"


@pytest.mark.parametrize(
    "fields",
    [
        {"sha256": "A" * 64},
        {"size": 0},
        {"size": 2**40},
        {"signature": ""},
        {"plugin_id": "No Id"},
        {"version": "one"},
        {"keywords": ("x" * 51,)},
        {"keywords": ("x",) * 31},
    ],
)
async def test_what_cannot_be_a_submission_is_refused(studio: Studio, fields: dict[str, Any]) -> None:
    draft = studio.draft(WheelDraft(fresh_id()), **fields)

    assert await refusal(studio.submissions.submit(draft, by="ola")) == "SUBMISSION_INVALID"


async def test_a_version_is_submitted_once_until_it_is_rejected(shop: Shop, studio: Studio) -> None:
    id = fresh_id()
    first = await studio.hand_in(WheelDraft(id))
    for version in ("1.0.0", "1.0.0.0"):
        again = studio.submissions.submit(studio.draft(WheelDraft(id), version=version), by="ola")
        assert await refusal(again) == "PLUGIN_VERSION_SUBMITTED"

    reviewers = submissions_of(shop, None)
    await reviewers.review(first.id, by="rita")
    rejected = await reviewers.reject(first.id, ["Too loud.", "Too late."], by="rita")

    assert [(reason.code, reason.message) for reason in rejected.reasons] == [
        ("REVIEW", "Too loud."),
        ("REVIEW", "Too late."),
    ]
    assert (await studio.hand_in(WheelDraft(id))).status is S.SUBMITTED


async def test_a_plugin_belongs_to_the_developer_who_was_approved_first(
    shop: Shop, studio: Studio, tenant_b: TenantDocument
) -> None:
    ravens = Studio(shop, tenant_b, new_key("ravens"), id="ravens", name="Ravens")
    await ravens.register()
    id = fresh_id()
    theirs = await ravens.hand_in(WheelDraft(id, "1.1.0", publisher="Ravens"))
    await studio.publish(WheelDraft(id))

    reviewers = submissions_of(shop, None)
    await reviewers.review(theirs.id, by="rita")
    assert await refusal(reviewers.approve(theirs.id, by="rita")) == "PLUGIN_ID_TAKEN"
    draft = ravens.draft(WheelDraft(id, "1.2.0", publisher="Ravens"))
    assert await refusal(ravens.submissions.submit(draft, by="x")) == "PLUGIN_ID_TAKEN"


@pytest.mark.proves("MKT-07")
async def test_tenants_see_their_own_developers_and_submissions_alone(
    shop: Shop, studio: Studio, tenant_b: TenantDocument
) -> None:
    submission = await studio.hand_in(WheelDraft(fresh_id()))
    theirs = submissions_of(shop, tenant_b.id)
    developers = DeveloperService(shop.platform.control, tenant_b.id)

    assert (await theirs.page(first=10)).documents == []
    for call in (
        theirs.get(submission.id),
        theirs.withdraw(submission.id, by="eve"),
        theirs.yank(submission.id, "mine now", by="eve"),
        theirs.receive(submission.id, in_blocks(b"x"), by="eve"),
        theirs.submit(studio.draft(WheelDraft(fresh_id())), by="eve"),
        developers.get("owls"),
        developers.update("owls", name="Eve"),
    ):
        assert await refusal(call) == "NOT_FOUND"
    assert (await developers.page(first=10)).documents == []
    assert [found.id for found in (await submissions_of(shop, None).page(status=S.SUBMITTED, first=10)).documents] == [
        submission.id
    ]


async def test_a_developers_account_is_checked(shop: Shop, studio: Studio, tenant_b: TenantDocument) -> None:
    developers = DeveloperService(shop.platform.control, tenant_b.id)

    async def register(id: str = "crows", **fields: Any) -> str:
        told = {"name": "Crows", "support": "crows@example.com", "keys": [public(new_key("k"))], **fields}
        return await refusal(developers.register(id, **told, tenant_id=tenant_b.id, by="x"))

    assert await register("owls") == "DEVELOPER_ID_TAKEN"
    doubled = [public(new_key("k")), public(new_key("k"))]
    wrong: tuple[dict[str, Any], ...] = ({"name": ""}, {"support": ""}, {"keys": []}, {"keys": doubled})
    for fields in wrong:
        assert await register(**fields) == "DEVELOPER_INVALID"
    assert await register("No Id") == "DEVELOPER_INVALID"
    own = DeveloperService(shop.platform.control, studio.tenant.id)
    assert await refusal(own.update("owls", revoke_keys=["nobodys"])) == "DEVELOPER_INVALID"
    with pytest.raises(DomainError, match="DEVELOPER_INVALID"):
        read_keys([("kid", "too short")])


async def test_a_yanked_version_is_installed_no_more_and_stays_where_it_is(shop: Shop, studio: Studio) -> None:
    id = fresh_id()
    old = await studio.publish(WheelDraft(id, "1.0.0"))
    assert (await shop.install(id)).status is JobStatus.COMPLETED
    new = await studio.publish(WheelDraft(id, "1.1.0"))

    yanked = await studio.submissions.yank(new.id, "Loses feathers.", by="ola")

    assert (yanked.status, yanked.yank_reason) == (S.YANKED, "Loses feathers.")
    assert await refusal(shop.jobs.install(id, tenant_id="label", by="x", version="1.1.0")) == "PLUGIN_YANKED"
    await studio.submissions.yank(old.id, "That one, too.", by="ola")
    assert await refusal(shop.install(id)) == "PLUGIN_VERSION_UNKNOWN"
    assert (await shop.installed())[id].version == "1.0.0"


@pytest.mark.parametrize("status", list(S))
async def test_a_submission_moves_as_the_table_says_and_in_no_other_way(
    shop: Shop, studio: Studio, status: SubmissionStatus
) -> None:
    wheel = WheelDraft(fresh_id())
    submission = await studio.hand_in(wheel)
    collection = shop.platform.control.collection(SubmissionDocument)
    reviewers = submissions_of(shop, None)
    calls: dict[SubmissionStatus, Callable[[], Awaitable[SubmissionDocument]]] = {
        S.IN_REVIEW: lambda: reviewers.review(submission.id, by="rita"),
        S.REJECTED: lambda: reviewers.reject(submission.id, ["no"], by="rita"),
        S.WITHDRAWN: lambda: reviewers.withdraw(submission.id, by="rita"),
    }
    for target, call in calls.items():
        await collection.raw.update_one({"_id": submission.id}, {"$set": {"status": status.value}})
        if target in TRANSITIONS[status]:
            assert (await call()).status is target
        else:
            assert await refusal(call()) == "SUBMISSION_STATUS_WRONG"
            assert (await reviewers.get(submission.id)).status is status


async def test_reasons_and_notes_are_bounded(shop: Shop, studio: Studio) -> None:
    submission = await studio.hand_in(WheelDraft(fresh_id()))
    reviewers = submissions_of(shop, None)
    await reviewers.review(submission.id, by="rita")

    for call in (
        reviewers.reject(submission.id, [], by="rita"),
        reviewers.reject(submission.id, [" "], by="rita"),
        reviewers.reject(submission.id, ["x"] * 21, by="rita"),
        reviewers.approve(submission.id, by="rita", note="x" * 1001),
        reviewers.yank(submission.id, " ", by="rita"),
    ):
        assert await refusal(call) == "SUBMISSION_INVALID"


async def test_an_edition_is_signed_grows_and_is_made_anew_before_it_expires(
    shop: Shop, studio: Studio, clock: SettableClock
) -> None:
    registry = shop.platform.marketplace.own_registry
    assert await registry.setting() is None
    assert await refusal(registry.edition()) == "NOT_FOUND"
    await registry.refresh()
    assert await registry.setting() is None
    await studio.publish(WheelDraft(fresh_id()))

    first = read_registry(await registry.edition())
    verify_registry(first, [await registry.public_key()])
    clock.advance(timedelta(days=10))
    assert read_registry(await registry.edition()).content.serial == first.content.serial
    clock.advance(timedelta(days=10))
    second = read_registry(await registry.edition())

    assert second.content.serial == first.content.serial + 1
    assert second.content.expires == clock.now() + timedelta(days=30)
    assert first.content.plugins == second.content.plugins
    key = await shop.platform.control.database["registry_keys"].find_one({})
    assert "ciphertext" in json.dumps(key, default=str)
    assert '"d"' not in json.dumps(key, default=str)


async def test_an_approval_that_broke_off_is_listed_with_the_next_one(shop: Shop, studio: Studio) -> None:
    broken = await studio.hand_in(WheelDraft(fresh_id()))
    reviewers = submissions_of(shop, None)
    await reviewers.review(broken.id, by="rita")
    approved = {"status": S.APPROVED.value, "approved_at": shop.platform.clock.now()}
    collection = shop.platform.control.collection(SubmissionDocument).raw
    await collection.update_one({"_id": broken.id}, {"$set": approved})

    assert (await reviewers.approve(broken.id, by="rita")).status is S.LISTED
    assert await offered(shop) == {broken.plugin_id}
