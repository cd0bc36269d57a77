"""How text is folded for finding and sorting, and which words a release is found by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from distro_core.catalogue.identifiers import compact
from distro_sdk.models.catalogue import Release

LONGEST_WORD: Final = 40
MOST_WORDS_ASKED: Final = 8

_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Text without differences of case, width and spacing; accents stay, for they tell names apart."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


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


def text_filter(text: str) -> dict[str, Any]:
    """The filter for releases in which every word of a text begins a word, or the whole text an identifier.

    Identifiers are found as people write them, with blanks and hyphens. Each condition is one range of the index.
    """
    words = list(dict.fromkeys(words_of(text)))[:MOST_WORDS_ASKED]
    if not words:
        return {"search_words": {"$in": []}} if text.strip() else {}
    ways: list[dict[str, Any]] = [{"$and": [{"search_words": {"$regex": f"^{word}"}} for word in words]}]
    number = "".join(words_of(compact(text)))
    if len(words) > 1 and any(character.isdigit() for character in number):
        ways.append({"search_words": {"$regex": f"^{number}"}})
    return ways[0] if len(ways) == 1 else {"$or": ways}
