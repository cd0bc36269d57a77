"""The receiver: takes packages over SFTP, reads each again when it is complete, and answers."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import asyncssh

from distro_api.receiver.answers import build_answers
from distro_api.receiver.archive import ReportArchive, write_whole
from distro_api.receiver.documents import UnreadableError, read_document
from distro_api.receiver.events import EventLog, FileAction, FileEvent
from distro_api.receiver.inspection import Arrival, Rules, inspect_package
from distro_api.receiver.layouts import FLAT, Unit, completed_by
from distro_api.receiver.messages import is_companion
from distro_api.receiver.reports import Finding, PackageReport
from distro_api.receiver.server import Desk, ReceiverUser, RecordingServer, SignIn

ANSWERS = "acknowledgements"
HOST_KEY = "host_key"
RENAMING = 0.02
"""Seconds after which a package is looked at again of which a file was renamed meanwhile."""
_USER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class ReceiverOptions:
    """How the receiver behaves. `delay`: seconds between the verdict and the answer; `quota`: bytes per user;
    `latency`: seconds that every file operation takes longer.
    """

    rules: Rules = field(default_factory=Rules)
    delay: float = 0
    quota: int | None = None
    latency: float = 0


class Receiver:
    """A DSP of our own, for conformance tests and for trying out deliveries.

    Everything lies below `root`: the host key, `events.jsonl`, `reports/`, and `users/<name>/`, which that user sees as
    `/`. A receiver that is started again on the same folder goes on where it stopped. `session`: what serves a user.
    """

    session: ClassVar[type[RecordingServer]] = RecordingServer

    def __init__(
        self,
        root: Path,
        users: Sequence[ReceiverUser],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        options: ReceiverOptions | None = None,
        on_report: Callable[[PackageReport], None] | None = None,
    ) -> None:
        """`port` 0 takes a free one; `on_report` is told of each verdict when it was answered."""
        for user in users:
            if _USER_NAME.fullmatch(user.name) is None:
                raise ValueError(f"{user.name!r} is not a user name")
        self.host = host
        self.port = port
        self.options = options or ReceiverOptions()
        root.mkdir(parents=True, exist_ok=True)
        self._staging = root / "staging"
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir()
        self._key = _host_key(root / HOST_KEY)
        self._archive = ReportArchive(root / "reports")
        self._on_report = on_report
        self.events = EventLog(root / "events.jsonl", self._heard)
        self._desk = Desk(
            folder=root / "users",
            users={user.name: user for user in users},
            log=self.events,
            quota=self.options.quota,
            latency=self.options.latency,
        )
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._work: dict[tuple[str, Unit], asyncio.Task[None]] = {}
        self._answered = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def host_key(self) -> str:
        """The public host key as a line, without a comment: what a target pins."""
        return " ".join(self._key.export_public_key().decode().split()[:2])

    @property
    def fingerprint(self) -> str:
        """The SHA256 fingerprint of the host key."""
        return self._key.get_fingerprint()

    @property
    def reports(self) -> Sequence[PackageReport]:
        """All verdicts so far, by the time they were made."""
        return sorted(self._archive, key=lambda report: report.judged_at)

    def user_folder(self, user: str) -> Path:
        """The folder that the user sees as `/`."""
        return self._desk.user_folder(user)

    async def start(self) -> None:
        """Listen, and take up what was complete but not answered when the receiver last stopped."""
        for user in self._desk.users:
            self.user_folder(user).mkdir(parents=True, exist_ok=True)
        self._acceptor = await asyncssh.listen(
            self.host,
            self.port,
            server_host_keys=[self._key],
            server_factory=lambda: SignIn(self._desk),
            sftp_factory=lambda channel: self.session(channel, self._desk),
            allow_scp=False,
            agent_forwarding=False,
            keepalive_interval=30,
        )
        self.port = self._acceptor.get_port()
        for user in self._desk.users:
            for unit in await asyncio.to_thread(_complete_units, self.user_folder(user)):
                self._take_up(user, unit)

    async def stop(self) -> None:
        """Stop listening, end every connection and leave unanswered packages for the next start."""
        if self._acceptor is not None:
            self._acceptor.close()
            await self.cut()
            await self._acceptor.wait_closed()
            self._acceptor = None
        for task in list(self._work.values()):
            task.cancel()
        await asyncio.gather(*self._work.values(), return_exceptions=True)
        self.events.close()

    async def cut(self) -> None:
        """End every connection at once, as a failing network does."""
        connections = list(self._desk.connections)
        for connection in connections:
            connection.abort()
        for connection in connections:
            await connection.wait_closed()

    async def wait_for_report(self, batch_id: str, *, user: str | None = None, within: float = 30) -> PackageReport:
        """The verdict on a batch, once it has been answered; raises `TimeoutError` after `within` seconds.

        Where each message is a package of its own, the first of them.
        """

        def found() -> PackageReport | None:
            matching = (each for each in self._archive if each.batch_id == batch_id and user in {None, each.user})
            return next((each for each in matching if each.acknowledged_at is not None), None)

        async with asyncio.timeout(within), self._answered:
            await self._answered.wait_for(lambda: found() is not None)
        report = found()
        if report is None:
            raise LookupError(batch_id)
        return report

    def _heard(self, event: FileEvent) -> None:
        """Act on a file event: some complete a package, and a judged package must not change any more."""
        arrived = event.action in {FileAction.WRITTEN, FileAction.RENAMED}
        unit = completed_by(event.place) if arrived else None
        if unit is not None and self._report(event.user, unit) is None:
            self._take_up(event.user, unit)
        elif event.changes:
            self._note_late(event, again=unit is not None)

    def _note_late(self, event: FileEvent, *, again: bool) -> None:
        report = next((each for each in self._archive if _holds(each, event)), None)
        if report is None:
            return
        last = "MESSAGE" if report.message else "MARKER"
        late = Finding(
            code=f"{last}_TWICE" if again else f"{last}_NOT_LAST",
            message="came again after the verdict" if again else "changed after the verdict",
            path=event.place.removeprefix(f"{report.folder}/"),
        )
        if late not in report.findings:
            self._archive.save(report.model_copy(update={"findings": (*report.findings, late)}))

    def _report(self, user: str, unit: Unit) -> PackageReport | None:
        return self._archive.get(user, unit.folder if unit.message is None else f"{unit.folder}/{unit.message}")

    def _take_up(self, user: str, unit: Unit) -> None:
        report = self._report(user, unit)
        if (user, unit) not in self._work and (report is None or report.acknowledged_at is None):
            task = asyncio.create_task(self._judge_and_answer(user, unit))
            self._work[user, unit] = task
            task.add_done_callback(lambda _: self._work.pop((user, unit), None))

    async def _judge_and_answer(self, user: str, unit: Unit) -> None:
        completing = self._place(user, f"{unit.folder}/{unit.message}")
        if unit.message is not None and await asyncio.to_thread(_is_beside, completing):
            return
        report = self._report(user, unit) or self._archive.save(await self._judge(user, unit))
        await asyncio.sleep(self.options.delay)
        folder = f"{unit.folder.rpartition('/')[0]}/{ANSWERS}"
        paths = []
        for name, content in build_answers(report):
            paths.append(f"{folder}/{name}")
            await asyncio.to_thread(_write_answer, self._place(user, paths[-1]), content, self._staging)
        # What came late may have been noted meanwhile.
        latest = self._report(user, unit) or report
        answered = {"acknowledged_at": datetime.now(UTC), "acknowledgement": next(iter(paths), None)}
        report = self._archive.save(latest.model_copy(update=answered))
        async with self._answered:
            self._answered.notify_all()
        if self._on_report is not None:
            self._on_report(report)

    async def _judge(self, user: str, unit: Unit) -> PackageReport:
        """Inspect the package, again where it changed meanwhile."""
        place = unit.folder if unit.message is None else f"{unit.folder}/{unit.message}"
        while True:
            events = self.events.below(user, unit.folder)
            arrival = Arrival(
                user=user,
                folder=self._place(user, unit.folder),
                path=unit.folder,
                events=events,
                known_messages=self._archive.messages_elsewhere(user, place),
                message=unit.message,
            )
            try:
                report = await asyncio.to_thread(inspect_package, arrival, self.options.rules)
            except FileNotFoundError:
                # In a flat folder the files of another package are renamed meanwhile.
                await asyncio.sleep(RENAMING)
                continue
            if len(self.events.below(user, unit.folder)) == len(events):
                return report

    def _place(self, user: str, path: str) -> Path:
        return self.user_folder(user) / path.lstrip("/")


def _holds(report: PackageReport, event: FileEvent) -> bool:
    """Whether the event is about the package; side by side in one folder, each has its own files."""
    if report.user != event.user:
        return False
    if report.layout == FLAT.name:
        own = {f"{report.folder}/{file.path}" for file in report.files}
        return event.place in own or event.path in own
    return event.place.startswith(f"{report.folder}/") or event.path.startswith(f"{report.folder}/")


def _write_answer(file: Path, content: bytes, staging: Path) -> None:
    """Write the answer unless it is there: a restart between writing it and noting that must not double it."""
    if not file.exists():
        write_whole(file, content, staging)


def _is_beside(file: Path) -> bool:
    """Whether a file is a message that travels beside that of a release, which completes nothing."""
    try:
        return is_companion(read_document(file, file.name, "MESSAGE"))
    except (UnreadableError, OSError):
        return False


def _complete_units(root: Path) -> list[Unit]:
    """The packages below a user's folder that are complete, as the log calls them."""
    files = (each for each in root.rglob("*") if each.suffix in {".xml", ".txt"} and each.is_file())
    units = {completed_by(f"/{file.relative_to(root).as_posix()}") for file in files}
    found = [unit for unit in units if unit is not None]
    marked = {unit.folder for unit in found if unit.message is None}
    return sorted(
        (unit for unit in found if unit.message is None or unit.folder not in marked),
        key=lambda unit: (unit.folder, unit.message or ""),
    )


def _host_key(path: Path) -> asyncssh.SSHKey:
    """The receiver's own key, made once."""
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519", comment="stardust-distro receiver")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.export_private_key())
    return asyncssh.read_private_key(path)
