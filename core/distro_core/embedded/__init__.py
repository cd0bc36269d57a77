"""The private MongoDB and Valkey that make the platform run without anything installed beside it."""

from distro_core.embedded.errors import EmbeddedServiceError
from distro_core.embedded.services import ServiceUrls, embedded_services

__all__ = ["EmbeddedServiceError", "ServiceUrls", "embedded_services"]
