"""The one door through which XML comes in.

Needs lxml (`pip install stardust-distro-sdk[xml]`). Entities are not resolved, nothing is fetched, document type
declarations are refused, and the size is bounded (row SEC-16).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree
from pydantic import BaseModel

from distro_sdk.errors import DomainError, Path

MAX_MESSAGE_BYTES = 20 * 1024 * 1024
MAX_MARKUP = 1_000_000
"""Tags, and attributes, of a message: each takes more than a hundred bytes of memory, however short it is written."""

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class ParsedMessage:
    """A well-formed message: its bytes and its root element."""

    content: bytes
    root: etree._Element

    @property
    def namespace(self) -> str:
        """The namespace of the root element, empty where it has none."""
        return etree.QName(self.root).namespace or ""

    @property
    def name(self) -> str:
        """The root element's name without its namespace."""
        return etree.QName(self.root).localname


def hardened_parser() -> etree.XMLParser:
    """A parser that resolves no entity, loads no DTD and never touches the network."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=False,
    )


def parse_message(content: bytes, *, max_size: int = MAX_MESSAGE_BYTES) -> ParsedMessage:
    """Parse untrusted XML.

    `max_size`: bytes. Raises `DomainError` with code XML_TOO_LARGE, XML_NOT_WELL_FORMED or XML_DOCTYPE_FORBIDDEN.
    """
    if len(content) > max_size:
        raise DomainError("XML_TOO_LARGE", f"the message has {len(content)} bytes, at most {max_size} are read")
    if len(content) > MAX_MARKUP and max(content.count(b"<"), content.count(b"=")) > MAX_MARKUP:
        raise DomainError("XML_TOO_LARGE", f"the message has more than {MAX_MARKUP} tags or attributes")
    try:
        root = etree.fromstring(content, hardened_parser())  # noqa: TID251 (this is that one door)
    except etree.XMLSyntaxError as error:
        raise DomainError("XML_NOT_WELL_FORMED", f"line {error.lineno}: {error.msg}") from error
    if root.getroottree().docinfo.doctype:
        raise DomainError("XML_DOCTYPE_FORBIDDEN", "a message must not carry a document type declaration")
    return ParsedMessage(content, root)


def as_parsed(content: bytes | ParsedMessage) -> ParsedMessage:
    """A message parsed, unless it is already; raises as `parse_message` does."""
    return content if isinstance(content, ParsedMessage) else parse_message(content)


def find_illegal_texts(value: object, path: Path = ()) -> Iterator[DomainError]:
    """Each text in a model that holds a character which no XML 1.0 document can carry, with its place.

    lxml refuses such a text with ValueError: a builder asks here only after that, so that no other message pays.
    """
    if isinstance(value, str):
        if found := _ILLEGAL.search(value):
            character = f"U+{ord(found.group()):04X}"
            yield DomainError("CHARACTER_ILLEGAL", f"{character} cannot stand in a message", path)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from find_illegal_texts(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from find_illegal_texts(inner, (*path, str(name)))
    elif isinstance(value, tuple | list):
        for place, inner in enumerate(value):
            yield from find_illegal_texts(inner, (*path, place))
