"""Making licences: what a publisher does, away from any platform."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from distro_sdk.errors import DomainError
from distro_sdk.licensing import LICENSE_ALGORITHM, LICENSE_TYPE, LicenseClaims, LicenseQuestion, LicenseVerdict


def issue_license(
    key: OKPKey,
    plugin: str,
    *,
    expires_at: datetime,
    now: datetime,
    tenant_id: str | None = None,
    installation_id: str | None = None,
    features: Iterable[str] = (),
    grace: timedelta = timedelta(),
    license_id: str | None = None,
) -> str:
    """A licence, signed. `key`: private, with its id; `license_id`: by which it may be revoked, a new one unless given.

    Raises LICENSE_CLAIMS_INVALID, for one that names neither a tenant nor an installation, too.
    """
    claims = {
        "jti": license_id or str(uuid.uuid4()),
        "plugin": plugin,
        "sub": tenant_id,
        "installation": installation_id,
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
        "grace": int(grace.total_seconds()),
        "features": sorted(features),
    }
    written = {name: value for name, value in claims.items() if value is not None}
    try:
        LicenseClaims.model_validate(written)
    except ValidationError as error:
        fault = error.errors()[0]
        message = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
        raise DomainError("LICENSE_CLAIMS_INVALID", message) from error
    if tenant_id is None and installation_id is None:
        raise DomainError("LICENSE_CLAIMS_INVALID", "a licence is for a tenant, an installation, or both")
    header = {"alg": LICENSE_ALGORITHM, "kid": str(key.kid), "typ": LICENSE_TYPE}
    return jwt.encode(header, written, key, algorithms=[LICENSE_ALGORITHM])


def inspect_license(license: str, key: OKPKey, question: LicenseQuestion) -> tuple[Mapping[str, Any], LicenseVerdict]:
    """What a licence says, and whether it is good for what is asked; raises LICENSE_INVALID where the key has not
    signed it as a licence.
    """
    try:
        token = jwt.decode(license, key, algorithms=[LICENSE_ALGORITHM])
        if token.header.get("typ") != LICENSE_TYPE:
            raise DomainError("LICENSE_INVALID", "it was signed for another purpose")
        return token.claims, LicenseClaims.model_validate(token.claims).judge(question)
    except (JoseError, ValueError, TypeError) as error:
        raise DomainError("LICENSE_INVALID", "it is no licence that the key has signed") from error
