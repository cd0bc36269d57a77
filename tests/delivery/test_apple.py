"""A target made from the profile of Apple Music: packages as they lie at the receiver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from distro_api.receiver import FileAction, Receiver
from distro_core.delivery.targets.documents import TargetDocument
from distro_plugins.apple53.tables import genre_codes, territories
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.delivery import TargetType
from tests.delivery.dsp import sftp_target
from tests.delivery.label import Label
from tests.itmsp_reader import ReadPackage, read_package

SETTINGS = {"provider": "NorthernLights", "price_tier": 3}


async def apple(label: Label, settings: dict[str, Any] | None = None) -> TargetDocument:
    """Apple Music, in a folder."""
    return await label.target(
        name="Apple Music",
        platform="apple-music",
        type=TargetType.DSP,
        message_settings=SETTINGS if settings is None else settings,
        choreography_settings={"batch_folder": True},
    )


def read(folder: Path) -> ReadPackage:
    return read_package(folder, genre_codes(), territories())


@pytest.mark.proves("APL-01", "APL-02", "APL-03", "APL-04", "ADP-02")
async def test_a_release_is_delivered_updated_and_taken_down_as_packages(label: Label) -> None:
    release, target = await label.release(), await apple(label)

    initial = await label.deliver([release.id], target.id)
    await label.retitle(release.id, "Night Drive at Dawn")
    update = await label.deliver([release.id], target.id)
    await label.releases.take_down(release.id)
    takedown = await label.deliver([release.id], target.id)

    folder = f"{release.icpn}.itmsp"
    packages = [read(label.folder / delivery.batch_id / folder) for delivery in (initial, update, takedown)]
    assert [package.faults for package in packages] == [[], [], []]
    assert [package.title for package in packages] == ["Night Drive", "Night Drive at Dawn", "Night Drive at Dawn"]
    assert [package.takedown for package in packages] == [False, False, True]
    assert [
        sorted(path.name for path in (label.folder / each.batch_id / folder).iterdir()) for each in (initial, update)
    ] == [
        [f"{release.icpn}.jpg", f"{release.icpn}_01_001.wav", f"{release.icpn}_01_002.wav", "metadata.xml"],
        ["metadata.xml"],
    ]
    assert packages[0].genres == ["POP-00"] * 3
    assert packages[0].products == {"WW": (True, True)}
    assert packages[2].products == {"WW": (False, False)}
    assert [each.history[-1].status for each in (initial, update, takedown)] == [
        Status.DISTRIBUTED,
        Status.UPDATED,
        Status.REMOVED,
    ]


@pytest.mark.parametrize("given", [{}, {"provider": "no spaces please"}])
async def test_a_target_without_apples_provider_name_is_refused(label: Label, given: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as caught:
        await apple(label, given)

    assert (caught.value.code, caught.value.path) == ("MESSAGE_SETTING_INVALID", ("message_settings", "provider"))


@pytest.mark.proves("APL-02")
async def test_a_package_goes_over_sftp_to_a_receiver_that_finds_nothing_wrong(
    label: Label, receiver: Receiver
) -> None:
    release = await label.release()
    target = await sftp_target(
        label,
        receiver,
        platform="apple-music",
        message_settings=SETTINGS,
        acknowledges=False,
    )

    delivery = await label.deliver([release.id], target.id)
    report = await receiver.wait_for_report(f"{release.icpn}.itmsp")

    assert delivery.history[-1].status is Status.DISTRIBUTED
    assert (report.codes, report.accepted, report.layout) == ([], True, "itmsp")
    places = [event.place for event in receiver.events if event.action is FileAction.RENAMED]
    assert places[-1] == f"/{release.icpn}.itmsp/metadata.xml"
