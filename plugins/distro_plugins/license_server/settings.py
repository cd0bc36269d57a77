"""What the operator says about the licence server."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from distro_sdk.models.base import Model
from distro_sdk.network_settings import PrivateNetworks


class LicenseServerSettings(Model):
    """What the operator sets.

    `url`: where licences are asked about; `timeout`: seconds for a whole answer; `private_networks`: those of the
    operator's own that the server may lie in; `allow_plain`: let `url` be http; `ca_certificates`: further authorities,
    as PEM.
    """

    url: Annotated[str, Field(pattern=r"^https?://[^\s@/]+(/\S*)?$", max_length=1000)] | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 5
    private_networks: PrivateNetworks = ()
    allow_plain: bool = False
    ca_certificates: str | None = None

    @model_validator(mode="after")
    def _is_encrypted(self) -> LicenseServerSettings:
        if self.url is not None and not self.url.startswith("https://") and not self.allow_plain:
            raise ValueError("a licence server is asked over https, unless allow_plain is set")
        return self
