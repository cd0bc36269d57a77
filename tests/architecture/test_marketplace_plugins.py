"""Every plugin of plugins/marketplace is what a stranger's would be: a distribution that builds on the SDK alone."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from distro_sdk.manifest import PluginManifest
from distro_sdk.plugin import ENTRY_POINT_GROUP

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = sorted(path.parent for path in (ROOT / "plugins" / "marketplace").glob("*/pyproject.toml"))

OF_THE_HOST = frozenset({"aiohttp", "lxml", "packaging", "pydantic", "yarl"})
"""Libraries that the platform has, and that a plugin may therefore require."""


def project_of(plugin: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((plugin / "pyproject.toml").read_text("utf-8"))["project"]
    return project


def package_of(plugin: Path) -> Path:
    (package,) = (path.parent for path in (plugin / "src").glob("*/__init__.py"))
    return package


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_it_imports_the_sdk_and_nothing_else_of_the_platform(plugin: Path) -> None:
    package = package_of(plugin)
    allowed = {"distro_sdk", package.name, *OF_THE_HOST, *sys.stdlib_module_names}
    imported = set()
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: imports are absolute"
                imported.add((node.module or "").partition(".")[0])

    assert imported - allowed == set()


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_its_manifest_and_its_distribution_say_the_same(plugin: Path) -> None:
    project, package = project_of(plugin), package_of(plugin)
    manifest = PluginManifest.model_validate(json.loads((package / "plugin.json").read_text("utf-8")))

    assert project["entry-points"][ENTRY_POINT_GROUP] == {manifest.id: manifest.entry}
    assert (project["version"], project["license"]) == (manifest.version, manifest.license)
    assert project["requires-python"] == manifest.python
    assert manifest.id == plugin.name.replace("_", "-")
    assert None not in (manifest.category, manifest.source)
    assert (plugin / "README.md").read_text("utf-8").startswith(f"# {manifest.name}\n")
    assert list((plugin / "tests").glob("test_*.py"))
