"""Licences as JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 9864)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, OKPKey
from pydantic import Field, ValidationError

from distro_sdk.licensing import LicenseVerdict
from distro_sdk.models.base import Model

ALGORITHMS = ("Ed25519",)
"""The one algorithm that is accepted, whatever a token's header asks for (RFC 8725, 3.1)."""

MAX_LICENSE_LENGTH = 8192
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TrustedKey(Model):
    """A public key as a JWK (RFC 8037). `x`: base64url without padding; a private key (`d`) is refused."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    kid: Annotated[str, Field(min_length=1, max_length=100)]


class OfflineLicenseVerifier:
    """Accepts a token with the claims `sub` (tenant id), `plugin` (plugin id), `exp` and optionally `nbf`, `features`.

    With more than one trusted key the token's header names its key in `kid`. `now`: seconds since 1970, for tests.
    """

    key = "offline"

    def __init__(self, keys: Sequence[TrustedKey], now: Callable[[], float] = time.time) -> None:
        self._keys = KeySet([OKPKey.import_key(key.model_dump()) for key in keys])
        self._now = now

    async def verify(self, plugin_id: str, tenant_id: str, license: str) -> LicenseVerdict:
        """The verdict on a licence text for this plugin and this tenant; a bad licence is a verdict, never an error."""
        if not self._keys:
            return _refused("the operator has set no key that licences are verified with")
        if len(license) > MAX_LICENSE_LENGTH:
            return _refused(f"a licence has at most {MAX_LICENSE_LENGTH} characters")
        try:
            token = jwt.decode(license, self._keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            return _refused("it is no licence that one of the trusted keys has signed")
        return self._judge(token.claims, plugin_id, tenant_id)

    def _judge(self, claims: dict[str, Any], plugin_id: str, tenant_id: str) -> LicenseVerdict:
        expected = jwt.JWTClaimsRegistry(
            now=int(self._now()),
            sub={"essential": True, "value": tenant_id},
            plugin={"essential": True, "value": plugin_id},
            exp={"essential": True},
        )
        try:
            if not isinstance(claims.get("plugin"), str):
                return _refused("it does not say which plugin it is for")
            expected.validate(claims)
            return LicenseVerdict(
                valid=True,
                features=claims.get("features", ()),
                expires_at=EPOCH + timedelta(seconds=claims["exp"]),
            )
        except ExpiredTokenError:
            return _refused("it has expired")
        except JoseError as error:
            return _refused(f"it is not good for this plugin, tenant and time: {error.description}")
        except (ValidationError, ValueError, OverflowError):
            return _refused("its features or its time of expiry cannot be read")


def _refused(reason: str) -> LicenseVerdict:
    return LicenseVerdict(valid=False, reason=reason)
