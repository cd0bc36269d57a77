"""What recipients answer, in every form that DDEX's choreographies have (row RCP-03).

Version 1.8 has `AcknowledgementMessage`; 1.6, 1.5 and 1.4 have `FtpAcknowledgementMessage`, of which the common ground
is read: which file, its status, and what is to be done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from lxml import etree

from distro_sdk.choreography.statuses import FILE_OK, FILE_STATUSES, RELEASE_STATUSES, USER_DEFINED
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import Acknowledgement, AcknowledgementStatus
from distro_sdk.xml import ParsedMessage, parse_message

MAX_SIZE = 5 * 1024 * 1024
"""Bytes of an acknowledgement that are read."""

MAX_ANSWERS = 10_000
"""Answers in one file; a batch has far fewer releases."""

MAX_AFFECTED = 1_000
"""Ids of affected resources that are kept of one answer."""

_RELEASE_FORM = re.compile(r"http://ddex\.net/xml/ern-c-sftp/1[78]")
_FILE_FORM = re.compile(r"http://ddex\.net/xml/(ern-c/1[45]|ern-c-sftp/1[4567])")
_NAME = re.compile(r"ACK_[^_]+_(?P<release>[A-Za-z0-9.-]+)\.xml", re.IGNORECASE)


def read_acknowledgements(name: str, content: bytes) -> Sequence[Acknowledgement]:
    """Every answer in one file.

    `name`: of the file, for error messages, and for the release where the answer itself names none. An answer to a
    file, and one of version 1.8 that leaves the message out, has an empty `message_id` and names its release. Raises
    `DomainError` XML_TOO_LARGE, XML_NOT_WELL_FORMED or XML_DOCTYPE_FORBIDDEN, ACKNOWLEDGEMENT_FOREIGN for XML of
    another kind, ACKNOWLEDGEMENT_INCOMPLETE where something needed is missing, ACKNOWLEDGEMENT_STATUS_UNKNOWN for a
    status that DDEX does not have, and ACKNOWLEDGEMENT_TOO_LONG for more than 10,000 answers.
    """
    message = parse_message(content, max_size=MAX_SIZE)
    if message.name == "AcknowledgementMessage" and _RELEASE_FORM.fullmatch(message.namespace):
        answers = tuple(islice(_release_answers(message), MAX_ANSWERS + 1))
        if len(answers) > MAX_ANSWERS:
            raise DomainError("ACKNOWLEDGEMENT_TOO_LONG", f"{name} has more than {MAX_ANSWERS} answers")
        return answers
    if message.name == "FtpAcknowledgementMessage" and _FILE_FORM.fullmatch(message.namespace):
        return (_file_answer(message, name),)
    found = f"{message.name} of {message.namespace or 'no namespace'}"
    raise DomainError("ACKNOWLEDGEMENT_FOREIGN", f"{name} is no acknowledgement but {found}")


def _release_answers(message: ParsedMessage) -> Iterator[Acknowledgement]:
    """Version 1.8: an answer per message that a ReleaseStatus names, or one to the release."""
    for status in message.root.iterfind("{*}ReleaseStatus"):
        named = status.findall("{*}Acknowledgement")
        for answer in named:
            yield _release_answer(message, status, _required(answer, "MessageId"), _faults(answer))
        if not named:
            if _release_id(status) is None:
                raise _incomplete("a ReleaseStatus names neither a message nor a release")
            yield _release_answer(message, status, "", [])


def _release_answer(
    message: ParsedMessage, status: etree._Element, message_id: str, faults: list[tuple[str, str]]
) -> Acknowledgement:
    """`faults`: what the recipient found wrong with the message; any of them refuses it."""
    texts = [_text(status, "ErrorText"), *(text for _, text in faults)]
    release_status = _supply_chain_status(status)
    return Acknowledgement(
        message_id=message_id,
        release_id=_release_id(status),
        status=AcknowledgementStatus.REJECTED if faults else release_status,
        code=faults[0][0] if faults else _word(status, "ReleaseStatus"),
        text="; ".join(dict.fromkeys(text for text in texts if text)),
        proposed_action=_word(status, "ProposedActionType") or None,
        manual_check=_flag(status, "ManualCheckRequired"),
        affected=_affected(status),
        platform_message_id=_text(message.root, "MessageHeader", "MessageId") or None,
        received_at=_created(message),
    )


def _file_answer(message: ParsedMessage, name: str) -> Acknowledgement:
    """Versions 1.4 to 1.6: FileOK says that message and files were read and found good, anything else refuses them."""
    root = message.root
    code, status = _file_status(root, "FileStatus")
    return Acknowledgement(
        message_id="",
        release_id=_text(root, "AcknowledgedFile", "ReleaseId") or _release_in_name(name),
        status=AcknowledgementStatus.INGESTED if status == FILE_OK else AcknowledgementStatus.REJECTED,
        final=True,
        code=code,
        text=_text(root, "ErrorText"),
        proposed_action=_word(root, "ProposedActionType") or None,
        manual_check=_flag(root, "ManualCheckRequired"),
        affected=_affected(root),
        received_at=_created(message),
    )


def _release_in_name(name: str) -> str:
    """The release in the name of an answer, `ACK_<date-time>_<ReleaseId>.xml`: the answer need not name it again."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise _incomplete("AcknowledgedFile/ReleaseId is missing")
    return found["release"]


