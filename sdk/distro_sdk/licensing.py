"""How a plugin's licence is verified, and what an offline licence says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Protocol

from pydantic import ConfigDict, Field

from distro_sdk.models.base import Model

LICENSE_TYPE = "stardust-license+jwt"
"""The `typ` of an offline licence's header (RFC 8725, 3.11), so that no other signature of the same key passes."""

LICENSE_ALGORITHM = "Ed25519"
"""The one algorithm of offline licences (RFC 9864), whatever a header asks for (RFC 8725, 3.1)."""

LONGEST_LICENSE = 8192
"""Characters of a licence text."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 253_402_300_799
"""The last second that a moment can name."""

LONGEST_GRACE = 366 * 86_400

Text = Annotated[str, Field(min_length=1, max_length=200)]
Seconds = Annotated[int, Field(ge=0, le=LATEST, strict=True)]
Feature = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:._-]{0,99}$")]


class LicenseKey(Model):
    """An Ed25519 public key as a JWK (RFC 8037). `x`: base64url without padding; a private key (`d`) is refused."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    kid: Annotated[str, Field(min_length=1, max_length=100)]


class LicenseQuestion(Model):
    """What is asked of a licence.

    `now`: the platform's time, which never goes back; `keys`: those of the plugin's publisher, as its registry lists
    them.
    """

    plugin_id: str
    tenant_id: str
    installation_id: str
    now: datetime
    keys: tuple[LicenseKey, ...] = ()


class LicenseVerdict(Model):
    """Whether a licence is good for what was asked, now or in its time of grace.

    `license_id`: by which it may be revoked; `features`: what it opens; `grace_until`: until when what runs already may
    go on after `expires_at`; `reason`: why it is not good, for people.
    """

    valid: bool
    license_id: str | None = None
    features: frozenset[Feature] = frozenset()
    expires_at: datetime | None = None
    grace_until: datetime | None = None
    reason: str | None = None


class LicenseVerifier(Protocol):
    """Judges licences of one kind; `key` is what a plugin's manifest names as `license_verifier`."""

    key: str

    async def verify(self, question: LicenseQuestion, license: str) -> LicenseVerdict:
        """The verdict on a licence text; a bad licence is a verdict, never an error.

        Raises `TransportError` where nothing can be said now, such as when a server does not answer.
        """
        ...


class LicenseClaims(Model):
    """What an offline licence says: a JWT (RFC 7519), signed by the plugin's publisher.

    `sub`: id of the tenant, `installation`: id of the installation, one of which is there at least; `jti`: by which it
    may be revoked; `exp`, `nbf`, `iat`: seconds since 1970; `grace`: seconds after `exp`.
    """

    model_config = ConfigDict(extra="ignore")

    jti: Text
    plugin: Text
    sub: Text | None = None
    installation: Text | None = None
    exp: Seconds
    nbf: Seconds | None = None
    iat: Seconds | None = None
    grace: Annotated[int, Field(ge=0, le=LONGEST_GRACE, strict=True)] = 0
    features: Annotated[frozenset[Feature], Field(max_length=100)] = frozenset()

    def judge(self, question: LicenseQuestion) -> LicenseVerdict:
        """The verdict on these claims, whose signature was verified before."""
        expires_at = EPOCH + timedelta(seconds=self.exp)
        grace_until = EPOCH + timedelta(seconds=min(self.exp + self.grace, LATEST))
        reason = self._fault(question)
        if reason is None and question.now >= grace_until:
            reason = "it has expired"
        return LicenseVerdict(
            valid=reason is None,
            license_id=self.jti,
            features=self.features if reason is None else frozenset(),
            expires_at=expires_at,
            grace_until=grace_until,
            reason=reason,
        )

    def _fault(self, question: LicenseQuestion) -> str | None:
        if self.plugin != question.plugin_id:
            return "it is for another plugin"
        if self.sub is None and self.installation is None:
            return "it names neither a tenant nor an installation"
        if self.sub not in {None, question.tenant_id}:
            return "it is for another tenant"
        if self.installation not in {None, question.installation_id}:
            return "it is for another installation"
        if self.nbf is not None and question.now < EPOCH + timedelta(seconds=self.nbf):
            return "it does not count yet"
        return None
