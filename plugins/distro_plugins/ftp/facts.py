"""What servers say of files: the facts of RFC 3659, and their answers about hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Facts:
    """A file at the server. `size`: bytes."""

    size: int
    modified_at: datetime | None


HASH_NAMES = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256"}
"""Our names of algorithms, and those of the command HASH (draft-bryan-ftpext-hash)."""

HASH_COMMANDS = {"md5": ("XMD5",), "sha1": ("XSHA1", "XSHA"), "sha256": ("XSHA256",)}
"""Older commands with one algorithm each."""

_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64}


def parse_entry(line: str) -> tuple[str, Facts] | None:
    """Name and facts of one line of MLSD or MLST (RFC 3659 section 7.2), None for what is no file."""
    head, _, name = line.lstrip(" ").partition(" ")
    facts = {key.lower(): value for key, _, value in (fact.partition("=") for fact in head.split(";") if fact)}
    if not name or facts.get("type", "file").lower() != "file" or not facts.get("size", "").isdecimal():
        return None
    return name, Facts(int(facts["size"]), parse_time(facts.get("modify", "")))


def parse_mlst(reply: str) -> Facts | None:
    """The facts within the reply to MLST: the one line that begins with a space."""
    for line in reply.splitlines()[1:-1]:
        entry = parse_entry(line)
        if entry is not None:
            return entry[1]
    return None


def parse_time(text: str) -> datetime | None:
    """A time of RFC 3659 section 2.3, which is always in UTC; None where there is none."""
    digits = text[:14]
    if len(digits) != 14 or not digits.isdecimal():
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}").replace(tzinfo=UTC)
    return None


def parse_hash(reply: str, algorithm: str) -> str | None:
    """The hash in a reply to HASH, XMD5 and the like, lower-case hexadecimal."""
    found = re.search(rf"(?<![0-9A-Za-z]){'[0-9A-Fa-f]'}{{{_DIGITS[algorithm]}}}(?![0-9A-Za-z])", reply)
    return found[0].lower() if found else None


def decoded_lines(content: bytes) -> Iterator[str]:
    """The lines of a listing; names that are not UTF-8 are left out, for nobody could name them to us."""
    for line in content.split(b"\n"):
        with suppress(UnicodeDecodeError):
            text = line.rstrip(b"\r").decode("utf-8")
            if text:
                yield text
