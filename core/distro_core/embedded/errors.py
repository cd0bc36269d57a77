"""What goes wrong with embedded servers."""

from __future__ import annotations

from distro_sdk.errors import DomainError


class EmbeddedServiceError(DomainError):
    """An embedded server is missing (EMBEDDED_SERVICE_MISSING) or does not start (EMBEDDED_SERVICE_FAILED)."""
