"""A plugin as a registry offers it to this host, and which of its versions would be installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from packaging.version import Version

from distro_core.marketplace.registry.format import PluginEntry, PluginVersion, Publisher, RegistryContent
from distro_core.marketplace.registry.settings import RegistrySetting
from distro_core.plugins.requirements import requirements_not_met, unmet_by_host, unmet_by_plugins
from distro_sdk.errors import DomainError


@dataclass(frozen=True)
class Offer:
    """A plugin with the registry that offers it. `yanked`: its versions that are not installed any more."""

    registry: RegistrySetting
    content: RegistryContent
    publisher: Publisher
    entry: PluginEntry
    yanked: frozenset[str]

    @cached_property
    def versions(self) -> Sequence[PluginVersion]:
        """Its versions, the newest first."""
        return sorted(self.entry.versions, key=lambda version: Version(version.version), reverse=True)

    @cached_property
    def shown(self) -> PluginVersion | None:
        """The version that would be installed, else the newest that was not yanked, else None."""
        offered = [version for version in self.versions if version.version not in self.yanked]
        fitting = [version for version in offered if not unmet_by_host(version.sdk, version.python)]
        stable = [version for version in fitting if not Version(version.version).is_prerelease]
        return next(iter((*stable, *fitting, *offered)), None)

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """Why this host cannot use the version that is shown; empty where it can."""
        if self.shown is None:
            return ("none of its versions is offered",)
        return tuple(unmet_by_host(self.shown.sdk, self.shown.python))

    def problems_beside(self, plugins: Mapping[str, str]) -> tuple[str, ...]:
        """Why this host cannot use the version that is shown as it stands, told by the registry alone (row PLG-05).

        `plugins`: by id, the versions that are installed.
        """
        required = unmet_by_plugins(self.shown.requires, plugins) if self.shown is not None else ()
        return (*self.problems, *required)

    def choose(self, wanted: str | None = None) -> PluginVersion:
        """The version of that number, or the one that is shown.

        Raises PLUGIN_VERSION_UNKNOWN, PLUGIN_YANKED or PLUGIN_REQUIREMENTS_NOT_MET.
        """
        chosen = self.shown if wanted is None else self._numbered(wanted)
        if chosen is None:
            which = "that is offered" if wanted is None else wanted
            raise DomainError("PLUGIN_VERSION_UNKNOWN", f"plugin {self.entry.id} has no version {which}", ("version",))
        if chosen.version in self.yanked:
            message = f"version {chosen.version} of plugin {self.entry.id} was taken back by its publisher"
            raise DomainError("PLUGIN_YANKED", message, ("version",))
        if reasons := unmet_by_host(chosen.sdk, chosen.python):
            raise DomainError("PLUGIN_REQUIREMENTS_NOT_MET", requirements_not_met(self.entry.name, reasons))
        return chosen

    def is_newer(self, version: str, than: str) -> bool:
        """Whether one version follows another (PEP 440)."""
        return Version(version) > Version(than)

    def _numbered(self, wanted: str) -> PluginVersion | None:
        return next((version for version in self.entry.versions if version.version == wanted), None)


def offers_of(registry: RegistrySetting, content: RegistryContent) -> list[Offer]:
    """What a registry offers; plugins that it does not list are left out (row MKT-01)."""
    publishers = {publisher.id: publisher for publisher in content.publishers}
    yanked: dict[str, set[str]] = {}
    for withdrawn in content.yanked:
        yanked.setdefault(withdrawn.plugin, set()).add(withdrawn.version)
    return [
        Offer(registry, content, publishers[entry.publisher], entry, frozenset(yanked.get(entry.id, ())))
        for entry in content.plugins
        if entry.listed
    ]
