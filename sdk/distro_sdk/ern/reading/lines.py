"""P-lines, C-lines and genres, which all versions write alike."""

from __future__ import annotations

from distro_sdk.ern.reading.nodes import Node
from distro_sdk.ern.reading.values import printed_year, read_year
from distro_sdk.models.catalogue import Genre
from distro_sdk.models.lines import RightsLine

EARLIEST_YEAR = 1850
LATEST_YEAR = 2200


def chosen_default(nodes: list[Node]) -> Node | None:
    """Of several elements of one name the default, else the first; our model has no place for the others."""
    worldwide = [node for node in nodes if node.attribute("ApplicableTerritoryCode") in {None, "Worldwide"}]
    candidates = worldwide or nodes
    chosen = next((node for node in candidates if node.flag("IsDefault")), candidates[0] if candidates else None)
    for node in nodes:
        if chosen is not None and node.element is not chosen.element:
            node.leave()
    return chosen


def read_line(nodes: list[Node], name: str) -> RightsLine | None:
    """A P-line or C-line. `name`: ``PLine`` or ``CLine``; a year that is told in the text alone is taken from there."""
    node = chosen_default(nodes)
    if node is None:
        return None
    text = node.text(f"{name}Text")
    year = node.parsed(read_year, "Year") or printed_year(text or "")
    if text is None or year is None or not EARLIEST_YEAR <= year <= LATEST_YEAR:
        node.leave()
        return None
    return node.build(RightsLine, year=year, text=text, company=node.text(f"{name}Company"))


def read_own_line(node: Node, name: str, common: RightsLine | None) -> RightsLine | None:
    """The line of a part where it is another than that of the whole. `common`: the line of the whole."""
    line = read_line(node.children(name), name)
    return None if line == common else line


def read_genre(nodes: list[Node]) -> Genre | None:
    """The genre that is the default, else the first."""
    node = chosen_default(nodes)
    if node is None:
        return None
    name = node.text("GenreText")
    if name is None:
        node.leave()
        return None
    return node.build(Genre, name=name, subgenre_name=node.text("SubGenre"))
