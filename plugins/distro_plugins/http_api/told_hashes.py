"""Which hash of a file a server tells in the headers of an answer."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

_MD5_ETAG = re.compile(r'^"([0-9a-fA-F]{32})"$')
_DIGEST = re.compile(r"(?:^|[,\s])(md5|sha|sha-256|sha-1)=:?([A-Za-z0-9+/]+={0,2}):?(?=$|[,;\s])", re.IGNORECASE)
_HEX = re.compile(r"^[0-9a-fA-F]+$")
_NAMES = {"md5": "md5", "sha": "sha1", "sha-1": "sha1", "sha-256": "sha256"}
_SIZES = {"md5": 16, "sha1": 20, "sha256": 32}

HASHES = frozenset(_SIZES)
"""Algorithms that are understood."""


def told_hash(headers: Mapping[str, str], algorithm: str, *, etag_is_md5: bool) -> str | None:
    """The hash of the file that an answer to HEAD tells, lower-case hexadecimal.

    Known are Repr-Digest and Content-Digest (RFC 9530), Digest (RFC 3230), Content-MD5 (RFC 1864), X-Checksum-…, and
    the ETag where the target says what it is.
    """
    found = written_hash(headers, algorithm, etag_is_md5=etag_is_md5)
    if found is not None:
        return found
    for header in ("Repr-Digest", "Content-Digest", "Digest"):
        for name, text in _DIGEST.findall(headers.get(header, "")):
            if _NAMES[name.lower()] == algorithm and (digest := _decoded(text, algorithm)) is not None:
                return digest
    return _decoded(headers.get("Content-MD5", ""), "md5") if algorithm == "md5" else None


def written_hash(headers: Mapping[str, str], algorithm: str, *, etag_is_md5: bool) -> str | None:
    """The hash of the file that an answer to PUT tells: its digest headers are about the answer, not about the file."""
    checksum = headers.get(f"X-Checksum-{algorithm}", "").strip()
    if _HEX.match(checksum) and len(checksum) == 2 * _SIZES.get(algorithm, 0):
        return checksum.lower()
    etag = _MD5_ETAG.match(headers.get("ETag", "").strip())
    return etag[1].lower() if etag and etag_is_md5 and algorithm == "md5" else None


def _decoded(text: str, algorithm: str) -> str | None:
    try:
        digest = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest.hex() if len(digest) == _SIZES.get(algorithm) else None
