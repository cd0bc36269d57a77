"""Our own RELAX NG grammars, which judge a message where no official schema is installed.

A grammar holds exactly what a builder writes. What several grammars share lies in the SDK: ``sdk:ern4/base.rng`` in an
``include`` is the file ``ern4/base.rng`` of the package `distro_sdk`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from lxml import etree

from distro_core.validation.judges import Finding, Judge
from distro_sdk.errors import DomainError
from distro_sdk.xml import hardened_parser

SDK: Final = "sdk:"
MAX_DEPTH: Final = 5
ECHO: Final = "failed to validate content"
_RNG: Final = "{http://relaxng.org/ns/structure/1.0}"


@cache
def grammar_judge(grammar: Path) -> Judge:
    """The judge of a grammar file, compiled once for the process; raises `DomainError` GRAMMAR_UNUSABLE."""
    return Judge(lambda: _compile(grammar))


def grammar_findings(judge: Judge, root: etree._Element) -> list[Finding]:
    """What a grammar says against a message, without the echo that every finding has in all elements around it.

    libxml2 goes from the element at fault outwards. Where that element may be left out, it names one beside it.
    """
    entries = judge.judge(root)
    found: list[Finding] = []
    for entry in [entry for entry in entries if not entry.message.endswith(ECHO)] or entries:
        around = entry.path.rpartition("/")[0] + "/"
        if not any(known.path.startswith(around) for known in found):
            found.append(entry)
    return found


def _compile(grammar: Path) -> etree.RelaxNG:
    try:
        root = _read(grammar.read_bytes())
        _expand(root, grammar.parent, MAX_DEPTH)
        return etree.RelaxNG(root)
    except (etree.LxmlError, OSError) as error:
        text = f"the grammar {grammar.name} of {grammar.parent.name} does not compile: {error}"
        raise DomainError("GRAMMAR_UNUSABLE", text[:1000]) from error


def _read(content: bytes) -> etree._Element:
    return etree.fromstring(content, hardened_parser())  # noqa: TID251 (a plugin's own file)


def _expand(root: etree._Element, folder: Path, depth: int) -> None:
    """Put what is included in the place of each ``include``; definitions inside of it replace those of the same name.

    libxml2 would do this as well, but finds included files by their address alone.
    """
    for include in list(root.iterchildren(f"{_RNG}include")):
        href = include.get("href", "")
        if depth == 0:
            raise OSError(f"grammars include each other more than {MAX_DEPTH} deep: {href}")
        included = _read(_included(href, folder))
        _expand(included, folder, depth - 1)
        replaced = set(_definitions(include))
        kept = [part for part in included if not replaced.intersection(_names(part))]
        for part in (*kept, *include):
            include.addprevious(part)
        root.remove(include)


def _included(href: str, folder: Path) -> bytes:
    if href.startswith(SDK):
        return files("distro_sdk").joinpath(href.removeprefix(SDK)).read_bytes()
    return (folder / href).read_bytes()


def _definitions(parent: etree._Element) -> Iterator[tuple[str, str]]:
    for part in parent:
        yield from _names(part)


def _names(part: etree._Element) -> Iterator[tuple[str, str]]:
    """What a part defines: kind and name, nothing for a comment."""
    if isinstance(part.tag, str):
        yield part.tag, part.get("name", "")
