"""Answers of a platform, as AcknowledgementMessage of ern-c-sftp 1.8 and FtpAcknowledgementMessage 1.6."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def answer(
    *message_ids: str, status: str, file_status: str = "FileOK", text: str = "", at: datetime = NOON, icpn: str = "4"
) -> bytes:
    """An acknowledgement of some messages. `status`: a word of DDEX's SupplyChainStatus."""
    statuses = "".join(
        f"<ReleaseStatus><ReleaseId><ICPN>{icpn}</ICPN></ReleaseId><ReleaseStatus>{status}</ReleaseStatus>"
        f"{f'<ErrorText>{text}</ErrorText>' if text else ''}"
        f"<Acknowledgement><MessageType>NewReleaseMessage</MessageType><MessageId>{message_id}</MessageId>"
        f"<MessageStatus><Status>{file_status}</Status></MessageStatus></Acknowledgement></ReleaseStatus>"
        for message_id in message_ids
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<a:AcknowledgementMessage xmlns:a="http://ddex.net/xml/ern-c-sftp/18" AvsVersionId="9">'
        "<MessageHeader><MessageId>ACK-1</MessageId>"
        f"<MessageCreatedDateTime>{at.isoformat()}</MessageCreatedDateTime></MessageHeader>"
        f"{statuses}</a:AcknowledgementMessage>"
    ).encode()


def file_answer(icpn: str, file_status: str = "FileOK") -> bytes:
    """An acknowledgement of version 1.6, which names the release and not the message."""
    return (
        '<a:FtpAcknowledgementMessage xmlns:a="http://ddex.net/xml/ern-c-sftp/16">'
        "<MessageHeader><MessageCreatedDateTime>2026-03-01T12:00:00Z</MessageCreatedDateTime></MessageHeader>"
        f"<AcknowledgedFile><ReleaseId>{icpn}</ReleaseId></AcknowledgedFile>"
        f"<FileStatus>{file_status}</FileStatus></a:FtpAcknowledgementMessage>"
    ).encode()


def put_answer(folder: Path, name: str, content: bytes) -> Path:
    """Write an answer where a platform leaves it."""
    file = folder / "acknowledgements" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file
