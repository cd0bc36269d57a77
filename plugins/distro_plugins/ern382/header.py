"""The root of a message and its header."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from lxml import etree
from lxml.etree import SubElement, _Element

from distro_sdk.ern.elements import add
from distro_sdk.models.message import CatalogListPlan, MessagePlan, MessageType, MessagingParty

NAMESPACE: Final = "http://ddex.net/xml/ern/382"
SCHEMA_VERSION: Final = "ern/382"


def start_message(kind: MessageType, plan: MessagePlan | CatalogListPlan, profiles: Mapping[str, str]) -> _Element:
    """The root with its attributes and the header. `profiles`: attributes that name the profiles followed."""
    attributes = {"MessageSchemaVersionId": SCHEMA_VERSION, **profiles, "LanguageAndScriptCode": plan.language}
    root = etree.Element(f"{{{NAMESPACE}}}{kind.value}", attributes, nsmap={"ern": NAMESPACE})
    header = SubElement(root, "MessageHeader")
    add(header, "MessageThreadId", plan.thread_id)
    add(header, "MessageId", plan.message_id)
    _add_messaging_party(header, "MessageSender", plan.sender)
    if plan.sent_on_behalf_of:
        _add_messaging_party(header, "SentOnBehalfOf", plan.sent_on_behalf_of)
    for recipient in plan.recipients:
        _add_messaging_party(header, "MessageRecipient", recipient)
    add(header, "MessageCreatedDateTime", moment(plan.created_at))
    add(header, "MessageControlType", "TestMessage" if plan.test else "LiveMessage")
    return root


def moment(when: datetime) -> str:
    """ISO 8601 with its zone, to the millisecond."""
    return when.isoformat(timespec="milliseconds")


def serialise(root: _Element) -> bytes:
    """The message as UTF-8."""
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _add_messaging_party(header: _Element, name: str, party: MessagingParty) -> None:
    element = SubElement(header, name)
    add(element, "PartyId", party.dpid, {"IsDPID": "true"})
    add(SubElement(element, "PartyName"), "FullName", party.name)
