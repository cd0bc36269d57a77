"""Targets: settings judged by their transport, secrets sealed and never shown (rows TGT-01 to TGT-09)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bson import json_util
from pydantic import SecretStr

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.drafts import TargetChanges, TargetDraft, TargetFilter
from distro_core.delivery.targets.service import TargetService
from distro_core.scope import Scope
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import NoSettings
from distro_sdk.models.delivery import DeliveryStatus, TargetType
from distro_sdk.models.message import (
    MessagePlan,
    MessageSubtype,
    MessagingParty,
    ProfileVariant,
    ReleaseProfile,
    TakedownForm,
)
from tests.delivery.transports import with_registry

SENDER = MessagingParty(dpid="PADPIDA2014120301A", name="Northern Lights")
RECIPIENT = MessagingParty(dpid="PADPIDA2013071501L", name="Example DSP")
PASSWORD = "correct-horse-battery-staple"
HOST_KEY = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"


def sftp_draft(**fields: object) -> TargetDraft:
    given: dict[str, object] = {
        "name": "Example DSP",
        "platform": "generic",
        "transport": "sftp",
        "settings": {"host": "sftp.example.org", "username": "label", "host_key": HOST_KEY},
        "secrets": {"password": SecretStr(PASSWORD)},
        "sender": SENDER,
        "recipient": RECIPIENT,
    }
    return TargetDraft.model_validate(given | fields)


def faults(error: DomainError) -> list[tuple[str, tuple[str | int, ...]]]:
    errors = error.errors if isinstance(error, DomainErrors) else (error,)
    return [(fault.code, fault.path) for fault in errors]


@pytest.mark.proves("TGT-01", "TGT-02", "TGT-08")
async def test_a_target_takes_what_its_draft_leaves_open_from_the_platform(label_a: Scope) -> None:
    service = TargetService(label_a)

    target = await service.create(sftp_draft(type=TargetType.AGGREGATOR, minimum_cover=1400))

    profile = label_a.plugins.platforms["generic"]
    assert (target.format, target.choreography) == (profile.formats[0], "batch")
    assert target.commercial_terms == profile.commercial_terms
    assert (target.type, target.minimum_cover) == (TargetType.AGGREGATOR, 1400)
    assert await service.get(target.id) == target


@pytest.mark.proves("TGT-09")
async def test_a_secret_is_sealed_and_stands_nowhere_in_the_database(label_a: Scope) -> None:
    service = TargetService(label_a)

    target = await service.create(sftp_draft())

    raw = await label_a.store.collection(TargetDocument).raw.find_one({"_id": target.id})
    assert PASSWORD not in json.dumps(raw, default=json_util.default)
    assert PASSWORD not in repr(target)
    assert "password" not in target.settings
    fields = service.secret_fields(target)
    assert {field.name: field.is_set for field in fields} == {
        "password": True,
        "private_key": False,
        "passphrase": False,
    }
    configuration = await service.open_configuration(target)
    assert configuration.model_dump()["password"].get_secret_value() == PASSWORD


@pytest.mark.proves("TGT-09")
async def test_another_tenant_cannot_open_a_copied_secret(label_a: Scope, label_b: Scope) -> None:
    target = await TargetService(label_a).create(sftp_draft())
    stolen = await label_b.store.collection(TargetDocument).insert(target)

    with pytest.raises(DomainError) as refused:
        await TargetService(label_b).open_configuration(stolen)

    assert refused.value.code == "SECRET_UNREADABLE"


async def test_every_fault_of_a_draft_is_told_at_once(label_a: Scope) -> None:
    draft = sftp_draft(
        platform=None,
        transport="pigeon",
        format="ern/9.9",
        choreography="waltz",
        genre_provider="nobody",
        recipient=None,
    )

    with pytest.raises(DomainErrors) as refused:
        await TargetService(label_a).create(draft)

    assert sorted(faults(refused.value)) == [
        ("CHOREOGRAPHY_UNKNOWN", ("choreography",)),
        ("FORMAT_UNKNOWN", ("format",)),
        ("GENRE_PROVIDER_UNKNOWN", ("genre_provider",)),
        ("TARGET_FIELD_MISSING", ("commercial_terms",)),
        ("TARGET_FIELD_MISSING", ("recipient",)),
        ("TRANSPORT_UNKNOWN", ("transport",)),
    ]
    assert await label_a.store.collection(TargetDocument).count({}) == 0


async def test_an_unknown_platform_is_refused(label_a: Scope) -> None:
    with pytest.raises(DomainError) as refused:
        await TargetService(label_a).create(sftp_draft(platform="atlantis"))

    assert faults(refused.value) == [("PLATFORM_UNKNOWN", ("platform",))]


@pytest.mark.parametrize(
    ("plain", "secrets", "expected"),
    [
        ({"host": "x", "username": "u"}, {"password": "p"}, [("TARGET_SETTING_INVALID", ("settings", "host_key"))]),
        (
            {"host": "x", "username": "u", "host_key": HOST_KEY, "port": 70_000},
            {"password": "p"},
            [("TARGET_SETTING_INVALID", ("settings", "port"))],
        ),
        (
            {"host": "x", "username": "u", "host_key": HOST_KEY},
            {"private_key": "no key"},
            [("TARGET_SETTING_INVALID", ("secrets", "private_key"))],
        ),
        ({"host": "x", "username": "u", "host_key": HOST_KEY}, {}, [("TARGET_SETTING_INVALID", ("settings",))]),
        (
            {"host": "x", "username": "u", "host_key": HOST_KEY, "password": "p"},
            {},
            [("TARGET_SECRET_MISPLACED", ("settings", "password"))],
        ),
        (
            {"host": "x", "username": "u", "host_key": HOST_KEY},
            {"pin": "1234"},
            [("TARGET_SETTING_INVALID", ("secrets", "pin"))],
        ),
    ],
)
async def test_settings_are_judged_by_the_transport(
    label_a: Scope,
    plain: dict[str, object],
    secrets: dict[str, str],
    expected: list[tuple[str, tuple[str | int, ...]]],
) -> None:
    with pytest.raises(DomainError) as refused:
        await TargetService(label_a).create(sftp_draft(settings=plain, secrets=secrets))

    assert faults(refused.value) == expected


class SinglesOnly:
    """A message format that has one profile."""

    format = "singles/1"
    schema = "singles/1"
    namespace = "urn:singles"
    profiles = frozenset({ReleaseProfile.SIMPLE_AUDIO_SINGLE})
    variants = frozenset[ProfileVariant]()
    takedown_forms = frozenset({TakedownForm.NO_DEALS})
    supports_immersive_audio = False
    file_name = None
    configuration = NoSettings
    grammar = None

    def build(self, plan: MessagePlan) -> bytes:
        return b"<single/>"


async def test_a_profile_that_the_format_lacks_is_refused(label_a: Scope) -> None:
    builders = {**label_a.plugins.message_builders, SinglesOnly.format: SinglesOnly()}
    service = TargetService(with_registry(label_a, message_builders=builders))

    target = await service.create(sftp_draft(profile=ReleaseProfile.AUDIO))
    with pytest.raises(DomainError) as refused:
        await service.update(target.id, TargetChanges(format="singles/1"))

    assert target.profile is ReleaseProfile.AUDIO
    assert faults(refused.value) == [("PROFILE_UNSUPPORTED", ("profile",))]


@pytest.mark.parametrize("illegal", ["\n", "\r", "\t", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\uffff"])
async def test_control_characters_have_no_place_in_what_people_write_of_a_target(
    label_a: Scope, label_b: Scope, illegal: str
) -> None:
    service = TargetService(label_a)
    target, beside = await service.create(sftp_draft()), await TargetService(label_b).create(sftp_draft())
    text = f"Shop{illegal}Two"
    party = MessagingParty(dpid=SENDER.dpid, name=text)
    fields: dict[str, Any] = {"name": text, "sender": party, "sent_on_behalf_of": party, "recipient": party}

    with pytest.raises(DomainErrors) as created:
        await service.create(sftp_draft(**fields))
    with pytest.raises(DomainErrors) as updated:
        await service.update(target.id, TargetChanges(**fields))

    told: list[tuple[str, tuple[str | int, ...]]] = [("CHARACTER_ILLEGAL", ("name",))]
    told += [("CHARACTER_ILLEGAL", (role, "name")) for role in ("sender", "sent_on_behalf_of", "recipient")]
    assert faults(created.value) == faults(updated.value) == told
    assert created.value.errors[0].message == f"character U+{ord(illegal):04X} at position 5 cannot stand in a name"
    assert await label_a.store.collection(TargetDocument).list({}) == [target]
    assert await TargetService(label_b).get(beside.id) == beside


async def test_settings_of_a_format_have_no_characters_that_no_message_can_carry(label_a: Scope) -> None:
    draft = sftp_draft(platform="apple-music", message_settings={"provider": "Northern\0Lights"}, commercial_terms=None)

    with pytest.raises(DomainError) as refused:
        await TargetService(label_a).create(draft)

    assert ("CHARACTER_ILLEGAL", ("message_settings", "provider")) in faults(refused.value)


async def test_names_in_every_script_are_kept_as_they_are(label_a: Scope) -> None:
    name = "Beyoncé 光と影 \N{WOMAN}\N{ZERO WIDTH JOINER}\N{MICROPHONE}"

    target = await TargetService(label_a).create(sftp_draft(name=name))

    assert target.name == name


@pytest.mark.proves("TGT-01", "TGT-09")
async def test_one_secret_changes_and_the_others_stay(label_a: Scope) -> None:
    service = TargetService(label_a)
    target = await service.create(sftp_draft())

    renamed = await service.update(target.id, TargetChanges(name="Renamed"))
    changed = await service.update(target.id, TargetChanges(secrets={"password": SecretStr("another")}))

    assert (renamed.name, renamed.sealed) == ("Renamed", target.sealed)
    assert changed.sealed != target.sealed
    configuration = await service.open_configuration(changed)
    assert configuration.model_dump()["password"].get_secret_value() == "another"
    assert changed.settings == target.settings


async def test_a_target_cannot_lose_what_its_transport_needs(label_a: Scope) -> None:
    service = TargetService(label_a)
    target = await service.create(sftp_draft())

    with pytest.raises(DomainError) as without_password:
        await service.update(target.id, TargetChanges(secrets={"password": None}))
    with pytest.raises(DomainError) as without_name:
        await service.update(target.id, TargetChanges(name=""))
    with pytest.raises(DomainError) as elsewhere:
        await service.update(target.id, TargetChanges(transport="local-folder"))

    assert faults(without_password.value) == [("TARGET_SETTING_INVALID", ("settings",))]
    assert faults(without_name.value) == [("TARGET_FIELD_MISSING", ("name",))]
    assert {code for code, _ in faults(elsewhere.value)} == {"TARGET_SETTING_INVALID"}
    assert await service.get(target.id) == target


async def test_secrets_do_not_follow_to_another_transport(label_a: Scope, receiver_folder: Path) -> None:
    service = TargetService(label_a)
    target = await service.create(sftp_draft())

    there = {"directory": str(receiver_folder)}
    moved = await service.update(target.id, TargetChanges(transport="local-folder", settings=there))

    assert (moved.transport, moved.settings, moved.sealed) == ("local-folder", there, {})


async def test_a_late_change_is_refused(label_a: Scope) -> None:
    service = TargetService(label_a)
    target = await service.create(sftp_draft())
    await service.update(target.id, TargetChanges(active=False))

    with pytest.raises(DomainError) as refused:
        await service.update(target.id, TargetChanges(name="Late"), revision=target.revision)

    assert refused.value.code == "REVISION_CONFLICT"


@pytest.mark.proves("TGT-01", "TGT-05")
async def test_targets_are_listed_by_name_and_narrowed(label_a: Scope, label_b: Scope) -> None:
    service = TargetService(label_a)
    for name, active in (("Cello", True), ("Alto", True), ("Bass", False)):
        await service.create(sftp_draft(name=name, active=active))

    everything = await service.page(first=2)
    rest = await service.page(first=2, after=everything.cursors[-1])
    inactive = await service.page(TargetFilter(active=False))

    assert [target.name for target in everything.documents] == ["Alto", "Bass"]
    assert [target.name for target in rest.documents] == ["Cello"]
    assert [target.name for target in inactive.documents] == ["Bass"]
    assert (await TargetService(label_b).page()).documents == []


@pytest.mark.proves("TGT-01")
async def test_an_unused_target_is_deleted(label_a: Scope, label_b: Scope) -> None:
    service = TargetService(label_a)
    target = await service.create(sftp_draft())

    with pytest.raises(DomainError) as foreign:
        await TargetService(label_b).delete(target.id)
    await service.delete(target.id)

    with pytest.raises(DomainError) as gone:
        await service.get(target.id)
    assert (foreign.value.code, gone.value.code) == ("NOT_FOUND", "NOT_FOUND")


async def stored_delivery(scope: Scope, target: TargetDocument, status: DeliveryStatus) -> None:
    delivery = DeliveryDocument(
        release_id=new_id(),
        target_id=target.id,
        batch_id="20260101000000000",
        status=status,
        subtype=MessageSubtype.INITIAL,
        format=target.format,
        message_id=new_id(),
        content_hash="0" * 64,
    )
    await scope.store.collection(DeliveryDocument).insert(delivery)


@pytest.mark.proves("TGT-01")
async def test_a_target_in_use_stays_and_one_with_a_past_is_archived_without_its_secrets(label_a: Scope) -> None:
    service = TargetService(label_a)
    busy, past = await service.create(sftp_draft()), await service.create(sftp_draft())
    await stored_delivery(label_a, busy, DeliveryStatus.UPLOADING)
    await stored_delivery(label_a, past, DeliveryStatus.LIVE)

    with pytest.raises(DomainError) as refused:
        await service.delete(busy.id)
    archived = await service.delete(past.id)

    assert refused.value.code == "TARGET_IN_USE"
    assert (archived.active, archived.sealed, archived.name) == (False, {}, past.name)
    assert archived.archived_at is not None
    assert [target.id for target in (await service.page()).documents] == [busy.id]
    for again in (service.delete(past.id), service.update(past.id, TargetChanges(active=True))):
        with pytest.raises(DomainError) as gone:
            await again
        assert gone.value.code == "NOT_FOUND"
