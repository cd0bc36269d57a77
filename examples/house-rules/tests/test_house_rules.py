"""House rules: each applies where a tenant has set it, and nowhere else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from house_rules import HouseRulesPlugin

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import Asset, AssetKind, AudioFormat, AudioProperties, FileHashes
from distro_sdk.models.catalogue import Release, Track
from distro_sdk.models.message import MessagePlan, MessageSubtype
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.plans import example_plan
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance

PLUGIN = HouseRulesPlugin()
RELEASE = Release(
    id="r1", title="Super  Trouper", tracks=(Track(id="t1", title=" The\tWinner ", display_artist="Åsa"),)
)


def context(**configuration: Any) -> PluginContext:
    return PluginContext("label-a", PLUGIN.id, configuration)


def audio(format: AudioFormat, *, lossless: bool) -> Asset:
    return Asset(
        id="a1",
        kind=AssetKind.AUDIO,
        file_name=f"track.{format.lower()}",
        size=1000,
        hashes=FileHashes(md5="0" * 32, sha1="0" * 40, sha256="0" * 64),
        audio=AudioProperties(
            format=format, codec=format, lossless=lossless, duration=Decimal(10), channels=2, sample_rate=44_100
        ),
    )


def plan_without_p_lines() -> MessagePlan:
    plan = example_plan()
    recordings = [recording.model_copy(update={"p_line": None}) for recording in plan.sound_recordings[1:]]
    return plan.model_copy(update={"sound_recordings": (plan.sound_recordings[0], *recordings)})


class TestHouseRulesPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return HouseRulesPlugin


@pytest.mark.hook("check_config")
async def test_a_p_line_without_forbidden_words_is_agreed_to() -> None:
    await PLUGIN.check_config(context(forbidden_words=["cursed"], p_line_company="Blessed Records"))

    with pytest.raises(DomainError, match="RULES_CONTRADICT"):
        await PLUGIN.check_config(context(forbidden_words=["cursed"], p_line_company="Cursed Records"))


@pytest.mark.hook("before_release", "before_asset_process", "prepare_message", "before_delivery")
async def test_nothing_applies_unless_it_is_set() -> None:
    plan = plan_without_p_lines()

    assert await PLUGIN.before_release(context(), RELEASE) is RELEASE
    await PLUGIN.before_asset_process(context(), audio(AudioFormat.MP3, lossless=False))
    assert await PLUGIN.prepare_message(context(), plan) is plan
    await PLUGIN.before_delivery(context(), plan)


@pytest.mark.hook("before_release")
async def test_titles_are_tidied() -> None:
    tidied = await PLUGIN.before_release(context(tidy_titles=True), RELEASE)

    assert tidied.title == "Super Trouper"
    assert tidied.tracks[0].title == "The Winner"


@pytest.mark.hook("before_release")
async def test_every_forbidden_word_is_named_with_its_place() -> None:
    with pytest.raises(DomainErrors) as caught:
        await PLUGIN.before_release(context(forbidden_words=["trouper", "WINNER"]), RELEASE)

    assert [(error.code, error.path) for error in caught.value.errors] == [
        ("TITLE_FORBIDDEN", ("title",)),
        ("TITLE_FORBIDDEN", ("tracks", 0, "title")),
    ]


@pytest.mark.hook("before_asset_process")
async def test_lossy_audio_is_refused() -> None:
    await PLUGIN.before_asset_process(context(lossless_only=True), audio(AudioFormat.FLAC, lossless=True))

    with pytest.raises(DomainError) as caught:
        await PLUGIN.before_asset_process(context(lossless_only=True), audio(AudioFormat.MP3, lossless=False))

    assert caught.value.code == "AUDIO_LOSSY"


@pytest.mark.hook("prepare_message")
async def test_recordings_without_a_p_line_get_the_labels() -> None:
    prepared = await PLUGIN.prepare_message(context(p_line_company="Polar"), plan_without_p_lines())

    lines = [recording.p_line.text for recording in prepared.sound_recordings if recording.p_line]
    assert lines == ["2025 Söder & Söner", "2026 Polar", "2026 Polar"]


@pytest.mark.hook("before_delivery")
@pytest.mark.parametrize(("sent", "in_time"), [(date(2026, 2, 6), True), (date(2026, 2, 7), False)])
async def test_a_new_release_is_sent_in_time(sent: date, in_time: bool) -> None:
    created_at = datetime(sent.year, sent.month, sent.day, 23, 59, tzinfo=UTC)
    plan = example_plan().model_copy(update={"created_at": created_at})

    if in_time:
        await PLUGIN.before_delivery(context(lead_time=14), plan)
    else:
        with pytest.raises(DomainError, match="it should have been sent by 2026-02-06"):
            await PLUGIN.before_delivery(context(lead_time=14), plan)


async def vetoes(told: PluginContext, plan: MessagePlan) -> list[str]:
    """Why a delivery may not begin; nothing where it may."""
    try:
        await PLUGIN.before_delivery(told, plan)
    except DomainError as error:
        return [error.code]
    return []


@pytest.mark.hook("before_delivery")
async def test_an_update_and_a_takedown_may_be_sent_at_any_time() -> None:
    for subtype in (MessageSubtype.UPDATE, MessageSubtype.TAKEDOWN):
        assert await vetoes(context(lead_time=365), example_plan(subtype)) == []


async def test_a_tenant_without_rules_stores_what_it_likes(running_platform: RunningPlatform) -> None:
    for tenant_id in (running_platform.tenant_id, running_platform.other_tenant_id):
        assert await running_platform.add_release(tenant_id, "Super Trouper")


async def test_a_tenants_rules_bind_that_tenant_alone(running_platform: RunningPlatform) -> None:
    await running_platform.configure(running_platform.tenant_id, {"forbidden_words": ["trouper"]})

    with pytest.raises(DomainError) as caught:
        await running_platform.add_release(running_platform.tenant_id, "Super Trouper")

    assert (caught.value.code, caught.value.path) == ("TITLE_FORBIDDEN", ("title",))
    assert await running_platform.add_release(running_platform.other_tenant_id, "Super Trouper")
