"""DDEX's official schemas, fetched from the address that the operator has set; only `schemas install` does that.

What lies at the address has DDEX's own layout: ``<address>/ern/43/release-notification.xsd`` with the allowed values
beside, ``<address>/allowed-value-sets/allowed-value-sets.xsd`` (DDEX knowledge base, "Locations of XSDs").
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx2

from distro_core.validation.schema_store import MAX_FILE_BYTES, file_name, schema_imports
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.network import AddressPolicy

OFFICIAL_ADDRESS: Final = "https://service.ddex.net/xml"
SETS: Final = ("ern/3.8.2", "ern/4.2", "ern/4.3", "ern/4.3.2", "mead/1.1")
"""The sets that judge what this platform builds."""

MAIN_FILE: Final = {"ern": "release-notification.xsd", "mead": "media-enrichment-and-description.xsd"}
DDEX_HOSTS: Final = frozenset({"ddex.net", "www.ddex.net", "service.ddex.net"})
MAX_IMPORTS: Final = 10
MAX_SECONDS: Final = 300.0
"""For one file: a server that answers ever so slowly is given up."""


def download_schemas(address: str, folder: Path, sets: Sequence[str] = SETS) -> dict[str, str]:
    """Fetch sets into ``<folder>/<standard>/<version>/``; why each of those that could not be had was left out.

    `address`: http or https; what a schema imports from DDEX is fetched from there too, and nothing from elsewhere.
    The official address must be a public one; one of the operator's own may lie in a private network. Raises
    `DomainError` SCHEMA_ADDRESS_FORBIDDEN or SCHEMA_DOWNLOAD_FAILED where the address itself is wrong.
    """
    _check_address(address)
    refused: dict[str, str] = {}
    with httpx2.Client(timeout=30, follow_redirects=False, trust_env=True) as client:
        source = _Source(client, address.rstrip("/"))
        for name in sets:
            standard, _, version = name.partition("/")
            try:
                files = source.fetch_set(f"{standard}/{version.replace('.', '')}/{MAIN_FILE[standard]}")
            except DomainError as error:
                refused[name] = error.message
                continue
            (folder / name).mkdir(parents=True)
            for file, content in files.items():
                (folder / name / file).write_bytes(content)
    return refused


class _Source:
    """A server with DDEX's layout. Each file is fetched once, though several sets import it."""

    def __init__(self, client: httpx2.Client, address: str) -> None:
        self._client = client
        self._address = address
        self._fetched: dict[str, bytes] = {}

    def fetch_set(self, path: str) -> dict[str, bytes]:
        """A schema and everything that it imports, by file name."""
        waiting = [f"{self._address}/{path}"]
        files: dict[str, bytes] = {}
        while waiting:
            url = waiting.pop()
            if file_name(url) in files:
                continue
            if len(files) == MAX_IMPORTS:
                raise DomainError("SCHEMA_DOWNLOAD_FAILED", f"{path} imports more than {MAX_IMPORTS} files")
            files[file_name(url)] = content = self._fetch(url)
            waiting += [self._locate(url, location) for location in schema_imports(content)]
        return files

    def _locate(self, url: str, location: str) -> str:
        """Where an import lies on this server; raises SCHEMA_ADDRESS_FORBIDDEN for one from elsewhere."""
        found = urljoin(url, location)
        parts = urlsplit(found)
        if parts.hostname in DDEX_HOSTS and parts.path.startswith("/xml/"):
            found = self._address + parts.path.removeprefix("/xml")
        if not found.startswith(f"{self._address}/") or ".." in parts.path.split("/"):
            raise DomainError("SCHEMA_ADDRESS_FORBIDDEN", f"{url} imports from elsewhere: {location}")
        return found

    def _fetch(self, url: str) -> bytes:
        if url not in self._fetched:
            with _explained(url), self._client.stream("GET", url) as response:
                if response.status_code != 200:
                    where = f" to {response.headers['location']}" if response.is_redirect else ""
                    raise DomainError("SCHEMA_DOWNLOAD_FAILED", f"{url} answers {response.status_code}{where}"[:500])
                self._fetched[url] = _read(url, response)
        return self._fetched[url]


def _read(url: str, response: httpx2.Response) -> bytes:
    """The body, as far as it has the size of a schema and comes in time."""
    content = bytearray()
    give_up = time.monotonic() + MAX_SECONDS
    for part in response.iter_bytes(65_536):
        content += part
        if len(content) > MAX_FILE_BYTES:
            raise DomainError("SCHEMA_TOO_LARGE", f"{url} has more than {MAX_FILE_BYTES} bytes")
        if time.monotonic() > give_up:
            raise DomainError("SCHEMA_DOWNLOAD_FAILED", f"{url} does not come within {MAX_SECONDS:.0f} seconds")
    return bytes(content)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except httpx2.HTTPError as error:
        text = f"{url} cannot be fetched: {type(error).__name__} {error}"
        raise DomainError("SCHEMA_DOWNLOAD_FAILED", text[:500]) from error


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise DomainError("SCHEMA_ADDRESS_FORBIDDEN", f"{address} is no plain http or https address")
    policy = AddressPolicy() if address.rstrip("/") == OFFICIAL_ADDRESS else AddressPolicy.everywhere()
    try:
        resolved = socket.getaddrinfo(parts.hostname, parts.port or parts.scheme, type=socket.SOCK_STREAM)
        for *_, place in resolved:
            policy.check(str(place[0]))
    except OSError as error:
        raise DomainError("SCHEMA_DOWNLOAD_FAILED", f"{parts.hostname} cannot be found: {error}") from error
    except TransportError as error:
        raise DomainError("SCHEMA_ADDRESS_FORBIDDEN", error.message) from error
