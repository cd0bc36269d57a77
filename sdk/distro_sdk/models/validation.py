"""What validation says of a message (rows VAL-03 to VAL-08)."""

from __future__ import annotations

from enum import StrEnum

from distro_sdk.models.base import Model


class ValidationStage(StrEnum):
    """The four stages, in the order in which they run."""

    XML = "xml"
    SCHEMA = "schema"
    BUSINESS_RULES = "business_rules"
    CONTENT = "content"


class Severity(StrEnum):
    """An error stops a delivery; a warning is told."""

    ERROR = "error"
    WARNING = "warning"


class ValidationIssue(Model):
    """One finding. `path`: an XPath into the message or a dotted path into the release; `line`: from 1."""

    code: str
    message: str
    severity: Severity = Severity.ERROR
    path: str = ""
    line: int | None = None


class ValidationResult(Model):
    """The verdict of all four stages. A stage that did not run leaves its flag None.

    `schema_judge` names what judged the schema stage, or is None where nothing could.
    """

    xml_valid: bool
    schema_valid: bool | None = None
    business_rules_valid: bool | None = None
    content_valid: bool | None = None
    errors: tuple[ValidationIssue, ...] = ()
    warnings: tuple[ValidationIssue, ...] = ()
    schema_judge: str | None = None

    @property
    def valid(self) -> bool:
        """Whether no stage that ran found an error."""
        return not self.errors
