"""360 Reality Audio files, made of their chunks and boxes by hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import (
    Asset,
    AssetKind,
    AudioFormat,
    AudioProperties,
    FileHashes,
    VideoFormat,
    VideoProperties,
)
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_resources import PlannedFile, PlannedImmersiveEdition
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.audio_formats import AudioFile, AudioFormatConformance
from distro_sdk.testing.plans import example_plan
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from stardust_sony_360 import Sony360Plugin
from stardust_sony_360.formats import Sony360Format

PLUGIN = Sony360Plugin()
HASHES = FileHashes(md5="0" * 32, sha1="0" * 40, sha256="0" * 64)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def master(
    objects: int = 24,
    channels: int = 24,
    rate: int = 48_000,
    bits: int = 24,
    pack: str = "AP_0003",
    *,
    samples: int = 72,
    tag: int = 1,
) -> bytes:
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * 3, channels * 3, bits)
    lines = b"".join(
        struct.pack("<H12s14s11sx", channel, b"ATU_00000001", b"AT_00031001_01", f"{pack}1001".encode())
        for channel in range(1, objects + 1)
    )
    chna = chunk(b"chna", struct.pack("<HH", objects, objects) + lines) if objects >= 0 else b""
    body = b"WAVE" + chunk(b"fmt ", form) + chna + chunk(b"data", b"\0" * samples)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bw64() -> bytes:
    """A master whose sizes stand in ds64, as beyond 4 GB."""
    plain = master()
    at = plain.rindex(b"data")
    sizes = chunk(b"ds64", struct.pack("<QQQI", 0, 72, 0, 0))
    return b"BW64\xff\xff\xff\xffWAVE" + sizes + plain[12:at] + b"data\xff\xff\xff\xff" + b"\0" * 72


def box(name: bytes, *inner: bytes) -> bytes:
    content = b"".join(inner)
    return struct.pack(">I", len(content) + 8) + name + content


def mp4(entry: bytes = b"mhm1", rate: int = 48_000, configuration: bytes = b"") -> bytes:
    sound = box(entry, b"\0" * 24, struct.pack(">I", rate << 16), configuration)
    table = box(b"stsd", struct.pack(">II", 0, 1), sound)
    track = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table))))
    return box(b"ftyp", b"mp42\0\0\0\0") + box(b"moov", track)


CONFIGURATION = box(b"mhaC", bytes([1, 0x0D, 0, 0, 0]))


def sound(file_name: str = "Song.360RA.wav", **audio: Any) -> Asset:
    given = {"format": AudioFormat.WAV, "codec": "PCM", "lossless": True, "duration": Decimal(1), "bit_depth": 24}
    properties = AudioProperties.model_validate(given | {"channels": 24, "sample_rate": 48_000} | audio)
    return Asset(id="a", kind=AssetKind.AUDIO, file_name=file_name, size=1, hashes=HASHES, audio=properties)


def video(file_name: str = "Song.360RA.mp4") -> Asset:
    properties = VideoProperties(
        format=VideoFormat.MP4, video_codec="H264", duration=Decimal(1), width=1920, height=1080
    )
    return Asset(id="v", kind=AssetKind.VIDEO, file_name=file_name, size=1, hashes=HASHES, video=properties)


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(content: bytes) -> PluginContext:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return PluginContext("label", "sony-360", file=path)

    return write


class TestSony360Plugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return Sony360Plugin


class TestSony360Format(AudioFormatConformance):
    @pytest.fixture
    def audio_format(self) -> Sony360Format:
        return Sony360Format()

    @pytest.fixture
    def good(self) -> Sequence[AudioFile]:
        return [AudioFile("Song.360RA.wav", master()), AudioFile("song 360ra", bw64())]

    @pytest.fixture
    def bad(self) -> Sequence[AudioFile]:
        return [
            AudioFile("Song.360RA.wav", content)
            for content in (master(objects=25, channels=25), master(bits=16), master(samples=71), master(samples=0))
        ]

    @pytest.fixture
    def others(self) -> Sequence[AudioFile]:
        return [AudioFile("Song.wav", master()), AudioFile("Song.360RA.mp4", mp4())]


@pytest.mark.proves("INI-02", "PLG-12", "TRK-15")
@pytest.mark.hook("register_audio_formats")
async def test_a_master_is_taken_while_the_plugin_is_on_and_refused_elsewhere(
    running_platform: RunningPlatform,
) -> None:
    stored = await running_platform.add_audio(running_platform.tenant_id, "Song.360RA.wav", bw64())

    with pytest.raises(DomainError) as unknown:
        await running_platform.add_audio(running_platform.other_tenant_id, "Song.360RA.wav", bw64())
    with pytest.raises(DomainError) as refused:
        await running_platform.add_audio(running_platform.other_tenant_id, "Song.360RA.wav", master())
    with pytest.raises(DomainError) as wrong:
        await running_platform.add_audio(running_platform.tenant_id, "Song.360RA.wav", master(bits=16))

    assert stored.audio is not None
    assert (stored.audio.registered_format, stored.audio.immersive) == ("Sony360RA", True)
    assert (stored.audio.channels, stored.audio.sample_rate, stored.audio.bit_depth) == (24, 48_000, 24)
    assert unknown.value.code == "FILE_TYPE_UNKNOWN"
    assert (refused.value.code, refused.value.path) == ("IMMERSIVE_PLUGIN_REQUIRED", ("file",))
    assert "sony-360" in refused.value.message
    assert wrong.value.code == "SONY_360_INVALID"


@pytest.mark.hook("before_asset_process")
@pytest.mark.parametrize(
    ("asset", "content"),
    [
        (sound(), master()),
        (sound(), master(objects=1)),
        (video(), mp4()),
        (video(), mp4(b"mha1", configuration=CONFIGURATION)),
        (sound("Song.wav", channels=2), b"whatever else"),
    ],
    ids=["24 objects", "one object", "mhm1", "mha1", "not called so"],
)
async def test_what_is_360_reality_audio_is_taken(written: Any, asset: Asset, content: bytes) -> None:
    context = written(content)

    await PLUGIN.before_asset_process(context, asset)

    assert context.file.read_bytes() == content


@pytest.mark.parametrize(
    ("asset", "content", "reason"),
    [
        (sound(), master(objects=25, channels=25), "it has 25 objects, 24 at most"),
        (sound(), master(pack="AP_0001"), "it has no objects: its chna chunk names none"),
        (sound(), master(objects=-1), "it has no chna chunk"),
        (sound(), master(channels=2), "it is stereo or mono"),
        (sound(), master(rate=44_100), "it has 44100 Hz instead of 48000"),
        (sound(), master(tag=3), "its samples are not linear PCM"),
        (sound(), master(bits=16), "it has 16 bits a sample instead of 24"),
        (sound(), master()[:-40], "its 'data' chunk is cut off"),
        (sound(), b"fLaC", "it is no broadcast wave file"),
        (
            sound("Song.360ra.flac", format=AudioFormat.FLAC),
            b"fLaC",
            "it is neither an ADM master (WAV) nor an MP4 file",
        ),
        (video(), mp4(b"mp4a"), "it has no MPEG-H 3D Audio track"),
        (video(), mp4(rate=44_100), "its MPEG-H track has 44100 Hz instead of 48000"),
        (video(), mp4(b"mha1"), "its MPEG-H track has no configuration"),
        (video(), mp4()[:-9], "its box 'moov' is cut off"),
        (video(), b"", "it has no MPEG-H 3D Audio track"),
    ],
)
async def test_what_is_none_is_refused(written: Any, asset: Asset, content: bytes, reason: str) -> None:
    with pytest.raises(DomainError) as caught:
        await PLUGIN.before_asset_process(written(content), asset)

    assert (caught.value.code, caught.value.path) == ("SONY_360_INVALID", ("file",))
    assert caught.value.message == f"Invalid 360 Reality Audio file: {reason}"


async def test_endless_boxes_are_not_followed(written: Any) -> None:
    with pytest.raises(DomainError, match="more than 10000 boxes"):
        await PLUGIN.before_asset_process(written(box(b"free") * 10_001), video())


def plan_with_twin(name: str, **audio: Any) -> MessagePlan:
    plan = example_plan()
    properties = sound(**audio).audio
    assert properties is not None
    twin = PlannedImmersiveEdition(
        technical_reference="T99",
        isrc="SEABC2600099",
        audio=properties,
        file=PlannedFile(uri=name, name=name, asset_id="t", size=1, hashes=HASHES),
    )
    first = plan.sound_recordings[0].model_copy(update={"immersive": twin})
    return plan.model_copy(update={"sound_recordings": (first, *plan.sound_recordings[1:])})


@pytest.mark.hook("before_delivery")
async def test_an_immersive_edition_of_another_form_stops_its_delivery() -> None:
    context = PluginContext("label", "sony-360")

    await PLUGIN.before_delivery(context, example_plan())
    await PLUGIN.before_delivery(context, plan_with_twin("song.360ra.wav"))
    await PLUGIN.before_delivery(context, plan_with_twin("song.wav", channels=2))
    with pytest.raises(DomainErrors) as caught:
        await PLUGIN.before_delivery(context, plan_with_twin("song.360ra.wav", channels=2))

    assert [(each.code, each.path) for each in caught.value.errors] == [
        ("SONY_360_INVALID", ("sound_recordings", 0, "immersive"))
    ]
