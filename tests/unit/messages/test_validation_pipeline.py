"""The four stages, each with what it must find."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from distro_core.validation.pipeline import MAX_SCHEMA_ERRORS, MAX_TOLD, validate_message
from distro_core.validation.schemas import SchemaLibrary, schema_set_of
from distro_plugins.ern43 import Ern43Builder
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.errors import DomainError
from distro_sdk.models.validation import Severity, ValidationIssue, ValidationResult, ValidationStage
from distro_sdk.xml import ParsedMessage, parse_message
from tests.catalogue_examples import example_release
from tests.unit.messages.conftest import written

VALID = written(example_release()).content


def judge(content: bytes, folder: Path | None = None, contents: OneFileMissing | None = None) -> ValidationResult:
    """The verdict on a message."""
    return validate_message(
        content,
        builder=Ern43Builder(),
        validators=(Ern4Rules("ern/4.3"),),
        schemas=SchemaLibrary(folder),
        contents=contents,
    )


class OneFileMissing:
    """Finds that the first file which the message names is not there."""

    def check(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        name = message.root.findtext(".//URI")
        return (ValidationIssue(code="FILE_MISSING", message=f"{name} is not there", path=str(name)),)


class WithoutGrammar:
    """ERN 4.3 as a plugin would offer it that has no grammar."""

    format = "ern/4.3"
    schema = "ern/4.3"
    grammar: Path | None = None


class Broken:
    """A validator with a fault of its own."""

    name = "broken"
    stage = ValidationStage.BUSINESS_RULES
    formats = frozenset({"ern/4.3"})

    def validate(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        raise RuntimeError("out of order")


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


@pytest.mark.proves("VAL-07")
def test_a_verdict_holds_a_flag_for_each_stage_with_errors_and_warnings() -> None:
    assert set(ValidationResult.model_fields) == {
        "xml_valid",
        "schema_valid",
        "business_rules_valid",
        "content_valid",
        "errors",
        "warnings",
        "schema_judge",
    }


def test_a_valid_message_is_valid_in_every_stage(ddex_folder: Path) -> None:
    result = judge(VALID, ddex_folder)

    assert (result.xml_valid, result.schema_valid, result.business_rules_valid) == (True, True, True)
    assert result.valid
    assert (result.errors, result.warnings) == ((), ())


@pytest.mark.proves("VAL-04")
def test_without_schemas_our_own_grammar_judges_and_the_verdict_says_so() -> None:
    faulty = VALID.replace(b"<Duration>PT3M25.5S</Duration>", b"<Duration>long</Duration>", 1)
    faulty = faulty.replace(b"<DealReleaseReference>R0<", b"<DealReleaseReference>R9<")

    valid, invalid = judge(VALID), judge(faulty)

    assert (valid.schema_valid, valid.schema_judge, valid.warnings) == (True, "RELAX NG ern/4.3", ())
    assert valid.valid
    assert (invalid.schema_valid, invalid.business_rules_valid) == (False, False)
    (found,) = [error for error in invalid.errors if error.code == "SCHEMA_INVALID"]
    assert found.path.startswith("/ern:NewReleaseMessage/ResourceList/SoundRecording[1]/")
    assert "REFERENCE_DANGLING" in {error.code for error in invalid.errors}
    assert invalid.schema_judge == "RELAX NG ern/4.3"


def test_without_schema_and_grammar_the_rules_alone_judge_with_a_warning() -> None:
    result = validate_message(
        VALID, builder=WithoutGrammar(), validators=(Ern4Rules("ern/4.3"),), schemas=SchemaLibrary()
    )

    assert (result.schema_valid, result.schema_judge) == (None, None)
    assert [warning.code for warning in result.warnings] == ["SCHEMA_NOT_INSTALLED"]
    assert result.valid


class Grumbler:
    """Finds many thousand things wrong, the last of them an error."""

    name = "grumbler"
    stage = ValidationStage.BUSINESS_RULES
    formats = frozenset({"ern/4.3"})

    def validate(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        warning = ValidationIssue(code="GRUMBLE", message="hm", severity=Severity.WARNING)
        return [warning] * 5000 + [ValidationIssue(code="GRUMBLE", message="no")] * 5000


def test_no_more_findings_are_told_than_anybody_reads_and_errors_are_among_them() -> None:
    result = validate_message(VALID, builder=WithoutGrammar(), validators=(Grumbler(),), schemas=SchemaLibrary())

    assert (len(result.errors), len(result.warnings), result.valid) == (MAX_TOLD, MAX_TOLD, False)


def test_a_validator_that_fails_is_told_as_an_error_and_the_others_are_asked() -> None:
    result = validate_message(
        VALID,
        builder=WithoutGrammar(),
        validators=(Broken(), Ern4Rules("ern/4.3")),
        schemas=SchemaLibrary(),
    )

    assert [(error.code, error.message) for error in result.errors] == [
        ("VALIDATOR_FAILED", "the validator broken failed: RuntimeError: out of order")
    ]
    assert (result.business_rules_valid, result.valid) == (False, False)


def test_a_message_of_no_known_format_is_refused() -> None:
    result = validate_message(b"<a/>", builder=None, validators=(), schemas=SchemaLibrary(None))

    assert [error.code for error in result.errors] == ["FORMAT_UNKNOWN"]


@pytest.mark.parametrize(
    ("name", "valid"),
    [("4.2/4_SimpleAudioSingle.xml", True), ("3.8.2/release-profiles/Profile_AudioSingle.xml", True)],
)
def test_a_format_that_nobody_builds_is_judged_by_its_schema(ddex_folder: Path, name: str, valid: bool) -> None:
    content = (ddex_folder / "samples" / name).read_bytes()

    result = validate_message(
        content, builder=None, validators=(Ern4Rules("ern/4.3"),), schemas=SchemaLibrary(ddex_folder)
    )

    assert (result.schema_valid, result.business_rules_valid) == (valid, None)
    assert [warning.code for warning in result.warnings] == ["RULES_NOT_INSTALLED"]


def test_a_known_format_without_any_judge_is_no_valid_message() -> None:
    result = validate_message(
        b'<e:NewReleaseMessage xmlns:e="http://ddex.net/xml/ern/42"/>',
        builder=None,
        validators=(),
        schemas=SchemaLibrary(None),
    )

    assert [error.code for error in result.errors] == ["SCHEMA_NOT_INSTALLED", "RULES_NOT_INSTALLED"]


def test_no_more_schema_errors_are_told_than_anybody_reads(ddex_folder: Path) -> None:
    party = b"<Party><PartyReference>Q</PartyReference></Party>"

    result = judge(VALID.replace(b"<PartyList>", b"<PartyList>" + party * 300), ddex_folder)

    assert len([error for error in result.errors if error.code == "SCHEMA_INVALID"]) == MAX_SCHEMA_ERRORS


@pytest.mark.parametrize(
    ("namespace", "schema_set"),
    [
        ("http://ddex.net/xml/ern/43", "ern/4.3"),
        ("http://ddex.net/xml/ern/382", "ern/3.8.2"),
        ("http://ddex.net/xml/ern-c-sftp/18", "ern-c-sftp/1.8"),
        ("http://ddex.net/xml/ern/../43", None),
        ("http://example.com/xml/ern/43", None),
        ("", None),
    ],
)
def test_the_namespace_tells_the_schema_set(namespace: str, schema_set: str | None) -> None:
    assert schema_set_of(namespace) == schema_set


def test_schemas_lie_in_the_folder_itself_or_in_its_subfolder_xsd(ddex_folder: Path) -> None:
    assert SchemaLibrary(ddex_folder).find("ern/4.3") is not None
    assert SchemaLibrary(ddex_folder / "xsd").find("ern/4.3") is not None
    assert SchemaLibrary(ddex_folder).find("ern/9.9") is None


def test_many_threads_judge_at_once_and_each_gets_its_own_findings(ddex_folder: Path) -> None:
    schemas = SchemaLibrary(ddex_folder)
    broken = [VALID.replace(b"<Year>2019</Year>", f"<Year>year {n}</Year>".encode()) for n in range(16)]

    def judged(content: bytes) -> list[str]:
        result = validate_message(content, builder=Ern43Builder(), validators=(Ern4Rules("ern/4.3"),), schemas=schemas)
        return [error.message for error in result.errors]

    with ThreadPoolExecutor(max_workers=8) as threads:
        found = list(threads.map(judged, [content for one in broken for content in (one, VALID)]))

    assert found[1::2] == [[]] * 16
    for number, messages in enumerate(found[::2]):
        assert len(messages) == 1
        assert f"'year {number}'" in messages[0]


def test_a_schema_that_imports_what_is_not_there_is_never_fetched(tmp_path: Path) -> None:
    folder = tmp_path / "ern" / "4.3"
    folder.mkdir(parents=True)
    (folder / "release-notification.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        '<xs:import namespace="urn:x" schemaLocation="http://example.com/other.xsd"/></xs:schema>'
    )

    with pytest.raises(DomainError) as refused:
        SchemaLibrary(tmp_path).find("ern/4.3")

    assert refused.value.code == "SCHEMA_UNUSABLE"


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
