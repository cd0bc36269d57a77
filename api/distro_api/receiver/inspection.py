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

from distro_api.receiver.apple import judge_package
from distro_api.receiver.documents import SchemaFolder, UnreadableError, read_document
from distro_api.receiver.events import FileEvent
from distro_api.receiver.layouts import FLAT, ITMSP, METADATA, Layout, batch_id, find_layout, is_marker, release_in
from distro_api.receiver.manifests import ListedMessage, Manifest, read_manifest
from distro_api.receiver.messages import NamedFile, ReleaseMessage, read_message
from distro_api.receiver.package import PackageFolder, judge_layout, judge_message_order, judge_order
from distro_api.receiver.reports import Finding, MessageReport, PackageReport, Reply, Severity
from distro_api.receiver.verdicts import Rejection, decide

ALGORITHMS = {"MD5": "md5", "SHA1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
NAMES = {
    "SoundRecording": r"{id}_\d{{2}}_\d{{3}}(_immersive)?\.[a-z0-9]+",
    "Video": r"{id}_\d{{2}}_\d{{3}}\.[a-z0-9]+",
    "Image": r"{id}(_[a-z0-9]+)*\.(jpg|jpeg|png)",
    "Text": r"{id}(_[a-z0-9]+)*\.pdf",
}
"""File names by kind of resource (rows NAM-01 to NAM-03); `id` is the release's ICPN."""


COMPANION = re.compile(r"(MEAD|PIE)_[A-Za-z0-9._-]+\.xml")
"""What messages are called that travel beside that of a release."""


SIDECARS = "sidecars"
"""The folder beside a message for files that it does not name, with a list of them in the form of `sha256sum`."""

SIDECAR_LINE = re.compile(r"(?P<hash>[0-9a-f]{64})  (?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True)
class Rules:
    """How strictly packages are judged.

    `lenient`: layout and file names that are habits of this platform's packages only warn; `rejections`, `replies`:
    what is answered on purpose where nothing is wrong; `answer_version`: of the answers, None for that of the manifest,
    and 1.8 where there is none.
    """

    schemas: SchemaFolder = field(default_factory=lambda: SchemaFolder(None))
    lenient: bool = False
    rejections: tuple[Rejection, ...] = ()
    replies: tuple[Reply, ...] = ()
    answer_version: str | None = None

    @property
    def strictness(self) -> Severity:
        """How grave a broken habit is."""
        return Severity.WARNING if self.lenient else Severity.ERROR


@dataclass(frozen=True)
class Arrival:
    """A package that is complete. `path`: its folder below the user's, starts with `/`; `events`: what happened in it.

    `known_messages`: ids of messages that came in other packages, with where they came; `message`: the file in the
    folder that completed it, None where a marker did.
    """

    user: str
    folder: Path
    path: str
    events: Sequence[FileEvent]
    known_messages: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None


def inspect_package(arrival: Arrival, rules: Rules) -> PackageReport:
    """Judge a package from what lies on the disk. Blocking: it reads every file."""
    package = PackageFolder(arrival.folder)
    layout = find_layout(arrival.folder.name, package.paths, arrival.message)
    if layout is ITMSP:
        return _inspect_itmsp(package, arrival, rules)
    findings = list(judge_layout(package, layout, rules.strictness))
    manifest = _manifest(package, rules, findings)
    inspector = _Inspector(package, rules, layout, arrival.known_messages)
    messages = list(_messages(inspector, manifest, arrival.message))
    own = {*inspector.named, *package.markers, *filter(None, (package.manifest, arrival.message))}
    # Side by side in one folder, files of one message cannot be told from those of another.
    paths = [path for path in package.paths if layout is not FLAT or path in own]
    findings += [
        Finding(code="FILE_UNNAMED", message="neither manifest nor message names it", path=path)
        for path in paths
        if path not in own
    ]
    if arrival.message is None:
        findings += judge_order(arrival.events, arrival.path, rules.strictness)
    else:
        findings += judge_message_order(arrival.events, arrival.path, arrival.message, set(paths))
    first = next((message for message in messages if message.sender), None)
    return PackageReport(
        user=arrival.user,
        batch_id=batch_id(arrival.folder.name),
        folder=arrival.path,
        layout=layout.name,
        message=arrival.message,
        judged_at=datetime.now(UTC),
        sender=manifest.sender or (first.sender if first else None),
        recipient=manifest.recipient or (first.recipient if first else None),
        test=manifest.test if manifest.messages else any(message.test for message in messages),
        findings=tuple(findings),
        messages=tuple(decide(each, tuple(findings), rules.rejections, rules.replies) for each in messages),
        files=tuple(file for file in package.reports if file.path in set(paths)),
        answer_version=rules.answer_version or manifest.version or "1.8",
    )


def _inspect_itmsp(package: PackageFolder, arrival: Arrival, rules: Rules) -> PackageReport:
    """Judge a package of Apple's, which names neither sender nor recipient, so that nobody can be answered."""
    findings, message = judge_package(package)
    findings += judge_message_order(arrival.events, arrival.path, METADATA, set(package.paths))
    return PackageReport(
        user=arrival.user,
        batch_id=batch_id(arrival.folder.name),
        folder=arrival.path,
        layout=ITMSP.name,
        message=METADATA,
        judged_at=datetime.now(UTC),
        findings=tuple(findings),
        messages=(decide(message, tuple(findings), rules.rejections, rules.replies),),
        files=package.reports,
    )


def _messages(inspector: _Inspector, manifest: Manifest, message: str | None) -> Iterator[MessageReport]:
    if message is not None:
        yield inspector.single(message)
    elif manifest.messages:
        yield from (inspector.judge(listed) for listed in manifest.messages if listed.path is not None)
    else:
        yield from inspector.unlisted()


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


class _Inspector:
    """Judges the messages of one package and remembers which files they name."""

    def __init__(self, package: PackageFolder, rules: Rules, layout: Layout, known_messages: Mapping[str, str]) -> None:
        self._package = package
        self._rules = rules
        self._layout = layout
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

    def single(self, path: str) -> MessageReport:
        """The report on the message that is the whole package."""
        self.named.add(path)
        findings: list[Finding] = []
        message = self._read(path, findings)
        if message is None:
            release = release_in(self._package.folder.name)
            return MessageReport(message_id="", path=path, icpn=release or None, findings=tuple(findings))
        return self._report(message, path, findings, takedown=message.open_deals == 0)

    def unlisted(self) -> Iterator[MessageReport]:
        """Reports on the messages of a package without a usable manifest, so that each still gets its answer."""
        for path in self._package.paths:
            if path.endswith(".xml") and path != self._package.manifest and not is_marker(path):
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
        findings += self._place_findings(message, path)
        findings += self._sidecar_findings(path)
        if message.message_id in self._known:
            text = f"came before, in {self._known[message.message_id]}"
            findings.append(Finding(code="MESSAGE_REPEATED", message=text, path=path))
        return MessageReport(
            message_id=message.message_id,
            type=message.type,
            path=path,
            sender=message.sender or None,
            recipient=message.recipient or None,
            test=message.test,
            icpn=message.icpn or None,
            grid=message.grid or None,
            title=message.title,
            takedown=takedown,
            findings=tuple(findings),
        )

    def _place_findings(self, message: ReleaseMessage, path: str) -> Iterator[Finding]:
        """Where DDEX's choreographies have it, folder and message are named by the release."""
        if not self._layout.by_release:
            return
        folder = path.rpartition("/")[0] if self._layout.marked else release_in(self._package.folder.name)
        name = path.rpartition("/")[2].removesuffix(".xml")
        ids = {each for each in (message.icpn, message.grid) if each}
        if not {folder, name} <= ids:
            text = "neither GRid nor ICPN of the release name its folder and its message"
            yield Finding(code="MESSAGE_PLACE", message=text, path=path, severity=self._rules.strictness)

    def _hash_findings(self, listed: ListedMessage, path: str) -> Iterator[Finding]:
        algorithm = ALGORITHMS.get(listed.algorithm)
        if not listed.hash:
            text = "the manifest has no hash of it"
            yield Finding(code="MESSAGE_HASH_ABSENT", message=text, path=path, severity=Severity.WARNING)
        elif algorithm is None:
            yield Finding(code="HASH_ALGORITHM", message=f"{listed.algorithm!r} is not known here", path=path)
        elif self._package.hash(path, algorithm) != listed.hash.lower():
            yield Finding(code="MESSAGE_HASH", message=f"its {listed.algorithm} is not the manifest's", path=path)

    def _companion_findings(self, path: str) -> Iterator[Finding]:
        try:
            yield from self._rules.schemas.judge(
                read_document(self._package.file(path), path, "COMPANION"), path, "COMPANION"
            )
        except UnreadableError as error:
            yield error.finding

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
        parts = file.uri.split("/")
        if not file.uri or ":" in file.uri or any(part in {"", ".", ".."} or "\\" in part for part in parts):
            yield _finding(file, file.uri, "FILE_PATH", f"{file.uri!r} is not a path beside the message")
            return
        beside = COMPANION.fullmatch(file.uri) is not None
        pattern = None if beside else NAMES.get(file.resource_kind)
        place = self._layout.places.get(file.resource_kind, "")
        if pattern and not re.fullmatch(place + pattern.format(id=re.escape(message.icpn or message.grid)), file.uri):
            text = f"{file.uri} is not a name for this release"
            yield _finding(file, file.uri, "FILE_NAME", text, self._rules.strictness)
        if not file.provided:
            return
        path = "/".join([*message_path.split("/")[:-1], *parts])
        if path not in self._package.paths:
            yield _finding(file, path, "FILE_MISSING", f"{message.message_id} names it")
            return
        self.named.add(path)
        yield from self._content_findings(file, path)
        if beside:
            yield from self._companion_findings(path)

    def _sidecar_findings(self, message_path: str) -> Iterator[Finding]:
        """Whether files that the message does not name are those of the list beside them."""
        folder, _, name = f"/{message_path}".rpartition("/")
        place = f"{folder}/{SIDECARS}/".lstrip("/")
        listed = f"{place}{name.removesuffix('.xml')}.sha256"
        if listed not in self._package.paths:
            return
        self.named.add(listed)
        for number, line in enumerate(self._package.file(listed).read_text("utf-8", "replace").splitlines(), 1):
            told = SIDECAR_LINE.fullmatch(line)
            if told is None:
                text = "not a SHA-256 and a name"
                yield Finding(code="SIDECAR_LIST", message=text, path=listed, line=number)
                continue
            path = f"{place}{told['name']}"
            if path not in self._package.paths:
                yield Finding(code="FILE_MISSING", message=f"{listed} lists it", path=path, line=number)
                continue
            self.named.add(path)
            if self._package.hash(path, "sha256") != told["hash"]:
                yield Finding(code="FILE_HASH", message="its SHA-256 is not that of the list", path=path)

    def _content_findings(self, file: NamedFile, path: str) -> Iterator[Finding]:
        """Whether a file is what the message says of it."""
        size = self._package.file(path).stat().st_size
        if not _fits(file.size, size):
            yield _finding(file, path, "FILE_SIZE", f"has {size} bytes where {file.size} kB are announced")
        algorithm = ALGORITHMS.get(file.algorithm)
        if not file.hash:
            yield _finding(file, path, "FILE_HASH_ABSENT", "the message has no hash of it", Severity.WARNING)
        elif algorithm is None:
            yield _finding(file, path, "HASH_ALGORITHM", f"{file.algorithm!r} is not known here")
        elif self._package.hash(path, algorithm) != _hexadecimal(file):
            yield _finding(file, path, "FILE_HASH", f"its {file.algorithm} is not the message's")


def _finding(file: NamedFile, path: str, code: str, text: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code=code, message=text, path=path, line=file.line, severity=severity, resource=file.resource)


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
