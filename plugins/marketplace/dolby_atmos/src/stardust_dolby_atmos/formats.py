"""The formats of immersive sound that this plugin takes into the catalogue: masters, and binaural mixes of them."""

from __future__ import annotations

from pathlib import Path

from distro_sdk.errors import DomainError
from distro_sdk.models.assets import AudioProperties
from stardust_dolby_atmos.master import is_binaural, is_wave, read_binaural, read_form, read_master
from stardust_dolby_atmos.riff import RiffError, open_wave

ATMOS_INVALID = "ATMOS_INVALID"
EXTENSIONS = frozenset({"wav", "wave", "bwf", "rf64", "bw64"})
MARKS = ("chna", "axml")


class DolbyAtmosFormat:
    """Masters as broadcast wave files with ADM metadata: RIFF, RF64 and BW64."""

    key = "DolbyAtmos"
    title = "Dolby Atmos master"
    extensions = EXTENSIONS
    immersive = True

    def recognises(self, path: Path, file_name: str) -> bool:
        """Whether it has the chunks of a master, or is a wave file that is too broken to tell."""
        try:
            return any(mark in open_wave(path).chunks for mark in MARKS)
        except RiffError:
            return is_wave(path)

    def read(self, path: Path, file_name: str) -> AudioProperties:
        """What a master is; raises ATMOS_INVALID, "Invalid Atmos file: …"."""
        try:
            read_master(path)
            return read_form(path)
        except ValueError as error:
            raise invalid(str(error), "file") from error


class BinauralFormat:
    """A binaural mix for headphones: two channels, which its metadata calls binaural."""

    key = "Binaural"
    title = "binaural mix"
    extensions = EXTENSIONS
    immersive = True

    def recognises(self, path: Path, file_name: str) -> bool:
        """Whether every channel is of a binaural pack."""
        return is_binaural(path)

    def read(self, path: Path, file_name: str) -> AudioProperties:
        """What the mix is; raises ATMOS_INVALID, "Invalid binaural file: …"."""
        try:
            read_binaural(path)
            return read_form(path)
        except ValueError as error:
            raise DomainError(ATMOS_INVALID, f"Invalid binaural file: {error}", ("file",)) from error


def invalid(reason: str, *path: str | int) -> DomainError:
    """The refusal of what is no master."""
    return DomainError(ATMOS_INVALID, f"Invalid Atmos file: {reason}", path)
