"""The root of a message and its MessageHeader."""

from __future__ import annotations

from lxml import etree
from lxml.etree import SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add
from distro_sdk.models.message import MessageType, MessagingParty


def start_message(writing: Writing) -> _Element:
    """The root with what it tells of the message as a whole, and the header."""
    plan, dialect = writing.plan, writing.dialect
    attributes = {}
    if plan.type is MessageType.NEW_RELEASE:
        attributes["ReleaseProfileVersionId"] = plan.profile.value
        if plan.variants:
            attributes["ReleaseProfileVariantVersionId"] = " ".join(variant.value for variant in plan.variants)
    attributes["LanguageAndScriptCode"] = plan.language
    if dialect.allowed_value_set:
        attributes["AvsVersionId"] = dialect.allowed_value_set
    root = etree.Element(f"{{{dialect.namespace}}}{plan.type.value}", attributes, nsmap={"ern": dialect.namespace})
    _add_header(root, writing)
    return root


def _add_header(root: _Element, writing: Writing) -> None:
    plan = writing.plan
    header = SubElement(root, "MessageHeader")
    add(header, "MessageThreadId", plan.thread_id)
    add(header, "MessageId", plan.message_id)
    _add_messaging_party(header, "MessageSender", plan.sender)
    if plan.sent_on_behalf_of:
        _add_messaging_party(header, "SentOnBehalfOf", plan.sent_on_behalf_of)
    for recipient in plan.recipients:
        _add_messaging_party(header, "MessageRecipient", recipient)
    add(header, "MessageCreatedDateTime", plan.created_at.isoformat(timespec="milliseconds"))
    add(header, "MessageControlType", "TestMessage" if plan.test else "LiveMessage")


def _add_messaging_party(header: _Element, name: str, party: MessagingParty) -> None:
    element = SubElement(header, name)
    add(element, "PartyId", party.dpid)
    add(SubElement(element, "PartyName"), "FullName", party.name)
