"""Ways to break one thing in a valid message, and the cases that say which finding it must give."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from distro_sdk.models.validation import Severity
from distro_sdk.xml import ParsedMessage, parse_message

Break = Callable[[etree._Element], None]


@dataclass(frozen=True)
class Case:
    """A valid message, what is broken in it, and the finding that this must give."""

    message: ParsedMessage
    change: Break
    code: str
    severity: Severity = Severity.ERROR

    def broken(self) -> ParsedMessage:
        """The message with the fault in it."""
        copy = parse_message(self.message.content)
        self.change(copy.root)
        return parse_message(etree.tostring(copy.root))


def find(root: etree._Element, path: str) -> etree._Element:
    """The element of a path, which must be there; ``.`` is the root."""
    element = root.find(path)
    assert element is not None, path
    return element


def text(path: str, value: str) -> Break:
    """Write other text."""

    def change(root: etree._Element) -> None:
        find(root, path).text = value

    return change


def remove(path: str) -> Break:
    """Take an element out."""

    def change(root: etree._Element) -> None:
        element = find(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def double(path: str) -> Break:
    """Let an element stand twice."""

    def change(root: etree._Element) -> None:
        element = find(root, path)
        element.addnext(deepcopy(element))

    return change


def attribute(path: str, name: str, value: str | None) -> Break:
    """Set an attribute, or take it away."""

    def change(root: etree._Element) -> None:
        element = find(root, path)
        if value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    return change


def add(path: str, name: str, value: str = "") -> Break:
    """Append a child."""

    def change(root: etree._Element) -> None:
        etree.SubElement(find(root, path), name).text = value

    return change


def make(path: str, xml: str) -> Break:
    """Append an element that is given as XML."""

    def change(root: etree._Element) -> None:
        find(root, path).append(parse_message(xml.encode()).root)

    return change


def together(*changes: Break) -> Break:
    """Several changes."""

    def change(root: etree._Element) -> None:
        for one in changes:
            one(root)

    return change
