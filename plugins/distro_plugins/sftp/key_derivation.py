"""How much work the passphrase of a private key asks for, read before the work is begun.

A key says itself how often its passphrase is to be hashed, up to four billion times: one such key of a tenant would
hold a thread of the process for hours.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Final

MOST_ROUNDS: Final = 500
"""Rounds of bcrypt, in keys of OpenSSH: `ssh-keygen` makes 16 to 24 by itself, and 500 take some seconds."""

MOST_ITERATIONS: Final = 2_000_000
"""Iterations of PKCS #5 (RFC 8018), in keys of OpenSSL: it makes 2,048 by itself."""

_ENCODED = re.compile(
    r"-----BEGIN (?P<kind>OPENSSH|ENCRYPTED) PRIVATE KEY-----(?P<body>[A-Za-z0-9+/=\s]*)"
    r"-----END (?P=kind) PRIVATE KEY-----"
)
_MAGIC = b"openssh-key-v1\0"


class KeyTooCostly(ValueError):
    """A key whose passphrase takes too much work to try."""


def plain_key(text: str) -> str:
    """The first key of a text that was looked at here, alone; a text with none of these kinds, from its first key on.

    Raises `KeyTooCostly`, or ValueError for what is no key.
    """
    found = _ENCODED.search(text)
    if found is None:
        start = text.find("-----BEGIN ")
        if start < 0 or re.search(r"BEGIN\s+(OPENSSH|ENCRYPTED)", text):
            raise ValueError("the key is damaged")
        return text[start:]
    content = binascii.a2b_base64(found["body"])
    if found["kind"] == "OPENSSH":
        _check_rounds(content)
    else:
        _check_iterations(content)
    body = binascii.b2a_base64(content, newline=False).decode()
    return f"-----BEGIN {found['kind']} PRIVATE KEY-----\n{body}\n-----END {found['kind']} PRIVATE KEY-----\n"


def _check_rounds(content: bytes) -> None:
    from asyncssh.packet import SSHPacket  # noqa: PLC0415  # 20 MB, which only those have who use SFTP

    packet = SSHPacket(content.removeprefix(_MAGIC))
    packet.get_string()  # the cipher
    kdf, options = packet.get_string(), SSHPacket(packet.get_string())
    if kdf == b"none":
        return
    options.get_string()  # the salt
    if options.get_uint32() > MOST_ROUNDS:
        raise KeyTooCostly(f"has more than {MOST_ROUNDS} rounds of bcrypt: make a new one with ssh-keygen")


def _check_iterations(content: bytes) -> None:
    from asyncssh.asn1 import ASN1DecodeError, der_decode  # noqa: PLC0415  # as above

    try:
        read = der_decode(content)
    except ASN1DecodeError as error:
        raise ValueError("the key is damaged") from error
    if not isinstance(read, tuple) or len(read) != 2:  # RFC 5958: how it is encrypted, and what is
        raise ValueError("the key is damaged")
    if any(number > MOST_ITERATIONS for number in _numbers(read[0])):
        raise KeyTooCostly(f"has more than {MOST_ITERATIONS} iterations: encrypt it anew with fewer")


def _numbers(read: object) -> Iterator[int]:
    if isinstance(read, int):
        yield read
    elif isinstance(read, tuple):
        for each in read:
            yield from _numbers(each)
