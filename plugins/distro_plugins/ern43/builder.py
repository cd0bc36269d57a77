"""The builder of ERN 4.3: how it writes, in the words of the toolkit that the versions share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from distro_sdk.ern4.writing import Dialect, Ern4Builder
from distro_sdk.ern4.writing.currencies import CURRENCIES_SINCE_2022
from distro_sdk.ern4.writing.dialect import add_plain_role, add_typed_formal_title
from distro_sdk.ern4.writing.editions import Editions
from distro_sdk.ern4.writing.vocabulary import LATER_VIDEO_CODECS

ERN_43: Final = Dialect(
    version="4.3",
    namespace="http://ddex.net/xml/ern/43",
    allowed_value_set="3",
    recordings=Editions(),
    genre_element="Genre",
    add_role=add_plain_role,
    add_formal_title=add_typed_formal_title,
    marks_classical=True,
    releases_show_clips=True,
    video_codecs=LATER_VIDEO_CODECS,
    currencies=CURRENCIES_SINCE_2022,
)


class Ern43Builder(Ern4Builder):
    """Builds messages of ERN 4.3."""

    def __init__(self) -> None:
        super().__init__(ERN_43, Path(__file__).with_name("grammar.rng"))
