"""The four stages in which a message is judged (rows VAL-03 to VAL-08).

A message that is not well-formed goes no further; a message that breaks its schema is judged by the later stages all
the same, so that everything wrong with it is told at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.errors import DomainError
from distro_sdk.messages import MessageBuilder, MessageValidator
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationResult, ValidationStage
from distro_sdk.xml import ParsedMessage, parse_message

MAX_SCHEMA_ERRORS = 200


class ContentCheck(Protocol):
    """Compares the files that a message names with those that are there (row VAL-06)."""

    def check(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """Every difference."""
        ...


def validate_message(
    content: bytes,
    *,
    builder: MessageBuilder | None,
    validators: Sequence[MessageValidator],
    schemas: SchemaLibrary,
    contents: ContentCheck | None = None,
) -> ValidationResult:
    """Judge a message in all stages that can run.

    `builder`: names format and schema set, None for a message of no known format; `contents`: None where no files are
    at hand, which leaves the content stage out.
    """
    try:
        message = parse_message(content)
    except DomainError as error:
        return ValidationResult(xml_valid=False, errors=(ValidationIssue(code=error.code, message=error.message),))
    if builder is None:
        name = f"{{{message.namespace}}}{message.name}"
        return ValidationResult(
            xml_valid=True, errors=(ValidationIssue(code="FORMAT_UNKNOWN", message=f"no plugin knows {name}"),)
        )
    schema_issues, judge = _judge_schema(message, builder.schema, schemas)
    rule_issues = _judge_rules(message, builder.format, validators)
    content_issues = list(contents.check(message)) if contents is not None else []
    issues = [*schema_issues, *rule_issues, *content_issues]
    return ValidationResult(
        xml_valid=True,
        schema_valid=None if judge is None else not _errors(schema_issues),
        business_rules_valid=not _errors(rule_issues),
        content_valid=None if contents is None else not _errors(content_issues),
        errors=tuple(_errors(issues)),
        warnings=tuple(issue for issue in issues if issue.severity is Severity.WARNING),
        schema_judge=judge,
    )


def _judge_schema(
    message: ParsedMessage, schema_set: str, schemas: SchemaLibrary
) -> tuple[list[ValidationIssue], str | None]:
    schema = schemas.find(schema_set)
    if schema is None:
        text = f"no schema of {schema_set} is installed: the message was judged by our own rules alone"
        return [ValidationIssue(code="SCHEMA_NOT_INSTALLED", message=text, severity=Severity.WARNING)], None
    judge = f"XSD {schema_set}"
    if schema.validate(message.root):
        return [], judge
    return [
        ValidationIssue(code="SCHEMA_INVALID", message=entry.message, path=entry.path or "", line=entry.line)
        for entry in schemas.explain(schema, message.root)[:MAX_SCHEMA_ERRORS]
    ], judge


def _judge_rules(message: ParsedMessage, format: str, validators: Sequence[MessageValidator]) -> list[ValidationIssue]:
    return [
        issue
        for validator in validators
        if format in validator.formats and validator.stage is ValidationStage.BUSINESS_RULES
        for issue in validator.validate(message)
    ]


def _errors(issues: Sequence[ValidationIssue]) -> list[ValidationIssue]:
    return [issue for issue in issues if issue.severity is Severity.ERROR]
