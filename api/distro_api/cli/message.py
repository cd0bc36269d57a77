"""`message build`, `message validate` and `message schema`: without a server and without a database.

Everything heavy is imported by the command that needs it, so that each starts fast.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from distro_sdk.errors import DomainError, DomainErrors, PluginError
from distro_sdk.models.message import HashAlgorithm, MessageOptions, MessageSubtype, ReleaseProfile, TakedownForm

if TYPE_CHECKING:
    from distro_core.messages.standalone import StandaloneOrder
    from distro_sdk.models.catalogue import CompleteRelease
    from distro_sdk.models.validation import ValidationIssue, ValidationResult

INVALID = 1

app = typer.Typer(help="Messages from release files, and their verdicts, without a server.", no_args_is_help=True)

AssetFolder = Annotated[
    Path | None, typer.Option("--assets", exists=True, file_okay=False, help="Folder with the files of assets.")
]
Plugins = Annotated[
    list[str] | None, typer.Option("--plugin", help="Id of an installed plugin to use beside the built-in ones.")
]


def read_dpid(value: str) -> str:
    """A party id of the command line; raises `BadParameter`."""
    from distro_core.catalogue.identifiers import check_dpid

    try:
        return check_dpid(value)
    except DomainError as error:
        raise typer.BadParameter(error.message) from error


def read_moment(value: str) -> datetime:
    """A moment in ISO 8601, UTC where it names no zone; raises `BadParameter`."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(f"{value!r} is not a moment such as 2026-01-31T12:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class MessageKind(StrEnum):
    """What kind of message to build."""

    INITIAL = "initial"
    UPDATE = "update"
    TAKEDOWN = "takedown"
    PURGE = "purge"
    CATALOG_LIST = "catalog-list"

    @property
    def subtype(self) -> MessageSubtype:
        """Why the release is told about; a purge is a takedown, a list of a catalogue tells it anew."""
        if self is MessageKind.PURGE:
            return MessageSubtype.TAKEDOWN
        return MessageSubtype.INITIAL if self is MessageKind.CATALOG_LIST else MessageSubtype(self.value)


