"""Platforms that a person delivers to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.manual.adapter import ManualAdapter, ManualSettings
from distro_plugins.manual.transport import ManualTransport
from distro_sdk.adapters import PlatformAdapter
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport

__all__ = ["ManualAdapter", "ManualPlugin", "ManualSettings", "ManualTransport"]


class ManualPlugin(Plugin):
    """Adds the adapter and the transport `manual`: deliveries wait until a person has carried them out."""

    id: ClassVar[str] = "manual"

    def register_platform_adapters(self) -> Sequence[PlatformAdapter]:
        """Return the adapter, which belongs to every target with the transport."""
        return (ManualAdapter(),)

    def register_transports(self) -> Sequence[Transport]:
        """Return the transport, which carries nothing."""
        return (ManualTransport(),)
