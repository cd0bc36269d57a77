"""Which mail server is used: the operator's, or one that a tenant names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, SecretStr, model_validator

from distro_sdk.errors import ErrorCategory
from distro_sdk.models.base import Model
from distro_sdk.network import AddressPolicy
from distro_sdk.network_failures import Verdict, raised
from distro_sdk.network_settings import PrivateNetworks
from distro_sdk.notifiers import EmailAddress

Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
UserName = Annotated[str, Field(min_length=1, max_length=255)]
Seconds = Annotated[float, Field(gt=0, le=60)]

NOT_SET = Verdict(ErrorCategory.API_UNAVAILABLE, "SMTP_SERVER_NOT_SET", retryable=False)


class Security(StrEnum):
    """How a connection is encrypted: after a greeting in plain, from its beginning, or not at all."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class SmtpSettings(Model):
    """What the operator sets (`DISTRO_PLUGINS`).

    `host`: unset where the operator has no mail server; `port`: 587, 465 or 25 unless set, by `security`; `sender`: the
    address that mail comes from; `timeout`: seconds for each step; `private_networks`: those that servers of tenants
    may lie in; `ca_certificates`: further authorities, as PEM.
    """

    host: Host | None = None
    port: Port | None = None
    security: Security = Security.STARTTLS
    username: UserName | None = None
    password: SecretStr | None = None
    sender: EmailAddress | None = None
    timeout: Seconds = 10
    private_networks: PrivateNetworks = ()
    ca_certificates: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.host is not None and self.sender is None:
            raise ValueError("a mail server needs the sender that mail comes from")
        _check_password(self.username, self.password)
        return self


class MailConfiguration(Model):
    """What a tenant says. Without `host` mail goes through the operator's server.

    `site`: under which its people reach the platform, for links; the platform's own address unless set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sender_name: Annotated[
        str, Field(max_length=100, description="Name that mail comes from, if not the tenant's.")
    ] = ""
    reply_to: EmailAddress | None = Field(default=None, description="Where answers go.")
    site: Annotated[str, Field(pattern=r"^https?://[^\s@/?#]+$", max_length=200)] | None = Field(
        default=None, description="Address under which your people reach the platform, for links."
    )
    host: Host | None = Field(default=None, description="A mail server of your own.")
    port: Port | None = Field(default=None, description="Its port; 587 or 465 unless set.")
    security: Literal[Security.STARTTLS, Security.TLS] = Field(
        default=Security.STARTTLS, description="How the connection to it is encrypted."
    )
    username: UserName | None = Field(default=None, description="User name at it.")
    password: SecretStr | None = Field(default=None, description="Password at it.")
    sender: EmailAddress | None = Field(default=None, description="Address that mail comes from.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.host is None:
            if self.sender or self.username or self.password:
                raise ValueError("a sender, user name or password belongs to a mail server of your own: name its host")
            return self
        if self.sender is None:
            raise ValueError("a mail server of your own needs the sender that mail comes from")
        _check_password(self.username, self.password)
        return self


@dataclass(frozen=True)
class MailServer:
    """A server as it is connected to. `ca_certificates`: further authorities, as PEM; `timeout`: seconds a step."""

    host: str
    port: int
    security: Security
    username: str | None
    password: SecretStr | None
    sender: str
    timeout: float
    addresses: AddressPolicy
    ca_certificates: str | None


def server_of(settings: SmtpSettings, configuration: Mapping[str, Any] | None) -> MailServer:
    """The server that mail of a tenant goes through; raises `TransportError` SMTP_SERVER_NOT_SET where there is none.

    `configuration`: the tenant's, None for the operator's server.
    """
    own = MailConfiguration.model_validate(dict(configuration or {}))
    chosen = settings if own.host is None else own
    if chosen.host is None or chosen.sender is None:
        raise raised(NOT_SET, "neither the operator nor the tenant has set a mail server")
    policy = AddressPolicy.everywhere() if own.host is None else AddressPolicy(settings.private_networks)
    return MailServer(
        host=chosen.host,
        port=chosen.port or PORTS[chosen.security],
        security=chosen.security,
        username=chosen.username,
        password=chosen.password,
        sender=chosen.sender,
        timeout=settings.timeout,
        addresses=policy,
        ca_certificates=settings.ca_certificates,
    )


def _check_password(username: str | None, password: SecretStr | None) -> None:
    if (username is None) is not (password is None):
        raise ValueError("a user name and a password belong together")
