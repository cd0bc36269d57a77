"""Writing messages of ERN 4: one builder, told by a dialect how its version differs."""

from distro_sdk.ern4.writing.builder import Ern4Builder
from distro_sdk.ern4.writing.dialect import Dialect

__all__ = ["Dialect", "Ern4Builder"]
