"""The pinned host key of a target: what an operator pastes, and whether a server shows that key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncssh

ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""Signature algorithms of host keys that are accepted; SHA-1 (`ssh-rsa`, RFC 8332) is not."""

_FINGERPRINT = re.compile(r"\bSHA256:([A-Za-z0-9+/]{43})=?(?![A-Za-z0-9+/=])")
_KIND = re.compile(r"\((ED25519|ECDSA|RSA)\)\s*$|\b(ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa)\b")
_KEY = re.compile(r"\b((?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) [A-Za-z0-9+/]+={0,2})(?:\s|$)")


@dataclass(frozen=True)
class PinnedHostKey:
    """A host key known beforehand. `fingerprint`: `SHA256:…`; `algorithms`: what to ask the server for, best first."""

    fingerprint: str
    algorithms: tuple[str, ...]

    def matches(self, key: asyncssh.SSHKey) -> bool:
        """Whether this is the key that was pinned."""
        return compare_digest(self.fingerprint, key.get_fingerprint())


def parse_host_key(text: str) -> PinnedHostKey:
    """Read a pinned host key.

    `text`: a public key line as in `known_hosts` or a `.pub` file, with or without the host before it, or a fingerprint
    as `ssh-keygen -lf` prints it. Raises `ValueError` for anything else. Source: RFC 4253 section 6.6, OpenSSH.
    """
    if line := _KEY.search(text):
        import asyncssh  # noqa: PLC0415  # 20 MB, which only those have who use SFTP

        try:
            key = asyncssh.import_public_key(line.group(1))
        except asyncssh.KeyImportError as error:
            raise ValueError("the public key cannot be read") from error
        return PinnedHostKey(key.get_fingerprint(), _ordered(key.get_algorithm()))
    if fingerprint := _FINGERPRINT.search(text):
        kind = _KIND.search(text)
        return PinnedHostKey(f"SHA256:{fingerprint.group(1)}", _ordered(kind.group(0).strip(" ()") if kind else ""))
    raise ValueError("expected a public key line such as 'ssh-ed25519 AAAA…' or a fingerprint such as 'SHA256:…'")


def _ordered(kind: str) -> tuple[str, ...]:
    """All accepted algorithms, those of the pinned key's kind first: a server may have keys of several kinds."""
    family = "rsa" if "rsa" in kind.lower() else kind.lower().removeprefix("ssh-").partition("-")[0]
    wanted = [name for name in ALGORITHMS if family and name.removeprefix("ssh-").startswith(family)]
    exact = [name for name in wanted if name == kind]
    return tuple(dict.fromkeys([*exact, *wanted, *ALGORITHMS]))
