"""Where registries of plugins, and the plugins in them, are read from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class RegistrySource(Protocol):
    """Reads addresses of one scheme; `key` is that scheme, such as ``https``.

    It only brings bytes: signatures and checksums are verified by the platform.
    """

    key: str

    def read(self, address: str, most: int) -> AsyncIterator[bytes]:
        """The bytes that lie at an address, in blocks; raises `TransportError`.

        `most`: bytes; when there are more, REMOTE_FILE_TOO_LARGE is raised, at the latest when so many were read.
        """
        ...
