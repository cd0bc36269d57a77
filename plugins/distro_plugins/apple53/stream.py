"""Writing a package one element after the other: the tree of the whole would take twelve times the message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import chain
from typing import Any, Final

from lxml import etree
from lxml.etree import _Element

from distro_plugins.apple53.tables import NAMESPACE, VERSION

INDENTATION: Final = "  "


def write_package(facts: Iterable[_Element], album: _Element, tracks: Iterator[_Element]) -> bytes:
    """The package as UTF-8 XML, indented. `facts`: before the album; `album`: but for its tracks, made while written.

    Raises `ValueError` where an element holds a character that XML cannot carry.
    """
    output = BytesIO()
    with etree.xmlfile(output, encoding="UTF-8") as document:
        document.write_declaration()
        with document.element(f"{{{NAMESPACE}}}package", {"version": VERSION}, nsmap={None: NAMESPACE}):
            _write_all(document, facts, level=1)
            _break_line(document, level=1)
            with document.element(album.tag):
                _write_all(document, list(album), level=2)
                if (first := next(tracks, None)) is not None:
                    _break_line(document, level=2)
                    with document.element("tracks"):
                        _write_all(document, chain((first,), tracks), level=3)
                        _break_line(document, level=2)
                _break_line(document, level=1)
            _break_line(document, level=0)
    return output.getvalue()


def _write_all(document: Any, elements: Iterable[_Element], level: int) -> None:
    for element in elements:
        _break_line(document, level)
        etree.indent(element, space=INDENTATION, level=level)
        document.write(element, with_tail=False)


def _break_line(document: Any, level: int) -> None:
    document.write(f"\n{INDENTATION * level}")
