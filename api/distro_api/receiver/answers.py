"""The answers to a package, in the version of the choreography that it came in.

Version 1.8 answers a whole package in one AcknowledgementMessage, version 1.6 each release in an
FtpAcknowledgementMessage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from distro_api.receiver.messages import identifiers
from distro_api.receiver.reports import Finding, Identifier, MessageReport, PackageReport, errors
from distro_api.receiver.verdicts import FILE_OK
from distro_api.receiver.verdicts import FILE_STATUSES as DDEX_FILE_STATUSES

SFTP_16 = "http://ddex.net/xml/ern-c-sftp/16"
CLOUD_18 = "http://ddex.net/xml/ern-c-sftp/18"
ALLOWED_VALUES = "9"
OWN_NAMESPACE = "stardust-distro-receiver"
"""Namespace of words that DDEX's value sets do not have."""

RECEIVER_DPID = "PADPIDA0000000000R"
"""Who answers when the package does not say to whom it was sent."""

USER_DEFINED = "UserDefined"

_DPID = re.compile(r"PADPIDA[a-zA-Z0-9]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")

FILE_STATUSES = {
    "MESSAGE_MISSING": "ErnMissing",
    "MESSAGE_NOT_WELL_FORMED": "NewReleaseMessageInvalid",
    "MESSAGE_DOCTYPE": "NewReleaseMessageInvalid",
    "MESSAGE_FOREIGN": "NewReleaseMessageInvalid",
    "MESSAGE_SCHEMA": "NewReleaseMessageInvalid",
    "ANCHOR_TWICE": "NewReleaseMessageInvalid",
    "REFERENCE_DANGLING": "NewReleaseMessageInvalid",
    "MESSAGE_HASH": "SignatureOrHashSumWrongOrMissing",
    "FILE_HASH": "SignatureOrHashSumWrongOrMissing",
    "FILE_MISSING": "ResourceMissing",
    "FILE_SIZE": "ResourceCorrupt",
    "RELEASE_ID": "IdentifierInvalid",
}
"""Our codes in DDEX's words; every other one is a word of our own."""

ABOUT_FILES = frozenset({"FILE_HASH", "FILE_MISSING", "FILE_SIZE"})
"""What is only mended by sending files again."""

ON_PURPOSE = "REJECTED_ON_PURPOSE"
PROPOSED: Mapping[str, frozenset[str]] = {
    "1.6": frozenset({"ResendXmlOnly", "ResendXmlAndResources"}),
    "1.8": frozenset({"ResendXmlOnly", "ResendXmlAndResources", "DoNotResendRelease", "DoNotResendAffectedResource"}),
}
"""Proposed actions by version; others are words of our own."""


@dataclass(frozen=True)
class Complaint:
    """What is said of a message beside its status. `faults`: word of DDEX's or our own, and our words for it."""

    faults: tuple[tuple[str, str], ...]
    action: str
    manual_check: bool | None
    affected: tuple[Identifier, ...]


def build_answers(report: PackageReport) -> Sequence[tuple[str, bytes]]:
    """The file name and the content of each answer; none where nobody is known to whom it could go.

    The same report gives the same bytes: an answer that is written twice is the same answer.
    """
    if report.sender is None or _DPID.fullmatch(report.sender) is None:
        return []
    if report.answer_version == "1.6":
        return [(_release_name(report, message), _file_answer(report, message)) for message in report.messages]
    name = f"ACK_{report.batch_id}.xml" if report.message is None else _release_name(report, report.messages[0])
    return [(name, _package_answer(report))]


def _package_answer(report: PackageReport) -> bytes:
    root = etree.Element(
        f"{{{CLOUD_18}}}AcknowledgementMessage", {"AvsVersionId": ALLOWED_VALUES}, nsmap={"ern-c-sftp": CLOUD_18}
    )
    header = etree.SubElement(root, "MessageHeader")
    _add(header, "MessageId", f"ACK-{report.batch_id}")
    _parties(header, report)
    _add(header, "MessageCreatedDateTime", _seconds(report.judged_at))
    _add(header, "MessageControlType", "TestMessage" if report.test else "LiveMessage")
    for message in report.messages:
        _release_status(root, report, message)
    return _document(root)


def _release_status(root: etree._Element, report: PackageReport, message: MessageReport) -> None:
    status = etree.SubElement(root, "ReleaseStatus")
    release_id = etree.SubElement(status, "ReleaseId")
    if message.grid:
        _add(release_id, "GRid", message.grid)
    if message.icpn:
        _add(release_id, "ICPN", message.icpn)
    _add(status, "ReleaseStatus", message.status)
    complaint = _complaint(report, message)
    _complain(status, message, complaint, "1.8")
    answer = etree.SubElement(status, "Acknowledgement")
    _add(answer, "MessageType", message.type)
    _add(answer, "BatchId", report.batch_id)
    _add(answer, "MessageId", message.message_id)
    for word, information in complaint.faults:
        element = etree.SubElement(answer, "MessageStatus")
        _add_word(element, "Status", word, DDEX_FILE_STATUSES)
        if information:
            _add(element, "Information", information)
    if not complaint.faults:
        _add(etree.SubElement(answer, "MessageStatus"), "Status", FILE_OK)


