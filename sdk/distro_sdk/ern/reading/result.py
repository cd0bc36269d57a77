"""From a parsed message to what it says, for a reader of any version."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from distro_sdk.ern.reading.assembly import Assembler
from distro_sdk.ern.reading.found import FoundMessage
from distro_sdk.ern.reading.nodes import Node, Reading
from distro_sdk.ern.reading.parties import PartyRegistry
from distro_sdk.messages import ReadMessage
from distro_sdk.models.message import MessageType
from distro_sdk.xml import ParsedMessage

Finder = Callable[[Node, PartyRegistry], FoundMessage]


def read_message(
    message: ParsedMessage, format: str, namespaces: Container[str], finders: Mapping[MessageType, Finder]
) -> ReadMessage:
    """What a message says.

    `namespaces`: of its format; `finders`: what finds everything in a message of each type; raises `DomainErrors`.
    """
    reading = Reading(message)
    if message.namespace not in namespaces:
        text = f"the namespace {message.namespace[:200]!r} is none of {format}"
        reading.refuse("NAMESPACE_UNKNOWN", message.root, text)
    names = {message_type.value: message_type for message_type in finders}
    if message.name not in names:
        text = f"{message.name[:60]} is none of the messages of {format} that are read: {', '.join(sorted(names))}"
        reading.refuse("MESSAGE_TYPE_UNKNOWN", message.root, text)
    parties = PartyRegistry()
    found = finders[names[message.name]](reading.root, parties)
    reading.finish()
    releases = Assembler(found, parties).releases()
    reading.finish()
    return ReadMessage(
        format=format,
        message_id=found.header.message_id,
        type=found.type,
        sender=found.header.sender,
        recipients=found.header.recipients,
        created_at=found.header.created_at,
        test=found.header.test,
        profile=found.profile,
        releases=releases,
        unread=reading.unread(),
    )
