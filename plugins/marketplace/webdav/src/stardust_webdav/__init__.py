"""Delivery to WebDAV servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_sdk.network import PRIVATE_NETWORKS, AddressPolicy
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport
from stardust_webdav.settings import WebDavSettings
from stardust_webdav.transport import WebDavTransport

__all__ = ["WebDavPlugin", "WebDavSettings", "WebDavTransport"]


class WebDavPlugin(Plugin):
    """Adds the transport `webdav` (row PRO-09).

    Setting `private_networks`: where else than in public targets may lie.
    """

    id: ClassVar[str] = "webdav"

    def register_transports(self) -> Sequence[Transport]:
        """Return the transport over WebDAV."""
        return (WebDavTransport(AddressPolicy(self.settings.get(PRIVATE_NETWORKS, ()))),)
