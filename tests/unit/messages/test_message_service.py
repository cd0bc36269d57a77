"""Messages of stored releases: previewed without a trace, generated with their verdict stored on the release."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_core.catalogue.complete import load_complete_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ReleaseChanges
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.messages.preview import MessageService
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.message import MessageSubtype
from distro_sdk.xml import parse_message
from tests.delivery.label import Label


@pytest.fixture
def label(label_a: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Label:
    """A label that delivers into a folder."""
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    return Label(label_a, tmp_path)


async def stored(label: Label, release_id: str) -> ReleaseDocument:
    """The release as it is stored now."""
    return await label.scope.store.collection(ReleaseDocument).get(release_id)


async def generate(label: Label, release_id: str, target: TargetDocument) -> None:
    """Generate the message of a first delivery."""
    await MessageService(label.scope).generate(
        await load_complete_release(label.scope.store, await stored(label, release_id)),
        target,
        message_id="MSG-1",
        created_at=label.scope.clock.now(),
        subtype=MessageSubtype.INITIAL,
    )


@pytest.mark.proves("ERN-09")
async def test_a_preview_shows_message_and_verdict_and_leaves_no_trace(label: Label) -> None:
    release, target = await label.release(), await label.target()

    preview = await MessageService(label.scope).preview(release.id, target)

    assert preview.subtype is MessageSubtype.INITIAL
    assert parse_message(preview.content).root.findtext("ReleaseList/Release/ReleaseId/ICPN") == release.icpn
    assert preview.validation.business_rules_valid
    assert await stored(label, release.id) == release
    assert await label.scope.store.collection(DeliveryDocument).count({}) == 0


async def test_a_preview_of_a_delivered_release_is_the_update_that_would_follow(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Day Drive")

    preview = await MessageService(label.scope).preview(release.id, target)

    root = parse_message(preview.content).root
    assert preview.subtype is MessageSubtype.UPDATE
    assert root.findtext("ReleaseList/Release/DisplayTitleText") == "Day Drive"
    assert {element.text for element in root.iter("IsProvidedInDelivery")} == {"false"}


@pytest.mark.proves("MSG-02")
async def test_a_delivery_to_one_target_leaves_the_first_message_to_another_initial(label: Label) -> None:
    release, target = await label.release(), await label.target()
    other = await label.target(name="Another DSP")
    await label.deliver([release.id], target.id)

    preview = await MessageService(label.scope).preview(release.id, other)

    assert preview.subtype is MessageSubtype.INITIAL


@pytest.mark.proves("MSG-01")
async def test_a_preview_of_a_release_that_was_taken_down_is_its_takedown(label: Label) -> None:
    release, target = await label.release(), await label.target()
    await label.deliver([release.id], target.id)
    await label.releases.take_down(release.id)

    preview = await MessageService(label.scope).preview(release.id, target)

    assert preview.subtype is MessageSubtype.TAKEDOWN
    assert parse_message(preview.content).root.find("DealList") is None


@pytest.mark.proves("VAL-09")
async def test_the_verdict_of_a_delivered_message_is_stored_on_the_release(label: Label) -> None:
    release, target = await label.release(), await label.target()

    delivery = await label.deliver([release.id], target.id)

    validation = (await stored(label, release.id)).validation
    assert validation is not None
    assert (validation.status, validation.errors) == ("valid", ())
    assert (validation.message_id, validation.format) == (delivery.message_id, "ern/4.3")
    assert validation.last_generated is not None


async def test_storing_a_verdict_disturbs_nobody_who_is_editing(label: Label) -> None:
    # A test delivery does not make the release a delivered one, which would be an edit.
    release, target = await label.release(), await label.target(test_mode=True)

    await label.deliver([release.id], target.id)

    assert (await stored(label, release.id)).validation is not None
    edited = await label.releases.update(release.id, ReleaseChanges(title="Edited meanwhile"), release.revision)
    assert edited.title == "Edited meanwhile"


@pytest.mark.proves("VAL-09")
async def test_what_keeps_a_message_from_being_written_is_stored_as_well(label: Label) -> None:
    release, target = await label.release(ready=False), await label.target()
    await label.releases.update(release.id, ReleaseChanges(icpn=None, genre=None))

    with pytest.raises(DomainErrors):
        await generate(label, release.id, target)

    validation = (await stored(label, release.id)).validation
    assert validation is not None
    assert validation.status == "invalid"
    assert [(error.code, error.path) for error in validation.errors] == [
        ("ICPN_MISSING", "icpn"),
        ("GENRE_MISSING", "genre"),
    ]


async def test_a_release_of_another_tenant_cannot_be_previewed(label: Label, label_b: Scope) -> None:
    release, target = await label.release(), await label.target()

    with pytest.raises(DomainError) as refused:
        await MessageService(label_b).preview(release.id, target)

    assert refused.value.code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("format", "ern/9.9", "FORMAT_UNKNOWN"),
        ("choreography", "pigeon", "CHOREOGRAPHY_UNKNOWN"),
        ("genre_provider", "nobody", "GENRE_PROVIDER_UNKNOWN"),
    ],
)
async def test_a_target_that_asks_for_what_no_plugin_has_is_refused(
    label: Label, field: str, value: str, code: str
) -> None:
    release, target = await label.release(), await label.target()

    with pytest.raises(DomainError) as refused:
        await MessageService(label.scope).preview(release.id, target.model_copy(update={field: value}))

    assert refused.value.code == code
    assert refused.value.path == (field,)
