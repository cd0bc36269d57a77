"""What the operator sets for AWS KMS."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from distro_sdk.models.base import Model


class KmsSettings(Model):
    """Where the wrapping key is, and with what it is used.

    `key_id`: id, ARN or alias of a symmetric key; `region`: its region; `access_key`, `secret_key`, `session_token`:
    of who may use it, without them what the machine has, such as the role of its instance; `endpoint`: another address
    of the service, such as a VPC endpoint; `timeout`: seconds for one answer; `attempts`: how often a call is tried.
    """

    key_id: Annotated[str, Field(min_length=1, max_length=300)]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d+$")]
    access_key: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    secret_key: SecretStr | None = None
    session_token: SecretStr | None = None
    endpoint: Annotated[str, Field(pattern=r"^https?://[^\s@/]+/?$", max_length=300)] | None = None
    timeout: Annotated[float, Field(gt=0, le=30)] = 5.0
    attempts: Annotated[int, Field(ge=1, le=5)] = 2

    @model_validator(mode="after")
    def _has_both_keys(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("access_key and secret_key are set together")
        return self
