"""Our grammars against the official schemas: they accept the same messages and refuse the same faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from distro_core.validation.grammars import grammar_findings, grammar_judge
from distro_sdk.xml import parse_message
from tests.message_mutations import KINDS
from tests.unit.messages.breaking import remove
from tests.unit.messages.ern382_examples import LIST, changed
from tests.unit.messages.grammar_agreement import BUILDERS, measure, messages

LEAST_AGREEMENT = 0.99


@pytest.mark.slow
@pytest.mark.parametrize("format", BUILDERS)
def test_the_grammar_accepts_whatever_the_builder_writes(format: str) -> None:
    grammar = BUILDERS[format][0].grammar
    assert grammar is not None
    written = messages(format, 200, start=1)

    found = [entry.message[:200] for message in written for entry in grammar_findings(grammar_judge(grammar), message)]

    assert len(written) > 150
    assert {etree.QName(message).localname for message in written} == {"NewReleaseMessage", "PurgeReleaseMessage"}
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("format", BUILDERS)
def test_grammar_and_schema_find_the_same_faults(format: str, ddex_folder: Path) -> None:
    found = measure(format, ddex_folder, count=60, changes=25, start=2)

    assert found.kinds == set(KINDS)
    assert 0.4 < found.refused / found.judged < 0.9
    assert found.share >= LEAST_AGREEMENT, found.differing.most_common(5)


def test_the_list_of_a_catalogue_has_its_grammar_too() -> None:
    grammar = BUILDERS["ern/3.8.2"][0].grammar
    assert grammar is not None

    assert grammar_findings(grammar_judge(grammar), LIST.root) == []
    assert grammar_findings(grammar_judge(grammar), changed(LIST, remove("CatalogItem/ReleaseDate")).root) != []


@pytest.mark.parametrize("format", BUILDERS)
@pytest.mark.parametrize(
    "content", ["<a/>", '<e:MeadMessage xmlns:e="{namespace}"/>', '<e:NewReleaseMessage xmlns:e="{namespace}"/>']
)
def test_no_grammar_accepts_another_message_or_an_empty_one(format: str, content: str) -> None:
    builder = BUILDERS[format][0]
    assert builder.grammar is not None

    message = parse_message(content.format(namespace=builder.namespace).encode())

    assert grammar_findings(grammar_judge(builder.grammar), message.root) != []
