"""The key file: the provider of wrapping keys that every platform has."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any, Final, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from distro_sdk.errors import DomainError
from distro_sdk.keys import UNREADABLE, KeyOwner, WrappedKey

KEY_BYTES = 32
NONCE_BYTES = 12
LOCAL: Final = "local"
"""The key of this provider, which no plugin may take."""


class KeyFile:
    """Wrapping keys in a file that only this user can read, made on first use.

    Whoever has this file and the database can read every secret: back it up, apart from the database.
    """

    key = LOCAL

    def __init__(self, path: Path) -> None:
        self.path = path

    async def current(self) -> str:
        """The id of the key that wraps from now on."""
        return str(self._load()["current"])

    async def wrap(self, data_key: bytes, owner: KeyOwner) -> WrappedKey:
        """The wrapped form of a data key, under the file's current key."""
        keys = self._load()
        key_id = keys["current"]
        nonce = secrets.token_bytes(NONCE_BYTES)
        ciphertext = AESGCM(_decode(keys["keys"][key_id])).encrypt(nonce, data_key, _binding(owner))
        return WrappedKey(wrapping_key_id=key_id, nonce=_encode(nonce), ciphertext=_encode(ciphertext))

    async def unwrap(self, wrapped: WrappedKey, owner: KeyOwner) -> bytes:
        """The data key; raises SECRET_UNREADABLE for an unknown key or another owner."""
        wrapping_key = self._load()["keys"].get(wrapped.wrapping_key_id)
        if wrapping_key is None:
            raise DomainError(UNREADABLE, f"{self.path} has no key {wrapped.wrapping_key_id}")
        try:
            nonce, ciphertext = _decode(wrapped.nonce), _decode(wrapped.ciphertext)
            return AESGCM(_decode(wrapping_key)).decrypt(nonce, ciphertext, _binding(owner))
        except (InvalidTag, ValueError) as error:
            raise DomainError(UNREADABLE, "a data key is damaged or belongs to another tenant") from error

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


def _binding(owner: KeyOwner) -> bytes:
    return f"{owner.tenant_id}\0{owner.key_id}".encode()


def _fresh_key() -> tuple[str, str]:
    return secrets.token_hex(8), _encode(secrets.token_bytes(KEY_BYTES))


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text)
