"""Hashing what a receiver gives back, as far as it has told and no further."""

from __future__ import annotations

import hashlib

from distro_sdk.network_failures import WRONG_SIZE, raised


class ReadBack:
    """A file that is read back piece by piece. `size`: the bytes that the receiver told; `algorithm`: of `hashlib`."""

    def __init__(self, path: str, size: int, algorithm: str) -> None:
        self._path = path
        self._size = size
        self._received = 0
        self._digest = hashlib.new(algorithm, usedforsecurity=False)

    def take(self, piece: bytes) -> None:
        """Hash the next bytes; raises `TransportError` REMOTE_SIZE_WRONG where they are more than was told."""
        self._received += len(piece)
        if self._received > self._size:
            raise raised(WRONG_SIZE, f"{self._path} goes on after the {self._size} bytes that the server told")
        self._digest.update(piece)

    def hexdigest(self) -> str:
        """The hash, lower-case hexadecimal; raises `TransportError` REMOTE_SIZE_WRONG where bytes are missing."""
        if self._received < self._size:
            told = f"{self._received} of the {self._size} bytes that the server told"
            raise raised(WRONG_SIZE, f"{self._path} ends after {told}")
        return self._digest.hexdigest()
