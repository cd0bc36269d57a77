"""What a target says about its FTP server."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from distro_plugins.ftp.tls import parse_certificates, parse_fingerprint

LINE_BREAKS = frozenset("\r\n\0")
"""What would end a command early: no name, password or path may have them."""


class FtpSettings(BaseModel):
    """Settings of an FTP target (row PRO-01).

    `password`: never empty; who signs in as `anonymous` gives what the server asks for, by custom an e-mail address
    (RFC 1635); `encryption`: `tls` asks for TLS before the password is sent (RFC 4217) and protects the data too;
    `none` sends all in the clear; `ca_certificates`: PEM text of the authorities to trust instead of this machine's;
    `certificate_fingerprint`: the SHA-256 fingerprint of the one certificate to trust; `directory`: where packages go,
    relative to the login folder unless it starts with `/`; `connections`: how many files may travel at once, each over
    a connection of its own; `timeout`: seconds that connecting and signing in may take together; `stall_timeout`:
    seconds without any byte or answer after which a transfer is given up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
    port: int = Field(default=21, ge=1, le=65535)
    username: Annotated[str, Field(min_length=1, max_length=255)]
    password: SecretStr
    encryption: Literal["tls", "none"] = "tls"
    ca_certificates: Annotated[str, Field(max_length=200_000)] | None = None
    certificate_fingerprint: Annotated[str, Field(max_length=200)] | None = None
    directory: Annotated[str, Field(max_length=1000)] = ""
    connections: int = Field(default=4, ge=1, le=16)
    timeout: float = Field(default=30, gt=0, le=600)
    stall_timeout: float = Field(default=120, gt=0, le=3600)

    @field_validator("username")
    @classmethod
    def _username_is_one_line(cls, value: str) -> str:
        if LINE_BREAKS & set(value):
            raise ValueError("must be one line")
        return value

    @field_validator("password")
    @classmethod
    def _password_is_one_line(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value():
            raise ValueError("must not be empty; for 'anonymous', servers take an e-mail address")
        if LINE_BREAKS & set(value.get_secret_value()):
            raise ValueError("must be one line")
        return value

    @field_validator("directory")
    @classmethod
    def _directory_is_plain(cls, value: str) -> str:
        if LINE_BREAKS & set(value) or ".." in value.split("/"):
            raise ValueError("must be a plain path without '..'")
        return value

    @field_validator("ca_certificates")
    @classmethod
    def _certificates_are_readable(cls, value: str | None) -> str | None:
        if value is not None:
            parse_certificates(value)
        return value

    @field_validator("certificate_fingerprint")
    @classmethod
    def _fingerprint_is_readable(cls, value: str | None) -> str | None:
        if value is not None:
            parse_fingerprint(value)
        return value

    @model_validator(mode="after")
    def _trust_is_clear(self) -> Self:
        trusted = [each for each in (self.ca_certificates, self.certificate_fingerprint) if each is not None]
        if len(trusted) > 1:
            raise ValueError("trust is either in authorities or in one certificate, not in both")
        if trusted and self.encryption == "none":
            raise ValueError("certificates belong to the encryption 'tls'")
        return self
