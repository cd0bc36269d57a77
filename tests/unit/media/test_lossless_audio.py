"""WAV and FLAC into each other: the samples are the same, whatever their depth, rate and number of channels."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from distro_core.assets.description import describe_file
from distro_plugins.media_preparation import LosslessAudio, samples
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset, AudioFormat
from distro_sdk.preparation import AudioRecipe

FLAC, WAV = AudioRecipe(format=AudioFormat.FLAC), AudioRecipe(format=AudioFormat.WAV)


def noise(path: Path, subtype: str, *, channels: int = 2, rate: int = 44_100, frames: int = 70_001) -> Asset:
    """A file in which every sample is another."""
    bits = int(subtype.removeprefix("PCM_").lstrip("SU"))
    values = random.Random(bits).choices(range(-(1 << bits - 1), 1 << bits - 1), k=frames * channels)
    sound = (np.array(values, dtype="int64") << 32 - bits).astype("int32").reshape(frames, channels)
    soundfile.write(path, sound, rate, subtype)
    return describe_file(path)


def decoded(path: Path) -> np.ndarray:
    found: np.ndarray = soundfile.read(path, dtype="int32", always_2d=True)[0]
    return found


@pytest.mark.proves("WFL-05", "ADI-12")
@pytest.mark.parametrize(
    ("subtype", "channels", "rate"),
    [("PCM_U8", 1, 44_100), ("PCM_16", 2, 44_100), ("PCM_24", 2, 96_000), ("PCM_24", 8, 192_000)],
)
def test_flac_of_wav_and_back_has_the_same_samples(tmp_path: Path, subtype: str, channels: int, rate: int) -> None:
    frames = 140_001 // channels
    original = noise(tmp_path / "a.wav", subtype, channels=channels, rate=rate, frames=frames)
    preparer = LosslessAudio()

    preparer.prepare(original, FLAC, tmp_path / "a.wav", tmp_path / "a.flac")
    flac = describe_file(tmp_path / "a.flac")
    preparer.prepare(flac, WAV, tmp_path / "a.flac", tmp_path / "b.wav")
    wav = describe_file(tmp_path / "b.wav")

    assert preparer.can_prepare(original, FLAC)
    assert preparer.can_prepare(flac, WAV)
    assert (decoded(tmp_path / "a.wav") == decoded(tmp_path / "a.flac")).all()
    assert (decoded(tmp_path / "a.wav") == decoded(tmp_path / "b.wav")).all()
    for asset in (flac, wav):
        assert asset.audio is not None
        assert original.audio is not None
        kept = {"channels", "sample_rate", "bit_depth", "duration", "lossless"}
        assert asset.audio.model_dump(include=kept) == original.audio.model_dump(include=kept)


def test_the_same_recording_gives_the_same_file(tmp_path: Path) -> None:
    asset = noise(tmp_path / "a.wav", "PCM_16")

    for name in ("one.flac", "two.flac"):
        LosslessAudio().prepare(asset, FLAC, tmp_path / "a.wav", tmp_path / name)

    assert (tmp_path / "one.flac").read_bytes() == (tmp_path / "two.flac").read_bytes()


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    asset = noise(tmp_path / "a.wav", "PCM_16", channels=1, frames=100_000)
    sound = decoded(tmp_path / "a.wav")
    with soundfile.SoundFile(tmp_path / "long.wav", "w", 44_100, 1, "PCM_16") as long:
        for _ in range(100):
            long.write(sound)

    tracemalloc.start()
    LosslessAudio().prepare(asset, FLAC, tmp_path / "long.wav", tmp_path / "long.flac")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 4 << 20


def test_what_would_change_the_sound_is_not_offered(tmp_path: Path) -> None:
    preparer = LosslessAudio()
    wav = noise(tmp_path / "a.wav", "PCM_24", rate=96_000, frames=1000)
    deep = noise(tmp_path / "deep.wav", "PCM_32", frames=1000)
    wide = noise(tmp_path / "wide.wav", "PCM_16", channels=10, frames=1000)
    soundfile.write(tmp_path / "a.mp3", decoded(tmp_path / "a.wav")[:, :1], 44_100)
    lossy = describe_file(tmp_path / "a.mp3")

    refused = [
        (wav, WAV),
        (wav, AudioRecipe(format=AudioFormat.MP3)),
        (wav, AudioRecipe(format=AudioFormat.FLAC, sample_rate=48_000)),
        (wav, AudioRecipe(format=AudioFormat.FLAC, bit_depth=16)),
        (deep, FLAC),
        (wide, FLAC),
        (lossy, FLAC),
        (lossy, WAV),
    ]

    assert [preparer.can_prepare(asset, recipe) for asset, recipe in refused] == [False] * len(refused)


def test_a_recording_that_a_wav_file_cannot_hold_is_not_offered(tmp_path: Path) -> None:
    asset = noise(tmp_path / "a.wav", "PCM_16", frames=1000)
    assert asset.audio is not None
    audio = asset.audio.model_copy(update={"format": AudioFormat.FLAC, "duration": 8 * 3600})

    assert not LosslessAudio().can_prepare(asset.model_copy(update={"audio": audio}), WAV)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    asset = noise(tmp_path / "a.wav", "PCM_16", frames=1000)
    (tmp_path / "broken.wav").write_bytes(b"no sound at all")

    with pytest.raises(DomainError) as caught:
        LosslessAudio().prepare(asset, FLAC, tmp_path / "broken.wav", tmp_path / "a.flac")

    assert caught.value.code == "AUDIO_UNREADABLE"


def test_a_file_with_other_samples_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = noise(tmp_path / "a.wav", "PCM_16", frames=1000)
    monkeypatch.setattr(samples, "_digest", lambda audio: "another")

    with pytest.raises(DomainError) as caught:
        LosslessAudio().prepare(asset, FLAC, tmp_path / "a.wav", tmp_path / "a.flac")

    assert caught.value.code == "SAMPLES_DIFFER"
