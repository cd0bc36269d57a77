"""Every hook of `Plugin` is tested, documented with its signature, and used by a plugin that exists."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from distro_core.plugins.registry import Registries
from distro_core.plugins.tenant import FLOW_HOOKS
from distro_sdk.plugin import Plugin, hook_names

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "hooks.md"
HOOKS = sorted(hook_names())
SECTION = re.compile(
    r"^### `(?P<name>\w+)`\n\n```python\n(?P<signature>.+?)\n```\n\n(?P<text>.+?)(?=^##|\Z)", re.MULTILINE | re.DOTALL
)


def signature(hook: str) -> str:
    """A hook's signature as its source says it."""
    method = getattr(Plugin, hook)
    written = inspect.signature(method)
    parameters = [
        name if parameter.annotation is inspect.Parameter.empty else f"{name}: {parameter.annotation}"
        for name, parameter in written.parameters.items()
    ]
    keyword = "async def" if inspect.iscoroutinefunction(method) else "def"
    return f"{keyword} {hook}({', '.join(parameters)}) -> {written.return_annotation}"


@cache
def hooks_in_tests() -> set[str]:
    """Every hook that a test is marked with."""
    plugins = [
        *(ROOT / "examples").glob("*/tests/test_*.py"),
        *(ROOT / "plugins").glob("marketplace/*/tests/test_*.py"),
    ]
    tests = [*(ROOT / "tests").rglob("test_*.py"), *plugins]
    return {hook for path in tests for hook in _marked(ast.parse(path.read_text("utf-8")))}


@cache
def hooks_in_use() -> dict[str, set[str]]:
    """By hook, the plugins of this repository that implement it, as their manifests say (and discovery checks)."""
    built_in = (ROOT / "plugins").glob("distro_plugins/*/plugin.json")
    examples = (ROOT / "examples").glob("*/src/*/plugin.json")
    marketplace = (ROOT / "plugins").glob("marketplace/*/src/*/plugin.json")
    users: dict[str, set[str]] = {}
    for path in (*built_in, *examples, *marketplace):
        manifest = json.loads(path.read_text("utf-8"))
        for hook in manifest["hooks"]:
            users.setdefault(hook, set()).add(manifest["id"])
    return users


def documented() -> dict[str, tuple[str, str]]:
    """By hook, the signature and the text of its section."""
    sections = SECTION.finditer(PAGE.read_text("utf-8"))
    return {section["name"]: (section["signature"], section["text"]) for section in sections}


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_signature(hook: str) -> None:
    written, text = documented().get(hook, ("", ""))

    assert written == signature(hook), f"{PAGE.name} must show this signature under ### `{hook}`"
    assert "**Called**" in text
    assert "**When it fails**" in text


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_tested(hook: str) -> None:
    assert hook in hooks_in_tests(), f'no test is marked @pytest.mark.hook("{hook}")'


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_used_by_a_plugin(hook: str) -> None:
    assert hooks_in_use().get(hook), f"no plugin.json of a plugin of this repository lists {hook}"


def test_nothing_is_documented_tested_or_used_that_is_no_hook() -> None:
    assert set(documented()) == set(HOOKS)
    assert hooks_in_tests() <= set(HOOKS)
    assert set(hooks_in_use()) <= set(HOOKS)


def test_each_hook_says_in_one_line_what_it_is_for() -> None:
    for hook in HOOKS:
        text = inspect.getdoc(getattr(Plugin, hook))
        assert text
        assert len(text.splitlines()) == 1


def test_every_register_hook_has_a_registry_and_every_flow_hook_is_dispatched() -> None:
    registered = {hook for hook in HOOKS if hook.startswith("register_")}
    lifecycle = {
        "startup",
        "shutdown",
        "check_config",
        "tenant_enabled",
        "tenant_disabled",
        "installed",
        "uninstalling",
    }

    # Migrations have no keys: each plugin's lead to its own versions.
    assert registered == {f"register_{name}" for name in vars(Registries())} | {"register_migrations"}
    assert set(FLOW_HOOKS) == set(HOOKS) - registered - lifecycle


def _marked(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "hook":
            yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))
