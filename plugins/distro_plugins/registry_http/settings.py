"""What the operator says about registries over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, field_validator

from distro_sdk.models.base import Model
from distro_sdk.network import AddressPolicy


class RegistryHttpSettings(Model):
    """What the operator sets. `stall_timeout`: seconds without a byte after which a download is given up."""

    private_networks: tuple[str, ...] = ()
    allow_plain: bool = False
    stall_timeout: Annotated[float, Field(gt=0, le=600)] = 30
    ca_certificates: str | None = None

    @field_validator("private_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        AddressPolicy(value)
        return value

    @property
    def schemes(self) -> Sequence[str]:
        """The schemes of addresses that may be read."""
        return ("https", "http") if self.allow_plain else ("https",)
