"""What an ETag says about the content of an object."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

_MD5 = re.compile(r"[0-9a-f]{32}")
_COMPOSITE = re.compile(r"[0-9a-f]{32}-[0-9]+")


@dataclass(frozen=True)
class ETag:
    """`text`: without quotes; `hashed`: whether it is made of MD5s, which KMS and customer keys prevent."""

    text: str
    hashed: bool

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Self:
        """The ETag of an answer."""
        text = str(answer.get("ETag", "")).strip('"')
        encrypted = (
            str(answer.get("ServerSideEncryption", "")).startswith("aws:kms") or "SSECustomerAlgorithm" in answer
        )
        readable = _MD5.fullmatch(text) or _COMPOSITE.fullmatch(text)
        return cls(text, bool(readable) and not encrypted)

    @property
    def md5(self) -> str | None:
        """The MD5 of the whole content, where the ETag is one."""
        return self.text if self.hashed and "-" not in self.text else None

    def differs(self, expected: str) -> bool:
        """Whether it says that the content is another one; an ETag that is no hash says nothing."""
        return self.hashed and ("-" in self.text) == ("-" in expected) and self.text != expected


@dataclass(frozen=True)
class Recorded:
    """What was recorded of a file in parts. `etag`: of an object with these parts; `md5`: of the whole file."""

    etag: str
    md5: str

    def proved_by(self, etag: ETag) -> bool:
        """Whether an object with this ETag is that file."""
        return etag.hashed and etag.text == self.etag


def base64_md5(md5: bytes) -> str:
    """A hash as the header `Content-MD5` writes it."""
    return b64encode(md5).decode("ascii")


def composite(md5s: Iterable[bytes]) -> str:
    """The ETag of an object whose parts have these hashes."""
    all_of_them = list(md5s)
    return f"{hashlib.md5(b''.join(all_of_them), usedforsecurity=False).hexdigest()}-{len(all_of_them)}"
