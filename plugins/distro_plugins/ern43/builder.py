"""Writes a plan as an ERN 4.3 NewReleaseMessage. Every decision was made in the plan."""

from __future__ import annotations

from pathlib import Path

from lxml import etree
from lxml.etree import SubElement, _Element
from pydantic import BaseModel

from distro_plugins.ern43.deals import add_deal_list
from distro_plugins.ern43.elements import add
from distro_plugins.ern43.releases import RELEASE_TYPES, add_release_list
from distro_plugins.ern43.resources import add_resource_list
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import NoSettings
from distro_sdk.models.message import MessagePlan, MessagingParty, ProfileVariant, ReleaseProfile, TakedownForm
from distro_sdk.models.planned_resources import PlannedParty
from distro_sdk.xml import find_illegal_texts

NAMESPACE = "http://ddex.net/xml/ern/43"
ALLOWED_VALUE_SET = "3"


class Ern43Builder:
    """Builds ERN 4.3 messages for audio releases; the same plan gives the same bytes (row ERN-21)."""

    format = "ern/4.3"
    schema = "ern/4.3"
    namespace = NAMESPACE
    profiles = frozenset({ReleaseProfile.AUDIO, ReleaseProfile.SIMPLE_AUDIO_SINGLE})
    variants: frozenset[ProfileVariant] = frozenset()
    takedown_forms = frozenset({TakedownForm.NO_DEALS, TakedownForm.END_DATE})
    supports_immersive_audio = False
    file_name: str | None = None
    configuration: type[BaseModel] = NoSettings
    grammar: Path | None = None

    def build(self, plan: MessagePlan) -> bytes:
        """The message as UTF-8 XML; raises `DomainErrors` with what ERN 4.3 cannot say."""
        if plan.release.type not in RELEASE_TYPES:
            text = f"a release of type {plan.release.type} cannot be told with the profile {plan.profile}"
            raise DomainErrors([DomainError("RELEASE_TYPE_UNSUPPORTED", text, ("type",))])
        try:
            return _write(plan)
        except ValueError as error:
            # lxml refuses characters that XML cannot carry; where they stand is worth a search only then.
            raise DomainErrors(list(find_illegal_texts(plan)) or [_unwritable(error)]) from error


def _write(plan: MessagePlan) -> bytes:
    root = etree.Element(
        f"{{{NAMESPACE}}}NewReleaseMessage",
        {
            "ReleaseProfileVersionId": plan.profile.value,
            "LanguageAndScriptCode": plan.language,
            "AvsVersionId": ALLOWED_VALUE_SET,
        },
        nsmap={"ern": NAMESPACE},
    )
    _add_header(root, plan)
    parties = SubElement(root, "PartyList")
    for party in plan.parties:
        _add_party(parties, party)
    add_resource_list(root, plan)
    add_release_list(root, plan)
    add_deal_list(root, plan)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _add_header(root: _Element, plan: MessagePlan) -> None:
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


def _add_party(parties: _Element, party: PlannedParty) -> None:
    element = SubElement(parties, "Party")
    add(element, "PartyReference", party.reference)
    name = SubElement(element, "PartyName")
    add(name, "FullName", party.name)
    if party.name_indexed:
        add(name, "FullNameIndexed", party.name_indexed)
    ids = {"ISNI": party.isni, "DPID": party.dpid, "IpiNameNumber": party.ipi, "IPN": party.ipn}
    if any(ids.values()):
        element_id = SubElement(element, "PartyId")
        for kind, value in ids.items():
            if value:
                add(element_id, kind, value)


def _unwritable(error: ValueError) -> DomainError:
    return DomainError("MESSAGE_UNWRITABLE", f"the message cannot be written: {error}")
