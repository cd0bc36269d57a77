"""`stardust-distro receiver`: the receiver on the command line; what runs it is in `program`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class AnswerVersion(StrEnum):
    """A version of the choreography."""

    SFTP_16 = "1.6"
    CLOUD_18 = "1.8"


def receiver(  # noqa: PLR0917 (typer passes by name)
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
    answer: Annotated[
        list[str] | None,
        typer.Option(
            help="Answer good messages with a status of DDEX's, of a file or a release: STATUS or ICPN=STATUS; may be "
            "given several times."
        ),
    ] = None,
    answer_version: Annotated[
        AnswerVersion | None,
        typer.Option(help="Version of the choreography to answer in; else that of the manifest, 1.8 without one."),
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
    from distro_api.receiver.program import Wishes, run  # noqa: PLC0415 (start fast)

    try:
        run(
            Wishes(
                folder=folder,
                host=host,
                port=port,
                user=user,
                password=password,
                public_keys=tuple(public_key or ()),
                schemas=schemas,
                delay=delay,
                reject=tuple(reject or ()),
                answer=tuple(answer or ()),
                answer_version=answer_version.value if answer_version else None,
                quota=quota,
                latency=latency,
                lenient=lenient,
                as_json=as_json,
            )
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
