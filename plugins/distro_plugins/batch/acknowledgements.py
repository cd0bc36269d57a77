"""What recipients answer: AcknowledgementMessage 1.8 and FtpAcknowledgementMessage 1.6 (row RCP-03)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from lxml import etree

from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import Acknowledgement, AcknowledgementStatus
from distro_sdk.xml import ParsedMessage, parse_message

MAX_SIZE = 5 * 1024 * 1024
"""Bytes of an acknowledgement that are read."""

_CHOREOGRAPHY = "http://ddex.net/xml/ern-c-sftp/"
_FILE_OK = "FileOK"
_USER_DEFINED = "UserDefined"

RELEASE_STATUSES = {
    "OrderPlacedForReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "InPreparationForDeliveryToReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "InDeliveryToReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "DeliveredToReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "ReleaseReceivedByReleaseDistributor": AcknowledgementStatus.RECEIVED,
    "SuccessfullyIngestedByReleaseDistributor": AcknowledgementStatus.INGESTED,
    "ReleaseStagedForPublication": AcknowledgementStatus.INGESTED,
    "ReleaseMadeAvailableToConsumers": AcknowledgementStatus.LIVE,
    "ReleaseNotAvailable": AcknowledgementStatus.REMOVED,
    "ProcessingErrorAtReleaseCreator": AcknowledgementStatus.REJECTED,
    "ProcessingErrorAtReleaseDistributor": AcknowledgementStatus.REJECTED,
    "ReleaseViolatesTermsOfService": AcknowledgementStatus.REJECTED,
    "RightsConflict": AcknowledgementStatus.REJECTED,
}
"""DDEX's SupplyChainStatus in our words."""


def read_acknowledgements(name: str, content: bytes) -> Sequence[Acknowledgement]:
    """Every answer in one file.

    `name`: of the file, for error messages. An answer of version 1.6, and one of version 1.8 that leaves the message
    out, has an empty `message_id` and names its release. Raises `DomainError` XML_TOO_LARGE, XML_NOT_WELL_FORMED or
    XML_DOCTYPE_FORBIDDEN, ACKNOWLEDGEMENT_FOREIGN for XML of another kind, ACKNOWLEDGEMENT_INCOMPLETE where something
    needed is missing, and ACKNOWLEDGEMENT_STATUS_UNKNOWN for a status that DDEX does not have.
    """
    message = parse_message(content, max_size=MAX_SIZE)
    if message.namespace == f"{_CHOREOGRAPHY}18" and message.name == "AcknowledgementMessage":
        return tuple(
            answer for status in message.root.iterfind("ReleaseStatus") for answer in _answers(message, status)
        )
    if message.namespace == f"{_CHOREOGRAPHY}16" and message.name == "FtpAcknowledgementMessage":
        return (_file_answer(message),)
    found = f"{message.name} of {message.namespace or 'no namespace'}"
    raise DomainError("ACKNOWLEDGEMENT_FOREIGN", f"{name} is no acknowledgement but {found}")


def _answers(message: ParsedMessage, status: etree._Element) -> Iterator[Acknowledgement]:
    """One ReleaseStatus of version 1.8: an answer per message that it names, or one to the release."""
    named = status.findall("Acknowledgement")
    for answer in named:
        yield _answer(message, status, _required(answer, "MessageId"), _faults(answer))
    if not named:
        if _release_id(status.find("ReleaseId")) is None:
            raise _incomplete("a ReleaseStatus names neither a message nor a release")
        yield _answer(message, status, "", [])


def _answer(
    message: ParsedMessage, status: etree._Element, message_id: str, faults: list[tuple[str, str]]
) -> Acknowledgement:
    """`faults`: what the recipient found wrong with the message; any of them refuses it."""
    texts = [_text(status, "ErrorText"), *(text for _, text in faults)]
    release_status = _supply_chain_status(status)
    return Acknowledgement(
        message_id=message_id,
        release_id=_release_id(status.find("ReleaseId")),
        status=AcknowledgementStatus.REJECTED if faults else release_status,
        code=faults[0][0] if faults else _word(status, "ReleaseStatus"),
        text="; ".join(dict.fromkeys(text for text in texts if text)),
        proposed_action=_word(status, "ProposedActionType") or None,
        affected=_affected(status),
        platform_message_id=_text(message.root, "MessageHeader/MessageId") or None,
        received_at=_created(message),
    )


def _file_answer(message: ParsedMessage) -> Acknowledgement:
    """Version 1.6: FileOK says that message and files were read and found good, anything else refuses them."""
    root = message.root
    code = _word(root, "FileStatus")
    if not code:
        raise _incomplete("FileStatus is missing")
    return Acknowledgement(
        message_id="",
        release_id=_required(root, "AcknowledgedFile/ReleaseId"),
        status=AcknowledgementStatus.INGESTED if code == _FILE_OK else AcknowledgementStatus.REJECTED,
        code=code,
        text=_text(root, "ErrorText"),
        proposed_action=_word(root, "ProposedActionType") or None,
        affected=_affected(root),
        received_at=_created(message),
    )


def _supply_chain_status(status: etree._Element) -> AcknowledgementStatus:
    value = _required(status, "ReleaseStatus")
    if value == _USER_DEFINED:
        # A word of the recipient's own: only a text of an error beside it says that something is wrong.
        complains = bool(_text(status, "ErrorText"))
        return AcknowledgementStatus.REJECTED if complains else AcknowledgementStatus.RECEIVED
    try:
        return RELEASE_STATUSES[value]
    except KeyError:
        raise DomainError("ACKNOWLEDGEMENT_STATUS_UNKNOWN", f"DDEX has no release status {value!r}") from None


def _faults(answer: etree._Element) -> list[tuple[str, str]]:
    """What the recipient found wrong with a message: its code and its words for each."""
    statuses = answer.findall("MessageStatus")
    if not statuses:
        raise _incomplete("an Acknowledgement has no MessageStatus")
    found = [(_word(each, "Status"), _text(each, "Information")) for each in statuses]
    return [(code, text or code) for code, text in found if code != _FILE_OK]


def _affected(parent: etree._Element) -> tuple[str, ...]:
    ids = (leaf for resource in parent.iterfind("AffectedResource") for leaf in resource.iter("*"))
    return tuple(dict.fromkeys(text for leaf in ids if len(leaf) == 0 and (text := (leaf.text or "").strip())))


def _release_id(element: etree._Element | None) -> str | None:
    if element is None:
        return None
    for name in ("GRid", "ICPN", "CatalogNumber", "ProprietaryId"):
        if text := _text(element, name):
            return text
    return None


def _created(message: ParsedMessage) -> datetime | None:
    text = _text(message.root, "MessageHeader/MessageCreatedDateTime")
    try:
        created = datetime.fromisoformat(text)
    except ValueError:
        return None
    return created if created.tzinfo is not None else created.replace(tzinfo=UTC)


def _word(parent: etree._Element, path: str) -> str:
    """A word of an allowed value set; the recipient's own where the set has none."""
    element = parent.find(path)
    if element is None:
        return ""
    text = (element.text or "").strip()
    return element.get("UserDefinedValue", text) if text == _USER_DEFINED else text


def _text(parent: etree._Element, path: str) -> str:
    return (parent.findtext(path) or "").strip()


def _required(parent: etree._Element, path: str) -> str:
    text = _text(parent, path)
    if not text:
        raise _incomplete(f"{path} is missing")
    return text


def _incomplete(message: str) -> DomainError:
    return DomainError("ACKNOWLEDGEMENT_INCOMPLETE", message)
