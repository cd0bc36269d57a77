"""Targets whose format, choreography and transports cannot work together: refused, and nothing stored or changed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.drafts import TargetChanges
from distro_core.delivery.targets.metadata_connections import MetadataConnectionService
from distro_core.delivery.targets.service import TargetService
from distro_core.scope import Scope
from distro_plugins.flat.choreography import Flat
from distro_sdk.errors import DomainError
from tests.delivery.label import Label
from tests.delivery.test_targets import SinglesOnly, faults, sftp_draft
from tests.delivery.transports import with_registry

Told = list[tuple[str, tuple[str | int, ...]]]

APPLE: dict[str, Any] = {"message_settings": {"provider": "NorthernLights"}}
FTP: dict[str, Any] = {
    "transport": "ftp",
    "settings": {"host": "ftp.example.org", "username": "label"},
    "secrets": {"password": SecretStr("p")},
}
FORMAT: Told = [("CHOREOGRAPHY_FORMAT_UNSUITABLE", ("choreography",))]
TRANSPORT: Told = [("CHOREOGRAPHY_TRANSPORT_UNSUITABLE", ("choreography",))]
UNSUITABLE: Told = [("METADATA_TRANSPORT_UNSUITABLE", ("transport",))]

CONTRADICTIONS: dict[str, tuple[dict[str, Any], Told, str]] = {
    "ERN in a package of Apple's": (
        {"format": "ern/4.3", "choreography": "itmsp"},
        FORMAT,
        "the choreography itmsp lays out apple/5.3, not ern/4.3",
    ),
    "ERN in the package of a platform": (
        {"platform": "apple-music", "format": "ern/4.3"},
        FORMAT,
        "the choreography itmsp lays out apple/5.3, not ern/4.3",
    ),
    "Apple's metadata in a batch": (
        {"format": "apple/5.3", "choreography": "batch", **APPLE},
        FORMAT,
        "messages in apple/5.3 are laid out by itmsp, not by batch",
    ),
    "Apple's metadata in the batch that nobody chose": (
        {"format": "apple/5.3", **APPLE},
        FORMAT,
        "messages in apple/5.3 are laid out by itmsp, not by batch",
    ),
    "a cloud's batch over FTP": (
        {"choreography": "ddex-cloud", **FTP},
        TRANSPORT,
        "the choreography ddex-cloud was not made for the transport ftp",
    ),
}


@pytest.mark.parametrize("contradiction", CONTRADICTIONS)
async def test_what_cannot_work_together_is_refused(label_a: Scope, label_b: Scope, contradiction: str) -> None:
    fields, told, why = CONTRADICTIONS[contradiction]
    service = TargetService(label_a)
    there, beside = await service.create(sftp_draft()), await TargetService(label_b).create(sftp_draft())
    changes = {"choreography": "itmsp"} if "platform" in fields else fields

    with pytest.raises(DomainError) as created:
        await service.create(sftp_draft(**fields))
    with pytest.raises(DomainError) as updated:
        await service.update(there.id, TargetChanges(**changes))

    assert faults(created.value) == faults(updated.value) == told
    assert created.value.message == why
    assert await label_a.store.collection(TargetDocument).list({}) == [there]
    assert await TargetService(label_b).get(beside.id) == beside


async def test_changes_are_judged_by_what_stays(label_a: Scope) -> None:
    service = TargetService(label_a)
    packages = await service.create(sftp_draft(format="apple/5.3", choreography="itmsp", **APPLE))
    cloud = await service.create(sftp_draft(choreography="ddex-cloud"))

    with pytest.raises(DomainError) as of_format:
        await service.update(packages.id, TargetChanges(format="ern/4.3", message_settings={}))
    with pytest.raises(DomainError) as of_transport:
        await service.update(cloud.id, TargetChanges(**FTP))
    moved = await service.update(
        packages.id, TargetChanges(format="ern/4.3", choreography="batch", message_settings={})
    )

    assert (faults(of_format.value), faults(of_transport.value)) == (FORMAT, TRANSPORT)
    assert (moved.format, moved.choreography) == ("ern/4.3", "batch")
    assert await service.get(cloud.id) == cloud


class SinglesFolder(Flat):
    """A choreography of somebody else's, which says what it goes with."""

    key = "singles-folder"
    formats = frozenset({"singles/1"})
    excluded_transports = frozenset({"sftp"})


async def test_a_choreography_of_a_plugin_says_what_it_goes_with_and_another_goes_with_everything(
    label_a: Scope,
) -> None:
    plugins = label_a.plugins
    builders = {**plugins.message_builders, SinglesOnly.format: SinglesOnly()}
    choreographies = {**plugins.choreographies, SinglesFolder.key: SinglesFolder()}
    service = TargetService(with_registry(label_a, message_builders=builders, choreographies=choreographies))

    with pytest.raises(DomainError) as refused:
        await service.create(sftp_draft(choreography="singles-folder"))
    by_ftp = await service.create(sftp_draft(choreography="singles-folder", format="singles/1", **FTP))
    flat = await service.create(sftp_draft(choreography="flat", format="singles/1"))

    assert faults(refused.value) == FORMAT + TRANSPORT
    assert (by_ftp.choreography, flat.choreography) == ("singles-folder", "flat")


@pytest.mark.proves("ADP-06")
async def test_messages_do_not_travel_by_hand_beside_files(label: Label) -> None:
    service = MetadataConnectionService(label.scope)
    files, by_hand = await label.target(**FTP), await label.target(transport="manual", settings={})

    with pytest.raises(DomainError) as messages:
        await service.set(files.id, "manual", {}, {})
    with pytest.raises(DomainError) as resources:
        await service.set(by_hand.id, "ftp", FTP["settings"], FTP["secrets"])

    assert faults(messages.value) == faults(resources.value) == UNSUITABLE
    assert messages.value.message == (
        "manual leaves a delivery to a person: nothing can travel by it beside another transport"
    )
    assert await label.targets.get(files.id) == files
    assert await label.targets.get(by_hand.id) == by_hand


async def test_a_target_whose_messages_have_a_way_of_their_own_is_not_left_to_a_person(label: Label) -> None:
    service = MetadataConnectionService(label.scope)
    target = await service.set((await label.target()).id, "ftp", FTP["settings"], FTP["secrets"])
    cloud = await label.target(choreography="ddex-cloud")

    with pytest.raises(DomainError) as by_hand:
        await label.targets.update(target.id, TargetChanges(transport="manual", settings={}))
    with pytest.raises(DomainError) as laid_out:
        await label.targets.update(target.id, TargetChanges(choreography="ddex-cloud"))
    with pytest.raises(DomainError) as connected:
        await service.set(cloud.id, "ftp", FTP["settings"], FTP["secrets"])

    assert faults(by_hand.value) == UNSUITABLE
    assert faults(laid_out.value) == faults(connected.value) == TRANSPORT
    assert await label.targets.get(target.id) == target
