"""Delivery over SFTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.sftp.settings import SftpSettings
from distro_plugins.sftp.transport import SftpTransport
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport

__all__ = ["SftpPlugin", "SftpSettings", "SftpTransport"]


class SftpPlugin(Plugin):
    """Adds the transport `sftp` (row PRO-02)."""

    id: ClassVar[str] = "sftp"

    def register_transports(self) -> Sequence[Transport]:
        """Return the SFTP transport."""
        return (SftpTransport(),)
