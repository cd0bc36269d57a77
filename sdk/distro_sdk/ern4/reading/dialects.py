"""Wherein the versions of ERN 4 differ for a reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """One version. `editions`: whether ids, P-line and files of recordings stand in editions, previews in clips.

    `genre`: the element of genres; `role_values`: whether a role is an element with a value and instruments of its own;
    `formal_titles`: whether formal titles are elements of their own rather than additional titles of that type;
    `visibilities`: whether dates of display stand in a list of their own rather than in each deal.
    """

    format: str
    namespaces: frozenset[str]
    editions: bool
    genre: str = "Genre"
    role_values: bool = False
    formal_titles: bool = False
    visibilities: bool = True


def _namespaces(*versions: str) -> frozenset[str]:
    return frozenset(f"http://ddex.net/xml/ern/{version}" for version in versions)


ERN_4_1_1 = Dialect("ern/4.1.1", _namespaces("411"), editions=False, visibilities=False)
ERN_4_2 = Dialect("ern/4.2", _namespaces("42"), editions=False)
ERN_4_3 = Dialect("ern/4.3", _namespaces("43"), editions=True)
ERN_4_3_2 = Dialect(
    "ern/4.3.2",
    # 4.3.1 is 4.3.2 without a few elements that nobody reads.
    _namespaces("432", "431"),
    editions=True,
    genre="DisplayGenre",
    role_values=True,
    formal_titles=True,
)
