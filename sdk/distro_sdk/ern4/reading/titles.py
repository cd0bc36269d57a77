"""Titles with versions and languages, and credits, as resources and releases tell them alike."""

from __future__ import annotations

from distro_sdk.ern.reading.found import FoundCredits, FoundTitles
from distro_sdk.ern.reading.lines import chosen_default
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.parties import ContributorList, shown_name
from distro_sdk.ern.reading.values import read_whole_number
from distro_sdk.ern.reading.vocabulary import ROLES, read_word
from distro_sdk.ern4.reading.dialects import Dialect
from distro_sdk.ern4.reading.parties import PartyList
from distro_sdk.models.catalogue import ArtistRole, DisplayArtist, TitleTranslation

_LAST = 10_000
_CITATIONS = frozenset({"FormalTitle", "GroupingTitle"})
_ARTIST_ROLES = {role.value: role for role in ArtistRole}


def read_titles(node: Node) -> FoundTitles:
    """DisplayTitle: the default one, and the same in other languages; DisplayTitleText where it adds nothing."""
    titles = node.children("DisplayTitle")
    default = _default_title(titles)
    if default is None:
        text = chosen_default(node.children("DisplayTitleText"))
        return FoundTitles(title=text.value or None if text else None)
    title, version = _title(default), _version(default)
    _check_texts(node, titles)
    return FoundTitles(title=title, version=version, translations=_translations(titles, default))


def read_citations(node: Node, dialect: Dialect) -> tuple[Node, ...]:
    """How something is cited: formal and grouping titles of their own, or among the additional ones by their type."""
    if dialect.formal_titles:
        return tuple(node.children("FormalTitle", "GroupingTitle"))
    titles = node.children("AdditionalTitle")
    leave_all([title for title in titles if title.attribute("TitleType") not in _CITATIONS])
    return tuple(title for title in titles if title.attribute("TitleType") in _CITATIONS)


def read_credits(node: Node, parties: PartyList, dialect: Dialect) -> FoundCredits:
    """DisplayArtistName, DisplayArtist and Contributor."""
    names = node.children("DisplayArtistName")
    shown = chosen_default([name for name in names if name.value])
    contributors = ContributorList()
    artists = []
    for entry in _in_sequence(node.children("DisplayArtist")):
        party_id = parties.find(entry.child("ArtistPartyReference"))
        leave_all(entry.children("SpecialDisplayArtist"))
        if party_id is None:
            continue
        role = read_word(entry.child("DisplayArtistRole"), _ARTIST_ROLES) or ArtistRole.ARTIST
        artists.append(entry.build(DisplayArtist, party_id=party_id, role=role))
        _add_roles(contributors, party_id, entry.children("ArtisticRole"), dialect)
    for entry in _in_sequence(node.children("Contributor")):
        party_id = parties.find(entry.child("ContributorPartyReference"))
        if party_id is None:
            entry.leave()
            continue
        roles = entry.children("Role")
        if not _add_roles(contributors, party_id, roles, dialect, entry.children("InstrumentType")) and not roles:
            entry.leave()
    name = shown.value if shown else shown_name(artists, parties.registry)
    return FoundCredits(display_artist=name, artists=tuple(artists), contributors=contributors.entries())


def _add_roles(
    contributors: ContributorList,
    party_id: str,
    nodes: list[Node],
    dialect: Dialect,
    instruments: list[Node] | None = None,
) -> bool:
    """Add the roles that we have words for; whether there are any."""
    played = list(instruments or ())
    roles = []
    for node in nodes:
        value = node.child("Value") if dialect.role_values else node
        played += node.children("InstrumentType") if dialect.role_values else []
        if (role := read_word(value, ROLES)) is not None:
            roles.append(role)
    if roles:
        contributors.add(party_id, roles, filter(None, (_own_word(instrument) for instrument in played)))
    else:
        leave_all(played)
    return bool(roles)


def _own_word(node: Node) -> str | None:
    """A value of a list of DDEX's, or the sender's own."""
    return node.attribute("UserDefinedValue") if node.value == "UserDefined" else node.value or None


def _in_sequence(nodes: list[Node]) -> list[Node]:
    numbered = [(_sequence(node), node) for node in nodes]
    return [node for _, node in sorted(numbered, key=lambda entry: entry[0])]


def _sequence(node: Node) -> int:
    text = node.attribute("SequenceNumber")
    try:
        return read_whole_number(text) if text else _LAST
    except ValueError as error:
        node.fault("VALUE_INVALID", f"SequenceNumber {error}")
        return _LAST


def _default_title(titles: list[Node]) -> Node | None:
    told = [title for title in titles if _title(title)]
    default = [title for title in told if title.flag("IsDefault")]
    plain = [title for title in told if title.attribute("LanguageAndScriptCode") is None]
    return next(iter((*default, *plain, *told)), None)


def _title(node: Node) -> str | None:
    return node.text("TitleText")


def _version(node: Node) -> str | None:
    """The version in a title: its subtitle; several in their order."""
    subtitles = [subtitle.value for subtitle in _in_sequence(node.children("SubTitle")) if subtitle.value]
    return ", ".join(subtitles) or None


def _translations(titles: list[Node], default: Node) -> tuple[TitleTranslation, ...]:
    own = default.attribute("LanguageAndScriptCode")
    found: dict[str, TitleTranslation] = {}
    for node in titles:
        if node is default:
            continue
        language = node.attribute("LanguageAndScriptCode")
        title = _title(node)
        if language is None or title is None or language == own or language in found:
            node.leave()
        else:
            found[language] = node.build(TitleTranslation, language=language, title=title, version=_version(node))
    return tuple(found.values())


def _check_texts(node: Node, titles: list[Node]) -> None:
    """DisplayTitleText repeats title and version; where it says something else, that is lost."""
    repeated = {form for title in titles for form in _forms(title)}
    for text in node.children("DisplayTitleText"):
        if text.value and text.value not in repeated:
            text.leave()


def _forms(title: Node) -> tuple[str, ...]:
    text, version = _title(title) or "", _version(title)
    return (text, f"{text} ({version})", f"{text} [{version}]") if version else (text,)
