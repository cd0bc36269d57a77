"""What people do about deliveries that cannot go on by themselves."""

from __future__ import annotations

import pytest

from distro_core.delivery.documents import DeliveryDocument, LogLevel
from distro_core.delivery.engine import run_batch
from distro_core.delivery.failures.attention import (
    LONGEST_CONTACT,
    LONGEST_NOTE,
    MOST_NOTES,
    AttentionResolution,
    AttentionService,
)
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.delivery.targets.pauses import PauseService
from distro_core.notifications.documents import NotificationType
from distro_core.notifications.service import NotificationService
from distro_core.notifications.wording import PAUSE_ACTION
from distro_core.platform import Platform
from distro_core.store.collection import Change
from distro_core.store.outbox import OutboxRelay
from distro_sdk.errors import DomainError, DomainErrors, ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.notifiers import NotificationSeverity
from tests.delivery.clocks import START, FixedClock
from tests.delivery.label import Label
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport, pass_on


def refusing(category: ErrorCategory, code: str) -> HookedTransport:
    async def refuse(path: str) -> None:
        raise TransportError(category, code, "not like this", retryable=False)

    return HookedTransport(connecting=refuse)


async def failed_delivery(label: Label) -> DeliveryDocument:
    release, target = await label.release(), await label.target(transport="hooked")
    return await label.deliver([release.id], target.id)


@pytest.mark.proves("WFL-22", "WFL-23", "RTS-04")
async def test_a_person_says_what_was_mended_elsewhere_and_the_delivery_goes_on(label: Label) -> None:
    line = refusing(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED")
    label = with_line(label, line, FixedClock())
    failed = await failed_delivery(label)
    line.connecting = pass_on

    with pytest.raises(DomainError) as refused:
        await label.deliveries.retry(failed.id)
    service = AttentionService(label.scope)
    resolved = await service.resolve(
        failed.id, AttentionResolution.RETRY, "They gave us the right.", "help@dsp.example"
    )
    delivery = await label.work(resolved)

    (note,) = delivery.support
    assert refused.value.code == "RETRY_NEEDS_CHANGE"
    assert (resolved.status, delivery.status) == (Status.RETRYING, Status.DISTRIBUTED)
    assert (note.text, note.contact, note.by, note.at) == (
        "They gave us the right.",
        "help@dsp.example",
        "system",
        START,
    )
    lines = (await label.deliveries.logs(delivery.id, LogLevel.INFO)).documents
    assert [line.message for line in lines if line.step == "support"] == ["They gave us the right."]


@pytest.mark.proves("WFL-22")
async def test_a_delivery_that_needs_attention_is_given_up_or_kept(label: Label) -> None:
    releases, target = [await label.release() for _ in range(2)], await label.target()
    made = [(await label.deliveries.create([release.id], target.id))[0] for release in releases]
    deliveries = label.scope.store.collection(DeliveryDocument)
    for each in made:
        await deliveries.update(each.id, Change(set={"status": Status.NEEDS_ATTENTION}))
    service = AttentionService(label.scope)

    cancelled = await service.resolve(made[0].id, AttentionResolution.CANCEL, "The deal is off.")
    kept = await service.resolve(made[1].id, AttentionResolution.KEEP, "Asked them.")

    assert (cancelled.status, kept.status) == (Status.CANCELLED, Status.NEEDS_ATTENTION)
    assert [len(each.support) for each in (await deliveries.get(made[0].id), kept)] == [1, 1]


async def test_what_goes_well_needs_nobody_and_notes_are_bounded(label: Label, other_label: Label) -> None:
    release, target = await label.release(), await label.target()
    delivered = await label.deliver([release.id], target.id)
    service = AttentionService(label.scope)

    with pytest.raises(DomainError) as unneeded:
        await service.resolve(delivered.id, AttentionResolution.RETRY, "again")
    with pytest.raises(DomainError) as empty:
        await service.note(delivered.id, "   ")
    with pytest.raises(DomainError) as long:
        await service.note(delivered.id, "x" * (LONGEST_NOTE + 1))
    with pytest.raises(DomainError) as foreign:
        await AttentionService(other_label.scope).note(delivered.id, "not ours")
    note = (await service.note(delivered.id, "one")).support[0]
    many = Change(set={"support": (note,) * MOST_NOTES})
    await label.scope.store.collection(DeliveryDocument).update(delivered.id, many)
    with pytest.raises(DomainError) as too_many:
        await service.note(delivered.id, "one more")

    assert [each.value.code for each in (unneeded, empty, long, foreign, too_many)] == [
        "ATTENTION_NOT_NEEDED",
        "NOTE_INVALID",
        "NOTE_INVALID",
        "NOT_FOUND",
        "NOTES_EXHAUSTED",
    ]


async def test_a_contact_and_a_note_that_are_too_long_are_each_told_at_their_place(label: Label) -> None:
    (made,) = await label.deliveries.create([(await label.release()).id], (await label.target()).id)
    service, long = AttentionService(label.scope), "x" * (LONGEST_CONTACT + 1)

    with pytest.raises(DomainError) as contact:
        await service.note(made.id, "Asked them.", long)
    with pytest.raises(DomainErrors) as both:
        await service.note(made.id, "", long)

    assert (contact.value.code, contact.value.path) == ("NOTE_INVALID", ("contact",))
    assert [(each.code, each.path) for each in both.value.errors] == [
        ("NOTE_INVALID", ("note",)),
        ("NOTE_INVALID", ("contact",)),
    ]
    assert (await label.deliveries.get(made.id)).support == ()


@pytest.mark.proves("ERR-05")
async def test_a_target_that_refuses_our_login_is_paused_and_people_are_told_once(
    platform: Platform, label: Label, other_label: Label
) -> None:
    line = refusing(ErrorCategory.AUTH_INVALID, "LOGIN_REFUSED")
    label = with_line(label, line)
    release, second, target = await label.release(), await label.release(), await label.target(transport="hooked")
    (made,), (waits,) = [await label.deliveries.create([each.id], target.id) for each in (release, second)]
    failed = await label.work(made)
    ran = await run_batch(label.scope, waits.batch_id)
    paused = await label.targets.get(target.id)
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)
    told = (await NotificationService(label.scope).page()).documents

    line.connecting = pass_on
    mended = await label.targets.update(target.id, TargetChanges(settings={"directory": str(label.folder)}))
    delivery = await label.work(waits)

    assert (failed.status, ran, line.connections) == (Status.FAILED, False, 2)
    assert paused.paused is not None
    assert (paused.paused.by, paused.paused.reason) == ("system", "LOGIN_REFUSED: not like this")
    (notification,) = [each for each in told if each.type is NotificationType.TARGET_PAUSED]
    assert (notification.severity, notification.action) == (NotificationSeverity.ERROR, PAUSE_ACTION)
    assert notification.title == f"{target.name} was paused"
    assert (await NotificationService(other_label.scope).page()).documents == []
    assert mended.paused is None
    assert delivery.status is Status.DISTRIBUTED


