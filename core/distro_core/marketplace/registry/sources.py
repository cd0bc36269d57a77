"""Reads what lies at an address: files itself, everything else through the sources that plugins bring."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urljoin, urlsplit

from distro_sdk.errors import DomainError, TransportError
from distro_sdk.registries import RegistrySource

BLOCK = 1 << 18


async def read_whole(sources: Mapping[str, RegistrySource], address: str, most: int) -> bytes:
    """What lies at an address; raises what `read_blocks` raises."""
    content = bytearray()
    async with aclosing(read_blocks(sources, address, most)) as blocks:
        async for block in blocks:
            content += block
    return bytes(content)


async def read_blocks(sources: Mapping[str, RegistrySource], address: str, most: int) -> AsyncGenerator[bytes, None]:
    """As blocks, at most `most` bytes; raises `DomainError` REGISTRY_UNREACHABLE or REGISTRY_TOO_LARGE."""
    count = 0
    try:
        async for block in _blocks(sources, address, most):
            count += len(block)
            if count > most:
                raise _too_large(address, most)
            yield block
    except TransportError as error:
        if error.code == "REMOTE_FILE_TOO_LARGE":
            raise _too_large(address, most) from error
        raise _unreachable(address, error.message) from error
    except OSError as error:
        raise _unreachable(address, error.strerror or type(error).__name__) from error


def resolve_address(registry: str, url: str) -> str:
    """The address of an artefact, where a registry names it relative to itself; raises REGISTRY_INVALID.

    A registry that was read over the network cannot name a file of this machine.
    """
    if _scheme(registry) != "file":
        found = urljoin(registry, url)
        if not urlsplit(found).scheme:
            # Of schemes that it does not know, the standard library joins nothing.
            found = f"{registry.rpartition('/')[0]}/{url}"
        if _scheme(found) != _scheme(registry):
            raise DomainError("REGISTRY_INVALID", f"the registry names an address of another scheme: {found[:200]}")
        return found
    if _scheme(url) != "file":
        return url
    return str(_path(registry).parent / _path(url))


def _blocks(sources: Mapping[str, RegistrySource], address: str, most: int) -> AsyncIterator[bytes]:
    scheme = _scheme(address)
    if scheme == "file":
        return _read_file(_path(address))
    source = sources.get(scheme)
    if source is None:
        raise _unreachable(address, f"no plugin reads {scheme} addresses")
    return source.read(address, most)


async def _read_file(path: Path) -> AsyncIterator[bytes]:
    file: IO[bytes] = await asyncio.to_thread(path.open, "rb")
    with file:
        while block := await asyncio.to_thread(file.read, BLOCK):
            yield block


def _scheme(address: str) -> str:
    return urlsplit(address).scheme or "file"


def _path(address: str) -> Path:
    parts = urlsplit(address)
    return Path(unquote(parts.path) if parts.scheme else address).expanduser()


def _unreachable(address: str, reason: str) -> DomainError:
    return DomainError("REGISTRY_UNREACHABLE", f"cannot read {address[:200]}: {reason}")


def _too_large(address: str, most: int) -> DomainError:
    return DomainError("REGISTRY_TOO_LARGE", f"{address[:200]} has more than {most} bytes")
