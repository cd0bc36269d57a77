"""Addresses of files below a collection, and what the server calls them."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from distro_sdk.network_failures import raised
from stardust_webdav.failures import UNSAFE

_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/[]@!$&'()*+,;=%")


def checked_address(value: str) -> str:
    """An address without credentials, query and closing slash; raises ValueError for others."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or set(value) - _SIGNS:
        raise ValueError("must be https://HOST/PATH, without credentials and query, other signs percent-encoded")
    if parts.port == 0 or {"..", "."} & set(unquote(parts.path).split("/")):
        raise ValueError("must have neither port 0 nor '.' or '..' in its path")
    return value.rstrip("/")


def file_address(base: str, path: str) -> str:
    """The address of a file below the base; raises `TransportError` PATH_UNSAFE for a path that would leave it."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} or not is_plain(part) for part in parts):
        raise raised(UNSAFE, f"the path {path!r} does not stay below the target's address")
    return "/".join((base, *(quote(part, safe="") for part in parts)))


def folders_of(path: str) -> list[str]:
    """The folders above a file, outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def name_of(reference: str) -> str | None:
    """The last part of the address that a server gives a file, None where it is no name of a file.

    Servers tell whole addresses or paths of their own (RFC 4918 section 8.3): nothing before the last part is used.
    """
    try:
        name = unquote(urlsplit(reference).path.rpartition("/")[2], errors="strict")
    except (ValueError, UnicodeDecodeError):
        return None
    return name if name not in {"", ".", ".."} and "/" not in name and is_plain(name) else None


def is_plain(part: str) -> bool:
    """Whether no sign of it is a control character or half of a surrogate pair."""
    return not any(ord(sign) < 32 or ord(sign) == 127 or 0xD800 <= ord(sign) <= 0xDFFF for sign in part)
