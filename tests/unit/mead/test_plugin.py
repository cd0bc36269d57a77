"""The plugin adds what its manifest says."""

from __future__ import annotations

import pytest

from distro_core.plugins.discovery import find_plugins
from distro_plugins.mead11 import Mead11Plugin
from distro_plugins.mead101 import Mead101Plugin
from distro_sdk.plugin import Plugin


@pytest.mark.hook("register_companion_builders", "register_validators")
@pytest.mark.parametrize(
    ("plugin", "format", "rules"),
    [(Mead11Plugin(), "mead/1.1", "mead11-rules"), (Mead101Plugin(), "mead/1.0.1", "mead101-rules")],
)
def test_a_plugin_adds_a_companion_builder_and_its_rules(plugin: Plugin, format: str, rules: str) -> None:
    assert [builder.format for builder in plugin.register_companion_builders()] == [format]
    assert [(found.name, found.formats) for found in plugin.register_validators()] == [(rules, frozenset({format}))]


@pytest.mark.parametrize("plugin", ["mead11", "mead101"])
def test_a_plugin_is_found_with_its_manifest(plugin: str) -> None:
    found = {each.id: each for each in find_plugins()}[plugin]

    assert found.fault is None
    assert found.manifest is not None
    assert found.manifest.hooks == ("register_companion_builders", "register_validators")
