"""BatchManifest.xml: the ManifestMessage of ern-c-sftp 1.8 (row CHO-02)."""

from __future__ import annotations

import hashlib
from datetime import UTC

from lxml import etree

from distro_sdk.models.delivery import Batch, BatchedRelease
from distro_sdk.models.message import MessageSubtype, MessagingParty

NAMESPACE = "http://ddex.net/xml/ern-c-sftp/18"
VERSION = "ern-c-sftp/18"
ALLOWED_VALUES = "9"
"""The version of the allowed value sets that the manifest's words are taken from."""

DELIVERY_TYPES = {
    MessageSubtype.INITIAL: "NewReleaseDelivery",
    MessageSubtype.UPDATE: "ReDelivery",
    MessageSubtype.TAKEDOWN: "TakeDown",
}


def message_path(number: int, release: BatchedRelease) -> str:
    """Where the message of the batch's n-th release lies, relative to the batch folder (rows CHO-03 and CHO-04)."""
    return f"Release{number}/{release.message_file}"


def build_manifest(batch: Batch) -> bytes:
    """The manifest of a batch: every message with its place and its hash. The same batch gives the same bytes."""
    root = etree.Element(
        f"{{{NAMESPACE}}}ManifestMessage",
        {"MessageVersionId": VERSION, "AvsVersionId": ALLOWED_VALUES},
        nsmap={"ern-c-sftp": NAMESPACE},
    )
    header = etree.SubElement(root, "MessageHeader")
    _party(header, "MessageSender", batch.sender)
    _party(header, "MessageRecipient", batch.recipient)
    created = batch.created_at.astimezone(UTC).replace(microsecond=0)
    _text(header, "MessageCreatedDateTime", created.isoformat())
    _text(root, "IsTestFlag", "true" if batch.test else "false")
    _text(root, "RootDirectory", batch.id)
    _text(root, "NumberOfMessages", str(len(batch.releases)))
    for number, release in enumerate(batch.releases, 1):
        _message(root, number, release)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _message(root: etree._Element, number: int, release: BatchedRelease) -> None:
    entry = etree.SubElement(root, "MessageInBatch")
    _text(entry, "MessageType", "NewReleaseMessage")
    _text(entry, "MessageId", release.message_id)
    _text(entry, "URL", f"./{message_path(number, release)}")
    included = etree.SubElement(entry, "IncludedReleaseId")
    if release.grid:
        _text(included, "GRid", release.grid)
    _text(included, "ICPN", release.icpn)
    _text(entry, "DeliveryType", DELIVERY_TYPES[release.subtype])
    _text(entry, "ProductType", "AudioProduct")
    hash_sum = etree.SubElement(entry, "HashSum")
    _text(hash_sum, "HashSumValue", hashlib.md5(release.message, usedforsecurity=False).hexdigest())
    _text(hash_sum, "HashSumAlgorithmType", "MD5")
    _text(hash_sum, "HashSumDataType", "HexBinary")


def _party(header: etree._Element, name: str, party: MessagingParty) -> None:
    element = etree.SubElement(header, name)
    _text(element, "PartyId", party.dpid)
    _text(etree.SubElement(element, "PartyName"), "FullName", party.name)


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text