@app.command("build")
def build(
    *,
    releases: Annotated[
        list[Path],
        typer.Option("--release", exists=True, dir_okay=False, help="The release file (JSON); several for a list."),
    ],
    format: Annotated[str, typer.Option(help="Format of the message, such as ern/3.8.2 or apple/5.3.")] = "ern/4.3",
    kind: Annotated[MessageKind, typer.Option("--type", help="What to tell.")] = MessageKind.INITIAL,
    sender: Annotated[str | None, typer.Option(parser=read_dpid, help="Sender's party id; else the label's.")] = None,
    recipient: Annotated[
        str | None, typer.Option(parser=read_dpid, help="Recipient's party id; else the platform's.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="Platform whose terms, layout and genres hold; else one that takes the format.")
    ] = None,
    choreography: Annotated[str | None, typer.Option(help="Where files lie; else as the platform has it.")] = None,
    assets: AssetFolder = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else to stdout.")] = None,
    message_id: Annotated[str | None, typer.Option(help="Id of the message; else a fresh one.")] = None,
    created: Annotated[datetime | None, typer.Option(parser=read_moment, help="When it was made; else now.")] = None,
    profile: Annotated[ReleaseProfile | None, typer.Option(help="Profile; else the release decides.")] = None,
    takedown_form: Annotated[TakedownForm, typer.Option(help="How a takedown is said.")] = TakedownForm.NO_DEALS,
    hash_algorithm: Annotated[HashAlgorithm, typer.Option(help="Hash of the files.")] = HashAlgorithm.MD5,
    immersive: Annotated[bool, typer.Option("--immersive", help="Deliver immersive twins of recordings.")] = False,
    update_indicator: Annotated[
        bool, typer.Option("--update-indicator", help="Say OriginalMessage or UpdateMessage (ERN 3.8.2).")
    ] = False,
    further_images: Annotated[
        bool, typer.Option("--further-images/--cover-only", help="Tell of images beside the front cover.")
    ] = True,
    booklet: Annotated[bool, typer.Option(help="Tell of the booklet.")] = True,
    companions: Annotated[
        list[str] | None, typer.Option("--companion", help="Format of a message that travels beside: mead/1.1.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the format; VALUE is JSON.")
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Mark it as a test message.")] = False,
    pretty: Annotated[bool, typer.Option("--pretty", help="Indent it, a line for each element.")] = False,
    plugins: Plugins = None,
) -> None:
    """Write the message of a release file; exit code 1 with every reason when the release cannot be told."""
    from distro_core.messages.message_id import new_message_id
    from distro_core.messages.release_file import read_release_file
    from distro_core.messages.standalone import StandaloneOrder

    if len(releases) > 1 and kind is not MessageKind.CATALOG_LIST:
        raise typer.BadParameter("a message tells of one release; only a catalog-list tells of several")
    order = StandaloneOrder(
        format=format,
        platform=platform,
        choreography=choreography,
        subtype=kind.subtype,
        message_id=message_id or new_message_id(),
        created_at=created or datetime.now(UTC),
        test=test,
        sender=sender,
        recipient=recipient,
        profile=profile,
        options=MessageOptions(
            takedown_form=TakedownForm.PURGE if kind is MessageKind.PURGE else takedown_form,
            hash_algorithm=hash_algorithm,
            immersive_audio=immersive,
            further_images=further_images,
            booklet=booklet,
            update_indicator=update_indicator,
            companions=tuple(companions or ()),
        ),
        settings=read_settings(settings or ()),
    )
    completes = []
    for release in releases:
        with explained(release):
            completes.append(read_release_file(release.read_bytes(), assets))
    with explained(releases[0], within="release"):
        content = asyncio.run(_build(completes, order, kind, plugins or []))
    if pretty:
        content = _indented(content)
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)
        typer.echo(f"{output}: {format} {kind.value} {order.message_id}, {len(content)} bytes", err=True)


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


def read_settings(given: Sequence[str]) -> dict[str, Any]:
    """Settings as ``name=value``, where a value that is no JSON is a text; raises `BadParameter`."""
    settings: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"{one!r} is not NAME=VALUE")
        try:
            settings[name] = json.loads(value)
        except json.JSONDecodeError:
            settings[name] = value
    return settings


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of the release file."""
    from distro_core.messages.release_file_schema import release_file_schema

    typer.echo(json.dumps(release_file_schema(), ensure_ascii=False, indent=2))


async def _build(
    completes: Sequence[CompleteRelease], order: StandaloneOrder, kind: MessageKind, plugins: Sequence[str]
) -> bytes:
    from distro_core.messages.standalone import build_catalog_list, build_message, open_plugins

    log_to_stderr()
    async with open_plugins(plugins) as opened:
        if kind is MessageKind.CATALOG_LIST:
            return build_catalog_list(completes, order, opened)
        return await build_message(completes[0], order, opened)


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


@contextmanager
def explained(file: Path, within: str = "") -> Iterator[None]:
    """Print what is wrong with a file and leave with 1. `within`: the field of the file in which paths begin."""
    try:
        yield
    except PluginError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(INVALID) from error
    except DomainError as error:
        print_faults(file, error.errors if isinstance(error, DomainErrors) else (error,), within)
        raise typer.Exit(INVALID) from error


def print_faults(file: Path, faults: Sequence[DomainError], within: str = "") -> None:
    """Print what is wrong with a file on stderr. `within`: the field of the file in which paths begin."""
    rows = [(fault.code, _dotted(fault, within), "", fault.message) for fault in faults]
    _print_table(f"{file}: {_count(rows, 'error')}", rows)


def _dotted(fault: DomainError, within: str) -> str:
    return ".".join(str(step) for step in ((within,) if within and fault.path else ()) + fault.path)


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
            _print_table(f"{message}: {_count(issues, word)}", [_row(issue) for issue in issues], err=False)


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}" + ("" if len(things) == 1 else "s")


def _row(issue: ValidationIssue) -> tuple[str, str, str, str]:
    return issue.code, issue.path, "" if issue.line is None else str(issue.line), issue.message


def _print_table(title: str, rows: Sequence[tuple[str, str, str, str]], *, err: bool = True) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    has_lines = any(row[2] for row in rows)
    headings = ("Code", "Path", *(("Line",) if has_lines else ()), "Message")
    table = Table(*headings, title=title, title_justify="left", show_lines=False)
    for code, path, line, text in rows:
        # Text, because a path such as tracks[1] would be read as markup.
        table.add_row(*(Text(cell, overflow="fold") for cell in (code, path, *((line,) if has_lines else ()), text)))
    Console(stderr=err).print(table)
