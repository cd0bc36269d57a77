"""What recipients answer, in both versions, and what is not an answer at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from distro_api.receiver import SchemaFolder
from distro_plugins.batch import BatchChoreography
from distro_sdk.choreography.statuses import RELEASE_STATUSES
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import Acknowledgement, AcknowledgementStatus

HEADER = """
  <MessageHeader>
    <MessageId>ACK-1</MessageId>
    <MessageSender><PartyId>PADPIDA2026010102B</PartyId></MessageSender>
    <MessageRecipient><PartyId>PADPIDA2026010101A</PartyId></MessageRecipient>
    <MessageCreatedDateTime>2026-09-28T14:00:00+02:00</MessageCreatedDateTime>
  </MessageHeader>"""

FILE_HEADER = HEADER.replace("    <MessageId>ACK-1</MessageId>\n", "")


def version_18(body: str) -> bytes:
    return (
        '<c:AcknowledgementMessage xmlns:c="http://ddex.net/xml/ern-c-sftp/18" AvsVersionId="9">'
        f"{HEADER}{body}</c:AcknowledgementMessage>"
    ).encode()


def version_16(body: str) -> bytes:
    return (
        '<c:FtpAcknowledgementMessage xmlns:c="http://ddex.net/xml/ern-c-sftp/16" MessageVersionId="ern-c-sftp/16">'
        f"{FILE_HEADER}{body}</c:FtpAcknowledgementMessage>"
    ).encode()


def status(value: str, inside: str = "", message: str = "FileOK", information: str = "") -> str:
    told = f"<Information>{information}</Information>" if information else ""
    return f"""
  <ReleaseStatus>
    <ReleaseId><ICPN>4006381333931</ICPN></ReleaseId>
    <ReleaseStatus>{value}</ReleaseStatus>{inside}
    <Acknowledgement>
      <MessageType>NewReleaseMessage</MessageType>
      <BatchId>20260928120000123</BatchId>
      <MessageId>M1</MessageId>
      <MessageStatus><Status>{message}</Status>{told}</MessageStatus>
    </Acknowledgement>
  </ReleaseStatus>"""


def read(content: bytes) -> list[Acknowledgement]:
    return list(BatchChoreography().read_acknowledgement("ACK_1.xml", content))


def refusal(content: bytes) -> DomainError:
    with pytest.raises(DomainError) as caught:
        read(content)
    return caught.value


@pytest.fixture(scope="module")
def schemas(ddex_folder: Path) -> SchemaFolder:
    return SchemaFolder(ddex_folder)


def assert_official(schemas: SchemaFolder, content: bytes) -> None:
    """What is read here is what DDEX's schema allows, not only what we imagine."""
    root = etree.fromstring(content)  # noqa: TID251 (written above)
    assert list(schemas.judge(root, "ACK_1.xml", "ACK")) == []


@pytest.mark.parametrize(("value", "meaning"), sorted(RELEASE_STATUSES.items()))
def test_each_release_status_has_its_meaning(schemas: SchemaFolder, value: str, meaning: AcknowledgementStatus) -> None:
    content = version_18(status(value))

    answers = read(content)

    assert_official(schemas, content)
    assert answers == [
        Acknowledgement(
            message_id="M1",
            release_id="4006381333931",
            status=meaning,
            code=value,
            platform_message_id="ACK-1",
            received_at=datetime(2026, 9, 28, 12, tzinfo=UTC),
        )
    ]


def test_a_live_release_and_a_removed_one_stand_in_one_answer() -> None:
    content = version_18(status("ReleaseMadeAvailableToConsumers") + status("ReleaseNotAvailable").replace("M1", "M2"))

    assert [(answer.message_id, answer.status.value) for answer in read(content)] == [
        ("M1", "live"),
        ("M2", "removed"),
    ]


def test_a_rejection_says_what_to_do_and_about_which_resources(schemas: SchemaFolder) -> None:
    content = version_18(
        status(
            "ProcessingErrorAtReleaseDistributor",
            """
    <ErrorText>two files are broken</ErrorText>
    <ProposedActionType>ResendXmlAndResources</ProposedActionType>
    <ManualCheckRequired>true</ManualCheckRequired>
    <AffectedResource><ISRC>ESA012600001</ISRC></AffectedResource>
    <AffectedResource><ProprietaryId Namespace="PADPIDA2026010101A">cover</ProprietaryId></AffectedResource>""",
            "ResourceCorrupt",
            "cannot be decoded",
        )
    )

    [answer] = read(content)

    assert_official(schemas, content)
    assert answer.status is AcknowledgementStatus.REJECTED
    assert answer.code == "ResourceCorrupt"
    assert answer.text == "two files are broken; cannot be decoded"
    assert answer.proposed_action == "ResendXmlAndResources"
    assert answer.affected == ("ESA012600001", "cover")


