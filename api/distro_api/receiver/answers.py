"""The answer to a package: AcknowledgementMessage of DDEX's choreography 1.8."""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree

from distro_api.receiver.messages import identifiers
from distro_api.receiver.reports import Finding, Identifier, MessageReport, PackageReport, errors

NAMESPACE = "http://ddex.net/xml/ern-c-sftp/18"
ALLOWED_VALUES = "9"
OWN_NAMESPACE = "stardust-distro-receiver"
"""Namespace of words that DDEX's value sets do not have."""

RECEIVER_DPID = "PADPIDA0000000000R"
"""Who answers when the package does not say to whom it was sent."""

_DPID = re.compile(r"PADPIDA[a-zA-Z0-9]+")

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


def build_answer(report: PackageReport, created_at: datetime) -> bytes | None:
    """The acknowledgement of a package; None where nobody is known to whom it could go.

    The same report and time give the same bytes: an answer that is written twice is the same answer.
    """
    if report.sender is None or _DPID.fullmatch(report.sender) is None:
        return None
    root = etree.Element(
        f"{{{NAMESPACE}}}AcknowledgementMessage", {"AvsVersionId": ALLOWED_VALUES}, nsmap={"ern-c-sftp": NAMESPACE}
    )
    header = etree.SubElement(root, "MessageHeader")
    _add(header, "MessageId", f"ACK-{report.batch_id}")
    known = report.recipient is not None and _DPID.fullmatch(report.recipient) is not None
    _add(etree.SubElement(header, "MessageSender"), "PartyId", (report.recipient or "") if known else RECEIVER_DPID)
    _add(etree.SubElement(header, "MessageRecipient"), "PartyId", report.sender)
    _add(header, "MessageCreatedDateTime", created_at.replace(microsecond=0).isoformat())
    _add(header, "MessageControlType", "TestMessage" if report.test else "LiveMessage")
    for message in report.messages:
        _release_status(root, report, message)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def answer_name(report: PackageReport) -> str:
    """The file name of the answer: one per package, the same however often it is written."""
    return f"ACK_{report.batch_id}.xml"


def _release_status(root: etree._Element, report: PackageReport, message: MessageReport) -> None:
    status = etree.SubElement(root, "ReleaseStatus")
    release_id = etree.SubElement(status, "ReleaseId")
    if message.grid:
        _add(release_id, "GRid", message.grid)
    if message.icpn:
        _add(release_id, "ICPN", message.icpn)
    _add(status, "ReleaseStatus", message.status)
    faults = errors(message.findings) + errors(report.findings)
    if not message.accepted:
        _add(status, "ErrorText", message.reason)
        _add(status, "ProposedActionType", _proposed_action(faults))
        _add(status, "ManualCheckRequired", "true")
        for resource in identifiers(faults):
            _affected(status, resource)
    answer = etree.SubElement(status, "Acknowledgement")
    _add(answer, "MessageType", "NewReleaseMessage")
    _add(answer, "BatchId", report.batch_id)
    _add(answer, "MessageId", message.message_id)
    for fault in faults:
        _message_status(answer, fault)
    if not faults:
        _add(etree.SubElement(answer, "MessageStatus"), "Status", "FileOK")


def _proposed_action(faults: tuple[Finding, ...]) -> str:
    if not faults:
        return "DoNotResendRelease"
    return "ResendXmlAndResources" if any(fault.code in ABOUT_FILES for fault in faults) else "ResendXmlOnly"


def _message_status(answer: etree._Element, fault: Finding) -> None:
    element = etree.SubElement(answer, "MessageStatus")
    word = FILE_STATUSES.get(fault.code)
    if word is not None:
        _add(element, "Status", word)
    else:
        status = etree.SubElement(element, "Status", {"Namespace": OWN_NAMESPACE, "UserDefinedValue": fault.code})
        status.text = "UserDefined"
    _add(element, "Information", f"{fault.code} {fault.path}: {fault.message}")


def _affected(status: etree._Element, resource: Identifier) -> None:
    element = etree.SubElement(status, "AffectedResource")
    attributes = {} if resource.kind == "ISRC" else {"Namespace": resource.namespace or OWN_NAMESPACE}
    etree.SubElement(element, resource.kind, attributes).text = resource.value


def _add(parent: etree._Element, name: str, value: str) -> None:
    etree.SubElement(parent, name).text = value
