"""What the operator says of a registry."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from distro_core.marketplace.registry.format import PublicKey
from distro_sdk.models.base import Model


class RevokedPlugins(StrEnum):
    """What an installed plugin may do once its registry has revoked it: go on for who has it, while nobody else
    switches it on; or nothing at all.
    """

    WARN = "warn"
    STOP = "stop"


class RegistrySetting(Model):
    """A registry that is asked. `name`: for people and the log; `address`: a path, or an address of a scheme that a
    plugin reads; `keys`: with one of which it must be signed.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    address: Annotated[str, Field(min_length=1, max_length=1000)]
    keys: Annotated[tuple[PublicKey, ...], Field(min_length=1)]
