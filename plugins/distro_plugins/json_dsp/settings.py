"""What a target says about the JSON interface of its platform."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from distro_sdk.http_targets.settings import HttpTarget


class JsonDspSettings(HttpTarget):
    """Settings of the adapters `json-api` and `ftp-with-json-api`.

    `address`: below which the interface lies; `allow_plain`: lets it be `http://`; `token`: a bearer token that does
    not expire, or `client_id` and `client_secret`, for which the interface gives tokens (RFC 6749 section 4.4) at
    `POST {address}/token`; `timeout`: seconds that one question may take.
    """

    token: SecretStr | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]+$")] | None = None
    client_secret: SecretStr | None = None
    timeout: float = Field(default=30, gt=0, le=300)

    @model_validator(mode="after")
    def _credentials_are_complete(self) -> Self:
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("client_id and client_secret belong together")
        if (self.token is None) == (self.client_id is None):
            raise ValueError("needs a token, or client_id and client_secret")
        return self
