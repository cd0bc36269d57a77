"""What the marketplace asks of licences before it installs a plugin (row MKT-03)."""

from __future__ import annotations

from typing import Protocol

from distro_sdk.errors import DomainError
from distro_sdk.manifest import LicenseModel


class LicenseService(Protocol):
    """Knows which tenant has a licence for which plugin."""

    async def require_license(self, plugin: str, license_model: LicenseModel, tenant_id: str) -> None:
        """Raise LICENSE_REQUIRED (`license_required`) unless the tenant may install a plugin of that model."""
        ...


def license_required() -> DomainError:
    """The error for a plugin that a tenant has no valid licence for; its text is that of row MKT-03."""
    return DomainError("LICENSE_REQUIRED", "Valid license required", ("id",))
