"""Writes what enriches the things of a plan as a MEAD 1.1 message. Every decision was made in the plan."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from lxml import etree
from lxml.etree import SubElement, _Element

from distro_plugins.mead11.descriptions import add_descriptions
from distro_plugins.mead11.elements import add
from distro_plugins.mead11.music import add_focus, add_music, add_registers
from distro_plugins.mead11.summaries import add_release_summary, add_resource_summary
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.enrichment import Period, TrackEnrichment
from distro_sdk.models.message import MessagePlan, MessageSubtype, MessageType, MessagingParty
from distro_sdk.models.planned_resources import PlannedRecording
from distro_sdk.xml import find_illegal_texts

NAMESPACE = "http://ddex.net/xml/mead/11"
ALLOWED_VALUE_SET = "3"


class Mead11Builder:
    """Builds MEAD 1.1 messages that travel beside a NewReleaseMessage; the same plan gives the same bytes."""

    format = "mead/1.1"
    schema = "mead/1.1"
    namespace = NAMESPACE
    grammar: Path | None = Path(__file__).with_name("grammar.rng")

    def file_name(self, plan: MessagePlan) -> str:
        """`MEAD_<GRid or ICPN>_<YYYYMMDDhhmmssnnn>.xml`, in UTC (MEAD 1.1, 6.3)."""
        moment = plan.created_at.astimezone(UTC)
        stamp = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"
        return f"MEAD_{plan.release.grid or plan.release.icpn}_{stamp}.xml"

    def build(self, plan: MessagePlan) -> bytes | None:
        """The message as UTF-8 XML, None where there is nothing to say; raises `DomainErrors`.

        An update speaks of everything, if only by its summary: what a message leaves out is withdrawn.
        """
        if plan.subtype is MessageSubtype.TAKEDOWN or plan.type is not MessageType.NEW_RELEASE:
            return None
        everything = plan.subtype is MessageSubtype.UPDATE
        recordings = [recording for recording in plan.recordings if everything or _says_something(recording)]
        with_release = everything or _is_told(plan.release.enrichment)
        if not recordings and not with_release:
            return None
        try:
            return self._write(plan, recordings, with_release=with_release)
        except ValueError as error:
            # lxml refuses characters that XML cannot carry; where they stand is worth a search only then.
            raise DomainErrors(list(find_illegal_texts(plan)) or [_unwritable(error)]) from error

    def _write(self, plan: MessagePlan, recordings: list[PlannedRecording], *, with_release: bool) -> bytes:
        attributes = {"AvsVersionId": ALLOWED_VALUE_SET, "LanguageAndScriptCode": plan.language}
        root = etree.Element(f"{{{NAMESPACE}}}MeadMessage", attributes, nsmap={"mead": NAMESPACE})
        _add_header(root, plan, self.file_name(plan))
        if recordings:
            resources = SubElement(root, "ResourceInformationList")
            for recording in recordings:
                _add_resource(resources, recording, plan)
        if with_release:
            _add_release(SubElement(root, "ReleaseInformationList"), plan)
        written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        return written


def _is_told(enrichment: TrackEnrichment | None) -> bool:
    return enrichment is not None and enrichment.says_something


def _says_something(recording: PlannedRecording) -> bool:
    return recording.focus is not None or _is_told(recording.enrichment)


def _add_header(root: _Element, plan: MessagePlan, file_name: str) -> None:
    """The header of the ERN message, with an id of its own: a sender uses none twice (rule X-6)."""
    header = SubElement(root, "MessageHeader")
    add(header, "MessageThreadId", plan.thread_id)
    add(header, "MessageId", f"{plan.message_id}-MEAD")
    add(header, "MessageFileName", file_name)
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


def _add_resource(resources: _Element, recording: PlannedRecording, plan: MessagePlan) -> None:
    enrichment = recording.enrichment or TrackEnrichment()
    information = SubElement(resources, "ResourceInformation", _priority(enrichment.priority_period))
    add_resource_summary(information, plan, recording)
    add_registers(information, enrichment, plan.namespace)
    if recording.focus:
        add_focus(information, recording.focus, plan)
    add_music(information, enrichment, plan.namespace)
    add_descriptions(information, enrichment, plan)


def _add_release(releases: _Element, plan: MessagePlan) -> None:
    enrichment = plan.release.enrichment or TrackEnrichment()
    information = SubElement(releases, "ReleaseInformation", _priority(enrichment.priority_period))
    add_release_summary(information, plan)
    add_descriptions(information, enrichment, plan)


def _priority(period: Period | None) -> dict[str, str]:
    if period is None:
        return {}
    end = {"PriorityPeriodEndDate": period.end_date.isoformat()} if period.end_date else {}
    return {"PriorityPeriodStartDate": period.start_date.isoformat(), **end}


def _unwritable(error: ValueError) -> DomainError:
    return DomainError("MESSAGE_UNWRITABLE", f"the message cannot be written: {error}")