def test_a_bad_message_rejects_whatever_the_release_status_says() -> None:
    [answer] = read(version_18(status("ReleaseReceivedByReleaseDistributor", message="NewReleaseMessageInvalid")))

    assert (answer.status, answer.code) == (AcknowledgementStatus.REJECTED, "NewReleaseMessageInvalid")


@pytest.mark.parametrize(
    ("inside", "meaning"),
    [("", AcknowledgementStatus.RECEIVED), ("<ErrorText>no</ErrorText>", AcknowledgementStatus.REJECTED)],
)
def test_a_status_of_the_recipients_own_is_an_error_only_with_an_error_text(
    schemas: SchemaFolder, inside: str, meaning: AcknowledgementStatus
) -> None:
    content = version_18(status("UserDefined", inside)).replace(
        b"<ReleaseStatus>UserDefined",
        b'<ReleaseStatus Namespace="PADPIDA2026010102B" UserDefinedValue="InQualityControl">UserDefined',
    )

    [answer] = read(content)

    assert_official(schemas, content)
    assert (answer.status, answer.code) == (meaning, "InQualityControl")


def test_an_answer_that_names_no_message_names_its_release(schemas: SchemaFolder) -> None:
    content = version_18("""
  <ReleaseStatus>
    <ReleaseId><GRid>A10302B0000114450H</GRid><ICPN>4006381333931</ICPN></ReleaseId>
    <ReleaseStatus>ReleaseMadeAvailableToConsumers</ReleaseStatus>
  </ReleaseStatus>""")

    [answer] = read(content)

    assert_official(schemas, content)
    assert (answer.message_id, answer.release_id) == ("", "A10302B0000114450H")
    assert answer.status is AcknowledgementStatus.LIVE


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("FileOK", AcknowledgementStatus.INGESTED),
        ("ResourceMissing", AcknowledgementStatus.REJECTED),
        ("NoDealInNewReleaseMessage", AcknowledgementStatus.REJECTED),
    ],
)
def test_version_16_names_the_release_only(schemas: SchemaFolder, code: str, meaning: AcknowledgementStatus) -> None:
    content = version_16(f"""
  <AcknowledgedFile><ReleaseId>4006381333931</ReleaseId><Date>2026-09-28</Date></AcknowledgedFile>
  <FileStatus>{code}</FileStatus>
  <ErrorText>as said</ErrorText>
  <ProposedActionType>ResendXmlOnly</ProposedActionType>
  <AffectedResource><ISRC>ESA012600001</ISRC></AffectedResource>""")

    answers = read(content)

    assert_official(schemas, content)
    assert answers == [
        Acknowledgement(
            message_id="",
            release_id="4006381333931",
            status=meaning,
            final=True,
            code=code,
            text="as said",
            proposed_action="ResendXmlOnly",
            affected=("ESA012600001",),
            received_at=datetime(2026, 9, 28, 12, tzinfo=UTC),
        )
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "XML_NOT_WELL_FORMED"),
        (b"<AcknowledgementMessage", "XML_NOT_WELL_FORMED"),
        (b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", "XML_DOCTYPE_FORBIDDEN"),
        (b"<AcknowledgementMessage/>", "ACKNOWLEDGEMENT_FOREIGN"),
        (b"<html><body>404</body></html>", "ACKNOWLEDGEMENT_FOREIGN"),
        (b'<m:ManifestMessage xmlns:m="http://ddex.net/xml/ern-c-sftp/18"/>', "ACKNOWLEDGEMENT_FOREIGN"),
        (b'<m:FtpAcknowledgementMessage xmlns:m="http://ddex.net/xml/ern-c-sftp/18"/>', "ACKNOWLEDGEMENT_FOREIGN"),
        (version_18(status("Sold")), "ACKNOWLEDGEMENT_STATUS_UNKNOWN"),
        (version_18(status("RightsConflict").replace("<MessageId>M1", "<MessageId>")), "ACKNOWLEDGEMENT_INCOMPLETE"),
        (version_18("<ReleaseStatus><ReleaseId/></ReleaseStatus>"), "ACKNOWLEDGEMENT_INCOMPLETE"),
        (version_16("<FileStatus>FileOK</FileStatus>"), "ACKNOWLEDGEMENT_INCOMPLETE"),
        (version_16("<AcknowledgedFile><ReleaseId>1</ReleaseId></AcknowledgedFile>"), "ACKNOWLEDGEMENT_INCOMPLETE"),
    ],
)
def test_what_is_not_an_answer_is_refused_with_its_code(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_an_answer_that_is_far_too_large_is_not_parsed() -> None:
    assert refusal(version_18(" " * 6_000_000)).code == "XML_TOO_LARGE"


@given(st.binary(max_size=500))
def test_nothing_but_a_domain_error_leaves_the_reader(content: bytes) -> None:
    with pytest.raises(DomainError):
        read(content)
