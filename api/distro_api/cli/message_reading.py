"""`message read` and `message diff`: what a message says, and wherein two differ, without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from distro_api.cli.faults import INVALID, explained
from distro_api.cli.message import AssetFolder, app, log_to_stderr
from distro_api.cli.message_options import Plugins

if TYPE_CHECKING:
    from distro_core.messages.comparison import Difference, Told
    from distro_sdk.messages import ReadMessage, ReadRelease

__all__ = ["app"]

DIFFERENT = 1
_LONGEST_CELL = 300

Schemas = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        file_okay=False,
        envvar="DISTRO_DDEX_SCHEMAS",
        help="Folder with DDEX's official XSD files; a message that breaks them is refused.",
    ),
]


@app.command("read")
def read(
    *,
    message: Annotated[Path, typer.Argument(metavar="FILE.xml", exists=True, dir_okay=False, help="The message.")],
    assets: AssetFolder = None,
    schemas: Schemas = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else to stdout.")] = None,
    unread: Annotated[bool, typer.Option("--unread", help="List what has no place in our model.")] = False,
    plugins: Plugins = None,
) -> None:
    """Print the release of a message as a release file; a message of several gives a list of them.

    Files are named as the message names them. With --assets they are compared with what it says, and described.
    """
    from distro_core.messages.input_files import load_message
    from distro_core.messages.reading import describe_files

    with explained(message):
        found = asyncio.run(_read(load_message(message), schemas, plugins or []))
        described = [() if assets is None else describe_files(release, assets) for release in found.releases]
    files = [
        _release_file(release, [asset.model_dump(mode="json", exclude_none=True) for asset in known])
        for release, known in zip(found.releases, described, strict=True)
    ]
    text = json.dumps(files[0] if len(files) == 1 else files, ensure_ascii=False, indent=2)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
    _tell_unread(message, found, listed=unread)


@app.command("diff")
def diff(
    *,
    first: Annotated[Path, typer.Argument(metavar="A", exists=True, dir_okay=False, help="Message or release file.")],
    second: Annotated[Path, typer.Argument(metavar="B", exists=True, dir_okay=False, help="Message or release file.")],
    assets: AssetFolder = None,
    schemas: Schemas = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the differences as JSON.")] = False,
    plugins: Plugins = None,
) -> None:
    """Compare what two messages or release files say; exit code 0 where it is the same, 1 where it is not.

    Made-up ids, and order where it says nothing, are no difference. Without --assets, files that a release file names
    are not described.
    """
    from distro_core.messages.comparison import compare_releases

    told = []
    for file in (first, second):
        with explained(file):
            told.append(_told(file, assets, schemas, plugins or []))
    differences = compare_releases(told[0], told[1])
    if as_json:
        rows = [{"path": one.place, "first": one.first, "second": one.second} for one in differences]
        typer.echo(json.dumps({"same": not rows, "differences": rows}, ensure_ascii=False, indent=2))
    else:
        _print_differences(first, second, differences)
    raise typer.Exit(DIFFERENT if differences else 0)


async def _read(content: bytes, schemas: Path | None, plugins: Sequence[str]) -> ReadMessage:
    from distro_core.messages.reading import read_message
    from distro_core.messages.standalone import open_plugins
    from distro_core.settings import Settings
    from distro_core.validation.schemas import SchemaLibrary

    log_to_stderr()
    official = SchemaLibrary(schemas, Settings().installed_schemas)
    async with open_plugins(plugins) as opened:
        return read_message(content, opened.message_readers.values(), official)


def _told(file: Path, assets: Path | None, schemas: Path | None, plugins: Sequence[str]) -> Told:
    """A release as a message or a release file tells it; the content decides which of them it is."""
    from distro_core.messages.comparison import Told
    from distro_core.messages.input_files import load_either

    content, is_xml = load_either(file)
    if not is_xml:
        return Told(complete=_read_release_file(content, assets))
    found = asyncio.run(_read(content, schemas, plugins))
    if len(found.releases) != 1:
        typer.echo(f"{file}: a message of {len(found.releases)} releases cannot be compared", err=True)
        raise typer.Exit(INVALID)
    (release,) = found.releases
    return Told(complete=release.complete, details=release.details, terms=release.terms)


def _read_release_file(content: bytes, assets: Path | None) -> Any:
    """The release of a release file; without a folder of files, assets that are given by a file are left out."""
    from distro_core.messages.release_file import read_release_file

    if assets is None:
        try:
            given = json.loads(content, parse_float=str)
        except ValueError:
            given = None
        if isinstance(given, dict) and isinstance(given.get("assets"), list):
            given["assets"] = [asset for asset in given["assets"] if not isinstance(asset, dict) or "file" not in asset]
            content = json.dumps(given).encode()
    return read_release_file(content, assets)


def _release_file(release: ReadRelease, described: list[dict[str, Any]]) -> dict[str, Any]:
    """A release in the form of the release file: assets in full where they were described, else by their files."""
    complete = release.complete.model_dump(mode="json", exclude_defaults=True)
    named = [
        {"id": asset_id, "kind": release.details[asset_id].kind.value, "file": uri}
        for asset_id, uri in release.files.items()
    ]
    return {
        "release": {"id": complete["release"]["id"], **complete["release"]},
        "parties": complete.get("parties", []),
        "assets": described or named,
    }


def _tell_unread(message: Path, found: ReadMessage, *, listed: bool) -> None:
    if listed:
        for path in found.unread:
            typer.echo(path, err=True)
    elif found.unread:
        count = len(found.unread)
        typer.echo(f"{message}: {count} kinds of elements have no place in a release; --unread lists them", err=True)


def _print_differences(first: Path, second: Path, differences: Sequence[Difference]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not differences:
        typer.echo("both say the same")
        return
    table = Table("Field", first.name, second.name, title=f"{len(differences)} differences", title_justify="left")
    for one in differences:
        # Text, because a path such as tracks[1] would be read as markup.
        table.add_row(*(Text(cell, overflow="fold") for cell in (one.place, _cell(one.first), _cell(one.second))))
    Console().print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
