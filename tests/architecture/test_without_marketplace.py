"""The core is complete: what it promises is proved in an environment that has no plugin of the marketplace (DOC-06)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from distro_core.plugins.discovery import find_plugins
from tests.architecture.features import ROOT, TABLE, proofs
from tests.architecture.test_marketplace_plugins import PLUGINS, package_of, project_of

USES = re.compile(r"OwnWheel|stardust_(?!distro)|\bmarketplace\.\w+\.tests|plugins/marketplace")
"""How a test names a plugin of the marketplace: its wheel, its package, its own tests, or its folder."""

LEFT_TO_PLUGINS = {"PRO-09", "EML-04"}
"""A protocol that the core does not have, for which the row asks for a plugin; and the weekly summary, which
`analytics-enhanced` sends.
"""

HERE = "DOC-06"
"""The row of this file, which names them, too."""


def rows_of_the_core() -> set[str]:
    """The rows of every section before that of plugins and the marketplace."""
    core, _, plugins = TABLE.read_text("utf-8").partition("\n## Plugins and marketplace\n")
    assert plugins
    return set(re.findall(r"^\| ([A-Z0-9]{3}-[0-9A-Z]+) \|", core, re.MULTILINE))


def uses_the_marketplace(proof: str) -> bool:
    path = Path(proof.partition("::")[0])
    return path.is_relative_to("plugins/marketplace") or USES.search((ROOT / path).read_text("utf-8")) is not None


def importable(*packages: str) -> list[str]:
    """Those that a new process could import: this one may run the plugins' own suites, too."""
    program = "import importlib.util, json, sys; print(json.dumps([*filter(importlib.util.find_spec, sys.argv[1:])]))"
    ran = subprocess.run([sys.executable, "-c", program, *packages], capture_output=True, text=True, check=True)
    found: list[str] = json.loads(ran.stdout)
    return found


@pytest.mark.proves("DOC-06")
def test_no_plugin_of_the_marketplace_is_there_for_any_other_suite() -> None:
    """Tests of the marketplace install its plugins themselves, and take them away again."""
    ids = {json.loads((package_of(plugin) / "plugin.json").read_text("utf-8"))["id"] for plugin in PLUGINS}
    names = {project_of(plugin)["name"] for plugin in PLUGINS}

    assert len(ids) == len(PLUGINS) >= 7
    assert ids & {found.id for found in find_plugins()} == set()
    assert names & {str(distribution.metadata["Name"]) for distribution in distributions()} == set()
    assert importable("distro_core", *(package_of(plugin).name for plugin in PLUGINS)) == ["distro_core"]


def test_whatever_the_core_promises_is_proved_without_them() -> None:
    core, proved = rows_of_the_core(), proofs()
    with_them_alone = {row for row, tests in proved.items() if all(map(uses_the_marketplace, tests))}

    assert len(core) > 450
    assert core & with_them_alone == LEFT_TO_PLUGINS | {HERE}
