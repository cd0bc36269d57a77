"""The one door through which XML comes in.

Needs lxml (`pip install stardust-distro-sdk[xml]`). Entities are not resolved, nothing is fetched, document type
declarations are refused, and the size is bounded (row SEC-16).
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from distro_sdk.errors import DomainError

MAX_MESSAGE_BYTES = 20 * 1024 * 1024


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
    try:
        root = etree.fromstring(content, hardened_parser())  # noqa: TID251 (this is that one door)
    except etree.XMLSyntaxError as error:
        raise DomainError("XML_NOT_WELL_FORMED", f"line {error.lineno}: {error.msg}") from error
    if root.getroottree().docinfo.doctype:
        raise DomainError("XML_DOCTYPE_FORBIDDEN", "a message must not carry a document type declaration")
    return ParsedMessage(content, root)
