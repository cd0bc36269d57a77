"""`schemas install` and `schemas list`: DDEX's official schemas, for those who have accepted DDEX's licence."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro_sdk.errors import DomainError

if TYPE_CHECKING:
    from distro_core.settings import Settings
    from distro_core.validation.schema_store import Installation, InstalledSet

REFUSED = 1

LICENCE = """\
DDEX's schemas are © Digital Data Exchange, LLC (DDEX) and are not part of this platform.
They may be used under two free licences of DDEX:
  Evaluation Licence, to develop and test:
    https://kb.ddex.net/display/HBK/Evaluation+Licence+for+DDEX+Standards
  Implementation Licence, needed before messages are exchanged with partners:
    https://ddex.net/apply-ddex-implementation-licence\
"""

app = typer.Typer(help="DDEX's official schemas, by which messages are judged.", no_args_is_help=True)


@app.command("install")
def install(
    *,
    folder: Annotated[
        Path | None,
        typer.Argument(exists=True, file_okay=False, help="Folder that holds DDEX's XSD files, at any depth."),
    ] = None,
    download: Annotated[
        bool, typer.Option("--download", help="Fetch them from the address in DISTRO_DDEX_SCHEMA_ADDRESS.")
    ] = False,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="You have read and accept DDEX's licence; do not ask.")
    ] = False,
) -> None:
    """Install DDEX's schemas into the data folder, after you have accepted DDEX's licence."""
    from distro_core.settings import Settings

    if (folder is None) is not download:
        raise typer.BadParameter("name either a folder or --download")
    typer.echo(LICENCE, err=True)
    if not accept_licence and not typer.confirm("Do you accept DDEX's licence?", err=True):
        typer.echo("nothing was installed", err=True)
        raise typer.Exit(REFUSED)
    try:
        done = _install(Settings(), folder)
    except (DomainError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from error
    for found in done.installed:
        typer.echo(f"{found.name} installed ({len(found.files)} files)")
    for name, reason in sorted(done.refused.items()):
        typer.echo(f"{name} left out: {reason}", err=True)
    raise typer.Exit(REFUSED if done.refused else 0)


@app.command("list")
def list_sets() -> None:
    """List the schemas that are installed."""
    from distro_core.settings import Settings
    from distro_core.validation.schema_store import SchemaStore

    try:
        installed = SchemaStore(Settings().installed_schemas).list()
    except DomainError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from error
    if not installed:
        typer.echo("no schema of DDEX is installed: messages are judged by our own grammars")
    for found in installed:
        typer.echo(_line(found))


def _install(settings: Settings, folder: Path | None) -> Installation:
    from distro_core.validation.schema_download import download_schemas
    from distro_core.validation.schema_store import Installation, SchemaStore

    store, now = SchemaStore(settings.installed_schemas), datetime.now(UTC)
    settings.data_path.mkdir(parents=True, exist_ok=True)
    if folder is not None:
        return store.install(folder, source=str(folder.resolve()), now=now)
    address = settings.ddex_schema_address
    with tempfile.TemporaryDirectory(prefix="ddex-schemas-") as fetched:
        missing = download_schemas(address, Path(fetched))
        if not any(Path(fetched).iterdir()):
            return Installation((), missing)
        done = store.install(Path(fetched), source=address, now=now)
    return Installation(done.installed, {**missing, **done.refused})


def _line(found: InstalledSet) -> str:
    files = ", ".join(found.files)
    return f"{found.name:16} {found.installed_at:%Y-%m-%d %H:%M} UTC  {found.source}  ({files})"
