"""What servers tell of files, in answers to PROPFIND (RFC 4918 section 9.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from distro_sdk.errors import DomainError
from distro_sdk.http_targets.failures import PROTOCOL
from distro_sdk.network_failures import raised
from distro_sdk.xml import parse_message
from stardust_webdav.addresses import name_of

LARGEST_ANSWER = 8 * 1024 * 1024
MOST_FILES = 10_000
_SIZE = re.compile(r"[0-9]{1,18}")

QUESTION = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<D:propfind xmlns:D="DAV:"><D:prop>'
    b"<D:resourcetype/><D:getcontentlength/><D:getlastmodified/></D:prop></D:propfind>"
)


@dataclass(frozen=True)
class Listed:
    """A file or a collection. `name`: the last part of its path; `size`: bytes, 0 for a collection."""

    name: str
    collection: bool
    size: int = 0
    modified_at: datetime | None = None


def read_properties(content: bytes) -> Iterator[Listed]:
    """What an answer lists; raises `TransportError` PROTOCOL_ERROR where it is no such answer or lists too much."""
    try:
        parsed = parse_message(content, max_size=LARGEST_ANSWER)
    except DomainError as error:
        raise raised(PROTOCOL, "the server's list of files cannot be read") from error
    if (parsed.namespace, parsed.name) != ("DAV:", "multistatus"):
        raise raised(PROTOCOL, "the server's list of files is no multistatus")
    for number, response in enumerate(parsed.root.iterfind("{DAV:}response")):
        if number >= MOST_FILES:
            raise raised(PROTOCOL, f"the server lists more than {MOST_FILES} files")
        reference = (response.findtext("{DAV:}href") or "").strip()
        collection = response.find(".//{DAV:}resourcetype/{DAV:}collection") is not None
        if collection:
            yield Listed(name_of(reference.rstrip("/")) or "", collection=True)
            continue
        name, size = name_of(reference), (response.findtext(".//{DAV:}getcontentlength") or "").strip()
        if name is not None and _SIZE.fullmatch(size):
            moment = _moment(response.findtext(".//{DAV:}getlastmodified"))
            yield Listed(name, collection=False, size=int(size), modified_at=moment)


def _moment(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text.strip()) if text else None
    except ValueError:
        return None
