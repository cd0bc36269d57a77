"""The four stages in which a message is judged (rows VAL-03 to VAL-08).

A message that is not well-formed goes no further; a message that breaks its schema is judged by the later stages all
the same, so that everything wrong with it is told at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Protocol

import structlog

from distro_core.validation.grammars import grammar_findings, grammar_judge
from distro_core.validation.judges import MAX_FINDINGS, Finding, Judge
from distro_core.validation.schemas import SchemaLibrary, schema_set_of
from distro_sdk.errors import DomainError
from distro_sdk.messages import MessageValidator
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationResult, ValidationStage
from distro_sdk.xml import ParsedMessage, as_parsed

log = structlog.get_logger("distro.validation")

MAX_SCHEMA_ERRORS = MAX_FINDINGS
MAX_TOLD = 1000
"""Errors of a verdict, and warnings, that are told: a message can have more faults than fit into a database."""

SIDE_BY_SIDE = 64 * 1024
"""Bytes from which on schema and rules judge a message at once; a smaller one is done before a thread is up."""

_JUDGED_BEFORE: set[str] = set()
"""Schema sets by which this process has judged: their schemas have been read, which takes a while."""

MAX_FINDING = 500
"""Characters of a schema's finding: some list every allowed value."""


class JudgedFormat(Protocol):
    """What must be known of a format to judge its messages: part of a message builder and of a companion's."""

    format: str
    schema: str
    grammar: Path | None


class ContentCheck(Protocol):
    """Compares the files that a message names with those that are there (row VAL-06)."""

    def check(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """Every difference."""
        ...


def validate_message(
    content: bytes | ParsedMessage,
    *,
    builder: JudgedFormat | None,
    validators: Sequence[MessageValidator],
    schemas: SchemaLibrary,
    contents: ContentCheck | None = None,
) -> ValidationResult:
    """Judge a message in all stages that can run; blocks, so call it in a thread. What is parsed is not parsed again.

    `builder`: names format and schema set, None for a message of a format that no plugin builds: a DDEX schema judges
    it all the same where it is installed; `contents`: None where no files are at hand, which leaves that stage out.
    """
    try:
        message = as_parsed(content)
    except DomainError as error:
        return unreadable(error)
    format = builder.format if builder else schema_set_of(message.namespace)
    if format is None:
        text = f"no plugin knows {{{message.namespace}}}{message.name}"
        return ValidationResult(xml_valid=True, errors=(ValidationIssue(code="FORMAT_UNKNOWN", message=text),))
    schema_set = builder.schema if builder else format
    rules = _rules_of(format, validators)
    official = schemas.find(schema_set)
    if official is not None and _fit_side_by_side(message, rules):
        other = _schema_threads().submit(_judge_officially, message, schema_set, official)
        rule_issues = _judge_rules(message, rules)
        verdict: _SchemaVerdict | None = other.result()
    else:
        grammar = builder.grammar if builder else None
        verdict = _judge_schema(message, schema_set, official, grammar)
        rule_issues = _judge_rules(message, rules)
    _JUDGED_BEFORE.add(schema_set)
    schema_issues = verdict.issues if verdict else None
    content_issues = None if contents is None else list(contents.check(message))
    issues = [*(schema_issues or ()), *(rule_issues or ()), *(content_issues or ())]
    unjudged = _unjudged(schema_set, schema_issues, format, rule_issues)
    return ValidationResult(
        xml_valid=True,
        schema_valid=_verdict(schema_issues),
        business_rules_valid=_verdict(rule_issues),
        content_valid=_verdict(content_issues),
        errors=tuple(_errors([*issues, *unjudged])[:MAX_TOLD]),
        warnings=tuple([issue for issue in (*issues, *unjudged) if issue.severity is Severity.WARNING][:MAX_TOLD]),
        schema_judge=verdict.judge if verdict else None,
    )


def judges_briefly(builder: JudgedFormat, validators: Sequence[MessageValidator]) -> bool:
    """Whether a small message of a format is judged in no time: its schema has been read, and its rules only read."""
    return builder.schema in _JUDGED_BEFORE and _only_read(_rules_of(builder.format, validators))


def unreadable(error: DomainError) -> ValidationResult:
    """The verdict on what could not be parsed. `error`: why."""
    return ValidationResult(xml_valid=False, errors=(ValidationIssue(code=error.code, message=error.message),))


@dataclass(frozen=True)
class _SchemaVerdict:
    """What the schema stage found. `judge`: who judged, such as ``XSD ern/4.3`` or ``RELAX NG ern/4.3``."""

    judge: str
    issues: list[ValidationIssue]


def _fit_side_by_side(message: ParsedMessage, rules: Sequence[MessageValidator]) -> bool:
    """Whether two threads may and should judge: a validator that changed what the other walks would end the process."""
    worth = len(message.content) >= SIDE_BY_SIDE and (os.cpu_count() or 1) > 1
    return worth and _only_read(rules)


def _rules_of(format: str, validators: Sequence[MessageValidator]) -> list[MessageValidator]:
    return [each for each in validators if format in each.formats and each.stage is ValidationStage.BUSINESS_RULES]


def _only_read(rules: Sequence[MessageValidator]) -> bool:
    return all(getattr(judge, "only_reads", False) for judge in rules)


@cache
def _schema_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="schema")


