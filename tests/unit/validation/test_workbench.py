"""DDEX Workbench as a validator, against a server that speaks its contract (rows VAL-02 and VAL-11)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from distro_core.validation.pipeline import validate_message
from distro_core.validation.schemas import SchemaLibrary
from distro_plugins.ern43 import Ern43Builder
from distro_plugins.workbench import WorkbenchPlugin, WorkbenchSettings, WorkbenchValidator, connection
from distro_plugins.workbench.settings import OFFICIAL_ADDRESS
from distro_plugins.workbench.verdicts import VerdictMemory
from distro_sdk.models.message import ReleaseProfile
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.testing.plans import example_plan
from distro_sdk.xml import ParsedMessage, parse_message
from tests.unit.validation.http_server import Answer, Request, Server, serve

KEY = "ddex_test_key"
VALID: dict[str, Any] = {"valid": True, "errors": [], "warnings": [], "metadata": {"processingTime": 12}}


def told(answer: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})


@contextmanager
def workbench(answer: Answer | Callable[[Request], Answer]) -> Iterator[Server]:
    """A server that answers as told under ``/v1``."""
    with serve(answer if callable(answer) else lambda request: answer) as server:
        yield server


def validator(server: Server, **settings: Any) -> WorkbenchValidator:
    given = {"api_key": KEY, "address": f"{server.address}/v1", "retries": 0, "timeout": 30, **settings}
    return WorkbenchValidator(WorkbenchSettings.model_validate(given))


def message(profile: ReleaseProfile = ReleaseProfile.AUDIO) -> ParsedMessage:
    return parse_message(Ern43Builder().build(example_plan(profile=profile)))


@pytest.mark.proves("VAL-02")
def test_a_message_is_sent_as_the_contract_wants_it() -> None:
    asked = message()
    with workbench(told(VALID)) as server:
        found = validator(server).validate(asked)

    (request,) = server.requests
    assert list(found) == []
    assert (request.method, request.path) == ("POST", "/v1/validate")
    assert request.headers["X-API-Key"] == KEY
    assert request.headers["Content-Type"] == "application/json"
    body = json.loads(request.body)
    assert {name: body[name] for name in body if name != "content"} == {
        "type": "ERN",
        "version": "4.3",
        "profile": "AudioAlbum",
    }
    sent = parse_message(body["content"].encode())
    assert (sent.namespace, sent.name) == (asked.namespace, asked.name)
    assert sent.root.findtext(".//TitleText") == asked.root.findtext(".//TitleText")


@pytest.mark.proves("VAL-02")
def test_its_answer_becomes_findings_with_place_and_rule() -> None:
    answer = {
        "valid": False,
        "errors": [
            {
                "line": 12,
                "column": 3,
                "message": "The ISRC is not one.",
                "severity": "error",
                "rule": "ERN-ISRC",
                "context": "ResourceList/SoundRecording",
                "suggestion": "Use 12 characters",
            },
            {"line": 0, "column": 0, "message": "Look here", "severity": "warning", "xpath": "/a/b"},
        ],
        "warnings": [{"line": 3, "column": 1, "message": "No C-line", "rule": None, "context": None}],
    }
    with workbench(told(answer)) as server:
        found = validator(server).validate(message())

    assert list(found) == [
        ValidationIssue(
            code="WORKBENCH_ERROR",
            message="ERN-ISRC: The ISRC is not one. (Use 12 characters)",
            path="ResourceList/SoundRecording",
            line=12,
        ),
        ValidationIssue(
            code="WORKBENCH_WARNING", message="Look here", severity=Severity.WARNING, path="/a/b", line=None
        ),
        ValidationIssue(code="WORKBENCH_WARNING", message="No C-line", severity=Severity.WARNING, line=3),
    ]


def test_a_message_called_invalid_without_a_reason_is_invalid() -> None:
    with workbench(told({"valid": False, "errors": [], "warnings": []})) as server:
        (found,) = validator(server).validate(message())

    assert (found.code, found.severity) == ("WORKBENCH_ERROR", Severity.ERROR)


@pytest.mark.proves("VAL-02")
@pytest.mark.parametrize(
    ("namespace", "attributes", "type", "expected"),
    [
        ("43", 'ReleaseProfileVersionId="Audio"', "Single", ("4.3", "AudioSingle")),
        ("43", 'ReleaseProfileVersionId="SimpleAudioSingle"', "Single", ("4.3", "AudioSingle")),
        ("42", 'ReleaseProfileVersionId="Video"', "Album", ("4.2", "Video")),
        ("42", 'ReleaseProfileVersionId="MixedMedia"', "Bundle", ("4.2", "Mixed")),
        (
            "43",
            'ReleaseProfileVersionId="Audio" ReleaseProfileVariantVersionId="BoxedSet Classical"',
            "Album",
            ("4.3", "Classical"),
        ),
        ("382", 'ReleaseProfileVersionId="CommonReleaseTypes/14/AudioAlbum"', "Album", ("3.8.2", "AudioAlbum")),
        ("382", 'ReleaseProfileVersionId="CommonReleaseTypes/14/FilmBundle"', "Film", ("3.8.2", None)),
        ("382", "", "Album", ("3.8.2", None)),
    ],
)
def test_version_and_profile_are_told_in_its_words(
    namespace: str, attributes: str, type: str, expected: tuple[str, str | None]
) -> None:
    release = f"<ReleaseList><Release><ReleaseType>{type}</ReleaseType></Release></ReleaseList>"
    root = f'<e:NewReleaseMessage xmlns:e="http://ddex.net/xml/ern/{namespace}" {attributes}>{release}'
    with workbench(told(VALID)) as server:
        validator(server).validate(parse_message(f"{root}</e:NewReleaseMessage>".encode()))

    body = json.loads(server.requests[0].body)
    assert (body["version"], body.get("profile")) == expected


@pytest.mark.parametrize("content", [b"<a/>", b'<e:NewReleaseMessage xmlns:e="http://ddex.net/xml/ern/432"/>'])
def test_what_it_does_not_know_is_not_sent(content: bytes) -> None:
    with workbench(told(VALID)) as server:
        found = validator(server).validate(parse_message(content))

    assert (list(found), server.requests) == ([], [])


@pytest.mark.proves("VAL-11")
def test_the_same_content_is_not_sent_twice() -> None:
    first, other = message(), message(ReleaseProfile.SIMPLE_AUDIO_SINGLE)
    with workbench(told({**VALID, "warnings": [{"message": "Hm"}]})) as server:
        judge = validator(server)
        with ThreadPoolExecutor(max_workers=4) as threads:
            verdicts = list(threads.map(judge.validate, [first] * 8))
        judge.validate(other)

    assert [len(verdict) for verdict in verdicts] == [1] * 8
    assert len(server.requests) == 2


@pytest.mark.proves("VAL-11")
def test_a_failure_is_not_remembered() -> None:
    answers = iter([told({}, 503), told(VALID)])
    with workbench(lambda request: next(answers)) as server:
        judge = validator(server)
        failed, judged = judge.validate(message()), judge.validate(message())

    assert [issue.code for issue in failed] == ["WORKBENCH_UNAVAILABLE"]
    assert list(judged) == []


def test_the_oldest_verdict_is_forgotten_first() -> None:
    memory, asked = VerdictMemory(size=2), []

    def judge(name: str) -> Callable[[], list[ValidationIssue]]:
        def ask() -> list[ValidationIssue]:
            asked.append(name)
            return []

        return ask

    for name in ("a", "b", "a", "c", "b", "a"):
        memory.get(name, judge(name))

    assert asked == ["a", "b", "c", "a"]


@pytest.mark.proves("VAL-02")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (told({"error": "no"}, 401), "WORKBENCH_UNAUTHORIZED"),
        (told({"error": "slow down"}, 429), "WORKBENCH_RATE_LIMITED"),
        (Answer(429, b"", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), "WORKBENCH_ANSWER_INVALID"),
        (told({"error": "broken"}, 500), "WORKBENCH_UNAVAILABLE"),
        (told({"error": "content too large"}, 413), "WORKBENCH_REFUSED"),
        (told({"error": "nothing here"}, 404), "WORKBENCH_REFUSED"),
        (Answer(302, b"", {"Location": "http://example.com/"}), "WORKBENCH_UNAVAILABLE"),
        (Answer(200, b"<html>"), "WORKBENCH_ANSWER_INVALID"),
        (told([]), "WORKBENCH_ANSWER_INVALID"),
        (told({"errors": []}), "WORKBENCH_ANSWER_INVALID"),
        (told({"valid": True, "errors": ["no object"]}), "WORKBENCH_ANSWER_INVALID"),
        (told({"valid": True, "errors": [{"line": "twelve"}]}), "WORKBENCH_ANSWER_INVALID"),
        (told({"valid": True, "errors": None}), "WORKBENCH_ANSWER_INVALID"),
        (Answer(200, b"{", {"Content-Length": "1000"}), "WORKBENCH_UNAVAILABLE"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.status),
)
def test_every_failure_is_a_finding(answer: Answer, code: str) -> None:
    with workbench(answer) as server:
        (lenient,) = validator(server).validate(message())
        (strict,) = validator(server, required=True).validate(message())

    assert (lenient.code, lenient.severity) == (code, Severity.WARNING)
    assert (strict.code, strict.severity) == (code, Severity.ERROR)
    assert KEY not in lenient.message
    assert len(lenient.message) <= 500


def test_a_server_that_is_not_there_or_does_not_answer_is_a_finding() -> None:
    released = threading.Event()
    with workbench(Answer(200, b"{}", delay=released)) as server:
        (silent,) = validator(server, timeout=0.2).validate(message())
        released.set()
    (gone,) = validator(server).validate(message())

    assert (silent.code, gone.code) == ("WORKBENCH_UNAVAILABLE", "WORKBENCH_UNAVAILABLE")


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_ANSWER_BYTES", 100_000)
    with workbench(Answer(200, b" " * 1_000_000)) as server:
        (found,) = validator(server).validate(message())

    assert found.code == "WORKBENCH_ANSWER_INVALID"


def test_what_may_pass_is_tried_again() -> None:
    answers = iter([told({}, 503), told({}, 429), told(VALID)])
    with workbench(lambda request: next(answers)) as server:
        found = validator(server, retries=2).validate(message())

    assert (list(found), len(server.requests)) == ([], 3)


@pytest.mark.proves("VAL-02")
def test_the_pipeline_counts_it_among_the_business_rules() -> None:
    broken = {"valid": False, "errors": [{"message": "No", "severity": "error"}]}
    with workbench(told(broken)) as server:
        result = validate_message(
            message().content, builder=Ern43Builder(), validators=(validator(server),), schemas=SchemaLibrary()
        )

    assert (result.business_rules_valid, result.valid) == (False, False)
    assert [error.code for error in result.errors] == ["WORKBENCH_ERROR"]


def test_the_plugin_is_active_where_the_operator_has_set_a_key() -> None:
    (active,) = WorkbenchPlugin({"api_key": KEY}).register_validators()

    assert list(WorkbenchPlugin().register_validators()) == []
    assert (active.name, active.formats) == ("workbench", frozenset({"ern/3.8.2", "ern/4.2", "ern/4.3"}))
    assert WorkbenchSettings(api_key=KEY).address == OFFICIAL_ADDRESS


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"address": "https://example.com"}, "api_key: Field required"),
        ({"api_key": ""}, "api_key: .*expected a key"),
        ({"api_key": "se\ncret"}, "api_key: .*expected a key"),
        ({"api_key": KEY, "address": "http://example.com/v1"}, "address: .*expected https"),
        ({"api_key": KEY, "address": "ftp://example.com"}, "address: .*expected https"),
        ({"api_key": KEY, "address": "https://me:pass@example.com"}, "address: .*plain address"),
        ({"api_key": KEY, "timeout": 0}, "timeout"),
        ({"api_key": KEY, "colour": "blue"}, "colour"),
    ],
)
def test_wrong_settings_are_refused_without_telling_the_key(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told) as refused:
        WorkbenchPlugin(settings)

    assert KEY not in str(refused.value)
