"""What is told of a track's audio file."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal

import pytest
import soundfile

from tests.api.client import Client
from tests.api.conftest import Staff
from tests.unit.assets.corpus import mp3, sound

TRACK = """query($id: ID!) { track(id: $id) { audioAssetId
  audio { id fileName size audio { format duration channels sampleRate bitDepth bitRate } } } }"""


async def upload(client: Client, file_name: str, content: bytes) -> str:
    """Send an audio file as callers do; its global id."""
    asked = await client.mutate("uploadCreate", "upload { url }", kind="audio", fileName=file_name)
    answer = await client.http.put(asked["upload"]["url"], content=content)
    assert answer.status_code == 201, answer.text
    asset_id: str = answer.json()["asset"]["id"]
    return asset_id


@pytest.mark.proves("TRK-11")
@pytest.mark.parametrize(
    ("make", "format", "bit_depth"),
    [
        pytest.param(lambda: sound("WAV", "PCM_24", rate=48_000, channels=1), "WAV", 24, id="WAV"),
        pytest.param(lambda: sound("FLAC", "PCM_16", rate=96_000), "FLAC", 16, id="FLAC"),
        pytest.param(lambda: mp3(bitrate_mode="CONSTANT"), "MP3", None, id="MP3"),
    ],
)
async def test_the_audio_data_of_a_track_equals_what_a_probe_of_its_file_says(
    staff_a: Staff, admin_b: Client, make: Callable[[], bytes], format: str, bit_depth: int | None
) -> None:
    content, file_name = make(), f"take.{format.lower()}"
    asset_id = await upload(staff_a.manager, file_name, content)
    draft = {"title": "Track", "displayArtist": "Somebody", "audioAssetId": asset_id}
    made = await staff_a.manager.mutate("releaseCreate", "release { tracks { id } }", title="Release", tracks=[draft])
    assert made["errors"] == []
    (track,) = made["release"]["tracks"]

    shown = (await staff_a.viewer.data(TRACK, id=track["id"]))["track"]
    foreign = await admin_b.refused(TRACK, id=track["id"])

    probe = soundfile.info(io.BytesIO(content))
    audio = shown["audio"]["audio"]
    assert shown["audioAssetId"] == shown["audio"]["id"] == asset_id
    assert (shown["audio"]["fileName"], shown["audio"]["size"]) == (file_name, len(content))
    assert audio["format"] == probe.format == format
    assert (audio["sampleRate"], audio["channels"], audio["bitDepth"]) == (probe.samplerate, probe.channels, bit_depth)
    assert Decimal(audio["duration"]) == round(Decimal(probe.frames) / probe.samplerate, 6)
    assert audio["bitRate"] == pytest.approx(len(content) * 8 / probe.duration / 1000, rel=0.05)
    assert foreign == "NOT_FOUND"
