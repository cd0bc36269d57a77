"""The feature table and the tests that prove its rows, both read from the repository."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "features.md"
ROW = re.compile(r"^\| (?P<id>[A-Z0-9]{3}-[0-9A-Z]+) \| (?P<text>.+) \| (?P<state>done|planned) \|$", re.MULTILINE)
TEST_FOLDERS = ("tests", "examples/hello-plugin/tests", "examples/house-rules/tests", "plugins/marketplace")


def table_states() -> dict[str, str]:
    """Each row's state by ID."""
    return {row["id"]: row["state"] for row in ROW.finditer(TABLE.read_text("utf-8"))}


@cache
def proofs() -> dict[str, list[str]]:
    """The tests that prove each row, as ``file::test``."""
    found: dict[str, list[str]] = {}
    for folder in TEST_FOLDERS:
        for path in sorted((ROOT / folder).rglob("test_*.py")):
            for test, ids in _marked_tests(ast.parse(path.read_text("utf-8"))):
                for row in ids:
                    found.setdefault(row, []).append(f"{path.relative_to(ROOT)}::{test}")
    return found


def write_states() -> None:
    """Set every row's state to what the tests prove."""
    proven = proofs()
    text = TABLE.read_text("utf-8")
    TABLE.write_text(
        ROW.sub(lambda row: f"| {row['id']} | {row['text']} | {'done' if row['id'] in proven else 'planned'} |", text),
        "utf-8",
    )


def _marked_tests(tree: ast.Module) -> list[tuple[str, list[str]]]:
    marked: list[tuple[str, list[str]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            ids = [row for decorator in node.decorator_list for row in _proved_rows(decorator)]
            if ids:
                marked.append((node.name, ids))
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            marks = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            ids = [row for mark in marks for row in _proved_rows(mark)]
            if ids:
                marked.append(("(whole file)", ids))
    return marked


def _proved_rows(decorator: ast.expr) -> list[str]:
    if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)):
        return []
    if decorator.func.attr != "proves":
        return []
    return [str(argument.value) for argument in decorator.args if isinstance(argument, ast.Constant)]
