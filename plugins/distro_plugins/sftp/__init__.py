"""Delivery over SFTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.sftp.settings import SftpSettings
from distro_plugins.sftp.transport import SftpTransport
from distro_sdk.network import PRIVATE_NETWORKS, AddressPolicy
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport

__all__ = ["SftpPlugin", "SftpSettings", "SftpTransport"]


class SftpPlugin(Plugin):
    """Adds the transport `sftp` (row PRO-02). Setting `private_networks`: where else than in public targets may lie."""

    id: ClassVar[str] = "sftp"

    def register_transports(self) -> Sequence[Transport]:
        """Return the SFTP transport."""
        return (SftpTransport(AddressPolicy(self.settings.get(PRIVATE_NETWORKS, ()))),)
