"""Signed, short-lived tokens: access, upload and download.

They are JSON Web Tokens with HMAC-SHA256 (RFC 7519, RFC 7518 section 3.2). The algorithm is pinned on both sides, and
the audience keeps a token of one purpose from being taken for another.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey

from distro_core.clock import Clock
from distro_core.settings import Settings
from distro_sdk.errors import DomainError

ALGORITHM = "HS256"
ISSUER = "stardust-distro"
KEY_FILE = "keys/tokens.key"
MAX_TOKEN_LENGTH = 4096


class TokenPurpose(StrEnum):
    """What a token opens; its audience."""

    ACCESS = "access"
    UPLOAD = "upload"
    DOWNLOAD = "download"
    DOCUMENT = "document"
    PLUGIN_UPLOAD = "plugin_upload"


class TokenSigner:
    """Signs and reads tokens. `key`: 32 secret bytes or more, the same in every process of an installation."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = OctKey.import_key(key)
        self._clock = clock

    def sign(self, purpose: TokenPurpose, claims: Mapping[str, Any], lifetime: timedelta) -> tuple[str, datetime]:
        """A token with those claims, and when it ends."""
        now = self._clock.now()
        ends = now.replace(microsecond=0) + lifetime
        stamped = {
            **claims,
            "iss": ISSUER,
            "aud": purpose.value,
            "iat": int(now.timestamp()),
            "exp": int(ends.timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM}, stamped, self._key, algorithms=[ALGORITHM]), ends

    def read(self, purpose: TokenPurpose, token: str) -> Mapping[str, Any]:
        """The claims of a token; raises TOKEN_EXPIRED or TOKEN_INVALID."""
        if len(token) > MAX_TOKEN_LENGTH:
            raise DomainError("TOKEN_INVALID", f"this is not a token for {purpose}")
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": purpose.value},
            exp={"essential": True},
        )
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            registry.validate(claims)
        except ExpiredTokenError as error:
            raise DomainError("TOKEN_EXPIRED", f"the {purpose} token has expired") from error
        except (JoseError, ValueError) as error:
            raise DomainError("TOKEN_INVALID", f"this is not a token for {purpose}") from error
        return claims


def open_token_signer(settings: Settings, clock: Clock) -> TokenSigner:
    """The signer with the key of the settings, or with the key file of the data folder, made where there is none."""
    if settings.auth_key is not None:
        return TokenSigner(settings.auth_key.get_secret_value().encode(), clock)
    return TokenSigner(_read_key_file(settings.data_path / KEY_FILE), clock)


def digest(token: str) -> str:
    """What is stored of a token or key that nobody may read back: its SHA-256, hexadecimal."""
    return sha256(token.encode()).hexdigest()


def _read_key_file(path: Path) -> bytes:
    if not path.exists():
        _make_key_file(path)
    return path.read_bytes()


def _make_key_file(path: Path) -> None:
    """Write a fresh key whole under a name of its own, then link it: of two processes that race, one wins for both."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
