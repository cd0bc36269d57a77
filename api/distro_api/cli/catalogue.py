"""`import`: a catalogue from a folder with a CSV file, or with ERN messages, and the files that belong to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from distro_sdk.errors import DomainError

if TYPE_CHECKING:
    from distro_core.platform import Platform
    from distro_core.scope import Scope

KINDS = {".wav": "audio", ".flac": "audio", ".mp3": "audio", ".jpg": "image", ".jpeg": "image", ".png": "image"}


def import_catalogue(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Folder with the CSV file or the packages, and files.")
    ],
    tenant: Annotated[str, typer.Option(help="Key of the tenant.")],
    csv: Annotated[Path | None, typer.Option(help="The CSV file; default: the only one in the folder.")] = None,
    schemas: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, envvar="DISTRO_DDEX_SCHEMAS", help="Folder with DDEX's official XSD files."
        ),
    ] = None,
) -> None:
    """Import releases and tracks from a CSV file, else from ERN messages, with the files that belong to them.

    A folder without a CSV file is taken for ERN packages: every message there or below, with its files.
    """
    from distro_api.cli.catalogue_messages import holds_messages, import_messages
    from distro_api.cli.people import run_on_platform

    console = Console()
    packages = csv is None and not any(folder.glob("*.csv")) and holds_messages(folder)
    table = None if packages else csv or _only_csv(folder)

    async def run(platform: Platform) -> bool:
        if table is None:
            return await import_messages(platform, tenant, folder, schemas, console)
        return await _import(platform, tenant, table, folder, console)

    if not run_on_platform(run):
        raise typer.Exit(1)


async def _import(platform: Platform, tenant_key: str, table: Path, folder: Path, console: Console) -> bool:
    from distro_api.cli.people import find_tenant
    from distro_core.imports.service import ImportService
    from distro_core.scope import SYSTEM_ACTOR

    scope = await platform.scope((await find_tenant(platform, tenant_key)).id, SYSTEM_ACTOR)
    assets, complete = await _take_in(scope, folder, console)
    imports = ImportService(scope)
    job = await imports.create(table.read_bytes(), assets, file_name=table.name)
    with console.status(f"import {job.total_rows} rows …"):
        await imports.run(job.id)
    done = await imports.get(job.id)
    report = Table("Row", "Status", "Release", "What is to be mended")
    after: str | None = None
    while True:
        page = await imports.rows(job.id, first=200, after=after)
        for row in page.documents:
            issues = "\n".join(f"{issue.code} {issue.column or ''}: {issue.message}" for issue in row.issues)
            report.add_row(str(row.number), row.status.value, row.icpn or "", issues)
        if not page.has_next:
            break
        after = page.cursors[-1]
    console.print(report)
    for stray in done.unmatched_files:
        console.print(f"{stray.file_name}: {stray.message}", markup=False)
    console.print(f"{done.ready_releases} of {done.total_releases} releases are ready, {done.failed} rows failed.")
    return complete and done.status.value == "completed" and done.failed == 0


async def _take_in(scope: Scope, folder: Path, console: Console) -> tuple[list[str], bool]:
    """Store every file of the folder; one that is refused is named and left out."""
    from distro_core.assets.local_files import read_blocks
    from distro_core.assets.service import AssetService
    from distro_sdk.models.assets import AssetKind

    assets: list[str] = []
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS)
    for number, path in enumerate(paths, start=1):
        with console.status(f"{path.name} ({number} of {len(paths)}) …"):
            try:
                kind = AssetKind(KINDS[path.suffix.lower()])
                assets.append((await AssetService(scope).receive(kind, path.name, read_blocks(path))).id)
            except DomainError as error:
                console.print(f"{path.name}: {error}", markup=False)
    return assets, len(assets) == len(paths)


def _only_csv(folder: Path) -> Path:
    found = sorted(folder.glob("*.csv"))
    if len(found) != 1:
        raise typer.BadParameter(f"there are {len(found)} CSV files in {folder}: name one with --csv")
    return found[0]
