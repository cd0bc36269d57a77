"""What targets over HTTP say of their receivers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Protocol, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from distro_sdk.http_targets.addresses import checked_address

HttpAddress = Annotated[str, Field(max_length=1000), AfterValidator(checked_address)]
"""Such as ``https://HOST/PATH``, without credentials, query and closing slash."""


def _fits_basic(value: str) -> str:
    """The name as it is; raises ValueError for one that Basic authentication cannot carry."""
    if ":" in value or not value.isprintable():
        raise ValueError("must be one line without ':' (RFC 7617 section 2)")
    return value


BasicUsername = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_fits_basic)]
"""A user's name for Basic authentication."""


class HttpTarget(BaseModel):
    """The first settings of a target over HTTP; a transport adds its own.

    `address`: where files go; `allow_plain`: lets addresses be `http://`, where all travels readable.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: HttpAddress
    allow_plain: bool = False

    def destinations(self) -> Mapping[str, str | None]:
        """The addresses that are connected to, by setting: for `AddressPolicy.find_forbidden`.

        A transport with more addresses than one returns them all.
        """
        return {"address": self.address}

    @model_validator(mode="after")
    def _transport_is_protected(self) -> Self:
        for address in self.destinations().values():
            if address is not None and address.startswith("http:") and not self.allow_plain:
                raise ValueError("an address with http:// needs allow_plain: credentials and files travel readable")
        return self


class ConnectionSettings(Protocol):
    """The settings by which an `HttpClient` connects; fields of a target, of the types that are named here.

    `ca_certificates`: `CertificateText`, PEM of the authorities to trust instead of this machine's; `timeout`:
    `Timeout`, seconds that connecting may take; `stall_timeout`: `StallTimeout`, seconds without any byte or answer
    after which a request is given up.
    """

    @property
    def ca_certificates(self) -> str | None:
        """PEM text, None for the authorities of this machine."""
        ...

    @property
    def timeout(self) -> float:
        """Seconds for connecting."""
        ...

    @property
    def stall_timeout(self) -> float:
        """Seconds without a step."""
        ...
