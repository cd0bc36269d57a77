"""Reading a whole package again and finding everything that is wrong with it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from distro_api.receiver.documents import SchemaFolder, UnreadableError, read_document
from distro_api.receiver.events import FileEvent
from distro_api.receiver.manifests import ListedMessage, Manifest, read_manifest
from distro_api.receiver.messages import NamedFile, ReleaseMessage, read_message
from distro_api.receiver.package import PackageFolder, judge_layout, judge_order
from distro_api.receiver.reports import Finding, MessageReport, PackageReport, Severity, errors

ALGORITHMS = {"MD5": "md5", "SHA1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
NAMES = {
    "SoundRecording": r"audio/{id}_\d{{2}}_\d{{3}}\.[a-z0-9]+",
    "Image": r"images/{id}(_\d{{2}})?\.(jpg|jpeg|png)",
}
"""File names by kind of resource (rows NAM-01 to NAM-03); `id` is the release's ICPN."""

LIVE = "ReleaseMadeAvailableToConsumers"
REMOVED = "ReleaseNotAvailable"
REJECTED = "ProcessingErrorAtReleaseDistributor"


@dataclass(frozen=True)
class Rejection:
    """A refusal on purpose, for trying out what a sender does. `icpn`: of the release, or None for every one."""

    reason: str
    icpn: str | None = None


@dataclass(frozen=True)
class Rules:
    """How strictly packages are judged.

    `lenient`: layout and file names that are habits of this platform's batches only warn.
    """

    schemas: SchemaFolder = field(default_factory=lambda: SchemaFolder(None))
    lenient: bool = False
    rejections: tuple[Rejection, ...] = ()

    @property
    def strictness(self) -> Severity:
        """How grave a broken habit is."""
        return Severity.WARNING if self.lenient else Severity.ERROR


@dataclass(frozen=True)
class Arrival:
    """A package that is complete. `path`: its folder below the user's, starts with `/`; `events`: what happened in it.

    `known_messages`: ids of messages that came in other packages, with where they came.
    """

    user: str
    folder: Path
    path: str
    events: Sequence[FileEvent]
    known_messages: Mapping[str, str] = field(default_factory=dict)


def inspect_package(arrival: Arrival, rules: Rules) -> PackageReport:
    """Judge a package from what lies on the disk. Blocking: it reads every file."""
    package = PackageFolder(arrival.folder)
    findings = [*judge_layout(package, rules.strictness), *judge_order(arrival.events, arrival.path, rules.strictness)]
    manifest = _manifest(package, rules, findings)
    inspector = _Inspector(package, rules, arrival.known_messages)
    messages = [inspector.judge(listed) for listed in manifest.messages if listed.path is not None]
    if not manifest.messages:
        messages = list(inspector.unlisted())
    named = {package.manifest, *package.markers, *inspector.named}
    findings += [
        Finding(code="FILE_UNNAMED", message="neither manifest nor message names it", path=path)
        for path in package.paths
        if path not in named
    ]
    return PackageReport(
        user=arrival.user,
        batch_id=arrival.folder.name,
        folder=arrival.path,
        judged_at=datetime.now(UTC),
        sender=manifest.sender or next((message.sender for message in messages if message.sender), None),
        recipient=manifest.recipient or None,
        test=manifest.test,
        findings=tuple(findings),
        messages=tuple(_decide(message, tuple(findings), rules) for message in messages),
        files=package.reports,
    )


def _manifest(package: PackageFolder, rules: Rules, findings: list[Finding]) -> Manifest:
    empty = Manifest("", "", test=False, messages=())
    if package.manifest is None:
        return empty
    try:
        root = read_document(package.file(package.manifest), package.manifest, "MANIFEST")
    except UnreadableError as error:
        findings.append(error.finding)
        return empty
    manifest = read_manifest(root, package.manifest, package.folder.name)
    findings += manifest.findings
    if manifest.messages:
        findings += rules.schemas.judge(root, package.manifest, "MANIFEST")
    return manifest


def _decide(message: MessageReport, package_findings: tuple[Finding, ...], rules: Rules) -> MessageReport:
    """Accepted, rejected for a fault, or rejected on purpose."""
    faults = errors(message.findings) + errors(package_findings)
    wished = next((each for each in rules.rejections if each.icpn in {None, message.icpn}), None)
    if faults:
        reason = "; ".join(dict.fromkeys(f"{fault.code} {fault.path}: {fault.message}" for fault in faults))
        return message.model_copy(update={"accepted": False, "status": REJECTED, "reason": reason})
    if wished is not None:
        return message.model_copy(update={"accepted": False, "status": REJECTED, "reason": wished.reason})
    return message.model_copy(update={"status": REMOVED if message.takedown else LIVE})


