"""Reading messages of ERN 4: one reader for the family, which small dialects tell the versions apart for."""

from __future__ import annotations

from distro_sdk.ern4.reading.dialects import ERN_4_1_1, ERN_4_2, ERN_4_3, ERN_4_3_2, Dialect
from distro_sdk.ern4.reading.reader import Ern4Reader

__all__ = ["ERN_4_1_1", "ERN_4_2", "ERN_4_3", "ERN_4_3_2", "Dialect", "Ern4Reader"]
