"""How commands tell what they did: lines for people, or one JSON document for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from distro_sdk.errors import DomainError, DomainErrors

JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document instead of lines.")]

REFUSED = 1


@dataclass(frozen=True)
class Teller:
    """`as_json`: whether standard output is for one JSON document; progress goes to standard error either way."""

    as_json: bool = False

    def progress(self, text: str) -> None:
        """Say what is being done."""
        typer.echo(text, err=True)

    def result(self, document: Any, lines: Sequence[str]) -> None:
        """Say what came of it."""
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False) if self.as_json else "\n".join(lines))

    def results(self, told: Sequence[tuple[Any, Sequence[str]]]) -> None:
        """Say what came of each of several things: one document of one, a list of more."""
        documents = [document for document, _ in told]
        lines = [line for _, each in told for line in each]
        self.result(documents[0] if len(documents) == 1 else documents, lines)

    def refuse(self, errors: Sequence[DomainError]) -> typer.Exit:
        """Say why there is no result; the exit to raise."""
        if self.as_json:
            typer.echo(json.dumps({"errors": list(map(_document, errors))}, indent=2, ensure_ascii=False))
        for error in errors:
            typer.echo(f"error: {error}", err=True)
        return typer.Exit(REFUSED)


@contextmanager
def telling(as_json: bool) -> Iterator[Teller]:
    """What a command tells with; a domain error ends the command with its text and exit code 1."""
    teller = Teller(as_json)
    try:
        yield teller
    except DomainErrors as error:
        raise teller.refuse(error.errors) from error
    except DomainError as error:
        raise teller.refuse([error]) from error


def _document(error: DomainError) -> Mapping[str, Any]:
    return {"code": error.code, "message": error.message, "path": list(error.path)}
