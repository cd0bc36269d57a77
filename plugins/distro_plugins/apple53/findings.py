"""A finding with its place in Apple's metadata, and how rules look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml.etree import QName, _Element

from distro_plugins.apple53.tables import NAMESPACE
from distro_sdk.models.validation import Severity, ValidationIssue

Rule = Callable[[_Element], Iterator[ValidationIssue]]
"""Judges the root element of a message."""

NAMES = {None: NAMESPACE}


def finding(code: str, message: str, element: _Element, severity: Severity = Severity.ERROR) -> ValidationIssue:
    """A finding at an element, with its path by local names and its line."""
    return ValidationIssue(
        code=code, message=message, severity=severity, path=path_of(element), line=element.sourceline
    )


def warning(code: str, message: str, element: _Element) -> ValidationIssue:
    """A finding that stops nothing."""
    return finding(code, message, element, Severity.WARNING)


def all_of(element: _Element, path: str) -> list[_Element]:
    """The elements of a path, whose names are those of Apple's namespace."""
    return element.findall(path, NAMES)


def text_of(element: _Element, path: str) -> str:
    """The text of the first element of a path, empty where there is none."""
    return (element.findtext(path, "", NAMES) or "").strip()


def albums_and_tracks(root: _Element) -> list[_Element]:
    """The albums and all their tracks."""
    return [*all_of(root, "album"), *all_of(root, "album/tracks/track")]


def path_of(element: _Element) -> str:
    """Where an element stands, such as `/package/album/tracks/track[2]/title`."""
    steps = []
    current: _Element | None = element
    while current is not None:
        parent = current.getparent()
        same = [] if parent is None else [child for child in parent if child.tag == current.tag]
        place = f"[{same.index(current) + 1}]" if len(same) > 1 else ""
        steps.append(f"{QName(current).localname}{place}")
        current = parent
    return "/" + "/".join(reversed(steps))
