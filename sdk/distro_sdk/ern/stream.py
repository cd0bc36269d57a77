"""Writing a message one element after the other: the tree of the whole would take nine times the message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from itertools import chain
from typing import NamedTuple

from lxml import etree
from lxml.etree import _Element


class MessageStream(NamedTuple):
    """A message about to be written.

    `name`: of the root element, in `namespace`, which has the prefix `prefix`; `head`: the elements before the lists;
    `lists`: the name of each list with its elements, made while they are written.
    """

    name: str
    namespace: str
    attributes: Mapping[str, str]
    head: Iterable[_Element]
    lists: Iterable[tuple[str, Iterator[_Element]]] = ()
    prefix: str = "ern"

    def write(self) -> bytes:
        """The message as UTF-8 XML, without the lists that have no elements.

        Raises `ValueError` where an element holds a character that XML cannot carry.
        """
        output = BytesIO()
        with etree.xmlfile(output, encoding="UTF-8") as document:
            document.write_declaration()
            name = f"{{{self.namespace}}}{self.name}"
            with document.element(name, dict(self.attributes), nsmap={self.prefix: self.namespace}):
                for element in self.head:
                    document.write(element)
                for part, elements in self.lists:
                    if (first := next(elements, None)) is not None:
                        with document.element(part):
                            for element in chain((first,), elements):
                                document.write(element)
        return output.getvalue()