def _judge_schema(
    message: ParsedMessage, schema_set: str, official: Judge | None, grammar: Path | None
) -> _SchemaVerdict | None:
    """The verdict of the official schema where it is installed, else of our own grammar; None without either."""
    if official is not None:
        return _judge_officially(message, schema_set, official)
    if grammar is None:
        return None
    return _SchemaVerdict(
        f"RELAX NG {schema_set}", _schema_issues(grammar_findings(grammar_judge(grammar), message.root))
    )


def _judge_officially(message: ParsedMessage, schema_set: str, official: Judge) -> _SchemaVerdict:
    return _SchemaVerdict(f"XSD {schema_set}", _schema_issues(official.judge(message.root, len(message.content))))


def _schema_issues(entries: Iterable[Finding]) -> list[ValidationIssue]:
    return [
        ValidationIssue(
            code="SCHEMA_INVALID", message=entry.message[:MAX_FINDING], path=entry.path, line=entry.line or None
        )
        for entry in islice(entries, MAX_SCHEMA_ERRORS)
    ]


def _judge_rules(message: ParsedMessage, judges: Sequence[MessageValidator]) -> list[ValidationIssue] | None:
    """Everything that the format's validators find, None where it has none."""
    return [issue for judge in judges for issue in _ask(judge, message)] if judges else None


def _ask(judge: MessageValidator, message: ParsedMessage) -> Sequence[ValidationIssue]:
    """What a validator finds; its own failure is an error, because nobody knows what it would have found."""
    try:
        return judge.validate(message)
    except Exception as error:
        log.warning("validator_failed", validator=judge.name, exc_info=error)
        text = f"the validator {judge.name} failed: {type(error).__name__}: {error}"
        return (ValidationIssue(code="VALIDATOR_FAILED", message=text[:MAX_FINDING]),)


def _unjudged(
    schema_set: str,
    schema_issues: list[ValidationIssue] | None,
    format: str,
    rule_issues: list[ValidationIssue] | None,
) -> list[ValidationIssue]:
    """Stages that nobody could judge: told, and an error where no judge was left at all."""
    severity = Severity.ERROR if schema_issues is None and rule_issues is None else Severity.WARNING
    told = []
    if schema_issues is None:
        text = f"no schema of {schema_set} is installed, so that our own rules alone were judges"
        told.append(ValidationIssue(code="SCHEMA_NOT_INSTALLED", message=text, severity=severity))
    if rule_issues is None:
        text = f"no plugin has rules for {format}"
        told.append(ValidationIssue(code="RULES_NOT_INSTALLED", message=text, severity=severity))
    return told


def _verdict(issues: Sequence[ValidationIssue] | None) -> bool | None:
    return None if issues is None else not _errors(issues)


def _errors(issues: Sequence[ValidationIssue]) -> list[ValidationIssue]:
    return [issue for issue in issues if issue.severity is Severity.ERROR]
