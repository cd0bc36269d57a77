"""What plugins that read WAV masters tell of their sound."""

from __future__ import annotations

from decimal import Decimal

import pytest

from distro_sdk.audio_formats import describe_pcm
from distro_sdk.models.assets import AudioFormat, AudioProperties


def test_linear_pcm_is_described_by_its_form_and_the_size_of_its_samples() -> None:
    # Two seconds and one sample of twelve channels with 24 bits at 48 kHz.
    described = describe_pcm(channels=12, sample_rate=48_000, bit_depth=24, size=12 * 3 * 96_001)

    assert described == AudioProperties(
        format=AudioFormat.WAV,
        codec="PCM",
        lossless=True,
        duration=Decimal("2.000021"),
        channels=12,
        sample_rate=48_000,
        bit_depth=24,
        bit_rate=13_824,
    )


def test_a_bit_rate_is_told_in_whole_kilobits() -> None:
    described = describe_pcm(channels=2, sample_rate=44_100, bit_depth=16, size=4 * 44_100)

    assert (described.duration, described.bit_rate) == (Decimal("1.000000"), 1411)


@pytest.mark.parametrize(
    ("size", "fault"),
    [(6 * 48_000 + 1, "its last sample frame is cut off"), (5, "its last sample frame is cut off"), (0, "no sound")],
)
def test_samples_that_are_not_whole_are_told(size: int, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        describe_pcm(channels=2, sample_rate=48_000, bit_depth=24, size=size)


@pytest.mark.parametrize(
    ("channels", "sample_rate", "bit_depth"),
    [(0, 48_000, 24), (2, 0, 24), (2, 48_000, 0), (2, 48_000, 20), (-2, 48_000, -24)],
)
def test_a_form_that_no_linear_pcm_has_is_told(channels: int, sample_rate: int, bit_depth: int) -> None:
    with pytest.raises(ValueError, match="are no linear PCM"):
        describe_pcm(channels=channels, sample_rate=sample_rate, bit_depth=bit_depth, size=288_000)
