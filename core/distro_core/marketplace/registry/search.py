"""Search among the plugins of all registries: free text and filters (row MKT-02), within milliseconds."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from distro_core.marketplace.registry.offers import Offer
from distro_sdk.errors import DomainError
from distro_sdk.manifest import LicenseModel, PluginCategory, PluginSource

MOST_WORDS = 10
LONGEST_QUERY = 200
MOST_RESULTS = 100


@dataclass(frozen=True)
class Search:
    """What is looked for. `query`: words that must all occur; `publisher`: id or name of the author;
    `compatible`: only what this host can use, or only what it cannot; `plugins`: by id, the installed versions.
    """

    query: str = ""
    category: PluginCategory | None = None
    publisher: str | None = None
    license_model: LicenseModel | None = None
    source: PluginSource | None = None
    compatible: bool | None = None
    plugins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SearchPage:
    """Some of what was found. `total`: how much that is altogether; `has_next`: whether more follows."""

    offers: Sequence[Offer]
    total: int
    has_next: bool


@dataclass(frozen=True)
class _Indexed:
    """An offer with what is compared. `publisher`: id and plain name; `words`: all of its texts."""

    offer: Offer
    name: str
    publisher: frozenset[str]
    license_model: LicenseModel | None
    words: str


class SearchIndex:
    """The offers, made ready to be searched."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        indexed = [_index(offer) for offer in offers]
        self._indexed = sorted(indexed, key=lambda one: (one.name, one.offer.entry.id))

    def find(self, search: Search, *, first: int = 20, after: str | None = None) -> SearchPage:
        """The best `first` results behind the plugin with id `after`.

        Raises QUERY_INVALID, PAGE_SIZE_INVALID, or CURSOR_INVALID for an `after` that is not among the results.
        """
        if not 1 <= first <= MOST_RESULTS:
            raise DomainError("PAGE_SIZE_INVALID", f"a page holds 1 to {MOST_RESULTS} entries, not {first}", ("first",))
        words = _words(search.query)
        found = _passing(self._indexed, search)
        for word in words:
            found = [one for one in found if word in one.words]
        if words:
            found.sort(key=lambda one: _rank(one, words))
        begin = 0 if after is None else _place(found, after) + 1
        shown = found[begin : begin + first]
        return SearchPage([one.offer for one in shown], len(found), begin + first < len(found))


def _index(offer: Offer) -> _Indexed:
    entry = offer.entry
    name = _plain(entry.name)
    texts = (entry.id, entry.name, entry.description, offer.publisher.name, *entry.keywords)
    return _Indexed(
        offer=offer,
        name=name,
        publisher=frozenset({entry.publisher, _plain(offer.publisher.name)}),
        license_model=None if offer.shown is None else offer.shown.license_model,
        words=" ".join(map(_plain, texts)),
    )


def _passing(indexed: Sequence[_Indexed], search: Search) -> list[_Indexed]:
    """What passes the filters, one filter after the other: each looks only at what is left."""
    found = list(indexed)
    if search.category is not None:
        found = [one for one in found if one.offer.entry.category is search.category]
    if search.license_model is not None:
        found = [one for one in found if one.license_model is search.license_model]
    if search.source is not None:
        found = [one for one in found if one.offer.entry.source is search.source]
    if search.publisher is not None:
        publisher = _plain(search.publisher)
        found = [one for one in found if publisher in one.publisher]
    if search.compatible is not None:
        found = [one for one in found if (not one.offer.problems_beside(search.plugins)) is search.compatible]
    return found


def _rank(one: _Indexed, words: Sequence[str]) -> int:
    """Less is better: the very name, a name that begins so, a name that has all words, anything else."""
    query = " ".join(words)
    if query in {one.name, one.offer.entry.id}:
        return 0
    if one.name.startswith(query):
        return 1
    return 2 if all(word in one.name for word in words) else 3


def _place(found: Sequence[_Indexed], after: str) -> int:
    place = next((place for place, one in enumerate(found) if one.offer.entry.id == after), None)
    if place is None:
        raise DomainError("CURSOR_INVALID", f"{after[:100]!r} is not among the results", ("after",))
    return place


def _words(query: str) -> tuple[str, ...]:
    words = tuple(_plain(query).split())
    if len(query) > LONGEST_QUERY or len(words) > MOST_WORDS:
        message = f"a query has at most {LONGEST_QUERY} characters and {MOST_WORDS} words"
        raise DomainError("QUERY_INVALID", message, ("query",))
    return words


def _plain(text: str) -> str:
    """Without case and accents, as people type it into a search box."""
    parted = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parted if not unicodedata.combining(sign)).casefold()
