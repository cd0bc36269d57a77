"""The builder of ERN 4.2: how it writes, in the words of the toolkit that the versions share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from distro_sdk.ern4.writing import Dialect, Ern4Builder
from distro_sdk.ern4.writing.currencies import CURRENCIES
from distro_sdk.ern4.writing.dialect import add_plain_role, add_typed_formal_title
from distro_sdk.ern4.writing.flat_recordings import FlatRecordings
from distro_sdk.ern4.writing.vocabulary import VIDEO_CODECS

ERN_42: Final = Dialect(
    version="4.2",
    namespace="http://ddex.net/xml/ern/42",
    allowed_value_set=None,
    recordings=FlatRecordings(),
    genre_element="Genre",
    add_role=add_plain_role,
    add_formal_title=add_typed_formal_title,
    marks_classical=False,
    releases_show_clips=False,
    video_codecs=VIDEO_CODECS,
    currencies=CURRENCIES,
)


class Ern42Builder(Ern4Builder):
    """Builds messages of ERN 4.2."""

    def __init__(self) -> None:
        super().__init__(ERN_42, Path(__file__).with_name("grammar.rng"))
