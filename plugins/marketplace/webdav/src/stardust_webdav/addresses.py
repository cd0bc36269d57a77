"""What the server calls its files."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from distro_sdk.http_targets.addresses import is_name


def name_of(reference: str) -> str | None:
    """The last part of the address that a server gives a file, None where it is no name of a file.

    Servers tell whole addresses or paths of their own (RFC 4918 section 8.3): nothing before the last part is used.
    """
    try:
        name = unquote(urlsplit(reference).path.rpartition("/")[2], errors="strict")
    except (ValueError, UnicodeDecodeError):
        return None
    return name if is_name(name) and "/" not in name else None
