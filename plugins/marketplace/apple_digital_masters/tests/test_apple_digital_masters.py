"""24-bit sources, told to Apple and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.commerce import CommercialModel, CommercialTerms, UseType
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_releases import PlannedGenre
from distro_sdk.models.planned_resources import PlannedFile
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.plans import ISRCS, example_plan
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from distro_sdk.xml import parse_message
from stardust_apple_digital_masters import AppleDigitalMastersPlugin

CONTEXT = PluginContext("label", "apple-digital-masters", {"isrcs": [ISRCS[0], "SEZZZ2600001"]})
PLUGIN = AppleDigitalMastersPlugin()


def apple_plan(**audio: Any) -> MessagePlan:
    """The example with settings of a format that has a place for the mark. `audio`: of its first recording."""
    plan = example_plan()
    first = plan.sound_recordings[0]
    sound = first.audio.model_copy(update={"bit_depth": 24, "lossless": True, "sample_rate": 96_000} | audio)
    recordings = (first.model_copy(update={"audio": sound}), *plan.sound_recordings[1:])
    settings = {"provider": "SoederMusic", "test_packages": True, "digital_masters": []}
    return plan.model_copy(update={"sound_recordings": recordings, "settings": settings})


class TestAppleDigitalMastersPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return AppleDigitalMastersPlugin


@pytest.mark.hook("prepare_message")
async def test_the_masters_of_a_release_are_named_in_apples_settings() -> None:
    prepared = await PLUGIN.prepare_message(CONTEXT, apple_plan())
    again = await PLUGIN.prepare_message(CONTEXT, prepared)

    assert prepared.settings == {"provider": "SoederMusic", "test_packages": True, "digital_masters": [ISRCS[0]]}
    assert again.settings == prepared.settings


async def test_a_message_of_another_format_stays_as_it_is() -> None:
    plan = example_plan()

    assert await PLUGIN.prepare_message(CONTEXT, plan) is plan
    await PLUGIN.before_delivery(CONTEXT, plan)


@pytest.mark.proves("INI-03")
@pytest.mark.hook("before_delivery")
@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        ({"bit_depth": 16}, "its source has 16 bits a sample, 24 are asked for"),
        ({"bit_depth": None}, "its source has an unknown number of bits a sample, 24 are asked for"),
        ({"lossless": False, "format": AudioFormat.MP3}, "MP3 is lossy, a digital master has a lossless source"),
        ({"sample_rate": 32_000}, "its source has 32000 Hz, at least 44100 are asked for"),
    ],
)
async def test_a_source_that_is_not_good_enough_stops_the_delivery(audio: dict[str, Any], reason: str) -> None:
    await PLUGIN.before_delivery(CONTEXT, apple_plan())

    with pytest.raises(DomainErrors) as caught:
        await PLUGIN.before_delivery(CONTEXT, apple_plan(**audio))

    (error,) = caught.value.errors
    assert (error.code, error.path) == ("DIGITAL_MASTER_SOURCE_INSUFFICIENT", ("sound_recordings", 0, "audio"))
    assert error.message == f"{ISRCS[0]}: {reason}"


async def vetoes(told: PluginContext, plan: MessagePlan) -> list[str]:
    """Why a delivery may not begin; nothing where it may."""
    try:
        await PLUGIN.before_delivery(told, plan)
    except DomainError as error:
        return [error.code]
    return []


async def test_a_source_that_does_not_travel_is_not_judged() -> None:
    plan = apple_plan(bit_depth=16)
    first = plan.sound_recordings[0]
    kept = first.model_copy(update={"file": first.file.model_copy(update={"provided": False})})

    assert await vetoes(CONTEXT, plan.model_copy(update={"sound_recordings": (kept,)})) == []


@pytest.mark.proves("INI-03")
async def test_the_mark_stands_in_apples_xml(running_platform: RunningPlatform) -> None:
    await running_platform.configure(running_platform.tenant_id, {"isrcs": [ISRCS[0]]})
    plugins = await running_platform.plugins(running_platform.tenant_id)
    others = await running_platform.plugins(running_platform.other_tenant_id)

    message = plugins.message_builders["apple/5.3"].build(await plugins.prepare_message(deliverable()))
    unmarked = others.message_builders["apple/5.3"].build(await others.prepare_message(deliverable()))

    tracks = list(parse_message(message).root.iter("{*}track"))
    assert [track.findtext("{*}apple_digital_master") for track in tracks] == ["true", None, None]
    assert tracks[0].findtext("{*}isrc") == ISRCS[0]
    assert b"apple_digital_master" not in unmarked


def deliverable() -> MessagePlan:
    """What Apple's format can carry: genres with codes, files side by side, and its subscription."""
    plan = apple_plan()
    genre = PlannedGenre(name="Pop", code="POP-00")
    terms = CommercialTerms(commercial_model=CommercialModel.SUBSCRIPTION, use_types=(UseType.ON_DEMAND_STREAM,))
    return plan.model_copy(
        update={
            "release": plan.release.model_copy(update={"genre": genre}),
            "track_releases": tuple(each.model_copy(update={"genre": genre}) for each in plan.track_releases),
            "deals": tuple(deal.model_copy(update={"terms": terms}) for deal in plan.deals),
            "sound_recordings": tuple(
                each.model_copy(update={"file": beside(each.file)}) for each in plan.sound_recordings
            ),
            "images": tuple(each.model_copy(update={"file": beside(each.file)}) for each in plan.images),
        }
    )


def beside(file: PlannedFile) -> PlannedFile:
    return file.model_copy(update={"uri": file.name})
