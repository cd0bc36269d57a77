"""Lists of allowed values in a form that libxml2 looks up instead of comparing one value after the other.

DDEX's schemas allow one of hundreds of words at most places, and libxml2 compares each value with every word of its
list: most of the time of a verdict. A pattern that branches at each letter accepts the same words and reads a value
once. Only verdicts are given by this form: what is told of a fault comes from the schema as DDEX wrote it.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

FEWEST: Final = 8
"""Values of a list that is worth a pattern."""

_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_SPECIAL: Final = frozenset("\\|.?*+(){}-[]^")


def write_as_patterns(root: etree._Element) -> None:
    """Put a pattern in the place of each longer list of strings in a schema.

    The type becomes a union of that one member, as libxml2 would repeat the whole pattern in the message about a fault
    otherwise. A list that is restricted further by other facets stays as it is.
    """
    for restriction in list(root.iter(f"{_XSD}restriction")):
        values = _values(restriction)
        parent = restriction.getparent()
        if len(values) < FEWEST or parent is None or parent.tag != f"{_XSD}simpleType":
            continue
        union = etree.Element(f"{_XSD}union")
        parent.replace(restriction, union)
        member = etree.SubElement(etree.SubElement(union, f"{_XSD}simpleType"), f"{_XSD}restriction")
        member.set("base", restriction.get("base", ""))
        etree.SubElement(member, f"{_XSD}pattern").set("value", as_pattern(values))


def as_pattern(values: list[str]) -> str:
    """The regular expression of XML Schema (part 2, appendix F) that accepts these values and no other."""
    tree: dict[str, Any] = {}
    for value in values:
        branch = tree
        for letter in value:
            branch = branch.setdefault(letter, {})
        branch[""] = {}
    return _branches(tree)


def _branches(tree: dict[str, Any]) -> str:
    """What may follow at one place; an empty letter says that a value may end there."""
    letters = sorted(letter for letter in tree if letter)
    ways = [(f"\\{letter}" if letter in _SPECIAL else letter) + _branches(tree[letter]) for letter in letters]
    if len(ways) == 1 and "" not in tree:
        return ways[0]
    return f"({'|'.join(ways)}){'?' if '' in tree else ''}" if ways else ""


def _values(restriction: etree._Element) -> list[str]:
    """The values of a plain list of strings, none for any other restriction."""
    prefix, _, name = restriction.get("base", "").rpartition(":")
    facets = [part for part in restriction.iterchildren("*") if part.tag != f"{_XSD}annotation"]
    strings = name == "string" and restriction.nsmap.get(prefix or None) == _XSD[1:-1]
    if not strings or any(facet.tag != f"{_XSD}enumeration" for facet in facets):
        return []
    return [facet.get("value", "") for facet in facets]
