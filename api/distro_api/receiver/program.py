"""The receiver as a program of its own: what it prints and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from distro_api.receiver.documents import SchemaFolder
from distro_api.receiver.inspection import Rules
from distro_api.receiver.receiver import Receiver, ReceiverOptions
from distro_api.receiver.reports import PackageReport, Reply
from distro_api.receiver.server import ReceiverUser
from distro_api.receiver.verdicts import Rejection, reply_with

_ICPN = re.compile(r"\d{8}|\d{12,14}")
_SIZE = re.compile(r"(\d+)([KMG]?)B?")
_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3}


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for; the options of `stardust-distro receiver` say what each means."""

    folder: Path
    host: str
    port: int
    user: str
    password: str | None
    public_keys: tuple[Path, ...]
    schemas: Path | None
    delay: float
    reject: tuple[str, ...]
    answer: tuple[str, ...]
    answer_version: str | None
    quota: str | None
    latency: float
    lenient: bool
    as_json: bool


def run(wishes: Wishes) -> None:
    """Run the receiver until SIGINT or SIGTERM; raises `ValueError` for a wish that cannot be understood."""
    keys = tuple(path.read_text("utf-8").strip() for path in wishes.public_keys)
    if wishes.schemas is not None and not wishes.schemas.is_dir():
        raise ValueError(f"the schema folder {wishes.schemas} does not exist")
    options = ReceiverOptions(
        rules=Rules(
            schemas=SchemaFolder(wishes.schemas),
            lenient=wishes.lenient,
            rejections=_rejections(wishes.reject),
            replies=_replies(wishes.answer),
            answer_version=wishes.answer_version,
        ),
        delay=wishes.delay,
        quota=_bytes(wishes.quota),
        latency=wishes.latency,
    )
    wishes.folder.mkdir(parents=True, exist_ok=True)
    password = wishes.password
    if password is None and not keys:
        password = _kept_password(wishes.folder / "password")
    asyncio.run(_run(wishes, ReceiverUser(wishes.user, password=password, public_keys=keys), options))


async def _run(wishes: Wishes, sender: ReceiverUser, options: ReceiverOptions) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    told = _json_report if wishes.as_json else _print_report
    running = Receiver(wishes.folder, [sender], host=wishes.host, port=wishes.port, options=options, on_report=told)
    async with running:
        _announce(running, sender, as_json=wishes.as_json)
        await stop.wait()


def _announce(running: Receiver, sender: ReceiverUser, *, as_json: bool) -> None:
    facts = {
        "host": running.host,
        "port": running.port,
        "user": sender.name,
        "password": sender.password,
        "host_key": running.host_key,
        "fingerprint": running.fingerprint,
        "folder": str(running.user_folder(sender.name).resolve()),
    }
    if as_json:
        typer.echo(json.dumps({"event": "listening", **facts}))
        return
    typer.echo("The receiver takes packages. Make a target with:")
    for name, value in facts.items():
        if value is not None:
            typer.echo(f"  {name:12}{value}")
    typer.echo("Press Ctrl-C to stop.")


def _json_report(report: PackageReport) -> None:
    typer.echo(json.dumps({"event": "report", **report.model_dump(mode="json")}))


def _print_report(report: PackageReport) -> None:
    for message in report.messages:
        release = " ".join(part for part in (message.icpn or "", message.title) if part)
        typer.echo(f"{report.batch_id}  {message.message_id}  {release}  {message.status}")
    for finding in report.all_findings:
        line = f", line {finding.line}" if finding.line else ""
        typer.echo(f"  {finding.severity.value:8}{finding.code}  {finding.path}{line}: {finding.message}")


def _kept_password(file: Path) -> str:
    """The password made at the first start, so that a target stays valid."""
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(secrets.token_urlsafe(18))
    return file.read_text("utf-8").strip()


def _rejections(wishes: Sequence[str]) -> tuple[Rejection, ...]:
    rejections = []
    for wish in wishes:
        icpn, separator, reason = wish.partition("=")
        if _ICPN.fullmatch(icpn) and (separator or not reason):
            rejections.append(Rejection(reason or "rejected on purpose", icpn))
        else:
            rejections.append(Rejection(wish))
    return tuple(rejections)


def _replies(wishes: Sequence[str]) -> tuple[Reply, ...]:
    replies = []
    for wish in wishes:
        icpn, separator, status = wish.rpartition("=")
        if separator and not _ICPN.fullmatch(icpn):
            raise ValueError(f"{icpn!r} is not an ICPN")
        replies.append(reply_with(status, icpn or None))
    return tuple(replies)


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    match = _SIZE.fullmatch(text.strip().upper())
    if match is None:
        raise ValueError(f"{text!r} is not a size such as 500M")
    return int(match[1]) * _UNITS[match[2]]
