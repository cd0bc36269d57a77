"""What a target says about its WebDAV server."""

from __future__ import annotations

import ssl
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from stardust_webdav.addresses import checked_address


class WebDavSettings(BaseModel):
    """Settings of a target.

    `address`: of the collection below which files go; `allow_plain`: lets it be `http://`, where all travels readable;
    `username`, `password`: for Basic authentication (RFC 7617), both or none; `ca_certificates`: PEM text of the
    authorities to trust instead of this machine's; `timeout`: seconds that connecting may take; `stall_timeout`:
    seconds without any byte or answer after which a request is given up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: Annotated[str, Field(max_length=1000)]
    allow_plain: bool = False
    username: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    password: SecretStr | None = None
    ca_certificates: Annotated[str, Field(max_length=200_000)] | None = None
    timeout: float = Field(default=30, gt=0, le=600)
    stall_timeout: float = Field(default=120, gt=0, le=3600)

    @field_validator("address")
    @classmethod
    def _address_is_plain(cls, value: str) -> str:
        return checked_address(value)

    @field_validator("username")
    @classmethod
    def _username_fits_basic(cls, value: str | None) -> str | None:
        if value is not None and (":" in value or not value.isprintable()):
            raise ValueError("must be one line without ':' (RFC 7617 section 2)")
        return value

    @field_validator("ca_certificates")
    @classmethod
    def _certificates_are_readable(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ssl.create_default_context(cadata=value)
            except (ssl.SSLError, ValueError) as error:
                raise ValueError("expected the text of certificates, '-----BEGIN CERTIFICATE-----'") from error
        return value

    @model_validator(mode="after")
    def _credentials_are_complete_and_protected(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.address.startswith("http:") and not self.allow_plain:
            raise ValueError("an address with http:// needs allow_plain: credentials and files travel readable")
        return self
