"""ManifestMessage of DDEX's choreographies: SFTP 1.6 and cloud storage 1.8 (row CHO-02)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum

from lxml import etree

from distro_sdk.choreography.places import Place
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.delivery import Batch, BatchedRelease
from distro_sdk.models.message import MessageSubtype, MessageType, MessagingParty, ReleaseProfile
from distro_sdk.xml import find_illegal_texts


class DeliveryType(StrEnum):
    """How a first message is announced (MessageActionType)."""

    NEW_RELEASE = "NewReleaseDelivery"
    BACK_CATALOG = "BackCatalogDelivery"
    HIGH_PRIORITY = "HighPriorityDelivery"


@dataclass(frozen=True)
class ManifestForm:
    """A version of the manifest.

    `version`: such as ``ern-c-sftp/18``; `allowed_values`: version of the allowed value sets, None where the form has
    no place for it; `hash_element`: what the value of a hash is called.
    """

    version: str
    allowed_values: str | None
    hash_element: str

    @property
    def namespace(self) -> str:
        """Its XML namespace."""
        return f"http://ddex.net/xml/{self.version}"


SFTP_16 = ManifestForm("ern-c-sftp/16", None, "HashSum")
CLOUD_18 = ManifestForm("ern-c-sftp/18", "9", "HashSumValue")

PRODUCT_TYPES: Mapping[ReleaseProfile, str] = {
    ReleaseProfile.AUDIO: "AudioProduct",
    ReleaseProfile.SIMPLE_AUDIO_SINGLE: "AudioProduct",
    ReleaseProfile.VIDEO: "VideoProduct",
    ReleaseProfile.SIMPLE_VIDEO_SINGLE: "VideoProduct",
    ReleaseProfile.LONG_FORM_VIDEO: "VideoProduct",
    ReleaseProfile.MIXED_MEDIA: "MixedMediaBundleProduct",
}


def manifest_faults(batch: Batch, form: ManifestForm | None) -> Iterator[DomainError]:
    """What a batch holds that its manifest cannot say: MESSAGE_TYPE_UNLISTED and BATCH_PRODUCTS_MIXED.

    ErnMessageType has the one value NewReleaseMessage in both versions, and a batch is of one product type.
    """
    if form is None:
        return
    first = PRODUCT_TYPES[batch.releases[0].profile]
    for index, release in enumerate(batch.releases):
        if release.type is not MessageType.NEW_RELEASE:
            message = f"the manifest of DDEX's batches has no word for a {release.type.value}: send it without a batch"
            yield DomainError("MESSAGE_TYPE_UNLISTED", message, ("releases", index, "type"))
        product = PRODUCT_TYPES[release.profile]
        if product != first:
            message = f"a batch is of one product type: {product} does not travel with {first}"
            yield DomainError("BATCH_PRODUCTS_MIXED", message, ("releases", index, "profile"))


def build_manifest(
    batch: Batch, places: Sequence[Place], form: ManifestForm, *, folder: str, delivery_type: DeliveryType
) -> bytes:
    """The manifest of a batch: every message with its place and its MD5. The same batch gives the same bytes.

    `folder`: of the batch, in which every place lies; `delivery_type`: of first messages. Raises `DomainErrors` with
    CHARACTER_ILLEGAL for texts that no XML can carry.
    """
    try:
        return _manifest(batch, places, form, folder, delivery_type)
    except ValueError:
        raise DomainErrors(list(find_illegal_texts(batch))) from None


def _manifest(
    batch: Batch, places: Sequence[Place], form: ManifestForm, folder: str, delivery_type: DeliveryType
) -> bytes:
    attributes = {"MessageVersionId": form.version}
    if form.allowed_values is not None:
        attributes["AvsVersionId"] = form.allowed_values
    root = etree.Element(f"{{{form.namespace}}}ManifestMessage", attributes, nsmap={"ern-c-sftp": form.namespace})
    header = etree.SubElement(root, "MessageHeader")
    _party(header, "MessageSender", batch.sender)
    _party(header, "MessageRecipient", batch.recipient)
    created = batch.created_at.astimezone(UTC).replace(microsecond=0)
    _text(header, "MessageCreatedDateTime", created.isoformat())
    _text(root, "IsTestFlag", "true" if batch.test else "false")
    _text(root, "RootDirectory", folder)
    _text(root, "NumberOfMessages", str(len(places)))
    for place in places:
        _message(root, place, form, url=f".{place.message_path.removeprefix(folder)}", delivery_type=delivery_type)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _message(root: etree._Element, place: Place, form: ManifestForm, *, url: str, delivery_type: DeliveryType) -> None:
    release = place.release
    entry = etree.SubElement(root, "MessageInBatch")
    _text(entry, "MessageType", release.type.value)
    _text(entry, "MessageId", release.message_id)
    _text(entry, "URL", url)
    included = etree.SubElement(entry, "IncludedReleaseId")
    if release.grid:
        _text(included, "GRid", release.grid)
    if release.icpn:
        _text(included, "ICPN", release.icpn)
    _text(entry, "DeliveryType", _delivery_type(release, delivery_type))
    _text(entry, "ProductType", PRODUCT_TYPES[release.profile])
    hash_sum = etree.SubElement(entry, "HashSum")
    _text(hash_sum, form.hash_element, hashlib.md5(release.message, usedforsecurity=False).hexdigest())
    _text(hash_sum, "HashSumAlgorithmType", "MD5")
    _text(hash_sum, "HashSumDataType", "HexBinary")


def _delivery_type(release: BatchedRelease, first: DeliveryType) -> str:
    if release.subtype is MessageSubtype.TAKEDOWN:
        return "TakeDown"
    return "ReDelivery" if release.subtype is MessageSubtype.UPDATE else first.value


def _party(header: etree._Element, name: str, party: MessagingParty) -> None:
    element = etree.SubElement(header, name)
    _text(element, "PartyId", party.dpid)
    _text(etree.SubElement(element, "PartyName"), "FullName", party.name)


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text
