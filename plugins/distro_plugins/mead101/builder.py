"""The builder of MEAD 1.0.1: how it writes, in the words of the toolkit that the versions share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from distro_plugins.mead101.focus import focuses
from distro_plugins.mead101.parties import NamedParties
from distro_sdk.mead.builder import MeadBuilder
from distro_sdk.mead.dialect import Dialect
from distro_sdk.mead.words import THEMES, folded

LATER_THEMES: Final = frozenset({"Funeral", "RoadTrip", "Victory", "Worship"})
"""Words that came with a later set of allowed values."""

MEAD_101: Final = Dialect(
    version="1.0.1",
    namespace="http://ddex.net/xml/mead/101",
    allowed_value_set=None,
    parties=NamedParties(),
    recording_theme="ProgrammaticTheme",
    themes=folded(THEMES - LATER_THEMES),
    has_activities=False,
    several_registers=False,
    tempo_in_signature=True,
    first_list=focuses,
)


class Mead101Builder(MeadBuilder):
    """Builds messages of MEAD 1.0.1."""

    def __init__(self) -> None:
        super().__init__(MEAD_101, Path(__file__).with_name("grammar.rng"))
