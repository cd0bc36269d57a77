"""What the operator says about registries over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from distro_sdk.models.base import Model
from distro_sdk.network_settings import PrivateNetworks


class RegistryHttpSettings(Model):
    """What the operator sets. `stall_timeout`: seconds without a byte after which a download is given up."""

    private_networks: PrivateNetworks = ()
    allow_plain: bool = False
    stall_timeout: Annotated[float, Field(gt=0, le=600)] = 30
    ca_certificates: str | None = None

    @property
    def schemes(self) -> Sequence[str]:
        """The schemes of addresses that may be read."""
        return ("https", "http") if self.allow_plain else ("https",)
