"""The protocol of targets that no machine delivers to."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from pydantic import BaseModel

from distro_plugins.manual.adapter import ManualSettings
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.transports import TransportCapabilities, TransportSession


class ManualTransport:
    """Says of a target that a person delivers to it; nothing can be connected to."""

    key: str = "manual"
    title: str = "By hand"
    configuration: type[BaseModel] = ManualSettings
    capabilities: TransportCapabilities = TransportCapabilities()

    def connect(self, configuration: ManualSettings) -> AbstractAsyncContextManager[TransportSession]:
        """Raise `TransportError` DELIVERED_BY_HAND."""
        where = f" at {configuration.portal}" if configuration.portal else ""
        message = f"a person delivers to this target{where}: there is nothing to connect to"
        raise TransportError(ErrorCategory.METADATA_INVALID, "DELIVERED_BY_HAND", message, retryable=False)
