"""`package build`: whole packages with their files, without a server and without a database.

Everything heavy is imported by the command that needs it, so that it starts fast.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro_api.cli.faults import INVALID, explained, explained_by_release
from distro_api.cli.message import log_to_stderr
from distro_api.cli.message_options import MessageChoices, MessageKind, read_settings, with_message_choices

if TYPE_CHECKING:
    from distro_core.messages.packages import BuiltPackage, PackageOrder, PackedRelease
    from distro_sdk.models.delivery import PackageFile

app = typer.Typer(help="Whole packages from release files, without a server.", no_args_is_help=True)


@app.callback()
def package() -> None:
    """Whole packages from release files, without a server."""


def read_batch_id(value: str) -> str:
    """A batch id of the command line; raises `BadParameter`."""
    if not re.fullmatch(r"\d{17}", value):
        raise typer.BadParameter(f"{value!r} is not a batch id such as 20260131120000000")
    return value


@app.command("build")
@with_message_choices
def build(
    *,
    releases: Annotated[
        list[Path],
        typer.Option("--release", exists=True, dir_okay=False, help="A release file (JSON); several go along."),
    ],
    choreography: Annotated[str, typer.Option(help="How it is laid out, such as batch or ddex-sftp.")],
    assets: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder with the files of assets.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to make; must not exist, or be empty.")],
    message_ids: Annotated[
        list[str] | None, typer.Option("--message-id", help="Id of each message, in order; else fresh ones.")
    ] = None,
    batch_id: Annotated[
        str | None, typer.Option(parser=read_batch_id, help="Id of the batch; else the moment of the messages.")
    ] = None,
    choreography_settings: Annotated[
        list[str] | None,
        typer.Option("--set-choreography", metavar="NAME=VALUE", help="A setting of the choreography; VALUE is JSON."),
    ] = None,
    choices: MessageChoices,
) -> None:
    """Write the package of some releases with all files; exit code 1 with every reason where there is none."""
    from distro_core.messages.message_id import new_message_id
    from distro_core.messages.packages import PackageOrder

    _check(releases, message_ids, choices)
    order = PackageOrder(
        choreography=choreography,
        message=choices.order(message_id=""),
        message_ids=message_ids or [new_message_id() for _ in releases],
        settings=read_settings(choreography_settings or ()),
        batch_id=batch_id,
    )
    packed = _read_all(releases, assets)
    with explained_by_release(releases, whole=output):
        built = asyncio.run(_build(packed, order, choices.plugins or []))
        _write(built, output)


def _check(releases: Sequence[Path], message_ids: Sequence[str] | None, choices: MessageChoices) -> None:
    """Raise `BadParameter` where the options do not fit together."""
    from distro_core.messages.packages import MAX_RELEASES

    if choices.kind is MessageKind.CATALOG_LIST:
        raise typer.BadParameter("a list of a catalogue travels without a package: use `message build`")
    if len(releases) > MAX_RELEASES:
        raise typer.BadParameter(f"a package has at most {MAX_RELEASES} releases")
    if message_ids and len(message_ids) != len(releases):
        raise typer.BadParameter("name an id for each release, or none")


def _read_all(releases: Sequence[Path], assets: Path) -> Sequence[PackedRelease]:
    """Every release with its files; leaves with what is wrong with any of them."""
    from distro_core.messages.input_files import load_release_file
    from distro_core.messages.packages import read_packed_release

    read: list[PackedRelease] = []
    for number, release in enumerate(releases, 1):
        typer.echo(f"Reading {release} ({number} of {len(releases)})", err=True)
        try:
            with explained(release):
                read.append(read_packed_release(load_release_file(release), assets))
        except typer.Exit:
            continue
    if len(read) < len(releases):
        raise typer.Exit(INVALID)
    return read


async def _build(releases: Sequence[PackedRelease], order: PackageOrder, plugins: Sequence[str]) -> BuiltPackage:
    from distro_core.messages.packages import build_package
    from distro_core.messages.standalone import open_plugins

    log_to_stderr()
    async with open_plugins(plugins) as opened:
        return await build_package(releases, order, opened)


def _write(built: BuiltPackage, output: Path) -> None:
    from distro_core.messages.packages import write_package

    def tell(number: int, count: int, file: PackageFile) -> None:
        typer.echo(f"[{number}/{count}] {file.path} ({file.size} bytes)", err=True)

    size = write_package(built, output, tell)
    typer.echo(f"{output}: {len(built.package.files)} files, {size} bytes", err=True)
