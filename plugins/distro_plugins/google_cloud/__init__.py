"""Delivery into buckets of Google Cloud Storage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.google_cloud.settings import GoogleCloudSettings
from distro_plugins.google_cloud.transport import GoogleCloudTransport
from distro_sdk.network import PRIVATE_NETWORKS, AddressPolicy
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport

__all__ = ["GoogleCloudPlugin", "GoogleCloudSettings", "GoogleCloudTransport"]


class GoogleCloudPlugin(Plugin):
    """Adds the transport `google-cloud` (row PRO-06). Setting `private_networks`: where else targets may lie."""

    id: ClassVar[str] = "google-cloud"

    def register_transports(self) -> Sequence[Transport]:
        """Return the Google Cloud transport."""
        return (GoogleCloudTransport(AddressPolicy(self.settings.get(PRIVATE_NETWORKS, ()))),)
