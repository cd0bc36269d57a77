"""How text is folded for finding and sorting, and which words a release is found by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from distro_sdk.models.catalogue import Release

LONGEST_WORD = 40
MOST_WORDS_ASKED = 8

_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """Text without differences of case, width and spacing; accents stay, for they tell names apart."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(text: str) -> Iterator[str]:
    """The folded words of a text as the text filter compares them, without accents."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return (word[:LONGEST_WORD] for word in _WORD.findall(plain))


def search_words(release: Release) -> tuple[str, ...]:
    """Every word that a release is found by: titles, artists and identifiers, its own and its tracks'."""
    texts = [release.title, release.version, release.display_artist, release.icpn, release.grid, release.catalog_number]
    for track in release.tracks:
        texts += [track.title, track.display_artist, track.isrc]
    return tuple(sorted({word for text in texts if text for word in words_of(text)}))
