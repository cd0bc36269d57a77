"""What is wrong with the files of a command, printed for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from distro_sdk.errors import DomainError, DomainErrors, PluginError

if TYPE_CHECKING:
    from distro_sdk.errors import Path as ErrorPath

INVALID = 1

Row = tuple[str, str, str, str]
"""Code, path, line and message."""


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Print what is wrong with a file and leave with 1; paths are those into the file."""
    try:
        yield
    except PluginError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(INVALID) from error
    except DomainError as error:
        _print_faults(file, [(fault, fault.path) for fault in _each(error)])
        raise typer.Exit(INVALID) from error


@contextmanager
def explained_by_release(releases: Sequence[Path], whole: Path) -> Iterator[None]:
    """Print what is wrong with each release, and with what is made of them, and leave with 1.

    A path that begins with ``releases`` and a number is one into the release of that file. `whole`: what all other
    faults are about: the one release file, or the package.
    """
    try:
        yield
    except PluginError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(INVALID) from error
    except DomainError as error:
        told: dict[Path, list[tuple[DomainError, ErrorPath]]] = {whole: [], **{release: [] for release in releases}}
        for fault in _each(error):
            name, place = (*fault.path, None, None)[:2]
            if name == "releases" and isinstance(place, int):
                told[releases[place]].append((fault, _into_the_file(fault.path[2:])))
            else:
                told[whole].append((fault, _into_the_file(fault.path)))
        for file, faults in told.items():
            if faults:
                _print_faults(file, faults)
        raise typer.Exit(INVALID) from error


def count(things: Sequence[object], word: str) -> str:
    """How many there are, in words such as ``2 errors``."""
    return f"{len(things)} {word}" + ("" if len(things) == 1 else "s")


def print_table(title: str, rows: Sequence[Row], *, err: bool = True) -> None:
    """Print findings as a table. `err`: on stderr."""
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


def _each(error: DomainError) -> Sequence[DomainError]:
    return error.errors if isinstance(error, DomainErrors) else (error,)


def _into_the_file(path: ErrorPath) -> ErrorPath:
    """A path into the release as one into its file; parties, and what was asked for, stand beside the release."""
    from distro_sdk.models.catalogue import Release

    return ("release", *path) if path and path[0] in Release.model_fields else path


def _print_faults(file: Path, faults: Sequence[tuple[DomainError, ErrorPath]]) -> None:
    rows = [(fault.code, ".".join(str(step) for step in path), "", fault.message) for fault, path in faults]
    print_table(f"{file}: {count(rows, 'error')}", rows)
