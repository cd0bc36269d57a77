"""A finding with its place in the message."""

from __future__ import annotations

from lxml.etree import _Element

from distro_sdk.models.validation import Severity, ValidationIssue


def finding(code: str, message: str, element: _Element, severity: Severity = Severity.ERROR) -> ValidationIssue:
    """A finding at an element, with its XPath and line."""
    return ValidationIssue(
        code=code,
        message=message,
        severity=severity,
        path=element.getroottree().getpath(element),
        line=element.sourceline,
    )
