"""Platforms with a JSON interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.json_dsp.adapter import JsonDspAdapter
from distro_plugins.json_dsp.settings import JsonDspSettings
from distro_sdk.adapters import ConnectionType, PlatformAdapter
from distro_sdk.network import PRIVATE_NETWORKS, AddressPolicy
from distro_sdk.plugin import Plugin

__all__ = ["JsonDspAdapter", "JsonDspPlugin", "JsonDspSettings"]


class JsonDspPlugin(Plugin):
    """Adds the adapters `json-api` and `ftp-with-json-api`.

    Setting `private_networks`: where else than in public the interfaces may lie.
    """

    id: ClassVar[str] = "json-dsp"

    def register_platform_adapters(self) -> Sequence[PlatformAdapter]:
        """Return both adapters."""
        addresses = AddressPolicy(self.settings.get(PRIVATE_NETWORKS, ()))
        return (
            JsonDspAdapter("json-api", "A platform with a JSON interface", ConnectionType.API, addresses),
            JsonDspAdapter(
                "ftp-with-json-api", "A platform with FTP for files and a JSON interface", ConnectionType.FTP, addresses
            ),
        )
