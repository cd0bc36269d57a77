"""Messages and release files as they are read from a folder: never more of one than can be a message or a release."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from distro_sdk.errors import DomainError
from distro_sdk.xml import MAX_MESSAGE_BYTES

MAX_RELEASE_FILE_BYTES: Final = 8 * 1024 * 1024
"""Some ten times what an album of 500 tracks takes, with every asset in full."""


def load_message(file: Path) -> bytes:
    """The content of a message; raises `DomainError` XML_TOO_LARGE before it is read whole."""
    return _load(file, MAX_MESSAGE_BYTES, "XML_TOO_LARGE", "the message")


def load_release_file(file: Path) -> bytes:
    """The content of a release file; raises `DomainError` RELEASE_FILE_TOO_LARGE before it is read whole."""
    return _load(file, MAX_RELEASE_FILE_BYTES, "RELEASE_FILE_TOO_LARGE", "the release file")


def load_either(file: Path) -> tuple[bytes, bool]:
    """The content of a message or a release file, and whether it is XML; raises as the two others do."""
    with file.open("rb") as opened:
        is_xml = opened.read(100).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return (load_message(file) if is_xml else load_release_file(file)), is_xml


def _load(file: Path, most: int, code: str, what: str) -> bytes:
    """What a file says of its size need not be true, as of a pipe: so it is read up to one byte too many."""
    with file.open("rb") as opened:
        content = opened.read(most + 1)
    if len(content) > most:
        raise DomainError(code, f"{what} has more than {most} bytes, which is the most that is read")
    return content
