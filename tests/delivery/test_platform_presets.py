"""The presets of platforms, each delivered to from end to end: files, interface, status (rows ADP-01 to ADP-09)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from distro_core.platforms.polling import check_statuses
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.clocks import FixedClock
from tests.delivery.label import Label
from tests.delivery.test_platform_adapters import set_adapter
from tests.json_dsp_server import TOKEN, JsonDsp, json_dsp


@pytest.fixture
async def dsp() -> AsyncIterator[JsonDsp]:
    """A platform with a JSON interface."""
    async with json_dsp() as running:
        yield running


@pytest.mark.proves("ADP-01", "ADP-03", "ADP-04", "ADP-05", "ADP-07", "ADP-08", "ADP-09")
@pytest.mark.parametrize(
    ("preset", "method", "link"),
    [
        ("spotify", "api", "https://open.spotify.com/album/{id}"),
        ("amazon-music", "api", "https://music.amazon.com/albums/{id}"),
        ("youtube-music", "api", "https://music.youtube.com/playlist?list={id}"),
        ("deezer", "api", "https://www.deezer.com/album/{id}"),
        ("pandora", "hybrid", "https://www.pandora.com/artist/{id}"),
        ("soundcloud", "api", "https://soundcloud.com/{id}"),
        ("tiktok", "api", "https://www.tiktok.com/music/{id}"),
    ],
)
async def test_a_target_of_each_preset_delivers_and_hears_that_it_is_live(
    label: Label, dsp: JsonDsp, preset: str, method: str, link: str
) -> None:
    clock = FixedClock()
    patient = label.with_scope(clock=clock)
    profile = patient.scope.plugins.platforms[preset]
    target = await patient.target(platform=preset, acknowledges=True)
    target = await set_adapter(patient.scope, target, dsp, token=TOKEN)

    sent = await patient.deliver([(await patient.release()).id], target.id)
    dsp.statuses["DSP-1"] = {"status": "live", "ids": {next(iter(profile.links)): "abc"}}
    clock.advance(patient.scope.settings.status_interval + 1)
    await check_statuses(patient.scope, target.id)

    live = await patient.deliveries.get(sent.id)
    assert (target.format, target.choreography) == (profile.formats[0], profile.choreography)
    assert profile.delivery_method == method
    assert set(profile.links.values()) == {link}
    assert (live.status, live.format) == (Status.LIVE, profile.formats[0])
    assert set(live.aftermath.platform_ids) == set(profile.links)
    assert dsp.deliveries["DSP-1"]["release"]["title"] == "Night Drive"
