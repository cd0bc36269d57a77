"""What the operator sets for Deezer's API."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from distro_sdk.models.base import Model
from distro_sdk.network_settings import PrivateNetworks


class DeezerSettings(Model):
    """Where Deezer's API is, and how it is asked.

    `address`: without a path of a record; `timeout`: seconds for one answer; `patience`: seconds that a lookup waits
    for its turn; `calls`, `window`: how many calls in how many seconds, as Deezer allows to one address;
    `cache_lifetime`: seconds for which an answer is kept; `private_networks`: those that the address may lie in;
    `allow_plain`: let it be http.
    """

    address: Annotated[str, Field(pattern=r"^https?://[^\s@/?#]+(/[^\s?#]*)?$", max_length=300)] = (
        "https://api.deezer.com"
    )
    timeout: Annotated[float, Field(gt=0, le=60)] = 5.0
    patience: Annotated[float, Field(ge=0, le=60)] = 15.0
    calls: Annotated[int, Field(ge=1, le=1000)] = 50
    window: Annotated[float, Field(gt=0, le=3600)] = 5.0
    cache_lifetime: Annotated[float, Field(ge=0, le=30 * 86_400)] = 86_400.0
    private_networks: PrivateNetworks = ()
    allow_plain: bool = False

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if not self.address.startswith("https://") and not self.allow_plain:
            raise ValueError("Deezer is asked over https, unless allow_plain is set")
        return self
