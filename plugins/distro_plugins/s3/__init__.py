"""Delivery into buckets of Amazon S3 and compatible storages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.s3.settings import S3Settings
from distro_plugins.s3.transport import S3Transport
from distro_sdk.network import PRIVATE_NETWORKS, AddressPolicy
from distro_sdk.plugin import Plugin
from distro_sdk.transports import Transport

__all__ = ["S3Plugin", "S3Settings", "S3Transport"]


class S3Plugin(Plugin):
    """Adds the transport `s3` (row PRO-03). Setting `private_networks`: where else than in public targets may lie."""

    id: ClassVar[str] = "s3"

    def register_transports(self) -> Sequence[Transport]:
        """Return the S3 transport."""
        return (S3Transport(AddressPolicy(self.settings.get(PRIVATE_NETWORKS, ()))),)
