"""The MessageHeader, as every version of ERN and MEAD has it."""

from __future__ import annotations

from collections.abc import Mapping

from lxml.etree import Element, SubElement, _Element

from distro_sdk.ern.elements import add
from distro_sdk.models.message import CatalogListPlan, MessagePlan, MessagingParty


def message_header(
    plan: MessagePlan | CatalogListPlan,
    *,
    message_id: str | None = None,
    file_name: str | None = None,
    party_id: Mapping[str, str] | None = None,
) -> _Element:
    """Who tells whom, and when.

    `message_id`: of a message with an id of its own, the plan's unless given; `file_name`: where the message tells it;
    `party_id`: attributes of each PartyId.
    """
    header: _Element = Element("MessageHeader")
    add(header, "MessageThreadId", plan.thread_id)
    add(header, "MessageId", message_id or plan.message_id)
    if file_name is not None:
        add(header, "MessageFileName", file_name)
    _add_party(header, "MessageSender", plan.sender, party_id)
    if plan.sent_on_behalf_of:
        _add_party(header, "SentOnBehalfOf", plan.sent_on_behalf_of, party_id)
    for recipient in plan.recipients:
        _add_party(header, "MessageRecipient", recipient, party_id)
    add(header, "MessageCreatedDateTime", plan.created_at.isoformat(timespec="milliseconds"))
    add(header, "MessageControlType", "TestMessage" if plan.test else "LiveMessage")
    return header


def _add_party(header: _Element, name: str, party: MessagingParty, party_id: Mapping[str, str] | None) -> None:
    element = SubElement(header, name)
    add(element, "PartyId", party.dpid, party_id)
    add(SubElement(element, "PartyName"), "FullName", party.name)
