"""Delivery over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.http_api.multipart_settings import HttpMultipartSettings
from distro_plugins.http_api.settings import HttpSettings
from distro_plugins.http_api.transport import HttpMultipartTransport, HttpPutTransport, HttpWriteOnlyTransport
from distro_sdk.network import PRIVATE_NETWORKS, AddressPolicy
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport

__all__ = [
    "HttpApiPlugin",
    "HttpMultipartSettings",
    "HttpMultipartTransport",
    "HttpPutTransport",
    "HttpSettings",
    "HttpWriteOnlyTransport",
]


class HttpApiPlugin(Plugin):
    """Adds the transports `http-put`, `http-write-only` and `http-multipart` (row PRO-05).

    Setting `private_networks`: where else than in public targets may lie.
    """

    id: ClassVar[str] = "http-api"

    def register_transports(self) -> Sequence[Transport]:
        """Return the transports over HTTP."""
        addresses = AddressPolicy(self.settings.get(PRIVATE_NETWORKS, ()))
        return (HttpPutTransport(addresses), HttpWriteOnlyTransport(addresses), HttpMultipartTransport(addresses))
