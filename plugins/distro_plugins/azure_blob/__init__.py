"""Delivery into containers of Azure Blob Storage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.azure_blob.settings import AzureBlobSettings
from distro_plugins.azure_blob.transport import AzureBlobTransport
from distro_sdk.network import PRIVATE_NETWORKS, AddressPolicy
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport

__all__ = ["AzureBlobPlugin", "AzureBlobSettings", "AzureBlobTransport"]


class AzureBlobPlugin(Plugin):
    """Adds the transport `azure-blob` (row PRO-04). Setting `private_networks`: where else targets may lie."""

    id: ClassVar[str] = "azure-blob"

    def register_transports(self) -> Sequence[Transport]:
        """Return the Azure transport."""
        return (AzureBlobTransport(AddressPolicy(self.settings.get(PRIVATE_NETWORKS, ()))),)
