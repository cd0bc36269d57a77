"""What a target says about its bucket, and who signs in."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from distro_sdk.certificates import CertificateText
from distro_sdk.object_storage.targets import Endpoint, Prefix, StallTimeout, Timeout

GOOGLE = "https://storage.googleapis.com"


class ServiceAccount(BaseModel):
    """The parts of a service account's key file that are needed; `token_uri`: where its tokens come from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["service_account"]
    client_email: Annotated[str, Field(min_length=3, max_length=300)]
    private_key: SecretStr
    private_key_id: Annotated[str, Field(max_length=200)] = ""
    token_uri: Annotated[str, Field(max_length=300)] = "https://oauth2.googleapis.com/token"  # noqa: S105

    @field_validator("token_uri")
    @classmethod
    def _token_uri_is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError("token_uri must be https://HOST/PATH")
        return value

    @field_validator("private_key")
    @classmethod
    def _key_is_rsa(cls, value: SecretStr) -> SecretStr:
        try:
            private = RSAKey.import_key(value.get_secret_value()).is_private
        except (ValueError, TypeError, JoseError):
            private = False
        if not private:
            raise ValueError("private_key must be an RSA key in PEM, '-----BEGIN PRIVATE KEY-----'")
        return value


class GoogleCloudSettings(BaseModel):
    """Settings of a Google Cloud target (row PRO-06); one of `service_account` and `token` signs in.

    `prefix`: below which packages go; `service_account`: its key file, the text of the JSON; `token`: an OAuth 2.0
    access token, for trying things out, because it ends after an hour; `endpoint`: of an emulator or a private access
    point, Google itself where it is missing; `ca_certificate`: PEM text of who signs that endpoint's certificate;
    `timeout`: seconds that connecting may take; `stall_timeout`: seconds without any step forward after which a request
    is given up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$")]
    prefix: Prefix = ""
    service_account: SecretStr | None = None
    token: SecretStr | None = None
    storage_class: Literal["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"] | None = None
    endpoint: Endpoint | None = None
    ca_certificate: CertificateText | None = None
    timeout: Timeout = 30
    stall_timeout: StallTimeout = 120

    @property
    def address(self) -> str:
        """Where the storage is."""
        return self.endpoint or GOOGLE

    @cached_property
    def account(self) -> ServiceAccount | None:
        """The service account, where that is who signs in."""
        if self.service_account is None:
            return None
        return ServiceAccount.model_validate_json(self.service_account.get_secret_value())

    @field_validator("bucket")
    @classmethod
    def _bucket_is_a_name(cls, value: str) -> str:
        if ".." in value or value.startswith("goog"):
            raise ValueError("must not have two dots in a row or begin with 'goog'")
        return value

    @field_validator("service_account")
    @classmethod
    def _account_is_a_key_file(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                ServiceAccount.model_validate_json(value.get_secret_value())
            except ValidationError as error:
                # The error holds the key file; what is told must not.
                faults = sorted({str(each["loc"][0]) if each["loc"] else "JSON" for each in error.errors()})
                raise ValueError(f"must be the key file of a service account; wrong: {', '.join(faults)}") from None
        return value

    @field_validator("token")
    @classmethod
    def _token_fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not all("!" <= sign <= "~" for sign in value.get_secret_value() or " "):
            raise ValueError("must be an access token, without spaces")
        return value

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        if (self.service_account is None) == (self.token is None):
            raise ValueError("one of service_account and token is needed, and not both")
        account = self.account
        plain = self.endpoint is not None and self.endpoint.startswith("http://")
        if account is not None and account.token_uri.startswith("http://") and not plain:
            raise ValueError("a token_uri with http:// belongs to an endpoint with http://")
        return self
