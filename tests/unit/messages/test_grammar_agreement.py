"""Our grammars against the official schemas: they accept the same messages and refuse the same faults."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from lxml.etree import _Element

from distro_core.validation.grammars import grammar_findings, grammar_judge
from distro_core.validation.schemas import SchemaLibrary
from distro_plugins.ern42 import Ern42Builder
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.ern432 import Ern432Builder
from distro_sdk.errors import DomainErrors
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.message import MessagePlan
from distro_sdk.xml import parse_message
from tests.any_plan import plans
from tests.message_mutations import KINDS, mutations

BUILDERS: tuple[MessageBuilder, ...] = (Ern42Builder(), Ern43Builder(), Ern432Builder())
LEAST_AGREEMENT = 0.99
MESSAGES = 60
MUTATIONS = 25


def messages(builder: MessageBuilder, count: int, start: int = 1) -> list[_Element]:
    """Messages of any plans, the same ones each time."""
    built: list[_Element] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(plans(max_tracks=5))
    def build(plan: MessagePlan) -> None:
        try:
            built.append(parse_message(builder.build(plan)).root)
        except DomainErrors:
            return

    build()
    return built


@pytest.mark.slow
@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.format)
def test_the_grammar_accepts_whatever_the_builder_writes(builder: MessageBuilder) -> None:
    assert builder.grammar is not None
    judge = grammar_judge(builder.grammar)

    found = [grammar_findings(judge, message) for message in messages(builder, 200)]

    assert len(found) > 150
    assert [[entry.message for entry in entries] for entries in found if entries] == []


@pytest.mark.slow
@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.format)
def test_grammar_and_schema_find_the_same_faults(builder: MessageBuilder, ddex_folder: Path) -> None:
    official = SchemaLibrary(ddex_folder).find(builder.schema)
    assert official is not None
    assert builder.grammar is not None
    own, random = grammar_judge(builder.grammar), Random(7)
    kinds: set[str] = set()
    judged = agreed = refused = 0

    for message in messages(builder, MESSAGES, start=2):
        for mutation in mutations(message, MUTATIONS, random):
            valid = official.compiled.validate(mutation.root)
            judged += 1
            refused += not valid
            agreed += own.compiled.validate(mutation.root) == valid
            kinds.add(mutation.kind)

    assert kinds == set(KINDS)
    assert 0.4 < refused / judged < 0.9
    assert agreed / judged >= LEAST_AGREEMENT
