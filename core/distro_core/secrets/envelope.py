"""Envelope encryption of secrets: sealed with the tenant's data key, which a key provider keeps wrapped.

Row SEC-06. A sealed secret is bound to its tenant, its purpose and its key: moved anywhere else it does not open.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from weakref import WeakValueDictionary

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from distro_core.secrets.documents import TenantKeysDocument
from distro_core.secrets.keys import KEY_BYTES, NONCE_BYTES
from distro_core.secrets.port import SealedSecret
from distro_core.secrets.providers import KeyProviders
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError
from distro_sdk.keys import KeyOwner


class EnvelopeSealer:
    """Seals and opens secrets of all tenants. A data key that was opened is kept in memory until the process ends."""

    def __init__(self, control: ControlStore, providers: KeyProviders) -> None:
        self.providers = providers
        self._documents = control.collection(TenantKeysDocument)
        self._opened: dict[KeyOwner, bytes] = {}
        self._opening: WeakValueDictionary[KeyOwner, asyncio.Lock] = WeakValueDictionary()

    async def seal(self, tenant_id: str, purpose: str, secret: str) -> SealedSecret:
        """The sealed form of a secret; makes the tenant's first data key where there is none.

        Raises KEY_SERVICE_UNAVAILABLE or KEY_SERVICE_REFUSED where the data key cannot be had now.
        """
        document = await self._documents.find(tenant_id) or await self._create(tenant_id)
        key_id = document.current
        key = await self._data_key(document, key_id)
        nonce = secrets.token_bytes(NONCE_BYTES)
        ciphertext = AESGCM(key).encrypt(nonce, secret.encode(), _binding(tenant_id, key_id, purpose))
        return SealedSecret(
            key_id=key_id,
            nonce=base64.b64encode(nonce).decode(),
            ciphertext=base64.b64encode(ciphertext).decode(),
        )

    async def open(self, tenant_id: str, purpose: str, sealed: SealedSecret) -> str:
        """The secret.

        Raises SECRET_UNREADABLE for a wrong key, tenant or purpose, or a changed ciphertext, KEY_SERVICE_UNAVAILABLE or
        KEY_SERVICE_REFUSED where the data key cannot be had now.
        """
        key = self._opened.get(KeyOwner(tenant_id, sealed.key_id))
        if key is None:
            document = await self._documents.find(tenant_id)
            if document is None or sealed.key_id not in document.keys:
                raise _unreadable()
            key = await self._data_key(document, sealed.key_id)
        try:
            nonce, ciphertext = base64.b64decode(sealed.nonce), base64.b64decode(sealed.ciphertext)
            return AESGCM(key).decrypt(nonce, ciphertext, _binding(tenant_id, sealed.key_id, purpose)).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise _unreadable() from error

    async def rotate(self, tenant_id: str) -> str:
        """Give a tenant a new data key and return its id; what the old ones sealed stays readable."""
        document = await self._documents.find(tenant_id)
        if document is None:
            return (await self._create(tenant_id)).current
        owner = KeyOwner(tenant_id, new_id())
        wrapped = await self.providers.wrap(secrets.token_bytes(KEY_BYTES), owner)
        await self._documents.update(tenant_id, Change(set={f"keys.{owner.key_id}": wrapped, "current": owner.key_id}))
        return owner.key_id

    async def rewrap(self, tenant_id: str) -> int:
        """Wrap a tenant's data keys with the current provider's current key; how many were not yet.

        All of them in one atomic update: whoever dies in between leaves them as they were. Raises NOT_FOUND for a
        tenant without keys, and what opening and wrapping raise.
        """
        document = await self._documents.get(tenant_id)
        wrapped = {}
        for key_id, stored in document.keys.items():
            if not await self.providers.is_current(stored):
                key = await self._data_key(document, key_id)
                wrapped[f"keys.{key_id}"] = await self.providers.wrap(key, KeyOwner(tenant_id, key_id))
        if wrapped:
            await self._documents.update(tenant_id, Change(set=wrapped))
        return len(wrapped)

    async def _create(self, tenant_id: str) -> TenantKeysDocument:
        owner = KeyOwner(tenant_id, new_id())
        wrapped = await self.providers.wrap(secrets.token_bytes(KEY_BYTES), owner)
        try:
            return await self._documents.insert(
                TenantKeysDocument(id=tenant_id, current=owner.key_id, keys={owner.key_id: wrapped})
            )
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise
            return await self._documents.get(tenant_id)

    async def _data_key(self, document: TenantKeysDocument, key_id: str) -> bytes:
        owner = KeyOwner(document.id, key_id)
        # A key service is asked once for a key, however many deliveries begin at once.
        lock = self._opening.setdefault(owner, asyncio.Lock())
        async with lock:
            known = self._opened.get(owner)
            if known is None:
                known = await self.providers.unwrap(document.keys[key_id], owner)
                self._opened[owner] = known
        return known


def _binding(tenant_id: str, key_id: str, purpose: str) -> bytes:
    return f"{tenant_id}\0{key_id}\0{purpose}".encode()


def _unreadable() -> DomainError:
    return DomainError("SECRET_UNREADABLE", "this secret cannot be opened: it was sealed for something else or changed")
