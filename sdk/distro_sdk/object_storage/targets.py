"""What every object storage can do, and what targets say of each."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from distro_sdk.network_settings import StallTimeout, Timeout
from distro_sdk.object_storage.keys import checked_endpoint, checked_prefix
from distro_sdk.object_storage.parts import BUFFERED
from distro_sdk.transports import TransportCapabilities

__all__ = ["CAPABILITIES", "Endpoint", "Prefix", "StallTimeout", "Timeout"]

CAPABILITIES = TransportCapabilities(
    memory=BUFFERED,
    resume=True,
    atomic_put=True,
    read=True,
    list=True,
    delete=True,
    remote_hash=frozenset({"md5"}),
    labels=True,
)
"""An object appears only when it is complete, and has a hash and labels; a large one is continued after a break."""

Prefix = Annotated[str, Field(max_length=500), AfterValidator(checked_prefix)]
"""Below which packages go."""

Endpoint = Annotated[str, Field(max_length=300), AfterValidator(checked_endpoint)]
"""The address of a storage that is not the provider's own."""
