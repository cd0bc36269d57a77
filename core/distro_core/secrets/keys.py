"""Key providers wrap the tenants' data keys: a local key file now, a cloud's key service later."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any, Protocol, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from distro_sdk.errors import DomainError
from distro_sdk.models.base import Model

KEY_BYTES = 32
NONCE_BYTES = 12


class WrappedKey(Model):
    """A data key as it is stored. `wrapping_key_id`: the provider's key; `nonce`, `ciphertext`: base64."""

    wrapping_key_id: str
    nonce: str
    ciphertext: str


class KeyProvider(Protocol):
    """Holds the wrapping keys. `context` is bound into the wrapped form."""

    async def wrap(self, key: bytes, context: bytes) -> WrappedKey:
        """The wrapped form of a data key, under the provider's current key."""
        ...

    async def unwrap(self, wrapped: WrappedKey, context: bytes) -> bytes:
        """The data key; raises `DomainError` SECRET_UNREADABLE for an unknown key or another context."""
        ...


class KeyFile:
    """Wrapping keys in a file that only this user can read, made on first use.

    Whoever has this file and the database can read every secret: back it up, apart from the database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    async def wrap(self, key: bytes, context: bytes) -> WrappedKey:
        """The wrapped form of a data key, under the file's current key."""
        keys = self._load()
        key_id = keys["current"]
        nonce = secrets.token_bytes(NONCE_BYTES)
        ciphertext = AESGCM(_decode(keys["keys"][key_id])).encrypt(nonce, key, context)
        return WrappedKey(wrapping_key_id=key_id, nonce=_encode(nonce), ciphertext=_encode(ciphertext))

    async def unwrap(self, wrapped: WrappedKey, context: bytes) -> bytes:
        """The data key; raises SECRET_UNREADABLE for an unknown key or another context."""
        wrapping_key = self._load()["keys"].get(wrapped.wrapping_key_id)
        if wrapping_key is None:
            raise DomainError("SECRET_UNREADABLE", f"{self.path} has no key {wrapped.wrapping_key_id}")
        try:
            return AESGCM(_decode(wrapping_key)).decrypt(_decode(wrapped.nonce), _decode(wrapped.ciphertext), context)
        except InvalidTag as error:
            raise DomainError("SECRET_UNREADABLE", "a data key is damaged or belongs to another tenant") from error

    def rotate(self) -> str:
        """Add a wrapping key, use it from now on and return its id; what the old keys wrapped stays readable."""
        keys = self._load()
        key_id, key = _fresh_key()
        keys["current"] = key_id
        keys["keys"][key_id] = key
        written = self._write(keys)
        written.replace(self.path)
        return key_id

    def _load(self) -> dict[str, Any]:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            self._create()
            content = self.path.read_bytes()
        return cast("dict[str, Any]", json.loads(content))

    def _create(self) -> None:
        key_id, key = _fresh_key()
        written = self._write({"current": key_id, "keys": {key_id: key}})
        try:
            # A link, unlike a rename, does not replace the file of a process that was faster.
            os.link(written, self.path)
        except FileExistsError:
            return
        finally:
            written.unlink()

    def _write(self, keys: dict[str, Any]) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=self.path.parent)
        with os.fdopen(descriptor, "w") as file:
            json.dump(keys, file)
            file.flush()
            os.fsync(file.fileno())
        return Path(name)


def _fresh_key() -> tuple[str, str]:
    return secrets.token_hex(8), _encode(secrets.token_bytes(KEY_BYTES))


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text)
