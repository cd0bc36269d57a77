"""What recipients answer: every status of every form, what each asks for, and what is not an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from distro_api.receiver import SchemaFolder
from distro_sdk.choreography import read_acknowledgements
from distro_sdk.choreography.acknowledgements import MAX_AFFECTED, MAX_ANSWERS
from distro_sdk.choreography.statuses import FILE_STATUSES, RELEASE_STATUSES
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import Acknowledgement, AcknowledgementStatus

NAME = "ACK_20260928140000000_4006381333931.xml"
OLD_STATUSES = {"FileMissing", "HashSumWrong", "SignatureWrong"}

HEADER = """
  <MessageHeader>
    <MessageSender><PartyId>PADPIDA2026010102B</PartyId></MessageSender>
    <MessageRecipient><PartyId>PADPIDA2026010101A</PartyId></MessageRecipient>
    <MessageCreatedDateTime>2026-09-28T14:00:00+02:00</MessageCreatedDateTime>
  </MessageHeader>"""


def file_answer(
    status: str, more: str = "", *, namespace: str = "ern-c-sftp/16", release: str = "4006381333931"
) -> bytes:
    named = f"<ReleaseId>{release}</ReleaseId>" if release else ""
    return (
        f'<c:FtpAcknowledgementMessage xmlns:c="http://ddex.net/xml/{namespace}" MessageVersionId="{namespace}">'
        f"{HEADER}<AcknowledgedFile>{named}<Date>2026-09-28</Date></AcknowledgedFile>"
        f"<FileStatus>{status}</FileStatus>{more}</c:FtpAcknowledgementMessage>"
    ).encode()


def release_answer(release_status: str, file_status: str = "FileOK", more: str = "", namespace: str = "18") -> bytes:
    header = HEADER.replace("<MessageHeader>", "<MessageHeader><MessageId>ACK-1</MessageId>")
    return (
        f'<c:AcknowledgementMessage xmlns:c="http://ddex.net/xml/ern-c-sftp/{namespace}" AvsVersionId="9">{header}'
        f"<ReleaseStatus><ReleaseId><ICPN>4006381333931</ICPN></ReleaseId>"
        f"<ReleaseStatus>{release_status}</ReleaseStatus>{more}"
        "<Acknowledgement><MessageType>NewReleaseMessage</MessageType><MessageId>M1</MessageId>"
        f"<MessageStatus><Status>{file_status}</Status></MessageStatus></Acknowledgement>"
        "</ReleaseStatus></c:AcknowledgementMessage>"
    ).encode()


def read_one(content: bytes, name: str = NAME) -> Acknowledgement:
    [answer] = read_acknowledgements(name, content)
    return answer


@pytest.fixture(scope="module")
def schemas(ddex_folder: Path) -> SchemaFolder:
    return SchemaFolder(ddex_folder)


def assert_official(schemas: SchemaFolder, content: bytes) -> None:
    root = etree.fromstring(content)  # noqa: TID251 (written above)
    assert [finding.message[:200] for finding in schemas.judge(root, NAME, "ACK")] == []


@pytest.mark.proves("RCP-03")
@pytest.mark.parametrize("status", sorted(FILE_STATUSES - OLD_STATUSES))
def test_every_file_status_of_version_16_is_read(schemas: SchemaFolder, status: str) -> None:
    content = file_answer(status)

    answer = read_one(content)

    assert_official(schemas, content)
    expected = AcknowledgementStatus.INGESTED if status == "FileOK" else AcknowledgementStatus.REJECTED
    assert (answer.status, answer.code, answer.release_id, answer.final) == (expected, status, "4006381333931", True)


@pytest.mark.proves("RCP-03")
@pytest.mark.parametrize("status", sorted(FILE_STATUSES - OLD_STATUSES))
def test_every_file_status_of_version_18_is_read(schemas: SchemaFolder, status: str) -> None:
    content = release_answer("ReleaseReceivedByReleaseDistributor", status)

    answer = read_one(content)

    assert_official(schemas, content)
    good = status == "FileOK"
    assert answer.status is (AcknowledgementStatus.RECEIVED if good else AcknowledgementStatus.REJECTED)
    assert answer.code == ("ReleaseReceivedByReleaseDistributor" if good else status)
    assert (answer.message_id, answer.final) == ("M1", False)


@pytest.mark.proves("RCP-03")
@pytest.mark.parametrize(("status", "meaning"), sorted(RELEASE_STATUSES.items()))
def test_every_release_status_is_read(schemas: SchemaFolder, status: str, meaning: AcknowledgementStatus) -> None:
    content = release_answer(status)

    answer = read_one(content)

    assert_official(schemas, content)
    assert (answer.status, answer.code, answer.platform_message_id) == (meaning, status, "ACK-1")


@pytest.mark.parametrize("namespace", ["ern-c/14", "ern-c/15", "ern-c-sftp/16"])
@pytest.mark.parametrize("status", ["FileOK", *sorted(OLD_STATUSES)])
def test_the_older_forms_are_read_as_far_as_they_agree(namespace: str, status: str) -> None:
    plain = file_answer(status, namespace=namespace)
    qualified = plain.replace(b"<MessageHeader>", f'<MessageHeader xmlns="http://ddex.net/xml/{namespace}">'.encode())

    for content in (plain, qualified):
        answer = read_one(content)

        assert answer.code == status
        assert (answer.status is AcknowledgementStatus.REJECTED) == (status != "FileOK")
        assert answer.received_at is not None


@pytest.mark.parametrize("action", ["ResendXmlOnly", "ResendXmlAndResources"])
@pytest.mark.parametrize(("flag", "manual"), [("true", True), ("1", True), ("false", False), ("0", False), ("", False)])
def test_a_refused_file_says_what_to_do_and_whether_a_person_should_look(
    schemas: SchemaFolder, action: str, flag: str, manual: bool
) -> None:
    more = (
        "<ErrorText>two files are noise</ErrorText>"
        f"<ProposedActionType>{action}</ProposedActionType>"
        + (f"<ManualCheckRequired>{flag}</ManualCheckRequired>" if flag else "")
        + "<AffectedResource><ISRC>ESA012600001</ISRC></AffectedResource>"
        '<AffectedResource><ProprietaryId Namespace="PADPIDA2026010101A">cover</ProprietaryId></AffectedResource>'
    )
    content = file_answer("ResourceCorrupt", more)

    answer = read_one(content)

    assert_official(schemas, content)
    assert (answer.text, answer.proposed_action, answer.manual_check) == ("two files are noise", action, manual)
    assert answer.affected == ("ESA012600001", "cover")


@pytest.mark.parametrize(
    "action", ["DoNotResendRelease", "DoNotResendAffectedResource", "ResendXmlOnly", "ResendXmlAndResources"]
)
def test_a_refused_release_says_what_to_do_in_every_word(schemas: SchemaFolder, action: str) -> None:
    more = f"<ProposedActionType>{action}</ProposedActionType><ManualCheckRequired>true</ManualCheckRequired>"
    content = release_answer("RightsConflict", more=more)

    answer = read_one(content)

    assert_official(schemas, content)
    assert (answer.proposed_action, answer.manual_check) == (action, True)


def test_words_of_the_platforms_own_are_kept() -> None:
    more = '<ProposedActionType UserDefinedValue="CallUs">UserDefined</ProposedActionType>'
    content = file_answer("UserDefined", more).replace(b"<FileStatus>", b'<FileStatus UserDefinedValue="TooQuiet">')

    answer = read_one(content)

    assert (answer.code, answer.proposed_action) == ("TooQuiet", "CallUs")
    assert answer.status is AcknowledgementStatus.REJECTED


def test_an_answer_to_a_file_may_name_its_release_by_its_own_name_only() -> None:
    content = file_answer("FileOK", release="")

    assert read_one(content).release_id == "4006381333931"
    with pytest.raises(DomainError) as caught:
        read_one(content, "answer.xml")
    assert caught.value.code == "ACKNOWLEDGEMENT_INCOMPLETE"


def test_an_answer_to_nothing_answers_nothing() -> None:
    content = b'<c:AcknowledgementMessage xmlns:c="http://ddex.net/xml/ern-c-sftp/18" AvsVersionId="9"/>'

    assert read_acknowledgements(NAME, content) == ()


BOMB = b'<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'
DEEP = b"<a>" * 100_000 + b"</a>" * 100_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BOMB, "XML_DOCTYPE_FORBIDDEN"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "XML_DOCTYPE_FORBIDDEN"),
        (DEEP, "XML_NOT_WELL_FORMED"),
        (file_answer("FileOK").decode().encode("utf-16")[:-9], "XML_NOT_WELL_FORMED"),
        (b'<m:NewReleaseMessage xmlns:m="http://ddex.net/xml/ern/43"/>', "ACKNOWLEDGEMENT_FOREIGN"),
        (file_answer("FileOK", namespace="ern-c/13"), "ACKNOWLEDGEMENT_FOREIGN"),
        (file_answer("FileOK", namespace="ern-c-sftp/18"), "ACKNOWLEDGEMENT_FOREIGN"),
        (release_answer("ReleaseNotAvailable", namespace="16"), "ACKNOWLEDGEMENT_FOREIGN"),
        (file_answer("Perfect"), "ACKNOWLEDGEMENT_STATUS_UNKNOWN"),
        (release_answer("ReleaseNotAvailable", "Perfect"), "ACKNOWLEDGEMENT_STATUS_UNKNOWN"),
        (release_answer("Perfect"), "ACKNOWLEDGEMENT_STATUS_UNKNOWN"),
        (file_answer(""), "ACKNOWLEDGEMENT_INCOMPLETE"),
        (release_answer(""), "ACKNOWLEDGEMENT_INCOMPLETE"),
        (release_answer("ReleaseNotAvailable", ""), "ACKNOWLEDGEMENT_INCOMPLETE"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_cannot_be_read_is_refused_with_its_code(content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        read_acknowledgements(NAME, content)

    assert caught.value.code == code
    assert len(caught.value.message) < 500


def test_lists_in_answers_are_bounded() -> None:
    start, _, end = release_answer("RightsConflict").decode().partition("<ReleaseStatus><ReleaseId>")
    status = "<ReleaseStatus><ReleaseId>" + end.removesuffix("</c:AcknowledgementMessage>")
    many = start + status * (MAX_ANSWERS + 1) + "</c:AcknowledgementMessage>"
    affected = "".join(f"<AffectedResource><ISRC>{number}</ISRC></AffectedResource>" for number in range(2_000))

    with pytest.raises(DomainError) as caught:
        read_acknowledgements(NAME, many.encode())

    assert caught.value.code == "ACKNOWLEDGEMENT_TOO_LONG"
    assert len(read_one(file_answer("ResourceMissing", affected)).affected) == MAX_AFFECTED
