"""What a target says about the JSON interface of its platform."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


class JsonDspSettings(BaseModel):
    """Settings of the adapters `json-api` and `ftp-with-json-api`.

    `address`: below which the interface lies; `allow_plain`: lets it be `http://`; `token`: a bearer token that does
    not expire, or `client_id` and `client_secret`, for which the interface gives tokens (RFC 6749 section 4.4) at
    `POST {address}/token`; `timeout`: seconds that one question may take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: Annotated[str, Field(max_length=1000)]
    allow_plain: bool = False
    token: SecretStr | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]+$")] | None = None
    client_secret: SecretStr | None = None
    timeout: float = Field(default=30, gt=0, le=300)

    @field_validator("address")
    @classmethod
    def _address_is_plain(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise ValueError("must be https://HOST/PATH, without credentials")
        if parts.query or parts.fragment or not value.isascii() or any(sign.isspace() for sign in value):
            raise ValueError("must be https://HOST/PATH, without a query and with other signs percent-encoded")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _credentials_are_complete(self) -> Self:
        if self.address.startswith("http:") and not self.allow_plain:
            raise ValueError("an address with http:// needs allow_plain: credentials travel readable")
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("client_id and client_secret belong together")
        if (self.token is None) == (self.client_id is None):
            raise ValueError("needs a token, or client_id and client_secret")
        return self
