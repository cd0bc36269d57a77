"""What people write of a target: names of one line, and texts that can stand in a message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from distro_sdk.errors import DomainError, Path
from distro_sdk.models.message import MessagingParty
from distro_sdk.xml import find_illegal_texts

PARTIES: Final = ("sender", "sent_on_behalf_of", "recipient")
SETTINGS: Final = ("message_settings", "choreography_settings")
"""What is set for formats and choreographies may have lines, and what is written from it may be XML."""

_OUTSIDE_A_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Control characters (C0, DEL, C1), separators of lines, and what no XML 1.0 document can carry."""


def find_text_faults(fields: Mapping[str, Any]) -> Iterator[DomainError]:
    """Each CHARACTER_ILLEGAL in the fields of a target: names are one line without control characters."""
    if isinstance(name := fields.get("name"), str):
        yield from _faults_of_line(name, ("name",))
    for role in PARTIES:
        if isinstance(party := fields.get(role), MessagingParty):
            yield from _faults_of_line(party.name, (role, "name"))
    for settings in SETTINGS:
        yield from find_illegal_texts(fields.get(settings), (settings,))


def _faults_of_line(text: str, path: Path) -> Iterator[DomainError]:
    if found := _OUTSIDE_A_LINE.search(text):
        character = f"U+{ord(found.group()):04X}"
        message = f"character {character} at position {found.start() + 1} cannot stand in a name"
        yield DomainError("CHARACTER_ILLEGAL", message, path)
