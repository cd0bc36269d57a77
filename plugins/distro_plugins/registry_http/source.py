"""Registries at addresses of one scheme."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib import import_module

from distro_plugins.registry_http.settings import RegistryHttpSettings


class HttpRegistrySource:
    """Reads addresses of one scheme (`key`) with GET."""

    def __init__(self, key: str, settings: RegistryHttpSettings) -> None:
        self.key = key
        self._settings = settings

    async def read(self, address: str, most: int) -> AsyncGenerator[bytes, None]:
        """The bytes at an address, in blocks; raises `TransportError`, also where there are more than `most`."""
        # aiohttp takes 8 MB: only those who use it have it.
        await asyncio.to_thread(import_module, "distro_plugins.registry_http.reading")
        from distro_plugins.registry_http.reading import AddressReader  # noqa: PLC0415

        async with aclosing(AddressReader(self._settings).read(address, most)) as blocks:
            async for block in blocks:
                yield block
