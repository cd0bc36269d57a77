"""The builder of ERN 4.3.2: how it writes, in the words of the toolkit that the versions share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from distro_sdk.ern4.writing import Dialect, Ern4Builder
from distro_sdk.ern4.writing.currencies import CURRENCIES_SINCE_2025
from distro_sdk.ern4.writing.dialect import add_own_formal_title, add_valued_role
from distro_sdk.ern4.writing.editions import Editions
from distro_sdk.ern4.writing.vocabulary import LATER_VIDEO_CODECS

ERN_432: Final = Dialect(
    version="4.3.2",
    namespace="http://ddex.net/xml/ern/432",
    allowed_value_set="9",
    recordings=Editions(),
    genre_element="DisplayGenre",
    add_role=add_valued_role,
    add_formal_title=add_own_formal_title,
    marks_classical=True,
    releases_show_clips=True,
    video_codecs=LATER_VIDEO_CODECS,
    currencies=CURRENCIES_SINCE_2025,
)


class Ern432Builder(Ern4Builder):
    """Builds messages of ERN 4.3.2."""

    def __init__(self) -> None:
        super().__init__(ERN_432, Path(__file__).with_name("grammar.rng"))
