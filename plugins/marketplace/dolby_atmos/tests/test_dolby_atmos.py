"""Dolby Atmos masters, made of their chunks by hand."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from distro_sdk.deliveries import Proceed, SidecarFile
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import Asset, AssetKind, AudioFormat, AudioProperties, FileHashes
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_resources import PlannedFile, PlannedImmersiveEdition, PlannedSoundRecording
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.audio_formats import AudioFile, AudioFormatConformance
from distro_sdk.testing.collections import context_in_memory
from distro_sdk.testing.deliveries import about_to_begin
from distro_sdk.testing.plans import example_plan
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance
from stardust_dolby_atmos import DolbyAtmosPlugin
from stardust_dolby_atmos.formats import BinauralFormat, DolbyAtmosFormat
from stardust_dolby_atmos.master import MasterAsked, read_master
from stardust_dolby_atmos.metadata import find_metadata, keep_metadata

HASHES = FileHashes(md5="0" * 32, sha1="0" * 40, sha256="0" * 64)
BED, OBJECT = "AP_00011001", "AP_0003100{}"


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def form(channels: int = 12, rate: int = 48_000, bits: int = 24, tag: int = 1) -> bytes:
    frame = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits))


def uid(channel: int) -> str:
    return f"ATU_{channel:08X}"


def chna(packs: list[str], first: int = 1) -> bytes:
    lines = b"".join(
        struct.pack("<H12s14s11sx", channel, uid(channel).encode(), b"AT_00031001_01", pack.encode())
        for channel, pack in enumerate(packs, first)
    )
    return chunk(b"chna", struct.pack("<HH", len(packs), len(packs)) + lines)


def axml(tracks: int = 12, packs: tuple[str, ...] = (BED, "AP_00031001", "AP_00031002"), programmes: int = 1) -> bytes:
    objects = "".join(
        f'<audioObject audioObjectID="AO_{place:04}"><audioPackFormatIDRef>{pack}</audioPackFormatIDRef></audioObject>'
        for place, pack in enumerate(packs, 0x1001)
    )
    uids = "".join(f'<audioTrackUID UID="{uid(channel)}"/>' for channel in range(1, tracks + 1))
    programme = '<audioProgramme audioProgrammeName="Night Drive"/>' * programmes
    text = f'<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2016">{programme}{objects}{uids}</ebuCoreMain>'
    return chunk(b"axml", text.encode())


PACKS = [BED] * 10 + ["AP_00031001", "AP_00031002"]
"""A 7.1.2 bed and two objects."""


def wave(*chunks: bytes, head: bytes = b"RIFF", samples: int = 36) -> bytes:
    body = b"WAVE" + b"".join(chunks) + chunk(b"data", b"\0" * samples)
    return head + struct.pack("<I", len(body) if head == b"RIFF" else 0xFFFFFFFF) + body


def master(**changes: Any) -> bytes:
    parts = {"form": form(), "chna": chna(PACKS), "axml": axml()} | changes
    return wave(*parts.values())


def rf64() -> bytes:
    """A master whose sizes stand in ds64, as beyond 4 GB."""
    sizes = chunk(b"ds64", struct.pack("<QQQI", 0, 36, 0, 0))
    body = b"WAVE" + sizes + form() + chna(PACKS) + axml() + b"data" + struct.pack("<I", 0xFFFFFFFF) + b"\0" * 36
    return b"BW64" + struct.pack("<I", 0xFFFFFFFF) + body


def asset(file_name: str = "Song.wav", **audio: Any) -> Asset:
    given = {"format": AudioFormat.WAV, "codec": "PCM", "lossless": True, "duration": Decimal(1), "bit_depth": 24}
    properties = AudioProperties.model_validate(given | {"channels": 12, "sample_rate": 48_000} | audio)
    return Asset(id="a1", kind=AssetKind.AUDIO, file_name=file_name, size=1, hashes=HASHES, audio=properties)


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(content: bytes) -> PluginContext:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return replace(context_in_memory("dolby-atmos", "label"), file=path)

    return write


class TestDolbyAtmosPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return DolbyAtmosPlugin


def binaural(channels: int = 2, rate: int = 48_000, samples: int = 36) -> bytes:
    """A mix for headphones, as its metadata says."""
    pack = "AP_00050001"
    parts = (form(channels, rate), chna([pack] * channels), axml(channels, (pack,)))
    return wave(*parts, samples=samples)


class TestDolbyAtmosFormat(AudioFormatConformance):
    @pytest.fixture
    def audio_format(self) -> DolbyAtmosFormat:
        return DolbyAtmosFormat()

    @pytest.fixture
    def good(self) -> Sequence[AudioFile]:
        return [AudioFile("Song.wav", master()), AudioFile("Song.bw64", rf64())]

    @pytest.fixture
    def bad(self) -> Sequence[AudioFile]:
        contents = (master(form=form(rate=44_100)), master(axml=b""), wave(form(), chna(PACKS), axml(), samples=35))
        return [AudioFile("Song.wav", content) for content in (*contents, rf64()[:-1], rf64()[:30])]

    @pytest.fixture
    def others(self) -> Sequence[AudioFile]:
        return [AudioFile("Song.wav", wave(form(channels=2))), AudioFile("Song.flac", b"fLaC" * 50)]


class TestBinauralFormat(AudioFormatConformance):
    @pytest.fixture
    def audio_format(self) -> BinauralFormat:
        return BinauralFormat()

    @pytest.fixture
    def good(self) -> Sequence[AudioFile]:
        return [AudioFile("Song.wav", binaural())]

    @pytest.fixture
    def bad(self) -> Sequence[AudioFile]:
        contents = (binaural(channels=3), binaural(rate=44_100), binaural(samples=35), binaural(samples=0))
        return [AudioFile("Song.wav", content) for content in contents]

    @pytest.fixture
    def others(self) -> Sequence[AudioFile]:
        return [AudioFile("Song.wav", master()), AudioFile("Song.wav", wave(form(channels=2)))]


@pytest.mark.proves("INI-01", "PLG-12", "TRK-15")
@pytest.mark.hook("register_audio_formats")
async def test_immersive_files_are_taken_while_the_plugin_is_on_and_refused_elsewhere(
    running_platform: RunningPlatform,
) -> None:
    has, other = running_platform.tenant_id, running_platform.other_tenant_id

    stored = [
        await running_platform.add_audio(has, *file)
        for file in (("Song.wav", master()), ("Song.bw64", rf64()), ("Song.binaural.wav", binaural()))
    ]
    refusals = []
    for file in (("Song.wav", master()), ("Song.bw64", rf64()), ("Song.binaural.wav", binaural())):
        with pytest.raises(DomainError) as refused:
            await running_platform.add_audio(other, *file)
        refusals.append(refused.value)
    with pytest.raises(DomainError, match="Invalid Atmos file: it has 44100 Hz"):
        await running_platform.add_audio(has, "Song.wav", master(form=form(rate=44_100)))

    read = [asset.audio for asset in stored if asset.audio]
    assert [(audio.registered_format, audio.immersive) for audio in read] == [
        ("DolbyAtmos", True),
        ("DolbyAtmos", True),
        ("Binaural", True),
    ]
    assert [(audio.format, audio.channels, audio.bit_rate) for audio in read] == [
        (AudioFormat.WAV, 12, 13_824),
        (AudioFormat.WAV, 12, 13_824),
        (AudioFormat.WAV, 2, 2304),
    ]
    assert [refusal.code for refusal in refusals] == [
        "IMMERSIVE_PLUGIN_REQUIRED",
        "FILE_TYPE_UNKNOWN",
        "IMMERSIVE_PLUGIN_REQUIRED",
    ]
    assert "dolby-atmos" in refusals[0].message
    assert await running_platform.collection("masters").get(stored[0].id) is not None
    assert await running_platform.collection("masters").get(stored[2].id) is None


@pytest.mark.proves("INI-01", "PLG-10", "PLG-11")
@pytest.mark.hook("before_asset_process", "after_asset_process", "register_graphql")
@pytest.mark.parametrize("content", [master(), rf64()], ids=["riff", "bw64"])
async def test_a_master_is_read_and_its_deliverables_are_told(written: Any, tmp_path: Path, content: bytes) -> None:
    plugin = DolbyAtmosPlugin({"folder": str(tmp_path / "atmos")})
    context = written(content)

    await plugin.before_asset_process(context, asset())
    await plugin.after_asset_process(context, asset())

    (api,) = plugin.register_graphql()
    told = await api.queries[0].resolve(context, MasterAsked(asset_id="a1"))
    assert (told.objects, told.beds, told.bed_channels, told.channels) == (2, 1, 10, 12)
    assert (told.programme, told.sample_rate, told.bit_depth) == ("Night Drive", 48_000, 24)
    assert {each.kind: (each.state, each.file_name) for each in told.deliverables} == {
        "master": ("available", "Song.wav"),
        "binaural": ("required", "Song.binaural.wav"),
        "stereoDownmix": ("required", "Song.stereo.wav"),
        "mp4": ("required", "Song.mp4"),
        "metadata": ("available", "Song.adm.xml"),
    }
    metadata = tmp_path / "atmos" / "label" / "a1" / "metadata.xml"
    assert metadata.read_bytes().startswith(b"<ebuCoreMain")
    assert await api.queries[0].resolve(context, MasterAsked(asset_id="another")) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (master(form=form(rate=44_100)), "it has 44100 Hz instead of 48000"),
        (master(form=form(bits=16)), "it has 16 bits a sample instead of 24"),
        (master(form=form(tag=3)), "its samples are not linear PCM"),
        (master(form=form(channels=2)), "it is stereo or mono, which has no objects and no bed"),
        (master(axml=b""), "it has no axml chunk"),
        (master(chna=b""), "it has no chna chunk"),
        (master(chna=chna(PACKS[:-1])), "channel 12 is not described"),
        (master(chna=chna(PACKS, first=2)), "its chna chunk names channel 13, the file has 12"),
        (master(axml=axml(tracks=11)), "track ATU_0000000C of its chna chunk is not in its axml chunk"),
        (master(axml=axml(programmes=2)), "it has 2 programmes instead of one"),
        (master(axml=chunk(b"axml", b"<a><b></a>")), "its axml chunk cannot be read: line 1"),
        (master(axml=chunk(b"axml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")), "its axml chunk cannot be read"),
        (master(chna=chna(["AP_00021001"] * 12)), "it has neither an object nor a bed"),
        (master(chna=chunk(b"chna", struct.pack("<HH", 9, 9))), "its chna chunk announces 9 tracks"),
        (master(chna=chna(["nonsense"] * 12)), "channel 1 has no valid track and pack"),
        (master()[:-30], "its 'data' chunk is cut off"),
        (b"RIFF", "it is no broadcast wave file"),
    ],
)
async def test_what_is_no_master_is_refused(written: Any, content: bytes, reason: str) -> None:
    with pytest.raises(DomainError) as caught:
        await DolbyAtmosPlugin().before_asset_process(written(content), asset("Song.atmos.wav"))

    assert (caught.value.code, caught.value.path) == ("ATMOS_INVALID", ("file",))
    assert caught.value.message.startswith(f"Invalid Atmos file: {reason}")


@pytest.mark.proves("INI-01")
async def test_a_stereo_file_is_refused_as_a_master_and_taken_as_what_it_is(written: Any) -> None:
    stereo = written(wave(form(channels=2)))
    plugin = DolbyAtmosPlugin()

    await plugin.before_asset_process(stereo, asset("Song.wav", channels=2))
    with pytest.raises(DomainError, match="Invalid Atmos file: it is stereo"):
        await plugin.before_asset_process(stereo, asset("Song.ATMOS.wav", channels=2))
    with pytest.raises(DomainError, match="Invalid Atmos file: MP3 is no broadcast wave file"):
        await plugin.before_asset_process(stereo, asset("Song atmos.mp3", format=AudioFormat.MP3, bit_depth=None))


async def test_what_one_tenant_brought_is_not_told_of_another(written: Any, tmp_path: Path) -> None:
    plugin = DolbyAtmosPlugin({"folder": str(tmp_path / "atmos")})
    await plugin.before_asset_process(written(master()), asset())

    await plugin.after_asset_process(PluginContext("other", "dolby-atmos"), asset())

    assert not (tmp_path / "atmos").exists()


def plan_with_twin(**audio: Any) -> MessagePlan:
    plan = example_plan()
    twin = PlannedImmersiveEdition(
        technical_reference="T99",
        isrc="SEABC2600099",
        audio=asset(**audio).audio or pytest.fail("no audio"),
        file=PlannedFile(uri="t.wav", name="t.wav", asset_id="t", size=1, hashes=HASHES),
    )
    first = plan.sound_recordings[0].model_copy(update={"immersive": twin})
    return plan.model_copy(update={"sound_recordings": (first, *plan.sound_recordings[1:])})


@pytest.mark.proves("INI-01")
@pytest.mark.hook("before_delivery")
async def test_an_immersive_edition_that_is_none_stops_its_delivery() -> None:
    plugin, context = DolbyAtmosPlugin(), PluginContext("label", "dolby-atmos")

    await plugin.before_delivery(context, example_plan())
    await plugin.before_delivery(context, plan_with_twin())
    await plugin.before_delivery(context, plan_with_twin(registered_format="Sony360RA", channels=2))
    for wrong in (
        {"channels": 2},
        {"channels": 2, "registered_format": "Binaural"},
        {"sample_rate": 96_000},
        {"bit_depth": 16},
        {"format": AudioFormat.FLAC},
    ):
        with pytest.raises(DomainErrors) as caught:
            await plugin.before_delivery(context, plan_with_twin(**wrong))
        assert [(each.code, each.path) for each in caught.value.errors] == [
            ("ATMOS_INVALID", ("sound_recordings", 0, "immersive"))
        ]


@pytest.mark.proves("INI-01", "PLG-09")
@pytest.mark.hook("after_asset_process", "before_delivery")
async def test_the_metadata_of_a_master_is_added_for_the_targets_that_want_it(written: Any) -> None:
    plugin, context = DolbyAtmosPlugin(), written(master())
    context = replace(context, configuration={"metadata_targets": ["studio"]})
    told = asset().model_copy(update={"id": "t"})
    await plugin.before_asset_process(context, told)
    await plugin.after_asset_process(context, told)

    wanted = await plugin.before_delivery(about_to_begin(context, target_id="studio"), plan_with_twin())
    elsewhere = await plugin.before_delivery(about_to_begin(context, target_id="shop"), plan_with_twin())
    stereo = await plugin.before_delivery(about_to_begin(context, target_id="studio"), example_plan())
    stays = plan_with_twin()
    stays = stays.model_copy(update={"sound_recordings": tuple(map(stay_at_home, stays.sound_recordings))})
    update = await plugin.before_delivery(about_to_begin(context, target_id="studio"), stays)

    assert wanted == Proceed(files=(SidecarFile(name="t.adm.xml", content=axml()[8:].rstrip(b"\0")),))
    assert (elsewhere, stereo, update) == (None, Proceed(), Proceed())


def stay_at_home(recording: PlannedSoundRecording) -> PlannedSoundRecording:
    """The recording in an update, with which no file travels that the platform has."""
    if recording.immersive is None:
        return recording
    file = recording.immersive.file.model_copy(update={"provided": False})
    return recording.model_copy(update={"immersive": recording.immersive.model_copy(update={"file": file})})


async def test_metadata_that_is_wanted_and_not_kept_stops_the_delivery() -> None:
    context = context_in_memory("dolby-atmos", configuration={"metadata_targets": ["studio"]})

    with pytest.raises(DomainError) as caught:
        await DolbyAtmosPlugin().before_delivery(about_to_begin(context, target_id="studio"), plan_with_twin())

    assert (caught.value.code, caught.value.path) == ("ATMOS_METADATA_MISSING", ("sound_recordings", 0, "immersive"))


async def test_large_metadata_is_kept_in_parts_and_found_whole_or_not_at_all() -> None:
    collection = context_in_memory("dolby-atmos").collection("metadata")
    large = random.Random(7).randbytes(200_000)

    await keep_metadata(collection, "a1", large)
    whole = await find_metadata(collection, "a1")
    await collection.delete("a1.0003")

    assert whole == large
    assert await find_metadata(collection, "a1") is None
    assert await find_metadata(collection, "a2") is None


@pytest.mark.proves("INI-01")
async def test_a_platform_with_a_licence_refuses_a_false_master(
    running_platform: RunningPlatform, written: Any
) -> None:
    plugins = await running_platform.plugins(running_platform.tenant_id)
    others = await running_platform.plugins(running_platform.other_tenant_id)
    false = written(wave(form(channels=2))).file
    true = written(master()).file.rename(false.with_name("true"))
    false.write_bytes(wave(form(channels=2)))

    with pytest.raises(DomainErrors, match="Invalid Atmos file: it is stereo"):
        await plugins.before_asset_process(asset("Song.atmos.wav", channels=2), false)
    await others.before_asset_process(asset("Song.atmos.wav", channels=2), false)
    await plugins.before_asset_process(asset(), true)
    await plugins.after_asset_process(asset())

    kept = await running_platform.collection("masters").get("a1")
    assert kept is not None
    assert kept.content["objects"] == 2


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError):
        DolbyAtmosPlugin({"foldr": "/srv"})


def test_a_huge_chunk_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.wav"
    with path.open("wb") as file:
        file.write(b"RIFF\0\0\0\0WAVE" + form() + chna(PACKS) + chunk(b"data", b"\0" * 36))
        file.write(b"axml" + struct.pack("<I", 1 << 30))
        file.truncate(file.tell() + (1 << 30))

    with pytest.raises(ValueError, match="at most 16777216 are read"):
        read_master(path)
