"""The plugin adds what its manifest says."""

from __future__ import annotations

import pytest

from distro_core.plugins.discovery import find_plugins
from distro_plugins.mead11 import Mead11Plugin


@pytest.mark.hook("register_companion_builders", "register_validators")
def test_the_plugin_adds_a_companion_builder_and_its_rules() -> None:
    plugin = Mead11Plugin()

    assert [builder.format for builder in plugin.register_companion_builders()] == ["mead/1.1"]
    assert [(rules.name, rules.formats) for rules in plugin.register_validators()] == [
        ("mead11-rules", frozenset({"mead/1.1"}))
    ]


def test_the_plugin_is_found_with_its_manifest() -> None:
    found = {each.id: each for each in find_plugins()}["mead11"]

    assert found.fault is None
    assert found.manifest is not None
    assert found.manifest.hooks == ("register_companion_builders", "register_validators")
