"""What targets and operators say of the network, as types of fields of settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from distro_sdk.network import AddressPolicy


def _readable(networks: tuple[str, ...]) -> tuple[str, ...]:
    """The networks as they are; raises ValueError for one that is malformed."""
    AddressPolicy(networks)
    return networks


PrivateNetworks = Annotated[tuple[str, ...], AfterValidator(_readable)]
"""Networks such as ``10.20.0.0/16`` that may be connected to although they are not public."""

Timeout = Annotated[float, Field(gt=0, le=600)]
"""Seconds that connecting may take."""

StallTimeout = Annotated[float, Field(gt=0, le=3600)]
"""Seconds without any step forward after which a request is given up."""
