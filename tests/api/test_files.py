"""Files over HTTP: sent to a signed address, described by what is in them, fetched from an address that ends."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
import soundfile

from distro_api.state import open_state
from distro_core.clock import SystemClock
from distro_core.identity.tokens import TokenPurpose
from distro_core.platform import Platform
from tests.api.client import Client
from tests.api.conftest import Staff
from tests.delivery.material import tone
from tests.unit.assets.corpus import mp3, sound

ASSET = "query($id: ID!) { asset(id: $id) { downloadUrl } }"
TRACK = """query($id: ID!) { track(id: $id) { audioAssetId
  audio { id fileName size audio { format duration channels sampleRate bitDepth bitRate } } } }"""


@dataclass(frozen=True)
class EarlierClock:
    """The machine's clock, some time ago."""

    ago: timedelta

    def now(self) -> datetime:
        """A moment in the past."""
        return SystemClock().now() - self.ago


async def upload(client: Client, file_name: str, content: bytes) -> str:
    """Send an audio file as callers do; its global id."""
    asked = await client.mutate("uploadCreate", "upload { url }", kind="audio", fileName=file_name)
    answer = await client.http.put(asked["upload"]["url"], content=content)
    assert answer.status_code == 201, answer.text
    asset_id: str = answer.json()["asset"]["id"]
    return asset_id


async def download_url(client: Client, asset_id: str) -> str:
    url: str = (await client.data(ASSET, id=asset_id))["asset"]["downloadUrl"]
    return url


def told(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.proves("TRK-11")
@pytest.mark.parametrize(
    ("file_name", "make", "format", "bit_depth"),
    [
        ("take.wav", lambda: sound("WAV", "PCM_24", rate=48_000, channels=1), "WAV", 24),
        ("take.flac", lambda: sound("FLAC", "PCM_16", rate=96_000), "FLAC", 16),
        ("take.mp3", lambda: mp3(bitrate_mode="CONSTANT"), "MP3", None),
    ],
)
async def test_the_audio_data_of_a_track_equals_what_a_probe_of_its_file_says(
    staff_a: Staff, admin_b: Client, file_name: str, make: Callable[[], bytes], format: str, bit_depth: int | None
) -> None:
    content = make()
    asset_id = await upload(staff_a.manager, file_name, content)
    made = await staff_a.manager.mutate(
        "releaseCreate", "release { tracks { id } }", title="R", tracks=[{"title": "T", "audioAssetId": asset_id}]
    )
    (track,) = made["release"]["tracks"]

    shown = (await staff_a.viewer.data(TRACK, id=track["id"]))["track"]
    foreign = await admin_b.refused(TRACK, id=track["id"])

    probe = soundfile.info(io.BytesIO(content))
    audio = shown["audio"]["audio"]
    assert shown["audioAssetId"] == shown["audio"]["id"] == asset_id
    assert (shown["audio"]["fileName"], shown["audio"]["size"]) == (file_name, len(content))
    assert (audio["format"], audio["format"]) == (format, probe.format.removeprefix("MPEG-1/2 Audio") or "MP3")
    assert (audio["sampleRate"], audio["channels"], audio["bitDepth"]) == (probe.samplerate, probe.channels, bit_depth)
    assert Decimal(audio["duration"]) == round(Decimal(probe.frames) / probe.samplerate, 6)
    assert audio["bitRate"] == pytest.approx(len(content) * 8 / probe.duration / 1000, rel=0.05)
    assert foreign == "NOT_FOUND"


@pytest.mark.proves("AST-11")
async def test_a_file_is_fetched_from_an_address_that_ends(
    platform: Platform, http: httpx2.AsyncClient, admin_a: Client, anybody: Client
) -> None:
    content = tone(440)
    asset_id = await upload(admin_a, "take 1 é.wav", content)
    almost, over = [timedelta(minutes=15) - timedelta(minutes=1), timedelta(minutes=15) + timedelta(seconds=1)]
    addresses = []
    for ago in (almost, over):
        async with serve_api(replace(platform, clock=EarlierClock(ago))) as url:
            caller = await sign_in_again(Client(http, url), admin_a)
            addresses.append(await download_url(caller, asset_id))
