"""Hostile and stray messages are refused with a reason, in little memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from distro_sdk.errors import DomainError
from distro_sdk.xml import MAX_MARKUP, MAX_MESSAGE_BYTES, parse_message
from tests.unit.validation.hostile import CASES, MEGABYTE

REPOSITORY = Path(__file__).resolve().parents[3]
MOST_MEGABYTES = 400
"""For a message of 20 MB at most: its tree, and what is found in it."""


Judge = Callable[[str], tuple[list[str], int]]


@contextmanager
def program(messages: Path, *folder: str) -> Iterator[Judge]:
    """Gives the codes with which a process of its own refuses a case, and the megabytes beside the message it took."""
    command = [sys.executable, "-m", "tests.unit.validation.hostile", *folder]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=REPOSITORY, text=True) as running:
        questions, answers = running.stdin, running.stdout
        assert questions is not None
        assert answers is not None

        def judge(case: str) -> tuple[list[str], int]:
            path = messages / "message.xml"
            path.write_bytes(CASES[case][0]())
            questions.write(f"{path}\n")
            questions.flush()
            answer = json.loads(answers.readline())
            path.unlink()
            assert answer.keys() == {"codes", "megabytes"}
            return answer["codes"], answer["megabytes"]

        yield judge


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Judges by our own grammars."""
    with program(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture(scope="module")
def official_judge(tmp_path_factory: pytest.TempPathFactory, ddex_folder: Path) -> Iterator[Judge]:
    """Judges by the official schemas."""
    with program(tmp_path_factory.mktemp("hostile"), str(ddex_folder)) as running:
        yield running


@pytest.mark.slow
@pytest.mark.proves("SEC-16")
@pytest.mark.parametrize("case", CASES)
def test_every_one_is_refused_in_bounded_memory(judge: Judge, case: str) -> None:
    codes, megabytes = judge(case)

    assert CASES[case][1] in codes
    assert megabytes < MOST_MEGABYTES


@pytest.mark.slow
@pytest.mark.proves("SEC-16")
@pytest.mark.parametrize("case", [case for case, (_, code) in CASES.items() if code == "SCHEMA_INVALID"])
def test_faults_without_number_do_not_fill_memory_with_the_official_schema_either(
    official_judge: Judge, case: str
) -> None:
    codes, megabytes = official_judge(case)

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
