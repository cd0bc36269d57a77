"""Titles by their types, and credits, as resources and releases tell them alike."""

from __future__ import annotations

from collections.abc import Sequence

from distro_plugins.ern382.reading.parties import InlineParties
from distro_sdk.ern.reading.found import FoundCredits, FoundTitles
from distro_sdk.ern.reading.lines import chosen_default
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.parties import ContributorList, shown_name
from distro_sdk.ern.reading.values import read_whole_number
from distro_sdk.ern.reading.vocabulary import ROLES
from distro_sdk.models.catalogue import ArtistRole, ContributorRole, DisplayArtist, TitleTranslation

_LAST = 10_000
_ARTIST_ROLES = {role.value: role for role in ArtistRole}
_CITATIONS = frozenset({"FormalTitle", "GroupingTitle"})

Pair = tuple[str, str | None]
"""A title and its version."""


def read_titles(reference: Node | None, titles: Sequence[Node]) -> tuple[FoundTitles, tuple[Node, ...]]:
    """The title as it is displayed, divided as the reference or the formal title divides it; and the other titles.

    `reference`: ReferenceTitle; `titles`: those of the details. What is only cited otherwise comes back beside.
    """
    plain = [title for title in titles if title.attribute("TitleType") != "TranslatedTitle"]
    displayed = _typed(plain, "DisplayTitle")
    cited = [title for title in plain if title.attribute("TitleType") in _CITATIONS]
    formal = next((title for title in cited if title.attribute("TitleType") == "FormalTitle"), None)
    divided = [_pair(node) for node in (formal, reference) if node is not None]
    shown = displayed or formal or reference
    pair = _pair(shown) if shown is not None else None
    if pair is not None and pair[1] is None:
        pair = next((one for one in divided if one is not None and pair[0] in _forms(one)), pair)
    others = [title for title in titles if shown is None or title.element is not shown.element]
    translations, rest = _translations([title for title in others if title not in cited], shown)
    for title in rest:
        if pair is None or _pair(title) != pair:
            title.leave()
    citations = tuple(title for title in cited if title is not shown and _pair(title) != pair)
    if reference is not None and pair is not None and (told := _pair(reference)) not in {None, pair}:
        _leave_reference(reference, told, pair, citations)
    if pair is None:
        return FoundTitles(translations=translations), citations
    return FoundTitles(pair[0], pair[1], translations), citations


def read_credits(details: Node, parties: InlineParties) -> FoundCredits:
    """DisplayArtistName, DisplayArtist, ResourceContributor and IndirectResourceContributor."""
    names = details.children("DisplayArtistName")
    shown = chosen_default([name for name in names if name.value])
    contributors = ContributorList()
    artists = []
    for entry in _in_sequence(details.children("DisplayArtist")):
        party_id = parties.add(entry)
        words = entry.children("ArtistRole")
        if party_id is None:
            entry.leave()
            continue
        role = next((_ARTIST_ROLES[word.value] for word in words if word.value in _ARTIST_ROLES), ArtistRole.ARTIST)
        artists.append(entry.build(DisplayArtist, party_id=party_id, role=role))
        contributors.add(party_id, _roles([word for word in words if word.value not in _ARTIST_ROLES]))
    for entry in _in_sequence(details.children("DisplayConductor")):
        if (party_id := parties.add(entry)) is not None:
            entry.children("ArtistRole")
            contributors.add(party_id, [ContributorRole.CONDUCTOR])
    for name in ("ResourceContributor", "IndirectResourceContributor"):
        for entry in _in_sequence(details.children(name)):
            _add_contributor(contributors, entry, parties.add(entry))
    display_artist = shown.value if shown else None
    return FoundCredits(display_artist, tuple(artists), contributors.entries())


def shown_artist(told: FoundCredits, release: FoundCredits, parties: InlineParties) -> str | None:
    """Who is shown: as a recording says, else as the release does, else its artists."""
    return told.display_artist or release.display_artist or shown_name(told.artists, parties.registry)


def _add_contributor(contributors: ContributorList, entry: Node, party_id: str | None) -> None:
    roles = _roles(entry.children(f"{entry.name}Role"))
    instruments = [node.value for node in entry.children("InstrumentType") if node.value]
    if party_id is None or not roles:
        entry.leave()
    else:
        contributors.add(party_id, roles, instruments)


def _roles(nodes: Sequence[Node]) -> list[ContributorRole]:
    """The roles that we have words for, also as a sender's own."""
    own = [node.attribute("UserDefinedValue") if node.value == "UserDefined" else node.value for node in nodes]
    words = [word or "" for word in own]
    leave_all([node for node, word in zip(nodes, words, strict=True) if word not in ROLES])
    return [ROLES[word] for word in words if word in ROLES]


def _typed(titles: Sequence[Node], kind: str) -> Node | None:
    """The title of a type, the one without a language where there is such."""
    found = [title for title in titles if title.attribute("TitleType") == kind and title.text("TitleText")]
    plain = [title for title in found if not title.attribute("LanguageAndScriptCode")]
    return next(iter((*plain, *found)), None)


def _pair(node: Node) -> Pair | None:
    title = node.text("TitleText")
    subtitles = [subtitle.value for subtitle in node.children("SubTitle") if subtitle.value]
    return (title, ", ".join(subtitles) or None) if title else None


def _forms(pair: Pair) -> tuple[str, ...]:
    """How a title with its version may be displayed."""
    title, version = pair
    return (f"{title} ({version})", f"{title} [{version}]", title) if version else (title,)


def _translations(titles: Sequence[Node], shown: Node | None) -> tuple[tuple[TitleTranslation, ...], list[Node]]:
    own = shown.attribute("LanguageAndScriptCode") if shown is not None else None
    found: dict[str, TitleTranslation] = {}
    rest = []
    for node in titles:
        language, pair = node.attribute("LanguageAndScriptCode"), _pair(node)
        if language is None or pair is None or language == own or language in found:
            rest.append(node)
        else:
            found[language] = node.build(TitleTranslation, language=language, title=pair[0], version=pair[1])
    return tuple(found.values()), rest


def _leave_reference(reference: Node, told: Pair | None, pair: Pair, citations: Sequence[Node]) -> None:
    """A reference title that says something that no other title says."""
    cited = {_pair(citation) for citation in citations}
    if told is not None and told not in cited and told[0] not in _forms(pair):
        reference.leave()


def _in_sequence(nodes: list[Node]) -> list[Node]:
    return sorted(nodes, key=_sequence)


def _sequence(node: Node) -> int:
    text = node.attribute("SequenceNumber")
    try:
        return read_whole_number(text) if text else _LAST
    except ValueError as error:
        node.fault("VALUE_INVALID", f"SequenceNumber {error}")
        return _LAST
