"""`stardust-distro receiver`: the receiver as a program of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from distro_api.receiver.inspection import Rejection
    from distro_api.receiver.receiver import Receiver, ReceiverOptions
    from distro_api.receiver.reports import PackageReport
    from distro_api.receiver.server import ReceiverUser

_ICPN = re.compile(r"\d{8}|\d{12,14}")
_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3}


def receiver(
    folder: Annotated[
        Path, typer.Option(help="Where everything is kept: host key, event log, verdicts, and what was received.")
    ] = Path(".receiver"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 2222,
    user: Annotated[str, typer.Option(help="Name under which the sender signs in.")] = "distro",
    password: Annotated[
        str | None,
        typer.Option(
            envvar="DISTRO_RECEIVER_PASSWORD",
            help="Password of the sender; without one and without a key, one is made and kept in the folder.",
        ),
    ] = None,
    public_key: Annotated[
        list[Path] | None, typer.Option(help="File with a public key that may sign in; may be given several times.")
    ] = None,
    schemas: Annotated[
        Path | None,
        typer.Option(
            envvar="DISTRO_DDEX_SCHEMAS",
            help="Folder with DDEX's XSD files, xsd/ern/4.3/… or ern/4.3/…; without it schemas are not checked.",
        ),
    ] = None,
    delay: Annotated[float, typer.Option(help="Seconds between the verdict and the acknowledgement.", min=0)] = 0,
    reject: Annotated[
        list[str] | None,
        typer.Option(
            help="Reject on purpose: a reason for every release, an ICPN, or ICPN=REASON; may be given several times."
        ),
    ] = None,
    quota: Annotated[
        str | None, typer.Option(help="Room for the sender's files, such as 500M; more is refused as a full disk.")
    ] = None,
    latency: Annotated[float, typer.Option(help="Seconds that every file operation takes longer.", min=0)] = 0,
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Only warn of folder and file names that other senders choose otherwise.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON lines: first how to connect, then each verdict.")
    ] = False,
) -> None:
    """Run a DSP of your own: take packages over SFTP, check everything in them, and acknowledge them."""
    from distro_api.receiver.documents import SchemaFolder
    from distro_api.receiver.inspection import Rules
    from distro_api.receiver.receiver import ReceiverOptions
    from distro_api.receiver.server import ReceiverUser

    keys = tuple(path.read_text("utf-8").strip() for path in public_key or ())
    folder.mkdir(parents=True, exist_ok=True)
    if password is None and not keys:
        password = _kept_password(folder / "password")
    if schemas is not None and not schemas.is_dir():
        raise typer.BadParameter(f"{schemas} is not a folder", param_hint="--schemas")
    options = ReceiverOptions(
        rules=Rules(schemas=SchemaFolder(schemas), lenient=lenient, rejections=_rejections(reject or ())),
        delay=delay,
        quota=_bytes(quota),
        latency=latency,
    )
    sender = ReceiverUser(user, password=password, public_keys=keys)
    asyncio.run(_run(folder, host, port, sender, options, as_json=as_json))


async def _run(
    folder: Path, host: str, port: int, sender: ReceiverUser, options: ReceiverOptions, *, as_json: bool
) -> None:
    from distro_api.receiver.receiver import Receiver

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = Receiver(
        folder, [sender], host=host, port=port, options=options, on_report=_json_report if as_json else _print_report
    )
    async with running:
        _announce(running, sender, as_json=as_json)
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
    from distro_api.receiver.inspection import Rejection

    rejections = []
    for wish in wishes:
        icpn, separator, reason = wish.partition("=")
        if _ICPN.fullmatch(icpn) and (separator or not reason):
            rejections.append(Rejection(reason or "rejected on purpose", icpn))
        else:
            rejections.append(Rejection(wish))
    return tuple(rejections)


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)([KMG]?)B?", text.strip().upper())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a size such as 500M", param_hint="--quota")
    return int(match[1]) * _UNITS[match[2]]
