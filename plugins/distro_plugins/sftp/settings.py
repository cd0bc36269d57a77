"""What a target says about its SFTP server."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from distro_plugins.sftp.host_key import parse_host_key


class SftpSettings(BaseModel):
    """Settings of an SFTP target (row PRO-02).

    `directory`: where packages go, relative to the login folder unless it starts with `/`; `private_key`: OpenSSH or
    PEM text, with `passphrase` where it is encrypted; `host_key`: the server's public key line or its SHA256
    fingerprint; `timeout`: seconds that connecting and signing in may take, each; `stall_timeout`: seconds without any
    answer from the server after which a transfer is given up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
    port: int = Field(default=22, ge=1, le=65535)
    username: Annotated[str, Field(min_length=1, max_length=255)]
    password: SecretStr | None = None
    private_key: SecretStr | None = None
    passphrase: SecretStr | None = None
    directory: Annotated[str, Field(max_length=1000)] = ""
    host_key: Annotated[str, Field(min_length=1, max_length=5000)]
    timeout: float = Field(default=30, gt=0, le=600)
    stall_timeout: float = Field(default=120, gt=0, le=3600)

    @field_validator("host_key")
    @classmethod
    def _host_key_is_readable(cls, value: str) -> str:
        parse_host_key(value)
        return value

    @field_validator("directory")
    @classmethod
    def _directory_is_plain(cls, value: str) -> str:
        if "\0" in value or "\n" in value or ".." in value.split("/"):
            raise ValueError("must be a plain path without '..'")
        return value

    @field_validator("private_key")
    @classmethod
    def _private_key_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and "PRIVATE KEY-----" not in value.get_secret_value():
            raise ValueError("expected the text of a private key, '-----BEGIN … PRIVATE KEY-----'")
        return value

    @field_validator("password", "passphrase")
    @classmethod
    def _secret_is_not_empty(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value():
            raise ValueError("must not be empty; leave it out where there is none")
        return value

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        if self.password is None and self.private_key is None:
            raise ValueError("a password or a private key is needed")
        if self.passphrase is not None and self.private_key is None:
            raise ValueError("a passphrase belongs to a private key")
        return self
