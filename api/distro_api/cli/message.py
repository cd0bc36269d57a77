"""`message build`, `message validate` and `message schema`: without a server and without a database.

Everything heavy is imported by the command that needs it, so that each starts fast.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distro_api.cli.faults import INVALID, Row, count, explained, explained_by_release, print_table
from distro_api.cli.message_options import (
    MessageChoices,
    MessageKind,
    Plugins,
    with_message_choices,
)

if TYPE_CHECKING:
    from distro_core.messages.standalone import StandaloneOrder
    from distro_sdk.models.catalogue import CompleteRelease
    from distro_sdk.models.validation import ValidationIssue, ValidationResult

app = typer.Typer(help="Messages from release files, and their verdicts, without a server.", no_args_is_help=True)

AssetFolder = Annotated[
    Path | None, typer.Option("--assets", exists=True, file_okay=False, help="Folder with the files of assets.")
]


@app.command("build")
@with_message_choices
def build(
    *,
    releases: Annotated[
        list[Path],
        typer.Option("--release", exists=True, dir_okay=False, help="The release file (JSON); several for a list."),
    ],
    choreography: Annotated[str | None, typer.Option(help="Where files lie; else as the platform has it.")] = None,
    assets: AssetFolder = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else to stdout.")] = None,
    message_id: Annotated[str | None, typer.Option(help="Id of the message; else a fresh one.")] = None,
    pretty: Annotated[bool, typer.Option("--pretty", help="Indent it, a line for each element.")] = False,
    choices: MessageChoices,
) -> None:
    """Write the message of a release file; exit code 1 with every reason when the release cannot be told."""
    from distro_core.messages.message_id import new_message_id

    if choices.kind is MessageKind.CATALOG_LIST:
        choices.refuse_ignored("a list of a catalogue")
    elif len(releases) > 1:
        raise typer.BadParameter("a message tells of one release; only a catalog-list tells of several")
    order = choices.order(message_id or new_message_id(), choreography)
    completes = _read_releases(releases, assets)
    with explained_by_release(releases, whole=releases[0]):
        content = asyncio.run(_build(completes, order, choices))
    _write(_indented(content) if pretty else content, output, f"{order.format} {choices.kind.value} {order.message_id}")


@app.command("validate")
def validate(
    *,
    message: Annotated[Path, typer.Argument(metavar="FILE.xml", exists=True, dir_okay=False, help="The message.")],
    schemas: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, envvar="DISTRO_DDEX_SCHEMAS", help="Folder with DDEX's official XSD files."
        ),
    ] = None,
    assets: AssetFolder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    plugins: Plugins = None,
) -> None:
    """Judge a message in four stages; exit code 0 where it is valid, 1 where it is not."""
    with explained(message):
        result = asyncio.run(_validate(_read_message(message), schemas, assets, plugins or []))
    if as_json:
        typer.echo(json.dumps({"valid": result.valid, **result.model_dump(mode="json")}, ensure_ascii=False, indent=2))
    else:
        _print_verdict(message, result)
    raise typer.Exit(0 if result.valid else INVALID)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of the release file."""
    from distro_core.messages.release_file_schema import release_file_schema

    typer.echo(json.dumps(release_file_schema(), ensure_ascii=False, indent=2))


def _read_releases(releases: Sequence[Path], assets: Path | None) -> list[CompleteRelease]:
    from distro_core.messages.input_files import load_release_file
    from distro_core.messages.release_file import read_release_file

    completes = []
    for release in releases:
        with explained(release):
            completes.append(read_release_file(load_release_file(release), assets))
    return completes


async def _build(completes: Sequence[CompleteRelease], order: StandaloneOrder, choices: MessageChoices) -> bytes:
    from distro_core.messages.standalone import build_catalog_list, build_message, open_plugins

    log_to_stderr()
    async with open_plugins(choices.plugins or ()) as opened:
        if choices.kind is MessageKind.CATALOG_LIST:
            return build_catalog_list(completes, order, opened)
        if order.format in opened.companion_builders:
            choices.refuse_ignored(f"a message of {order.format}")
        return await build_message(completes[0], order, opened)


def _write(content: bytes, output: Path | None, told: str) -> None:
    """Write a message into a file, and then say so; without a file to stdout."""
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)
        typer.echo(f"{output}: {told}, {len(content)} bytes", err=True)


def _read_message(file: Path) -> bytes:
    """No more of a file than makes it too large."""
    from distro_sdk.xml import MAX_MESSAGE_BYTES

    with file.open("rb") as content:
        return content.read(MAX_MESSAGE_BYTES + 1)


async def _validate(
    content: bytes, schemas: Path | None, assets: Path | None, plugins: Sequence[str]
) -> ValidationResult:
    from distro_core.messages.standalone import judge_message, open_plugins
    from distro_core.settings import Settings
    from distro_core.validation.schemas import SchemaLibrary

    log_to_stderr()
    settings = Settings()
    async with open_plugins(plugins, settings.plugins) as opened:
        return judge_message(content, opened, SchemaLibrary(schemas, settings.installed_schemas), folder=assets)


def _indented(content: bytes) -> bytes:
    from lxml import etree

    from distro_sdk.xml import parse_message

    root = parse_message(content).root
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def log_to_stderr() -> None:
    """Keep stdout for what the command makes."""
    from distro_core.logs import configure_logging
    from distro_core.settings import Settings

    configure_logging(Settings.model_construct(development=True, log_level="WARNING"))


def _print_verdict(message: Path, result: ValidationResult) -> None:
    stages = {
        "XML": result.xml_valid,
        "schema": result.schema_valid,
        "business rules": result.business_rules_valid,
        "content": result.content_valid,
    }
    words = {True: "valid", False: "invalid", None: "not judged"}
    for stage, verdict in stages.items():
        judge = f" ({result.schema_judge})" if stage == "schema" and result.schema_judge else ""
        typer.echo(f"{stage + judge:32} {words[verdict]}")
    for word, issues in (("error", result.errors), ("warning", result.warnings)):
        if issues:
            print_table(f"{message}: {count(issues, word)}", [_row(issue) for issue in issues], err=False)


def _row(issue: ValidationIssue) -> Row:
    return issue.code, issue.path, "" if issue.line is None else str(issue.line), issue.message
