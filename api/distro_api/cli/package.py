"""`package build`: whole packages with their files, without a server and without a database.

Everything heavy is imported by the command that needs it, so that it starts fast.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro_api.cli.message import (
    INVALID,
    MessageKind,
    Plugins,
    explained,
    log_to_stderr,
    print_faults,
    read_dpid,
    read_moment,
    read_settings,
)
from distro_sdk.errors import DomainError, DomainErrors, PluginError
from distro_sdk.models.message import HashAlgorithm, MessageOptions, ReleaseProfile, TakedownForm

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
def build(
    *,
    releases: Annotated[
        list[Path],
        typer.Option("--release", exists=True, dir_okay=False, help="A release file (JSON); several go along."),
    ],
    choreography: Annotated[str, typer.Option(help="How it is laid out, such as batch or ddex-sftp.")],
    assets: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder with the files of assets.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to make; must not exist, or be empty.")],
    format: Annotated[str, typer.Option(help="Format of the messages, such as ern/3.8.2 or apple/5.3.")] = "ern/4.3",
    kind: Annotated[MessageKind, typer.Option("--type", help="What to tell.")] = MessageKind.INITIAL,
    sender: Annotated[str | None, typer.Option(parser=read_dpid, help="Sender's party id; else the label's.")] = None,
    recipient: Annotated[
        str | None, typer.Option(parser=read_dpid, help="Recipient's party id; else the platform's.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="Platform whose terms and genres hold; else one that takes the format.")
    ] = None,
    message_ids: Annotated[
        list[str] | None, typer.Option("--message-id", help="Id of each message, in order; else fresh ones.")
    ] = None,
    batch_id: Annotated[
        str | None, typer.Option(parser=read_batch_id, help="Id of the batch; else the moment of the messages.")
    ] = None,
    created: Annotated[datetime | None, typer.Option(parser=read_moment, help="When it was made; else now.")] = None,
    profile: Annotated[ReleaseProfile | None, typer.Option(help="Profile; else each release decides.")] = None,
    takedown_form: Annotated[TakedownForm, typer.Option(help="How a takedown is said.")] = TakedownForm.NO_DEALS,
    hash_algorithm: Annotated[HashAlgorithm, typer.Option(help="Hash of the files.")] = HashAlgorithm.MD5,
    immersive: Annotated[bool, typer.Option("--immersive", help="Deliver immersive twins of recordings.")] = False,
    update_indicator: Annotated[
        bool, typer.Option("--update-indicator", help="Say OriginalMessage or UpdateMessage (ERN 3.8.2).")
    ] = False,
    companions: Annotated[
        list[str] | None, typer.Option("--companion", help="Format of a message that travels beside: mead/1.1.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the format; VALUE is JSON.")
    ] = None,
    choreography_settings: Annotated[
        list[str] | None,
        typer.Option("--set-choreography", metavar="NAME=VALUE", help="A setting of the choreography; VALUE is JSON."),
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Mark the messages as tests.")] = False,
    plugins: Plugins = None,
) -> None:
    """Write the package of some releases with all files; exit code 1 with every reason where there is none."""
    from distro_core.messages.message_id import new_message_id
    from distro_core.messages.packages import MAX_RELEASES, PackageOrder
    from distro_core.messages.standalone import StandaloneOrder

    if kind is MessageKind.CATALOG_LIST:
        raise typer.BadParameter("a list of a catalogue travels without a package: use `message build`")
    if len(releases) > MAX_RELEASES:
        raise typer.BadParameter(f"a package has at most {MAX_RELEASES} releases")
    if message_ids and len(message_ids) != len(releases):
        raise typer.BadParameter("name an id for each release, or none")
    message = StandaloneOrder(
        format=format,
        platform=platform,
        subtype=kind.subtype,
        message_id="",
        created_at=created or datetime.now(UTC),
        test=test,
        sender=sender,
        recipient=recipient,
        profile=profile,
        options=MessageOptions(
            takedown_form=TakedownForm.PURGE if kind is MessageKind.PURGE else takedown_form,
            hash_algorithm=hash_algorithm,
            immersive_audio=immersive,
            update_indicator=update_indicator,
            companions=tuple(companions or ()),
        ),
        settings=read_settings(settings or ()),
    )
    order = PackageOrder(
        choreography=choreography,
        message=message,
        message_ids=message_ids or [new_message_id() for _ in releases],
        settings=read_settings(choreography_settings or ()),
        batch_id=batch_id,
    )
    packed = _read_all(releases, assets)
    with _explained_by_release(releases, output):
        built = asyncio.run(_build(packed, order, plugins or []))
        _write(built, output)


def _read_all(releases: Sequence[Path], assets: Path) -> Sequence[PackedRelease]:
    """Every release with its files; leaves with what is wrong with any of them."""
    from distro_core.messages.packages import read_packed_release

    read: list[PackedRelease] = []
    for number, release in enumerate(releases, 1):
        typer.echo(f"Reading {release} ({number} of {len(releases)})", err=True)
        try:
            with explained(release):
                read.append(read_packed_release(release.read_bytes(), assets))
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


@contextmanager
def _explained_by_release(releases: Sequence[Path], output: Path) -> Iterator[None]:
    """Print what is wrong with each release, and with the package, and leave with 1."""
    try:
        yield
    except PluginError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(INVALID) from error
    except DomainError as error:
        faults = error.errors if isinstance(error, DomainErrors) else (error,)
        of_package = [fault for fault in faults if fault.path[:1] != ("releases",)]
        if of_package:
            print_faults(output, of_package)
        for place, release in enumerate(releases):
            own = [fault for fault in faults if fault.path[:2] == ("releases", place)]
            if own:
                inner = [DomainError(fault.code, fault.message, fault.path[2:]) for fault in own]
                print_faults(release, inner, within="release")
        raise typer.Exit(INVALID) from error
