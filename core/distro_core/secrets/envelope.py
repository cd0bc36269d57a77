"""Envelope encryption of secrets: sealed with the tenant's data key, which a key provider keeps wrapped.

Row SEC-06. A sealed secret is bound to its tenant, its purpose and its key: moved anywhere else it does not open.
"""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from distro_core.secrets.documents import TenantKeysDocument
from distro_core.secrets.keys import KEY_BYTES, NONCE_BYTES, KeyProvider
from distro_core.secrets.port import SealedSecret
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError


class EnvelopeSealer:
    """Seals and opens secrets of all tenants."""

    def __init__(self, control: ControlStore, provider: KeyProvider) -> None:
        self._documents = control.collection(TenantKeysDocument)
        self._provider = provider
        self._opened: dict[tuple[str, str], bytes] = {}

    async def seal(self, tenant_id: str, purpose: str, secret: str) -> SealedSecret:
        """The sealed form of a secret; makes the tenant's first data key where there is none."""
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
        """The secret; raises SECRET_UNREADABLE for a wrong key, tenant or purpose, or a changed ciphertext."""
        key = self._opened.get((tenant_id, sealed.key_id))
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
        key_id = new_id()
        wrapped = await self._provider.wrap(secrets.token_bytes(KEY_BYTES), _context(tenant_id, key_id))
        await self._documents.update(tenant_id, Change(set={f"keys.{key_id}": wrapped, "current": key_id}))
        return key_id

    async def rewrap(self, tenant_id: str) -> None:
        """Wrap a tenant's data keys with the provider's current key; raises NOT_FOUND for a tenant without keys."""
        document = await self._documents.get(tenant_id)
        wrapped = {
            f"keys.{key_id}": await self._provider.wrap(
                await self._data_key(document, key_id), _context(tenant_id, key_id)
            )
            for key_id in document.keys
        }
        await self._documents.update(tenant_id, Change(set=wrapped))

    async def _create(self, tenant_id: str) -> TenantKeysDocument:
        key_id = new_id()
        wrapped = await self._provider.wrap(secrets.token_bytes(KEY_BYTES), _context(tenant_id, key_id))
        try:
            return await self._documents.insert(
                TenantKeysDocument(id=tenant_id, current=key_id, keys={key_id: wrapped})
            )
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise
            return await self._documents.get(tenant_id)

    async def _data_key(self, document: TenantKeysDocument, key_id: str) -> bytes:
        known = self._opened.get((document.id, key_id))
        if known is None:
            known = await self._provider.unwrap(document.keys[key_id], _context(document.id, key_id))
            self._opened[document.id, key_id] = known
        return known


def _context(tenant_id: str, key_id: str) -> bytes:
    return f"{tenant_id}\0{key_id}".encode()


def _binding(tenant_id: str, key_id: str, purpose: str) -> bytes:
    return f"{tenant_id}\0{key_id}\0{purpose}".encode()


def _unreadable() -> DomainError:
    return DomainError("SECRET_UNREADABLE", "this secret cannot be opened: it was sealed for something else or changed")
