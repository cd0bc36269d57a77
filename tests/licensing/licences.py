"""Licences for tests: made by a publisher, or by who would like to be one."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from distro_sdk.licensing import LICENSE_TYPE, LicenseKey, LicenseQuestion

NOW = 1_800_000_000
MOMENT = datetime.fromtimestamp(NOW, UTC)
PUBLISHER = OKPKey.generate_key("Ed25519", {"kid": "publisher"})
OTHER = OKPKey.generate_key("Ed25519", {"kid": "other"})
CLAIMS = {"jti": "L-1", "sub": "label-a", "plugin": "stems", "exp": NOW + 60, "features": ["split", "merge"]}


def public(key: OKPKey) -> LicenseKey:
    written = key.as_dict(private=False)
    return LicenseKey(kid=str(written["kid"]), x=str(written["x"]))


def licence(claims: dict[str, Any] | None = None, key: Any = PUBLISHER, **header: str) -> str:
    """A token. `claims`: those of a good one unless given; `header`: fields that differ."""
    algorithm = header.get("alg", "Ed25519")
    written = {"alg": algorithm, "kid": str(key.kid), "typ": LICENSE_TYPE, **header}
    return jwt.encode(written, dict(CLAIMS if claims is None else claims), key, algorithms=[algorithm])


def question(**changes: Any) -> LicenseQuestion:
    """May label A use stems now?"""
    asked = {"plugin_id": "stems", "tenant_id": "label-a", "installation_id": "here", "now": MOMENT, **changes}
    return LicenseQuestion(**asked)


def far_claims(plugin: str, **changes: Any) -> dict[str, Any]:
    """Claims of a licence that is good for a year from now on, by the machine's clock."""
    return {"jti": f"L-{plugin}", "plugin": plugin, "exp": int(time.time()) + 365 * 86_400, **changes}