async def test_a_target_that_a_person_paused_stays_paused_when_its_settings_change(label: Label) -> None:
    as_person = label.with_scope(actor="somebody")
    target = await as_person.target()
    await PauseService(as_person.scope).pause(target.id, "stocktaking")

    changed = await label.targets.update(target.id, TargetChanges(settings={"directory": str(label.folder)}))

    assert changed.paused is not None


async def test_a_missing_right_to_a_folder_pauses_nothing(label: Label) -> None:
    label = with_line(label, refusing(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED"))

    failed = await failed_delivery(label)

    assert (await label.targets.get(failed.target_id)).paused is None


@pytest.mark.proves("ERP-05")
@pytest.mark.parametrize(
    ("category", "told"), [(ErrorCategory.CONTENT_QUALITY, True), (ErrorCategory.NETWORK_TIMEOUT, False)]
)
async def test_people_are_asked_to_act_only_where_they_can(
    platform: Platform, label: Label, category: ErrorCategory, told: bool
) -> None:
    label = with_line(label, refusing(category, "PLATFORM_SAYS_NO"))

    failed = await failed_delivery(label)
    await OutboxRelay(platform).relay_tenant(label.scope.tenant_id)

    (notification,) = (await NotificationService(label.scope).page()).documents
    assert failed.error is not None
    assert notification.action == (failed.error.action if told else "")
