"""A licence as a tenant holds it (row LIC-02), and how it stands at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from distro_core.secrets.port import SealedSecret
from distro_sdk.manifest import LicenseModel
from distro_sdk.models.base import Model


class LicenseState(StrEnum):
    """How a tenant's licence for a plugin stands.

    `not_needed`: the plugin is free; `missing`: it has none; `valid`: all is well; `grace`: it has expired, and what
    runs goes on; `expired`: its time of grace is over, too; `revoked`: by its publisher; `refused`: it is not good any
    more; `unverified`: whoever verifies it has not answered for too long.
    """

    NOT_NEEDED = "not_needed"
    MISSING = "missing"
    VALID = "valid"
    GRACE = "grace"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REFUSED = "refused"
    UNVERIFIED = "unverified"

    @property
    def runs(self) -> bool:
        """Whether the plugin may work."""
        return self in _RUNNING


_RUNNING = frozenset({LicenseState.NOT_NEEDED, LicenseState.VALID, LicenseState.GRACE})


class HeldLicense(Model):
    """A tenant's licence for one plugin, with the last verdict on it.

    `sealed`: its text, None once it was removed; `verifier`: who judges it; `verified_at`: when that answered last;
    `unreachable`: whether it did not answer when it was asked after that; `refused_at`, `revoked`, `reason`: since when
    and why it is not good any more; `removed_at`: when the tenant gave it up. What ended stays, so that what began
    before can end.
    """

    sealed: SealedSecret | None
    verifier: str
    license_id: str | None = None
    features: tuple[str, ...] = ()
    expires_at: datetime | None = None
    grace_until: datetime | None = None
    verified_at: datetime
    unreachable: bool = False
    refused_at: datetime | None = None
    revoked: bool = False
    reason: str | None = None
    added_at: datetime
    added_by: str
    removed_at: datetime | None = None

    def state_at(self, moment: datetime, patience: timedelta) -> LicenseState:
        """How it stands. `patience`: for how long a verdict counts while nobody can be asked."""
        if self.removed_at is not None and moment >= self.removed_at:
            return LicenseState.MISSING
        if self.refused_at is not None and moment >= self.refused_at:
            return LicenseState.REVOKED if self.revoked else LicenseState.REFUSED
        if self.unreachable and moment >= self.verified_at + patience:
            return LicenseState.UNVERIFIED
        if self.expires_at is None or moment < self.expires_at:
            return LicenseState.VALID
        in_grace = self.grace_until is not None and moment < self.grace_until
        return LicenseState.GRACE if in_grace else LicenseState.EXPIRED


def state_of(
    license_model: LicenseModel, held: HeldLicense | None, moment: datetime, patience: timedelta
) -> LicenseState:
    """How a tenant stands with a plugin of that model. `held`: its licence, or None."""
    if license_model is LicenseModel.FREE:
        return LicenseState.NOT_NEEDED
    return LicenseState.MISSING if held is None else held.state_at(moment, patience)
