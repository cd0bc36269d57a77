"""In which order files must come, judged from what was done to them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from distro_api.receiver import FileAction, FileEvent, Severity
from distro_api.receiver.package import judge_order

FOLDER = "/20260928120000123"
MANIFEST = "BatchManifest.xml"
MESSAGE = "Release1/M1.xml"
MARKER = "BatchComplete.txt"


def written(*paths: str) -> list[tuple[FileAction, str, str | None]]:
    """Files that were opened under their own name, written and closed."""
    return [(action, path, None) for path in paths for action in (FileAction.OPENED, FileAction.WRITTEN)]


def renamed(*paths: str) -> list[tuple[FileAction, str, str | None]]:
    """Files that were written under another name and renamed."""
    steps: list[tuple[FileAction, str, str | None]] = []
    for path in paths:
        temporary = f"{path}.part"
        steps += [*written(temporary), (FileAction.RENAMED, temporary, path)]
    return steps


def findings(*groups: list[tuple[FileAction, str, str | None]]) -> list[tuple[str, str]]:
    steps = [step for group in groups for step in group]
    events = [
        FileEvent(
            sequence=number,
            at=datetime(2026, 9, 28, tzinfo=UTC),
            user="label",
            action=action,
            path=f"{FOLDER}/{path}",
            target=f"{FOLDER}/{target}" if target else None,
        )
        for number, (action, path, target) in enumerate(steps, 1)
    ]
    return [(finding.code, finding.path) for finding in judge_order(events, FOLDER, Severity.ERROR)]


@pytest.mark.parametrize("sent", [written, renamed])
def test_manifest_first_and_marker_last_is_right(sent: type) -> None:
    assert findings(sent(MANIFEST, MESSAGE, MARKER)) == []


def test_reading_after_the_marker_changes_nothing() -> None:
    assert findings(renamed(MANIFEST, MESSAGE, MARKER), [(FileAction.READ, MARKER, None)]) == []


@pytest.mark.parametrize("sent", [written, renamed])
def test_a_file_after_the_marker_is_late(sent: type) -> None:
    found = findings(sent(MANIFEST, MARKER, MESSAGE))

    assert ("MARKER_NOT_LAST", MESSAGE) in found
    assert {code for code, _ in found} == {"MARKER_NOT_LAST"}


@pytest.mark.parametrize(
    "step",
    [
        (FileAction.REMOVED, MESSAGE, None),
        (FileAction.OPENED, MESSAGE, None),
        (FileAction.TRUNCATED, MESSAGE, None),
        (FileAction.FOLDER_MADE, "Release2", None),
    ],
)
def test_nothing_at_all_may_be_done_after_the_marker(step: tuple[FileAction, str, None]) -> None:
    assert findings(renamed(MANIFEST, MESSAGE, MARKER), [step]) == [("MARKER_NOT_LAST", step[1])]


@pytest.mark.parametrize("sent", [written, renamed])
def test_a_second_marker_is_one_too_many(sent: type) -> None:
    assert ("MARKER_TWICE", MARKER) in findings(sent(MANIFEST, MESSAGE, MARKER, MARKER))


@pytest.mark.parametrize("sent", [written, renamed])
def test_the_manifest_comes_before_everything_else(sent: type) -> None:
    assert findings(sent(MESSAGE, MANIFEST, MARKER)) == [("MANIFEST_NOT_FIRST", MANIFEST)]


def test_a_second_attempt_may_send_the_manifest_again() -> None:
    assert findings(renamed(MANIFEST, MESSAGE), renamed(MANIFEST, "Release1/audio/1.wav", MARKER)) == []


def test_without_events_the_order_is_unknown() -> None:
    assert findings() == [("ORDER_UNKNOWN", "")]
