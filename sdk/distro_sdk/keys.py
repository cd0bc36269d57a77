"""Key providers: who wraps the data keys with which tenants' secrets are sealed (rows SEC-06 and SEC-07)."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from distro_sdk.models.base import Model

SERVICE_UNAVAILABLE = "KEY_SERVICE_UNAVAILABLE"
"""A key service that gives no answer, or cannot do its work now: the same call may succeed later."""

SERVICE_REFUSED = "KEY_SERVICE_REFUSED"
"""A key service that does not let us use the key: its operator has to mend that."""

UNREADABLE = "SECRET_UNREADABLE"
"""A wrapped key that was changed, or belongs to somebody else: it never opens."""


class KeyOwner(NamedTuple):
    """Whose a data key is: bound into its wrapped form, so that it opens for nobody else. None of it is secret."""

    tenant_id: str
    key_id: str


class WrappedKey(Model):
    """A data key as it is stored. `wrapping_key_id`: of the key that wraps it, as the provider names it;
    `ciphertext`: base64; `nonce`: base64, for providers that need one beside it.
    """

    wrapping_key_id: str
    ciphertext: str
    nonce: str = ""


class KeyProvider(Protocol):
    """Holds wrapping keys and wraps data keys with them.

    It serves the whole platform, whatever a tenant has switched on, so its plugin has the scope `system`. Errors are
    `DomainError` with one of the three codes of this module, and no error, log line or representation ever holds a data
    key. `key`: unique among all plugins, what `DISTRO_KEY_PROVIDER` names.
    """

    key: str

    async def current(self) -> str:
        """The id of the wrapping key that wraps from now on."""
        ...

    async def wrap(self, data_key: bytes, owner: KeyOwner) -> WrappedKey:
        """The wrapped form of a data key, under the current wrapping key."""
        ...

    async def unwrap(self, wrapped: WrappedKey, owner: KeyOwner) -> bytes:
        """The data key, under whichever of the provider's keys it was wrapped."""
        ...
