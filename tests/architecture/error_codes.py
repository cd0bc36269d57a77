"""Every error code that the source can raise, read from the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "error-codes.md"
SOURCES = ("sdk/distro_sdk", "core/distro_core", "api/distro_api", "plugins/distro_plugins")
CODE = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$")
ROW = re.compile(r"^\| `(?P<code>[A-Z0-9_]+)` \| (?P<meaning>.+) \|$", re.MULTILINE)

# Where a code stands in a call: by callee, the position and the keyword.
CALLS = {
    "DomainError": (0, "code"),
    "TransportError": (1, "code"),
    "ValidationIssue": (0, "code"),
    "Index": (None, "error_code"),
}


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


def codes_in_tests() -> set[str]:
    """Every code that a test names."""
    named: set[str] = set()
    for folder in ("tests", "examples/hello-plugin/tests"):
        for path in (ROOT / folder).rglob("*.py"):
            named.update(re.findall(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", path.read_text("utf-8")))
    return named


def _codes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        callee = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if callee not in CALLS:
            continue
        position, keyword = CALLS[callee]
        values = [argument.value for argument in node.keywords if argument.arg == keyword]
        if position is not None and len(node.args) > position:
            values.append(node.args[position])
        for value in values:
            for literal in ast.walk(value):
                if isinstance(literal, ast.Constant) and isinstance(literal.value, str) and CODE.match(literal.value):
                    yield literal.value