def _supply_chain_status(status: etree._Element) -> AcknowledgementStatus:
    value = _required(status, "ReleaseStatus")
    if value == USER_DEFINED:
        # A word of the recipient's own: only a text of an error beside it says that something is wrong.
        complains = bool(_text(status, "ErrorText"))
        return AcknowledgementStatus.REJECTED if complains else AcknowledgementStatus.RECEIVED
    try:
        return RELEASE_STATUSES[value]
    except KeyError:
        raise _unknown("release status", value) from None


def _faults(answer: etree._Element) -> list[tuple[str, str]]:
    """What the recipient found wrong with a message: its code and its words for each."""
    statuses = answer.findall("{*}MessageStatus")
    if not statuses:
        raise _incomplete("an Acknowledgement has no MessageStatus")
    found = [(_file_status(each, "Status"), _text(each, "Information")) for each in statuses]
    return [(code, text or code) for (code, status), text in found if status != FILE_OK]


def _file_status(parent: etree._Element, name: str) -> tuple[str, str]:
    """The recipient's word for the state of a file, and DDEX's."""
    value = _required(parent, name)
    if value not in FILE_STATUSES:
        raise _unknown("file status", value)
    return _word(parent, name), value


def _affected(parent: etree._Element) -> tuple[str, ...]:
    ids = (leaf for resource in parent.iterfind("{*}AffectedResource") for leaf in resource.iter("*"))
    texts = dict.fromkeys(text for leaf in ids if len(leaf) == 0 and (text := (leaf.text or "").strip()))
    return tuple(texts)[:MAX_AFFECTED]


def _release_id(status: etree._Element) -> str | None:
    for name in ("GRid", "ICPN", "CatalogNumber", "ProprietaryId"):
        if text := _text(status, "ReleaseId", name):
            return text
    return None


def _created(message: ParsedMessage) -> datetime | None:
    text = _text(message.root, "MessageHeader", "MessageCreatedDateTime")
    try:
        created = datetime.fromisoformat(text)
    except ValueError:
        return None
    return created if created.tzinfo is not None else created.replace(tzinfo=UTC)


def _word(parent: etree._Element, name: str) -> str:
    """A word of an allowed value set; the recipient's own where the set has none."""
    element = parent.find(f"{{*}}{name}")
    if element is None:
        return ""
    text = (element.text or "").strip()
    return element.get("UserDefinedValue", text) if text == USER_DEFINED else text


def _flag(parent: etree._Element, name: str) -> bool:
    return _text(parent, name) in {"true", "1"}


def _text(parent: etree._Element, *path: str) -> str:
    """The text of a descendant; the older forms qualify their elements, the newer ones do not."""
    return (parent.findtext("/".join(f"{{*}}{name}" for name in path)) or "").strip()


def _required(parent: etree._Element, name: str) -> str:
    text = _text(parent, name)
    if not text:
        raise _incomplete(f"{name} is missing")
    return text


def _incomplete(message: str) -> DomainError:
    return DomainError("ACKNOWLEDGEMENT_INCOMPLETE", message)


def _unknown(what: str, value: str) -> DomainError:
    return DomainError("ACKNOWLEDGEMENT_STATUS_UNKNOWN", f"DDEX has no {what} {value[:100]!r}")
