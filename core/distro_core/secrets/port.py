"""What sealing offers to the rest of the core."""

from __future__ import annotations

from typing import Final, Protocol

from distro_sdk.keys import SERVICE_REFUSED, SERVICE_UNAVAILABLE
from distro_sdk.models.base import Model

PROVIDER_UNKNOWN: Final = "KEY_PROVIDER_UNKNOWN"
PROVIDER_NOT_SET_UP: Final = "KEY_PROVIDER_NOT_SET_UP"
KEY_SERVICE_CODES: Final = frozenset({SERVICE_UNAVAILABLE, SERVICE_REFUSED, PROVIDER_UNKNOWN, PROVIDER_NOT_SET_UP})
"""Refusals of a secret that cannot be had now, and is not lost."""


class SealedSecret(Model):
    """A secret as it is stored. `key_id`: the tenant's data key; `nonce`, `ciphertext`: AES-256-GCM, base64."""

    key_id: str
    nonce: str
    ciphertext: str


class Sealer(Protocol):
    """Seals and opens a tenant's secrets (rows SEC-06 and TGT-09). `purpose` is bound into the ciphertext."""

    async def seal(self, tenant_id: str, purpose: str, secret: str) -> SealedSecret:
        """The sealed form of a secret; raises `DomainError` KEY_SERVICE_UNAVAILABLE or KEY_SERVICE_REFUSED."""
        ...

    async def open(self, tenant_id: str, purpose: str, sealed: SealedSecret) -> str:
        """The secret.

        Raises `DomainError` SECRET_UNREADABLE for a wrong key, tenant or purpose, KEY_SERVICE_UNAVAILABLE or
        KEY_SERVICE_REFUSED where it cannot be had now.
        """
        ...
