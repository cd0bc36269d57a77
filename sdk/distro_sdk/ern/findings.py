"""A finding with its place in the message, and what rules look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml.etree import _Element

from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage

Rule = Callable[[ParsedMessage], Iterator[ValidationIssue]]


def finding(
    code: str, message: str, element: _Element, *, clause: str = "", severity: Severity = Severity.ERROR
) -> ValidationIssue:
    """A finding at an element, with its XPath and line. `clause`: where DDEX says so, told with the message."""
    return ValidationIssue(
        code=code,
        message=f"{message} ({clause})" if clause else message,
        severity=severity,
        path=element.getroottree().getpath(element),
        line=element.sourceline,
    )


def primary_resources(message: ParsedMessage) -> list[_Element]:
    """Sound recordings and videos that are not supplemental."""
    found = [*message.root.findall("ResourceList/SoundRecording"), *message.root.findall("ResourceList/Video")]
    return [element for element in found if element.get("IsSupplemental") != "true"]


def profile_of(message: ParsedMessage) -> str:
    """The release profile that the message names, empty where it names none."""
    return str(message.root.get("ReleaseProfileVersionId") or "")


def tag_of(element: _Element) -> str:
    """The element's name; everything but the root is in no namespace."""
    return str(element.tag)
