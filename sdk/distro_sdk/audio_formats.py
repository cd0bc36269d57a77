"""Audio formats beyond those that the platform reads itself (rows PLG-12, TRK-15 and INI-01)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Protocol

from distro_sdk.models.assets import AudioFormat, AudioProperties


class RegisteredAudioFormat(Protocol):
    """A format of audio files that a plugin reads. The platform asks its own formats first.

    A file reaches it when the platform does not know its content, or when it is an immersive master, of a tenant that
    has the plugin switched on. The first format that recognises it reads it, in the order of plugins; what is stored
    stays, whatever becomes of the plugin.

    `key`: unique among all plugins, such as `DolbyAtmos`; `title`: for people; `extensions`: those that fit such files,
    in lower case, without the dot; `immersive`: whether its sound has a place in space rather than in channels.
    """

    key: str
    title: str
    extensions: frozenset[str]
    immersive: bool

    def recognises(self, path: Path, file_name: str) -> bool:
        """Whether a file means to be of this format, by its content and its owner's name for it; blocks.

        Called in a thread for files of any content. Without side effects, and quick: no samples are read.
        """
        ...

    def read(self, path: Path, file_name: str) -> AudioProperties:
        """What a recognised file truly is; blocks, and is called in a thread.

        `format` of the properties is the container. Raises `DomainError` for a file that is not what it means to be,
        with the path `("file",)`. Memory must not grow with the length of a recording.
        """
        ...


def describe_pcm(*, channels: int, sample_rate: int, bit_depth: int, size: int) -> AudioProperties:
    """The technical data of linear PCM in a WAV container.

    `sample_rate`: Hz; `bit_depth`: bits of a sample as it is stored, a multiple of 8; `size`: bytes of all samples.
    Raises ValueError with what is wrong where there are no samples, or the last is not whole.
    """
    if channels < 1 or sample_rate < 1 or bit_depth < 8 or bit_depth % 8:
        raise ValueError(f"{channels} channels of {bit_depth} bits at {sample_rate} Hz are no linear PCM")
    frame = channels * bit_depth // 8
    frames, left = divmod(size, frame)
    if left or not frames:
        raise ValueError("its last sample frame is cut off" if left else "it holds no sound")
    return AudioProperties(
        format=AudioFormat.WAV,
        codec="PCM",
        lossless=True,
        duration=(Decimal(frames) / sample_rate).quantize(Decimal("0.000001")),
        channels=channels,
        sample_rate=sample_rate,
        bit_depth=bit_depth,
        bit_rate=frame * 8 * sample_rate // 1000,
    )
