"""What the root of a message tells, and its MessageHeader."""

from __future__ import annotations

from lxml.etree import Element, SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add
from distro_sdk.models.message import MessageType, MessagingParty


def root_attributes(writing: Writing) -> dict[str, str]:
    """What the root tells of the message as a whole."""
    plan, dialect = writing.plan, writing.dialect
    attributes = {}
    if plan.type is MessageType.NEW_RELEASE:
        attributes["ReleaseProfileVersionId"] = plan.profile.value
        if plan.variants:
            attributes["ReleaseProfileVariantVersionId"] = " ".join(variant.value for variant in plan.variants)
    attributes["LanguageAndScriptCode"] = plan.language
    if dialect.allowed_value_set:
        attributes["AvsVersionId"] = dialect.allowed_value_set
    return attributes


def header_element(writing: Writing) -> _Element:
    """Who tells whom, and when."""
    plan = writing.plan
    header = Element("MessageHeader")
    add(header, "MessageThreadId", plan.thread_id)
    add(header, "MessageId", plan.message_id)
    _add_messaging_party(header, "MessageSender", plan.sender)
    if plan.sent_on_behalf_of:
        _add_messaging_party(header, "SentOnBehalfOf", plan.sent_on_behalf_of)
    for recipient in plan.recipients:
        _add_messaging_party(header, "MessageRecipient", recipient)
    add(header, "MessageCreatedDateTime", plan.created_at.isoformat(timespec="milliseconds"))
    add(header, "MessageControlType", "TestMessage" if plan.test else "LiveMessage")
    return header


def _add_messaging_party(header: _Element, name: str, party: MessagingParty) -> None:
    element = SubElement(header, name)
    add(element, "PartyId", party.dpid)
    add(SubElement(element, "PartyName"), "FullName", party.name)
