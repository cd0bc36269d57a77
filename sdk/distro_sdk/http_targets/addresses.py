"""Addresses of targets, and of files below them."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from distro_sdk.http_targets.failures import UNSAFE
from distro_sdk.network_failures import raised

_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/[]@!$&'()*+,;=%")


def checked_address(value: str) -> str:
    """An `https://` or `http://` address without credentials, query and closing slash; raises ValueError for others."""
    if not set(value) <= _SIGNS:
        raise ValueError("must be https://HOST/PATH, without a query and with other signs percent-encoded")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be https://HOST/PATH, without credentials")
    if parts.port == 0:
        raise ValueError("has no port 0")
    if {"..", "."} & set(unquote(parts.path).split("/")):
        raise ValueError("must not have '.' or '..' in its path")
    return value.rstrip("/")


def file_address(base: str, path: str) -> str:
    """The address of a file below the base; raises `TransportError` PATH_UNSAFE for a path that would leave it.

    `path`: relative, with `/`; each part is percent-encoded, so that no sign of it ends the line of a request.
    """
    parts = path.split("/")
    if not all(is_name(part) for part in parts):
        raise raised(UNSAFE, f"the path {path!r} does not stay below the target's address")
    return "/".join((base, *(quote(part, safe="") for part in parts)))


def folders_of(path: str) -> list[str]:
    """The folders above a file, outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def is_name(part: str) -> bool:
    """Whether it may be a part of a path: not empty, no way up, no control character, no half of a surrogate pair."""
    if part in {"", ".", ".."}:
        return False
    return not any(ord(sign) < 32 or ord(sign) == 127 or 0xD800 <= ord(sign) <= 0xDFFF for sign in part)