def _file_answer(report: PackageReport, message: MessageReport) -> bytes:
    root = etree.Element(
        f"{{{SFTP_16}}}FtpAcknowledgementMessage", {"MessageVersionId": "ern-c-sftp/16"}, nsmap={"ern-c-sftp": SFTP_16}
    )
    header = etree.SubElement(root, "MessageHeader")
    _parties(header, report)
    _add(header, "MessageCreatedDateTime", _seconds(report.judged_at))
    file = etree.SubElement(root, "AcknowledgedFile")
    _add(file, "ReleaseId", _release(message))
    time = report.batch_id
    _add(file, "Date", f"{time[:4]}-{time[4:6]}-{time[6:8]}" if time.isdigit() else _seconds(report.judged_at)[:10])
    complaint = _complaint(report, message)
    purposely = (ON_PURPOSE, "") if message.reply is None and not message.accepted else (FILE_OK, "")
    word = next(iter(complaint.faults), purposely)[0]
    _add_word(root, "FileStatus", word, DDEX_FILE_STATUSES)
    _complain(root, message, complaint, "1.6")
    return _document(root)


def _complaint(report: PackageReport, message: MessageReport) -> Complaint:
    """What is wrong by what was found, or by what was wished for."""
    found = errors(message.findings) + errors(report.findings)
    reply = message.reply
    if reply is None:
        faults = tuple((FILE_STATUSES.get(each.code, each.code), _information(each)) for each in found)
        resources = tuple(identifiers(found))
        return Complaint(faults, "" if message.accepted else _proposed(found), _manual(message), resources)
    faults = () if reply.file_status in {None, FILE_OK} else ((reply.file_status or "", reply.text),)
    affected = tuple(Identifier(kind="ISRC", value=isrc) for isrc in reply.affected)
    return Complaint(faults, reply.proposed_action or "", reply.manual_check, affected)


def _manual(message: MessageReport) -> bool | None:
    return None if message.accepted else True


def _proposed(faults: tuple[Finding, ...]) -> str:
    if not faults:
        return "DoNotResendRelease"
    return "ResendXmlAndResources" if any(fault.code in ABOUT_FILES for fault in faults) else "ResendXmlOnly"


def _information(fault: Finding) -> str:
    return f"{fault.code} {fault.path}: {fault.message}"


def _complain(parent: etree._Element, message: MessageReport, complaint: Complaint, version: str) -> None:
    if message.reason:
        _add(parent, "ErrorText", message.reason)
    if complaint.action:
        _add_word(parent, "ProposedActionType", complaint.action, PROPOSED[version])
    if complaint.manual_check is not None:
        _add(parent, "ManualCheckRequired", "true" if complaint.manual_check else "false")
    for resource in complaint.affected:
        element = etree.SubElement(parent, "AffectedResource")
        attributes = {} if resource.kind == "ISRC" else {"Namespace": resource.namespace or OWN_NAMESPACE}
        etree.SubElement(element, resource.kind, attributes).text = resource.value


def _parties(header: etree._Element, report: PackageReport) -> None:
    known = report.recipient is not None and _DPID.fullmatch(report.recipient) is not None
    _add(etree.SubElement(header, "MessageSender"), "PartyId", (report.recipient or "") if known else RECEIVER_DPID)
    _add(etree.SubElement(header, "MessageRecipient"), "PartyId", report.sender or "")


def _release_name(report: PackageReport, message: MessageReport) -> str:
    """`ACK_<date-time>_<ReleaseId>.xml`, of the time of the verdict: the same however often it is written."""
    moment = f"{report.judged_at:%Y%m%d%H%M%S}{report.judged_at.microsecond // 1000:03}"
    return f"ACK_{moment}_{_UNSAFE.sub('-', _release(message)) or 'unknown'}.xml"


def _release(message: MessageReport) -> str:
    return message.grid or message.icpn or message.message_id


def _seconds(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


def _document(root: etree._Element) -> bytes:
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _add_word(parent: etree._Element, name: str, word: str, known: frozenset[str]) -> None:
    """A word of DDEX's where it is known, else one of our own."""
    own = {"Namespace": OWN_NAMESPACE, "UserDefinedValue": word}
    etree.SubElement(parent, name, {} if word in known else own).text = word if word in known else USER_DEFINED


def _add(parent: etree._Element, name: str, value: str) -> None:
    etree.SubElement(parent, name).text = value
