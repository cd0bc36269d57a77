"""Addresses of folders at a receiver, and which of those that a server names may be gone to."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from distro_sdk.http_targets.addresses import file_address, folders_of
from distro_sdk.http_targets.failures import REDIRECTED
from distro_sdk.network_failures import raised


def folder_addresses(base: str, path: str) -> list[str]:
    """The addresses of the folders above a file and below the base, outermost first."""
    return [f"{file_address(base, folder)}/" for folder in folders_of(path)]


def redirected_address(address: str, location: str | None, doing: str) -> str:
    """Where a redirection leads; raises `TransportError` REDIRECT_REFUSED for another scheme, host or port.

    The credentials and the files are meant for the host that the target names, and for no other.
    """
    found = ""
    try:
        found = urljoin(address, location or "")
        same = location is not None and _origin(found) == _origin(address)
    except ValueError:
        same = False
    if not same:
        raise raised(REDIRECTED, f"cannot {doing}: the server sends us to another host, or nowhere")
    return found.partition("#")[0]


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
