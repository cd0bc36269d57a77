"""The builder of MEAD 1.1: how it writes, in the words of the toolkit that the versions share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from distro_plugins.mead11.focus import add_focus
from distro_plugins.mead11.parties import DescribedParties
from distro_sdk.mead.builder import MeadBuilder
from distro_sdk.mead.dialect import Dialect
from distro_sdk.mead.words import THEMES, folded

MEAD_11: Final = Dialect(
    version="1.1",
    namespace="http://ddex.net/xml/mead/11",
    allowed_value_set="3",
    parties=DescribedParties(),
    recording_theme="Theme",
    themes=folded(THEMES),
    has_activities=True,
    several_registers=True,
    tempo_in_signature=False,
    add_focus=add_focus,
)


class Mead11Builder(MeadBuilder):
    """Builds messages of MEAD 1.1."""

    def __init__(self) -> None:
        super().__init__(MEAD_11, Path(__file__).with_name("grammar.rng"))
