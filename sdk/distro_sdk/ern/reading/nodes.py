"""Walking through a message, with an eye on what was read, what was left, and what is wrong where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn, TypeVar

from lxml import etree
from lxml.etree import _Element
from pydantic import BaseModel, ValidationError

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.xml import ParsedMessage

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

MOST_FAULTS: Final = 100
MOST_UNREAD: Final = 500
_INDENTED: Final = re.compile(r"[ \t]*\n[ \t]{2,}")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}", re.ASCII)


class Reading:
    """One message while it is read: remembers which elements were looked at, and every fault."""

    def __init__(self, message: ParsedMessage) -> None:
        self.root = Node(message.root, self)
        self.faults: list[DomainError] = []
        self._tree = message.root.getroottree()
        self._seen: set[_Element] = {message.root}
        self._left: dict[_Element, None] = {}

    def see(self, element: _Element) -> None:
        """Remember that an element was looked at."""
        self._seen.add(element)

    def leave(self, element: _Element) -> None:
        """Remember that an element was looked at and has no place in our model."""
        self._left[element] = None

    def fault(self, code: str, element: _Element, text: str) -> None:
        """Remember what is wrong with an element; after too many, give up."""
        where = f"{self._tree.getpath(element)} (line {element.sourceline}): "
        self.faults.append(DomainError(code, where + text))
        if len(self.faults) >= MOST_FAULTS:
            self.finish()

    def refuse(self, code: str, element: _Element, text: str) -> NoReturn:
        """Remember a fault that leaves nothing to go on with, and give up."""
        self.fault(code, element, text)
        raise DomainErrors(self.faults)

    def finish(self) -> None:
        """Raise `DomainErrors` if anything was wrong."""
        if self.faults:
            raise DomainErrors(self.faults)

    def unread(self) -> tuple[str, ...]:
        """XPaths of the outermost elements that nobody looked at or that were left, in document order, each once."""
        paths: dict[str, None] = {}
        for path in self._unread(self.root.element, f"/{_prefixed(self.root.element)}"):
            paths.setdefault(path)
            if len(paths) == MOST_UNREAD:
                break
        return tuple(paths)

    def _unread(self, parent: _Element, path: str) -> Iterator[str]:
        for child in parent:
            if not isinstance(child.tag, str):
                continue
            inner = f"{path}/{_prefixed(child)}"
            if child in self._left:
                yield inner + _predicate(child)
            elif child not in self._seen:
                yield inner
            else:
                yield from self._unread(child, inner)


class Node:
    """An element of a message. Whatever is asked of it counts as read."""

    __slots__ = ("element", "reading")

    def __init__(self, element: _Element, reading: Reading) -> None:
        self.element = element
        self.reading = reading

    @property
    def name(self) -> str:
        """The element's name without its namespace."""
        return etree.QName(self.element).localname

    @property
    def value(self) -> str:
        """The element's text without surrounding white space, and on one line where it was broken to be indented."""
        text = (self.element.text or "").strip()
        return _INDENTED.sub(" ", text) if "\n" in text else text

    def attribute(self, name: str) -> str | None:
        """The value of an attribute; None where it is absent or empty."""
        return (self.element.get(name) or "").strip() or None

    def flag(self, name: str) -> bool:
        """Whether an attribute says true."""
        return self.attribute(name) in {"true", "1"}

    def children(self, *names: str) -> list[Node]:
        """The children of any of these names, in document order."""
        found = [child for child in self.element if child.tag in names]
        for child in found:
            self.reading.see(child)
        return [Node(child, self.reading) for child in found]

    def child(self, *path: str) -> Node | None:
        """The first element that a path of names leads to."""
        node: Node | None = self
        for name in path:
            if node is None:
                return None
            found = next((child for child in node.element if child.tag == name), None)
            node = None if found is None else Node(found, self.reading)
            if found is not None:
                self.reading.see(found)
        return node

    def text(self, *path: str) -> str | None:
        """The text of the first element that a path of names leads to; None where it is absent or empty."""
        node = self.child(*path)
        return node.value or None if node else None

    def parsed(self, parse: Callable[[str], T], *path: str) -> T | None:
        """The text at a path, read by a function that raises ValueError; None where it is absent or wrong."""
        node = self.child(*path)
        return node.parse(parse) if node and node.value else None

    def parse(self, parse: Callable[[str], T]) -> T | None:
        """The element's text, read by a function that raises ValueError, which becomes a fault."""
        try:
            return parse(self.value)
        except ValueError as error:
            self.fault("VALUE_INVALID", str(error))
            return None

    def need(self, *path: str) -> Node:
        """The element at a path; gives up where it is absent."""
        node = self.child(*path)
        if node is None:
            self.reading.refuse("ELEMENT_MISSING", self.element, f"there is no {'/'.join(path)}")
        return node

    def build(self, model: type[M], /, **fields: Any) -> M:
        """A model of what this element says; gives up where the model refuses it."""
        try:
            return model(**fields)
        except ValidationError as error:
            self.refuse(error)

    def refuse(self, error: ValidationError) -> NoReturn:
        """Give up because a model refuses what this element says."""
        for fault in error.errors(include_url=False, include_input=False):
            where = ".".join(str(step) for step in fault["loc"])
            self.fault("VALUE_INVALID", f"{where}: {str(fault['msg']).removeprefix('Value error, ')}")
        raise DomainErrors(self.reading.faults) from error

    def leave(self) -> None:
        """Say that our model has no place for this element."""
        self.reading.leave(self.element)

    def fault(self, code: str, text: str) -> None:
        """Say what is wrong with this element."""
        self.reading.fault(code, self.element, text)


def leave_all(nodes: list[Node]) -> None:
    """Say that our model has no place for any of these elements."""
    for node in nodes:
        node.leave()


def _local(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _prefixed(element: _Element) -> str:
    return f"{element.prefix}:{_local(element)}" if element.prefix else _local(element)


def _predicate(element: _Element) -> str:
    """For an element that holds one of DDEX's words: that word, since others of the same name were read."""
    value = (element.text or "").strip()
    named = _local(element).endswith(("Type", "Role", "Value"))
    return f"[.='{value}']" if named and not len(element) and _WORD.fullmatch(value) else ""
