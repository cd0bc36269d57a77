"""What a target says about its bucket."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from distro_sdk.certificates import CertificateText
from distro_sdk.object_storage.targets import Endpoint, Prefix, StallTimeout, Timeout

StorageClass = Literal[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "EXPRESS_ONEZONE",
]
"""Classes from which a receiver can read at once; an archive it could not."""


class S3Settings(BaseModel):
    """Settings of an S3 target (row PRO-03).

    `prefix`: below which packages go; `endpoint`: of a compatible storage, AWS itself where it is missing;
    `ca_certificate`: PEM text of who signs that storage's certificate; `addressing`: the bucket in the host name or in
    the path; `kms_key_id`: belongs to `aws:kms`; `timeout`: seconds that connecting may take; `stall_timeout`: seconds
    without any step forward after which a request is given up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    prefix: Prefix = ""
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] = "us-east-1"
    endpoint: Endpoint | None = None
    ca_certificate: CertificateText | None = None
    access_key: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\w.+=@:-]+$")]
    secret_key: SecretStr
    session_token: SecretStr | None = None
    addressing: Literal["auto", "path", "virtual"] = "auto"
    storage_class: StorageClass | None = None
    encryption: Literal["AES256", "aws:kms"] | None = None
    kms_key_id: Annotated[str, Field(max_length=2048)] | None = None
    timeout: Timeout = 30
    stall_timeout: StallTimeout = 120

    @field_validator("bucket")
    @classmethod
    def _bucket_is_a_name(cls, value: str) -> str:
        if ".." in value:
            raise ValueError("must not have two dots in a row")
        try:
            ipaddress.ip_address(value)
        except ValueError:
            return value
        raise ValueError("must not look like an IP address")

    @field_validator("secret_key")
    @classmethod
    def _secret_is_not_empty(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().strip():
            raise ValueError("must not be empty")
        return value

    @model_validator(mode="after")
    def _key_belongs_to_encryption(self) -> Self:
        if self.kms_key_id is not None and self.encryption != "aws:kms":
            raise ValueError("kms_key_id belongs to the encryption aws:kms")
        return self
