"""Addresses of files at a receiver, and which of those that a server names may be gone to."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from distro_plugins.http_api.failures import REDIRECTED, UNSAFE
from distro_sdk.network_failures import raised

_ADDRESS_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/[]@!$&'()*+,;=%")


def checked_address(value: str) -> str:
    """An `https://` or `http://` address without credentials, query and closing slash; raises ValueError for others."""
    if not set(value) <= _ADDRESS_SIGNS:
        raise ValueError("must be https://HOST/PATH, without a query and with other signs percent-encoded")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be https://HOST/PATH, without credentials")
    if parts.port == 0:
        raise ValueError("has no port 0")
    if {"..", "."} & set(parts.path.replace("%2e", ".").replace("%2E", ".").split("/")):
        raise ValueError("must not have '.' or '..' in its path")
    return value.rstrip("/")


def file_address(base: str, path: str) -> str:
    """The address of a file below the base; raises `TransportError` PATH_UNSAFE for a path that would leave it.

    `path`: relative, with `/`; each part is percent-encoded, so that no sign of it ends the line of a request.
    """
    parts = path.split("/")
    if any(part in {"", ".", ".."} or not _is_plain(part) for part in parts):
        raise raised(UNSAFE, f"the path {path!r} does not stay below the target's address")
    return "/".join((base, *(quote(part, safe="") for part in parts)))


def folder_addresses(base: str, path: str) -> list[str]:
    """The addresses of the folders above a file and below the base, outermost first."""
    folders = path.split("/")[:-1]
    return [file_address(base, "/".join(folders[: depth + 1])) + "/" for depth in range(len(folders))]


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


def _is_plain(part: str) -> bool:
    return not any(ord(sign) < 32 or ord(sign) == 127 or 0xD800 <= ord(sign) <= 0xDFFF for sign in part)
