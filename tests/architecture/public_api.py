"""The public API of the SDK: every name that a plugin may import. Run this module to write the list anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SDK = ROOT / "sdk" / "distro_sdk"
PAGE = ROOT / "sdk" / "public-api.txt"


def public_api() -> list[str]:
    """Full names of modules' public classes, functions and constants, sorted; what a module imports is not its own."""
    found = set()
    for path in SDK.rglob("*.py"):
        parts = path.relative_to(SDK.parent).with_suffix("").parts
        module = ".".join(part for part in parts if part != "__init__")
        if not any(part.startswith("_") for part in module.split(".")):
            found |= {f"{module}.{name}" for name in _names(ast.parse(path.read_text("utf-8")))}
    return sorted(found)


def _names(tree: ast.Module) -> Iterator[str]:
    exported = [node for node in tree.body if isinstance(node, ast.Assign) and _targets(node) == ["__all__"]]
    if exported:
        yield from ast.literal_eval(exported[0].value)
        return
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names = _targets(node)
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


if __name__ == "__main__":
    PAGE.write_text("\n".join(public_api()) + "\n", "utf-8")
