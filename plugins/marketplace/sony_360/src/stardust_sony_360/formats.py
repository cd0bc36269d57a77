"""ADM masters of 360 Reality Audio: what they are, and how they come into the catalogue."""

from __future__ import annotations

from pathlib import Path

from distro_sdk.audio_formats import describe_pcm
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AudioProperties
from stardust_sony_360.wave import WaveMaster, is_wave, read_wave

FILE_INVALID = "SONY_360_INVALID"
MARK = "360ra"
"""A file whose name says this means to be 360 Reality Audio."""

MOST_OBJECTS = 24
SAMPLE_RATE = 48_000
BIT_DEPTH = 24


class Sony360Format:
    """Wave files with up to 24 objects that are called 360 Reality Audio: RIFF, RF64 and BW64."""

    key = "Sony360RA"
    title = "360 Reality Audio master"
    extensions = frozenset({"wav", "wave", "bwf", "rf64", "bw64"})
    immersive = True

    def recognises(self, path: Path, file_name: str) -> bool:
        """Whether it is a wave file whose name has the mark."""
        return MARK in file_name.casefold() and is_wave(path)

    def read(self, path: Path, file_name: str) -> AudioProperties:
        """What a master is; raises SONY_360_INVALID."""
        try:
            master = check_master(path)
            return describe_pcm(
                channels=master.channels, sample_rate=master.sample_rate, bit_depth=master.bit_depth, size=master.size
            )
        except ValueError as error:
            raise invalid(str(error), "file") from error


def check_master(path: Path) -> WaveMaster:
    """Read a file; raises ValueError for what is no ADM master. Blocks."""
    master = read_wave(path)
    if fault := fault_of_form(master.channels, master.sample_rate, master.bit_depth):
        raise ValueError(fault)
    if not master.pcm:
        raise ValueError("its samples are not linear PCM")
    if not master.objects:
        raise ValueError(
            "it has no objects: its chna chunk names none" if master.objects == 0 else "it has no chna chunk"
        )
    if master.objects > MOST_OBJECTS:
        raise ValueError(f"it has {master.objects} objects, {MOST_OBJECTS} at most")
    return master


def fault_of_form(channels: int, sample_rate: int, bit_depth: int | None) -> str | None:
    """Why sound of that form is none, as far as its form tells."""
    if channels <= 2:
        return "it is stereo or mono"
    if sample_rate != SAMPLE_RATE:
        return f"it has {sample_rate} Hz instead of {SAMPLE_RATE}"
    if bit_depth != BIT_DEPTH:
        return f"it has {bit_depth or 'an unknown number of'} bits a sample instead of {BIT_DEPTH}"
    return None


def invalid(reason: str, *path: str | int) -> DomainError:
    """The refusal of what is called 360 Reality Audio and is none."""
    return DomainError(FILE_INVALID, f"Invalid 360 Reality Audio file: {reason}", path)