class _Inspector:
    """Judges the messages of one package and remembers which files they name."""

    def __init__(self, package: PackageFolder, rules: Rules, known_messages: Mapping[str, str]) -> None:
        self._package = package
        self._rules = rules
        self._known = known_messages
        self.named: set[str] = set()

    def judge(self, listed: ListedMessage) -> MessageReport:
        """The report on a message that the manifest lists."""
        path = listed.path or ""
        known = MessageReport(
            message_id=listed.message_id, path=path, icpn=listed.icpn or None, grid=listed.grid or None
        )
        if path not in self._package.paths:
            missing = Finding(code="MESSAGE_MISSING", message="the manifest lists it", path=path, line=listed.line)
            return known.model_copy(update={"findings": (missing,)})
        self.named.add(path)
        findings = list(self._hash_findings(listed, path))
        message = self._read(path, findings)
        if message is None:
            return known.model_copy(update={"findings": tuple(findings)})
        findings += self._differences(listed, message, path)
        return self._report(message, path, findings, takedown=listed.delivery_type == "TakeDown")

    def unlisted(self) -> Iterator[MessageReport]:
        """Reports on the messages of a package without a usable manifest, so that each still gets its answer."""
        for path in self._package.paths:
            if path.endswith(".xml") and path != self._package.manifest:
                findings: list[Finding] = []
                message = self._read(path, findings)
                if message is not None:
                    self.named.add(path)
                    yield self._report(message, path, findings, takedown=message.open_deals == 0)

    def _read(self, path: str, findings: list[Finding]) -> ReleaseMessage | None:
        try:
            root = read_document(self._package.file(path), path, "MESSAGE")
        except UnreadableError as error:
            findings.append(error.finding)
            return None
        message = read_message(root, path)
        if message is None:
            findings.append(Finding(code="MESSAGE_FOREIGN", message=f"not a release message: {root.tag!s}", path=path))
            return None
        findings += [*self._rules.schemas.judge(root, path, "MESSAGE"), *message.findings]
        return message

    def _report(self, message: ReleaseMessage, path: str, findings: list[Finding], *, takedown: bool) -> MessageReport:
        for file in message.files:
            findings += self._file_findings(message, path, file)
        if message.message_id in self._known:
            text = f"came before, in {self._known[message.message_id]}"
            findings.append(Finding(code="MESSAGE_REPEATED", message=text, path=path))
        return MessageReport(
            message_id=message.message_id,
            path=path,
            sender=message.sender or None,
            icpn=message.icpn or None,
            grid=message.grid or None,
            title=message.title,
            takedown=takedown,
            findings=tuple(findings),
        )

    def _hash_findings(self, listed: ListedMessage, path: str) -> Iterator[Finding]:
        algorithm = ALGORITHMS.get(listed.algorithm)
        if not listed.hash:
            text = "the manifest has no hash of it"
            yield Finding(code="MESSAGE_HASH_ABSENT", message=text, path=path, severity=Severity.WARNING)
        elif algorithm is None:
            yield Finding(code="HASH_ALGORITHM", message=f"{listed.algorithm!r} is not known here", path=path)
        elif self._package.hash(path, algorithm) != listed.hash.lower():
            yield Finding(code="MESSAGE_HASH", message=f"its {listed.algorithm} is not the manifest's", path=path)

    def _differences(self, listed: ListedMessage, message: ReleaseMessage, path: str) -> Iterator[Finding]:
        if listed.message_id != message.message_id:
            text = f"the manifest calls it {listed.message_id}, it calls itself {message.message_id}"
            yield Finding(code="MESSAGE_ID", message=text, path=path)
        if (listed.icpn or message.icpn) != message.icpn or (listed.grid or message.grid) != message.grid:
            text = "the manifest and the message name different releases"
            yield Finding(code="RELEASE_ID", message=text, path=path)
        if listed.delivery_type == "TakeDown" and message.open_deals:
            text = f"a takedown with {message.open_deals} deals that have not ended"
            yield Finding(code="TAKEDOWN_WITH_DEALS", message=text, path=path)
        if listed.delivery_type != "TakeDown" and not message.deals:
            text = "no deal: nobody may use the release"
            yield Finding(code="NO_DEAL", message=text, path=path, severity=Severity.WARNING)

    def _file_findings(self, message: ReleaseMessage, message_path: str, file: NamedFile) -> Iterator[Finding]:
        def finding(code: str, text: str, severity: Severity = Severity.ERROR) -> Finding:
            return Finding(
                code=code, message=text, path=path, line=file.line, severity=severity, resource=file.resource
            )

        path = file.uri
        parts = file.uri.split("/")
        if not file.uri or ":" in file.uri or any(part in {"", ".", ".."} or "\\" in part for part in parts):
            yield finding("FILE_PATH", f"{file.uri!r} is not a path beside the message")
            return
        pattern = NAMES.get(file.resource_kind)
        if pattern and not re.fullmatch(pattern.format(id=re.escape(message.icpn or message.grid)), file.uri):
            yield finding("FILE_NAME", f"{file.uri} is not a name for this release", self._rules.strictness)
        if not file.provided:
            return
        path = "/".join([*message_path.split("/")[:-1], *parts])
        if path not in self._package.paths:
            yield finding("FILE_MISSING", f"{message.message_id} names it")
            return
        self.named.add(path)
        size = self._package.file(path).stat().st_size
        if not _fits(file.size, size):
            yield finding("FILE_SIZE", f"has {size} bytes where {file.size} kB are announced")
        algorithm = ALGORITHMS.get(file.algorithm)
        if not file.hash:
            yield finding("FILE_HASH_ABSENT", "the message has no hash of it", Severity.WARNING)
        elif algorithm is None:
            yield finding("HASH_ALGORITHM", f"{file.algorithm!r} is not known here")
        elif self._package.hash(path, algorithm) != _hexadecimal(file):
            yield finding("FILE_HASH", f"its {file.algorithm} is not the message's")


def _fits(announced: str, size: int) -> bool:
    """Whether a size fits what is announced in kilobytes, of 1000 or of 1024 bytes; nothing announced fits."""
    if not announced:
        return True
    try:
        kilobytes = Decimal(announced)
    except InvalidOperation:
        return False
    return any(abs(kilobytes - Decimal(size) / unit) < 1 for unit in (1000, 1024))


def _hexadecimal(file: NamedFile) -> str:
    if file.data_type != "Binary64":
        return file.hash.lower()
    try:
        return base64.b64decode(file.hash, validate=True).hex()
    except binascii.Error:
        return file.hash
