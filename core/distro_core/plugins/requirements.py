"""What a plugin needs of the platform, of Python and of other plugins, judged before any of its code runs (PLG-05)."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

import distro_sdk
from distro_sdk.manifest import PluginManifest


def requirements_not_met(name: str, reasons: list[str]) -> str:
    """The sentence for a plugin whose requirements are not met."""
    return f"Plugin {name} requirements not met: {'; '.join(reasons)}"


def unmet_by_host(sdk: str, python: str | None) -> list[str]:
    """Why ranges of SDK and Python versions do not fit this host; empty where they do."""
    reasons = []
    if not in_range(distro_sdk.__version__, sdk):
        reasons.append(f"it needs version {sdk} of the SDK, this is {distro_sdk.__version__}")
    if python is not None and not in_range(platform.python_version(), python):
        reasons.append(f"it needs Python {python}, this is {platform.python_version()}")
    return reasons


def unmet_by_plugins(requires: Mapping[str, str], versions: Mapping[str, str]) -> list[str]:
    """Why required plugins are not there. `versions`: by id, those that are installed."""
    reasons = []
    for plugin, needed in sorted(requires.items()):
        if plugin not in versions:
            reasons.append(f"it needs plugin {plugin} {needed}, which is not installed")
        elif not in_range(versions[plugin], needed):
            reasons.append(f"it needs plugin {plugin} {needed}, installed is {versions[plugin]}")
    return reasons


def malformed_ranges(manifest: PluginManifest) -> list[str]:
    """The ranges in a manifest that no PEP 440 specifier can be made of."""
    ranges = [manifest.sdk, *([manifest.python] if manifest.python else []), *manifest.requires.values()]
    return [f"{text!r} is not a range of versions" for text in ranges if _range(text) is None]


def in_range(version: str, needed: str) -> bool:
    """Whether a version lies in a range; never where one of them is malformed."""
    specifiers = _range(needed)
    try:
        return specifiers is not None and specifiers.contains(version, prereleases=True)
    except InvalidVersion:
        return False


@lru_cache(maxsize=4096)
def _range(text: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None
