"""What the root of a message tells, and its MessageHeader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from lxml.etree import Element, SubElement, _Element

from distro_sdk.ern.elements import add
from distro_sdk.models.message import CatalogListPlan, MessagePlan, MessagingParty

NAMESPACE: Final = "http://ddex.net/xml/ern/382"
SCHEMA_VERSION: Final = "ern/382"


def root_attributes(
    plan: MessagePlan | CatalogListPlan, profiles: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """What the root tells of the message as a whole. `profiles`: attributes that name the profiles followed."""
    return {"MessageSchemaVersionId": SCHEMA_VERSION, **profiles, "LanguageAndScriptCode": plan.language}


def header_element(plan: MessagePlan | CatalogListPlan) -> _Element:
    """Who tells whom, and when."""
    header = Element("MessageHeader")
    add(header, "MessageThreadId", plan.thread_id)
    add(header, "MessageId", plan.message_id)
    _add_messaging_party(header, "MessageSender", plan.sender)
    if plan.sent_on_behalf_of:
        _add_messaging_party(header, "SentOnBehalfOf", plan.sent_on_behalf_of)
    for recipient in plan.recipients:
        _add_messaging_party(header, "MessageRecipient", recipient)
    add(header, "MessageCreatedDateTime", moment(plan.created_at))
    add(header, "MessageControlType", "TestMessage" if plan.test else "LiveMessage")
    return header


def moment(when: datetime) -> str:
    """ISO 8601 with its zone, to the millisecond."""
    return when.isoformat(timespec="milliseconds")


def _add_messaging_party(header: _Element, name: str, party: MessagingParty) -> None:
    element = SubElement(header, name)
    add(element, "PartyId", party.dpid, {"IsDPID": "true"})
    add(SubElement(element, "PartyName"), "FullName", party.name)
