"""Every error code that the source can raise, read from the source."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.features import TEST_FOLDERS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "error-codes.md"
SOURCES = ("sdk/distro_sdk", "core/distro_core", "api/distro_api", "plugins/distro_plugins")
CODE = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$")
ROW = re.compile(r"^\| `(?P<code>[A-Z0-9_]+)` \| (?P<meaning>.+) \|$", re.MULTILINE)

# Text in capitals that is no code: environment variables, libsndfile's subtypes, S3's storage classes.
OTHER = re.compile(
    r"^((DISTRO|PCM|MPEG)_|(STANDARD|ONEZONE)_IA$|(EXPRESS_ONEZONE|GLACIER_IR)$|(INTELLIGENT|REDUCED)_|SOURCE_DATE_EPOCH$)"
)

# Codes of one word, which look like any other word in capitals (ISRC, FLAC) and are therefore named here.
ONE_WORD = frozenset({"FORBIDDEN", "INTERNAL", "UNAUTHENTICATED", "UNKNOWN"})


@cache
def raised_codes() -> dict[str, set[str]]:
    """The files in which each code stands."""
    found: dict[str, set[str]] = {}
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            if "testing" in path.parts or "receiver" in path.parts:
                continue
            for code in _codes(ast.parse(path.read_text("utf-8"))):
                found.setdefault(code, set()).add(str(path.relative_to(ROOT)))
    return found


def documented_codes() -> dict[str, str]:
    """The meaning of each code on the page."""
    return {row["code"]: row["meaning"] for row in ROW.finditer(PAGE.read_text("utf-8"))}


def codes_documented_twice() -> list[str]:
    """Codes that have more than one row on the page."""
    counted = Counter(row["code"] for row in ROW.finditer(PAGE.read_text("utf-8")))
    return sorted(code for code, rows in counted.items() if rows > 1)


def codes_in_tests() -> set[str]:
    """Every code that a test names."""
    named: set[str] = set()
    for folder in TEST_FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            if path.is_relative_to(ROOT / "tests" / "architecture"):
                continue
            named.update(re.findall(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*", path.read_text("utf-8")))
    return named


def _codes(tree: ast.Module) -> Iterator[str]:
    exported = {
        item.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in node.targets)
        for item in ast.walk(node.value)
        if isinstance(item, ast.Constant)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            continue
        code = CODE.match(node.value) and not OTHER.match(node.value) and node.value not in exported
        if code or node.value in ONE_WORD:
            yield node.value
