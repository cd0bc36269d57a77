"""Our own grammars: what they share is included, and what they find is told without echo."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from distro_core.validation.grammars import grammar_findings, grammar_judge
from distro_sdk.errors import DomainError
from distro_sdk.xml import parse_message

HEAD = (
    '<grammar xmlns="http://relaxng.org/ns/structure/1.0"'
    ' datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">{}</grammar>'
)
BASE = """
<!-- What all formats share. -->
<start><element name="Message"><oneOrMore><ref name="Release"/></oneOrMore><ref name="Date"/></element></start>
<define name="Release"><element name="Release"><text/></element></define>
<define name="Date"><element name="Date"><data type="date"/></element></define>
"""


@pytest.fixture
def grammar(tmp_path: Path) -> Path:
    """A grammar that includes another and defines releases anew."""
    (tmp_path / "base.rng").write_text(HEAD.format(BASE), "utf-8")
    own = '<define name="Release"><element name="Release"><data type="integer"/></element></define>'
    (tmp_path / "grammar.rng").write_text(HEAD.format(f'<include href="base.rng">{own}</include>'), "utf-8")
    return tmp_path / "grammar.rng"


def found(grammar: Path, content: str) -> list[tuple[str | None, int]]:
    entries = grammar_findings(grammar_judge(grammar), parse_message(content.encode()).root)
    return [(entry.path, entry.line) for entry in entries]


def test_a_definition_inside_an_include_replaces_the_one_that_is_included(grammar: Path) -> None:
    assert found(grammar, "<Message><Release>1</Release><Date>2026-01-15</Date></Message>") == []
    assert found(grammar, "<Message><Release>one</Release><Date>2026-01-15</Date></Message>") == [
        ("/Message/Release", 1)
    ]


def test_a_finding_is_told_once_at_the_element_at_fault(grammar: Path) -> None:
    message = "<Message>\n<Release>1</Release>\n<Release>2</Release>\n<Date>today</Date>\n</Message>"

    assert found(grammar, message) == [("/Message/Date", 4)]


def test_many_threads_ask_one_grammar_at_once(grammar: Path) -> None:
    valid = "<Message><Release>1</Release><Date>2026-01-15</Date></Message>"
    messages = [valid, *(valid.replace("2026", f"year {number}") for number in range(1, 40))]

    with ThreadPoolExecutor(max_workers=8) as threads:
        findings = list(threads.map(lambda content: found(grammar, content), messages * 5))

    assert [bool(entries) for entries in findings] == ([False] + [True] * 39) * 5


@pytest.mark.parametrize(
    "content",
    [
        "<start><ref name='nothing'/></start>",
        '<include href="missing.rng"/>',
        '<include href="grammar.rng"/>',
        '<include href="sdk:missing.rng"/>',
        "</grammar>",
    ],
)
def test_a_grammar_that_cannot_be_used_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "grammar.rng").write_text(HEAD.format(content), "utf-8")

    with pytest.raises(DomainError) as refused:
        grammar_judge(tmp_path / "grammar.rng")

    assert refused.value.code == "GRAMMAR_UNUSABLE"
