"""What a tenant's licences allow at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from distro_core.licensing.held import HeldLicense, LicenseState, state_of
from distro_sdk.licensing import EPOCH
from distro_sdk.manifest import LicenseModel


@dataclass(frozen=True)
class Rights:
    """`licenses`: by plugin id; `moment`: for which they are judged; `kept`: ids of plugins with which the work began
    that goes on now, which a licence that ended meanwhile does not stop (row LIC-03).
    """

    licenses: Mapping[str, HeldLicense] = field(default_factory=dict)
    moment: datetime = EPOCH
    patience: timedelta = timedelta()
    kept: frozenset[str] = frozenset()

    def state(self, plugin: str, license_model: LicenseModel) -> LicenseState:
        """How the tenant stands with a plugin of that model."""
        return state_of(license_model, self.licenses.get(plugin), self.moment, self.patience)

    def allows(self, plugin: str, license_model: LicenseModel) -> bool:
        """Whether the hooks of a plugin are called: always those of free and freemium ones."""
        return license_model is not LicenseModel.PAID or self._runs(plugin)

    def running(self, plugins: Iterable[str]) -> tuple[str, ...]:
        """Those of some plugins that there is a licence for, sorted."""
        return tuple(sorted(filter(self._runs, plugins)))

    def features(self, plugin: str) -> frozenset[str]:
        """What the licence for a plugin opens."""
        held = self.licenses.get(plugin)
        return frozenset(held.features) if held is not None and self._runs(plugin) else frozenset()

    def _runs(self, plugin: str) -> bool:
        held = self.licenses.get(plugin)
        return plugin in self.kept or (held is not None and held.state_at(self.moment, self.patience).runs)


NO_RIGHTS = Rights()
"""Those of who has no licence at all."""
