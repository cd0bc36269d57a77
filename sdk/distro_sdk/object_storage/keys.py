"""Names of objects and addresses of storages that cannot lead astray."""

from __future__ import annotations

from urllib.parse import urlsplit

from distro_sdk.errors import ErrorCategory, TransportError

LONGEST_KEY = 1024
"""Bytes of UTF-8 that S3, Azure (in signs) and Google Cloud Storage take."""


def object_key(prefix: str, path: str) -> str:
    """The key of a path below a prefix; raises `TransportError` PATH_UNSAFE for one that would leave it.

    `prefix`: as `checked_prefix` returns it; `path`: relative, with `/`, empty for the prefix itself.
    """
    key = "/".join(part for part in (prefix, path) if part)
    if (path and not _is_plain(path)) or len(key.encode("utf-8", "replace")) > LONGEST_KEY:
        message = f"the path {path!r} does not make a safe object name below the target's prefix"
        raise TransportError(ErrorCategory.UNKNOWN, "PATH_UNSAFE", message, retryable=False)
    return key


def folder_key(prefix: str, folder: str) -> str:
    """What the keys of all objects below a folder begin with; empty for the whole bucket."""
    key = object_key(prefix, folder)
    return f"{key}/" if key else ""


def checked_prefix(prefix: str) -> str:
    """The prefix without outer slashes; raises ValueError for one with `..`, empty parts or control characters."""
    plain = prefix.strip("/")
    if plain and not _is_plain(plain):
        raise ValueError("must be plain names parted by '/', without '..'")
    return plain


def checked_endpoint(url: str) -> str:
    """An `http://` or `https://` address of a storage; raises ValueError for one with a path, query or credentials."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be https://HOST or https://HOST:PORT")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must not have a path or a query")
    if parts.port == 0:
        raise ValueError("has no port 0")
    return f"{parts.scheme}://{parts.netloc}"


def _is_plain(path: str) -> bool:
    if any(part in {"", ".", ".."} for part in path.split("/")):
        return False
    return not any(ord(sign) < 32 or ord(sign) == 127 or 0xD800 <= ord(sign) <= 0xDFFF for sign in path)
