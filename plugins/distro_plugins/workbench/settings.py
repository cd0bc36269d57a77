"""What the operator sets for DDEX Workbench."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

OFFICIAL_ADDRESS = "https://api.ddex-workbench.org/v1"


class WorkbenchSettings(BaseModel):
    """The settings of the plugin (row VAL-02).

    `api_key`: sent as `X-API-Key`; `address`: https, or http on this very machine; `timeout`: seconds that connecting,
    and each wait for an answer, may take; `retries`: further attempts after a failure that may pass; `required`:
    whether a message that Workbench could not judge is held back, instead of a warning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: SecretStr
    address: str = OFFICIAL_ADDRESS
    timeout: Annotated[float, Field(gt=0, le=120)] = 30
    retries: Annotated[int, Field(ge=0, le=5)] = 2
    required: bool = False

    @field_validator("api_key")
    @classmethod
    def _key_fits_a_header(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if not key or len(key) > 500 or not key.isascii() or not key.isprintable():
            raise ValueError("expected a key of up to 500 printable ASCII characters")
        return value

    @field_validator("address")
    @classmethod
    def _key_travels_encrypted(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError("expected a plain address such as https://api.ddex-workbench.org/v1")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname)):
            raise ValueError("the key would travel unencrypted: expected https")
        return value.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
