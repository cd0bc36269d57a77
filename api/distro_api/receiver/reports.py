"""What the receiver says of a package: every finding has a stable code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Severity(StrEnum):
    """An error rejects; a warning is told."""

    ERROR = "error"
    WARNING = "warning"


class Identifier(BaseModel):
    """How a resource that is complained of is identified; `namespace` for proprietary ids only."""

    model_config = ConfigDict(frozen=True)

    kind: str
    value: str
    namespace: str | None = None


class Finding(BaseModel):
    """One thing that is wrong. `path`: of the file, relative to the package; `line`: in an XML file, from 1."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    path: str = ""
    line: int | None = None
    severity: Severity = Severity.ERROR
    resource: Identifier | None = None


class Reply(BaseModel):
    """An answer on purpose, for trying out what a sender makes of it. `icpn`: of the release, None for every one.

    `release_status`: DDEX's SupplyChainStatus, None for what the message asks for; `file_status`: DDEX's
    ErncFileStatus, None for FileOK; `affected`: ISRCs that are complained of.
    """

    model_config = ConfigDict(frozen=True)

    icpn: str | None = None
    release_status: str | None = None
    file_status: str | None = None
    text: str = ""
    proposed_action: str | None = None
    manual_check: bool | None = None
    affected: tuple[str, ...] = ()


class MessageReport(BaseModel):
    """What was found in one message, and what is answered.

    `type`: name of its root element; `status`: DDEX's SupplyChainStatus; `reply`: what was answered on purpose.
    """

    model_config = ConfigDict(frozen=True)

    message_id: str
    type: str = "NewReleaseMessage"
    path: str
    sender: str | None = None
    recipient: str | None = None
    test: bool = False
    icpn: str | None = None
    grid: str | None = None
    title: str = ""
    takedown: bool = False
    accepted: bool = True
    status: str = ""
    reason: str = ""
    reply: Reply | None = None
    findings: tuple[Finding, ...] = ()


class FileReport(BaseModel):
    """A file as it lies in the package. `size`: bytes."""

    model_config = ConfigDict(frozen=True)

    path: str
    size: int
    md5: str


class PackageReport(BaseModel):
    """The verdict on one package.

    `folder`: below the user's folder, starts with `/`; `layout`: how it was laid out; `message`: the file in the folder
    that is the whole package, None where a marker completes it; `findings`: those of the whole package, which reject
    every message in it; `answer_version`: of the choreography that the answer is written in; `acknowledgement`: where
    the first answer lies, below the user's folder; `acknowledged_at`: when the answers were written.
    """

    model_config = ConfigDict(frozen=True)

    user: str
    batch_id: str
    folder: str
    layout: str = "batch"
    message: str | None = None
    judged_at: datetime
    sender: str | None = None
    recipient: str | None = None
    test: bool = False
    findings: tuple[Finding, ...] = ()
    messages: tuple[MessageReport, ...] = ()
    files: tuple[FileReport, ...] = ()
    answer_version: str = "1.8"
    acknowledgement: str | None = None
    acknowledged_at: datetime | None = None

    @property
    def place(self) -> str:
        """What was judged: the folder, or the message where that is the whole package."""
        return self.folder if self.message is None else f"{self.folder}/{self.message}"

    @property
    def accepted(self) -> bool:
        """Whether every message was accepted."""
        return bool(self.messages) and all(message.accepted for message in self.messages)

    @property
    def all_findings(self) -> Iterator[Finding]:
        """The findings of the package and of every message."""
        yield from self.findings
        for message in self.messages:
            yield from message.findings

    @property
    def codes(self) -> list[str]:
        """The codes of all errors, sorted, each as often as it was found."""
        return sorted(finding.code for finding in self.all_findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> list[str]:
        """The codes of all warnings, sorted."""
        return sorted(finding.code for finding in self.all_findings if finding.severity is Severity.WARNING)


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those findings that reject."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)
