"""What a target says about its container."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from distro_sdk.certificates import CertificateText
from distro_sdk.object_storage.targets import Endpoint, Prefix, StallTimeout, Timeout


class AzureBlobSettings(BaseModel):
    """Settings of an Azure target (row PRO-04); one of `account_key` and `sas_token` signs in.

    `prefix`: below which packages go; `endpoint`: of a sovereign cloud or a compatible storage, the public cloud where
    it is missing; `ca_certificate`: PEM text of who signs that storage's certificate; `timeout`: seconds that
    connecting may take; `stall_timeout`: seconds without any step forward after which a request is given up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    account_name: Annotated[str, Field(pattern=r"^[a-z0-9]{3,24}$")]
    account_key: SecretStr | None = None
    sas_token: SecretStr | None = None
    container_name: Annotated[str, Field(pattern=r"^(\$root|[a-z0-9](-?[a-z0-9]){2,62})$")]
    prefix: Prefix = ""
    endpoint: Endpoint | None = None
    ca_certificate: CertificateText | None = None
    timeout: Timeout = 30
    stall_timeout: StallTimeout = 120

    @property
    def account_url(self) -> str:
        """Where the account is: its name in the host, or else in the path, as emulators have it."""
        if self.endpoint is None:
            return f"https://{self.account_name}.blob.core.windows.net"
        host = urlsplit(self.endpoint).hostname or ""
        if host.startswith(f"{self.account_name}."):
            return self.endpoint
        return f"{self.endpoint}/{self.account_name}"

    @field_validator("account_key")
    @classmethod
    def _key_is_base64(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        plain = value.get_secret_value().strip()
        try:
            if not base64.b64decode(plain, validate=True):
                raise ValueError("must not be empty")
        except binascii.Error:
            # The text of the error would repeat nothing of the key, its cause might.
            raise ValueError("must be the account's key as the portal shows it, in base64") from None
        return SecretStr(plain)

    @field_validator("sas_token")
    @classmethod
    def _token_is_signed(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        plain = value.get_secret_value().strip().removeprefix("?")
        if not {"sig", "sv"} <= parse_qs(plain).keys() or "/" in plain.partition("=")[0]:
            raise ValueError("must be a shared access signature, 'sv=…&sig=…', without an address")
        return SecretStr(plain)

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        if (self.account_key is None) == (self.sas_token is None):
            raise ValueError("one of account_key and sas_token is needed, and not both")
        return self
