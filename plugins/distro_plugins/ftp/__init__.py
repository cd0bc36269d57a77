"""Delivery over FTP, with TLS unless a target says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.ftp.settings import FtpSettings
from distro_plugins.ftp.transport import FtpTransport
from distro_sdk.network import PRIVATE_NETWORKS, AddressPolicy
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport

__all__ = ["FtpPlugin", "FtpSettings", "FtpTransport"]


class FtpPlugin(Plugin):
    """Adds the transport `ftp` (row PRO-01). Setting `private_networks`: where else than in public targets may lie."""

    id: ClassVar[str] = "ftp"

    def register_transports(self) -> Sequence[Transport]:
        """Return the FTP transport."""
        return (FtpTransport(AddressPolicy(self.settings.get(PRIVATE_NETWORKS, ()))),)
