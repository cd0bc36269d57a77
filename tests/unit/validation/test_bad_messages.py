"""Hostile and stray messages are refused with a reason, in little memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from distro_sdk.errors import DomainError
from distro_sdk.xml import MAX_MARKUP, MAX_MESSAGE_BYTES, parse_message
from tests.unit.validation.hostile import CASES, MEGABYTE

REPOSITORY = Path(__file__).resolve().parents[3]
MOST_MEGABYTES = 400
"""For a message of 20 MB at most: its tree, and what is found in it."""


def judged(case: str, *folder: str) -> tuple[list[str], int]:
    """The codes with which a program of its own refuses a case, and the megabytes that it took beside the message."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.unit.validation.hostile", *folder],
        input=CASES[case][0](),
        capture_output=True,
        cwd=REPOSITORY,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    answer = json.loads(run.stdout)
    return answer["codes"], answer["megabytes"]


@pytest.mark.slow
@pytest.mark.proves("SEC-16")
@pytest.mark.parametrize("case", CASES)
def test_every_one_is_refused_in_bounded_memory(case: str) -> None:
    codes, megabytes = judged(case)

    assert CASES[case][1] in codes
    assert megabytes < MOST_MEGABYTES


@pytest.mark.slow
@pytest.mark.proves("SEC-16")
@pytest.mark.parametrize("case", [case for case, (_, code) in CASES.items() if code == "SCHEMA_INVALID"])
def test_faults_without_number_do_not_fill_memory_with_the_official_schema_either(case: str, ddex_folder: Path) -> None:
    codes, megabytes = judged(case, str(ddex_folder))

    assert "SCHEMA_INVALID" in codes
    assert megabytes < MOST_MEGABYTES


@pytest.mark.proves("SEC-16")
@pytest.mark.parametrize(
    "content",
    [
        b" " * (MAX_MESSAGE_BYTES + 1),
        b"<a>" + b"<b/>" * MAX_MARKUP + b"</a>",
        b"<a>" + b"=" * (MAX_MARKUP + 1) + b"</a>",
        b"<" * (5 * MEGABYTE),
    ],
)
def test_what_is_too_large_is_refused_before_it_is_parsed(content: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        parse_message(content)

    assert refused.value.code == "XML_TOO_LARGE"
