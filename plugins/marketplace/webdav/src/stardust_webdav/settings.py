"""What a target says about its WebDAV server."""

from __future__ import annotations

from typing import Self

from pydantic import SecretStr, model_validator

from distro_sdk.certificates import CertificateText
from distro_sdk.http_targets.settings import BasicUsername, HttpTarget
from distro_sdk.network_settings import StallTimeout, Timeout


class WebDavSettings(HttpTarget):
    """Settings of a target.

    `address`: of the collection below which files go; `allow_plain`: lets it be `http://`, where all travels readable;
    `username`, `password`: for Basic authentication (RFC 7617), both or none; `ca_certificates`: PEM text of the
    authorities to trust instead of this machine's; `timeout`: seconds that connecting may take; `stall_timeout`:
    seconds without any byte or answer after which a request is given up.
    """

    username: BasicUsername | None = None
    password: SecretStr | None = None
    ca_certificates: CertificateText | None = None
    timeout: Timeout = 30
    stall_timeout: StallTimeout = 120

    @model_validator(mode="after")
    def _credentials_are_complete(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        return self
