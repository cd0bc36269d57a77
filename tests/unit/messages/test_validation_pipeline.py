"""The four stages, each with what it must find."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from distro_core.validation.pipeline import validate_message
from distro_core.validation.schemas import SchemaLibrary
from distro_plugins.ern43 import Ern43Builder, Ern43Rules
from distro_sdk.errors import DomainError
from distro_sdk.models.validation import ValidationIssue, ValidationResult
from distro_sdk.xml import ParsedMessage, parse_message
from tests.catalogue_examples import example_release
from tests.unit.messages.conftest import written

VALID = written(example_release()).content


def judge(content: bytes, folder: Path | None = None, contents: OneFileMissing | None = None) -> ValidationResult:
    """The verdict on a message."""
    return validate_message(
        content,
        builder=Ern43Builder(),
        validators=(Ern43Rules(),),
        schemas=SchemaLibrary(folder),
        contents=contents,
    )


class OneFileMissing:
    """Finds that the first file which the message names is not there."""

    def check(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        name = message.root.findtext(".//URI")
        return (ValidationIssue(code="FILE_MISSING", message=f"{name} is not there", path=str(name)),)


@pytest.mark.proves("VAL-03")
def test_a_message_that_is_not_well_formed_goes_no_further() -> None:
    result = judge(VALID[:-20])

    assert result.xml_valid is False
    assert (result.schema_valid, result.business_rules_valid, result.content_valid) == (None, None, None)
    assert [error.code for error in result.errors] == ["XML_NOT_WELL_FORMED"]


@pytest.mark.proves("VAL-04", "VAL-07")
def test_schema_errors_are_told_together_with_those_of_later_stages(ddex_folder: Path) -> None:
    broken = VALID.replace(b"<Duration>PT3M25.5S</Duration>", b"<Duration>long</Duration>", 1)
    broken = broken.replace(b"<DealReleaseReference>R0<", b"<DealReleaseReference>R9<")

    result = judge(broken, ddex_folder, OneFileMissing())

    assert (result.xml_valid, result.schema_valid) == (True, False)
    assert (result.business_rules_valid, result.content_valid) == (False, False)
    assert {"SCHEMA_INVALID", "REFERENCE_DANGLING", "FILE_MISSING"} <= {error.code for error in result.errors}
    assert result.schema_judge == "XSD ern/4.3"


def test_a_valid_message_is_valid_in_every_stage(ddex_folder: Path) -> None:
    result = judge(VALID, ddex_folder)

    assert (result.xml_valid, result.schema_valid, result.business_rules_valid) == (True, True, True)
    assert result.valid
    assert (result.errors, result.warnings) == ((), ())


def test_without_schemas_the_verdict_says_so() -> None:
    result = judge(VALID)

    assert (result.schema_valid, result.schema_judge) == (None, None)
    assert [warning.code for warning in result.warnings] == ["SCHEMA_NOT_INSTALLED"]
    assert result.valid


def test_a_message_of_no_known_format_is_refused() -> None:
    result = validate_message(b"<a/>", builder=None, validators=(), schemas=SchemaLibrary(None))

    assert [error.code for error in result.errors] == ["FORMAT_UNKNOWN"]


def test_a_folder_with_a_broken_schema_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "ern" / "4.3"
    folder.mkdir(parents=True)
    (folder / "release-notification.xsd").write_text("<schema/>")

    with pytest.raises(DomainError) as refused:
        SchemaLibrary(tmp_path).find("ern/4.3")

    assert refused.value.code == "SCHEMA_UNUSABLE"


@pytest.mark.proves("SEC-16")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>', "XML_DOCTYPE_FORBIDDEN"),
        (
            b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 100 + b'"><!ENTITY y "' + b"&x;" * 100 + b'">]><a>&y;</a>',
            "XML_DOCTYPE_FORBIDDEN",
        ),
        (b"<a>" + b" " * (20 * 1024 * 1024) + b"</a>", "XML_TOO_LARGE"),
        (b"\xff\xfe\x00", "XML_NOT_WELL_FORMED"),
        (b"", "XML_NOT_WELL_FORMED"),
    ],
)
def test_dangerous_xml_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_message(content)

    assert refused.value.code == code
