"""Licences as JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 9864)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from pydantic import Field, ValidationError

from distro_sdk.licensing import (
    LICENSE_ALGORITHM,
    LICENSE_TYPE,
    LONGEST_LICENSE,
    LicenseClaims,
    LicenseKey,
    LicenseQuestion,
    LicenseVerdict,
)

_FORGED = "it is no licence that a trusted key has signed"


class TrustedKey(LicenseKey):
    """A key that the operator trusts. `plugins`: whose licences it may sign, None for any plugin's."""

    plugins: Annotated[tuple[str, ...], Field(max_length=1000)] | None = None


class OfflineLicenseVerifier:
    """Accepts what the plugin's publisher has signed, with a key that its registry lists or that the operator trusts.

    The token's header names its key in `kid`. `keys`: those of the operator.
    """

    key = "offline"

    def __init__(self, keys: Sequence[TrustedKey]) -> None:
        self._keys = tuple(keys)

    async def verify(self, question: LicenseQuestion, license: str) -> LicenseVerdict:
        """The verdict on a licence text; a bad licence is a verdict, never an error."""
        trusted = self._trusted(question)
        if not trusted:
            return _refused("there is no key that licences of this plugin are verified with")
        if len(license) > LONGEST_LICENSE:
            return _refused(f"a licence has at most {LONGEST_LICENSE} characters")
        try:
            token = jwt.decode(license, KeySet([*trusted]), algorithms=[LICENSE_ALGORITHM])
            if token.header.get("typ") != LICENSE_TYPE:
                return _refused(_FORGED)
            claims = LicenseClaims.model_validate(token.claims)
        except ValidationError:
            return _refused("what it says cannot be read")
        except (JoseError, ValueError, TypeError, RecursionError):
            return _refused(_FORGED)
        return claims.judge(question)

    def _trusted(self, question: LicenseQuestion) -> list[OKPKey]:
        own = [key for key in self._keys if key.plugins is None or question.plugin_id in key.plugins]
        # The operator's key counts where a publisher's has the same id.
        by_id = {key.kid: key for key in (*question.keys, *own)}
        return [OKPKey.import_key(key.model_dump(exclude={"plugins"})) for key in by_id.values()]


def _refused(reason: str) -> LicenseVerdict:
    return LicenseVerdict(valid=False, reason=reason)
