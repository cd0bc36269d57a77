"""Delivery into a folder of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.local_folder.transport import FOLDERS_VARIABLE, LocalFolderSettings, LocalFolderTransport
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport

__all__ = ["FOLDERS_VARIABLE", "LocalFolderPlugin", "LocalFolderSettings", "LocalFolderTransport"]


class LocalFolderPlugin(Plugin):
    """Adds the transport `local-folder`."""

    id: ClassVar[str] = "local-folder"

    def register_transports(self) -> Sequence[Transport]:
        """Return the transport into a folder."""
        return (LocalFolderTransport(),)
