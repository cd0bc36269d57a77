"""How a plugin's licence is verified."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from distro_sdk.models.base import Model


class LicenseVerdict(Model):
    """Whether a tenant may use a plugin; `features`: what a freemium licence opens; `reason`: why not."""

    valid: bool
    features: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    reason: str | None = None


class LicenseVerifier(Protocol):
    """Judges licences of one kind; `key` is what a plugin's manifest names."""

    key: str

    async def verify(self, plugin_id: str, tenant_id: str, license: str) -> LicenseVerdict:
        """The verdict on a licence text for this plugin and this tenant."""
        ...
