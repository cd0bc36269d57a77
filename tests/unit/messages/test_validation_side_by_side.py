"""A large message is judged by its schema and by its rules at once, where nobody changes what both read."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lxml import etree

from distro_core.validation.judges import Finding, Judge
from distro_core.validation.pipeline import SIDE_BY_SIDE, validate_message
from distro_core.validation.schemas import SchemaLibrary
from distro_plugins.ern43 import Ern43Builder
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.models.validation import ValidationIssue, ValidationStage
from distro_sdk.xml import ParsedMessage
from tests.catalogue_examples import example_release
from tests.unit.messages.conftest import written

LARGE = written(example_release(tracks=200)).content
SMALL = written(example_release()).content
BROKEN = LARGE.replace(b"<Duration>PT3M25.5S</Duration>", b"<Duration>long</Duration>", 1).replace(
    b"<DealReleaseReference>R", b"<DealReleaseReference>R99", 1
)

pytestmark = pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor judges one after the other")


@dataclass
class Meeting:
    """Who judges waits for the other, who comes only if both judge at once."""

    both: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))
    met: list[bool] = field(default_factory=list)

    def attend(self, patience: float) -> None:
        """Wait for the other. `patience`: seconds."""
        try:
            self.both.wait(patience)
        except threading.BrokenBarrierError:
            self.met.append(False)
        else:
            self.met.append(True)


class MeetingJudge(Judge):
    """A schema that accepts everything once it has met the rules."""

    def __init__(self, meeting: Meeting, patience: float) -> None:
        self.meeting, self.patience = meeting, patience

    def judge(self, root: etree._Element, size: int | None = None) -> list[Finding]:
        self.meeting.attend(self.patience)
        return []


class MeetingLibrary(SchemaLibrary):
    """Has a schema for everything."""

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self.judge = judge

    def find(self, schema_set: str) -> Judge:
        return self.judge


@dataclass
class MeetingRules:
    """Rules that wait for the schema."""

    meeting: Meeting
    patience: float
    only_reads: bool
    name: str = "meeting"
    stage: ValidationStage = ValidationStage.BUSINESS_RULES
    formats: frozenset[str] = frozenset({"ern/4.3"})

    def validate(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        self.meeting.attend(self.patience)
        return ()


def meet(content: bytes, *, only_reads: bool, patience: float) -> list[bool]:
    """Whether schema and rules met while they judged a message."""
    meeting = Meeting()
    result = validate_message(
        content,
        builder=Ern43Builder(),
        validators=(MeetingRules(meeting, patience, only_reads),),
        schemas=MeetingLibrary(MeetingJudge(meeting, patience)),
    )
    assert result.valid
    return meeting.met


def test_a_large_message_is_judged_by_schema_and_rules_at_once() -> None:
    assert len(LARGE) >= SIDE_BY_SIDE

    assert meet(LARGE, only_reads=True, patience=30) == [True, True]


def test_rules_that_may_change_the_message_have_it_for_themselves() -> None:
    assert meet(LARGE, only_reads=False, patience=0.05) == [False, False]


def test_a_small_message_is_judged_one_after_the_other() -> None:
    assert len(SMALL) < SIDE_BY_SIDE

    assert meet(SMALL, only_reads=True, patience=0.05) == [False, False]


def test_what_both_find_is_what_they_find_one_after_the_other(ddex_folder: Path) -> None:
    class CarefulRules(Ern4Rules):
        only_reads = False

    rules, careful = Ern4Rules("ern/4.3"), CarefulRules("ern/4.3")
    schemas = SchemaLibrary(ddex_folder)

    at_once, in_turn = (
        validate_message(BROKEN, builder=Ern43Builder(), validators=(judge,), schemas=schemas)
        for judge in (rules, careful)
    )

    assert at_once == in_turn
    assert (at_once.schema_valid, at_once.business_rules_valid) == (False, False)
    assert {"SCHEMA_INVALID", "REFERENCE_DANGLING"} <= {error.code for error in at_once.errors}
