"""The tutorial shows what stands in the example, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "plugin-development.md"
EXAMPLE = ROOT / "examples" / "hello-plugin"
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCES = [*EXAMPLE.rglob("*.py"), EXAMPLE / "pyproject.toml", EXAMPLE / "src" / "hello_plugin" / "plugin.json"]


def blocks(*languages: str) -> list[str]:
    found = BLOCK.finditer(PAGE.read_text("utf-8"))
    return [block["text"].rstrip() for block in found if block["language"] in languages]


@pytest.mark.parametrize("block", blocks("python", "toml", "json"))
def test_what_the_tutorial_shows_stands_in_the_example(block: str) -> None:
    assert any(block in source.read_text("utf-8") for source in SOURCES)


def test_the_files_that_the_tutorial_draws_exist() -> None:
    drawn = next(text for text in blocks("text") if text.startswith("hello-plugin/"))

    for name in re.findall(r"\w+\.(?:py|json|toml)", drawn):
        assert list(EXAMPLE.rglob(name)), name


def test_the_tutorial_names_every_suite_of_the_test_kit() -> None:
    kit = ROOT / "sdk" / "distro_sdk" / "testing"
    suites = {
        suite
        for path in kit.glob("*.py")
        for suite in re.findall(r"^class (\w+Conformance)", path.read_text("utf-8"), re.MULTILINE)
    }

    assert suites == set(re.findall(r"`(\w+Conformance)`", PAGE.read_text("utf-8")))
