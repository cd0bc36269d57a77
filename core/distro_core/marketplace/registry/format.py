"""The format of a registry, version 1, and how its bytes are read without trusting them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from packaging.version import InvalidVersion, Version
from pydantic import AwareDatetime, Field, ValidationError, field_validator, model_validator

from distro_sdk.errors import DomainError
from distro_sdk.manifest import OFFLINE, PLUGIN_ID, LicenseModel, LicenseVerifierKey, PluginCategory, PluginSource
from distro_sdk.models.base import Model

FORMAT_VERSION = 1
MOST_BYTES = 32 * 1024**2
MOST_PLUGINS = 20_000
MOST_VERSIONS = 200
MOST_WITHDRAWN = 10_000
LARGEST_ARTEFACT = 50 * 1024**2

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Range = Annotated[str, Field(min_length=1, max_length=100)]
Signature = Annotated[str, Field(max_length=2000)]


class PublicKey(Model):
    """An Ed25519 public key as a JWK (RFC 8037). `x`: base64url without padding; a private key (`d`) is refused."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    kid: Annotated[str, Field(min_length=1, max_length=100)]


class Publisher(Model):
    """Who publishes plugins. `support`: where their users get help (row MKT-10)."""

    id: Annotated[str, Field(pattern=PLUGIN_ID)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    support: Annotated[str, Field(min_length=3, max_length=200)]
    keys: Annotated[tuple[PublicKey, ...], Field(min_length=1, max_length=10)]


class Price(Model):
    """What a plugin costs. `amount`: in minor units of the currency, such as cents; `currency`: ISO 4217."""

    amount: Annotated[int, Field(ge=0, le=10**9, strict=True)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class PluginVersion(Model):
    """One version of a plugin.

    `url`: where its wheel lies, absolute or relative to the registry; `sha256`, `size`: of the wheel; `signature`: of
    its publisher (`trust.sign_artefact`); `license_verifier`: by whom licences are judged; `requires`: by plugin id,
    the range of versions it needs beside it.
    """

    version: Annotated[str, Field(max_length=50)]
    sha256: Sha256
    size: Annotated[int, Field(gt=0, le=LARGEST_ARTEFACT, strict=True)]
    signature: Signature
    sdk: Range
    python: Range
    url: Annotated[str, Field(min_length=1, max_length=1000)]
    license_model: LicenseModel
    license_verifier: LicenseVerifierKey = OFFLINE
    price: Price | None = None
    requires: Annotated[Mapping[str, Range], Field(max_length=50)] = {}
    released_at: AwareDatetime

    @field_validator("version")
    @classmethod
    def _is_version(cls, value: str) -> str:
        try:
            Version(value)
        except InvalidVersion as error:
            raise ValueError("is no version (PEP 440)") from error
        return value


class PluginEntry(Model):
    """A plugin in a registry. `publisher`: the publisher's id; `listed`: whether it is offered at all (row MKT-01)."""

    id: Annotated[str, Field(pattern=PLUGIN_ID)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(min_length=1, max_length=500)]
    publisher: Annotated[str, Field(pattern=PLUGIN_ID)]
    category: PluginCategory
    source: PluginSource
    support: Annotated[str, Field(min_length=3, max_length=200)]
    license: Annotated[str, Field(max_length=100)] = "MIT"
    keywords: Annotated[tuple[Annotated[str, Field(max_length=50)], ...], Field(max_length=30)] = ()
    listed: bool = True
    versions: Annotated[tuple[PluginVersion, ...], Field(max_length=MOST_VERSIONS)]


class YankedVersion(Model):
    """A version that is not installed any more; where it is installed it stays."""

    plugin: str
    version: str
    reason: Annotated[str, Field(max_length=500)] = ""


class Revocation(Model):
    """A publisher's key (`kid`), a wheel (`sha256`) or a licence (`license`: its id) that no longer counts."""

    publisher: str | None = None
    kid: str | None = None
    sha256: Sha256 | None = None
    license: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    reason: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.kid is None and self.sha256 is None and self.license is None:
            raise ValueError("a revocation names a key, a wheel or a licence")
        return self


class RegistryContent(Model):
    """What a registry says. `serial`: grows with every edition; `expires`: after which this edition says nothing."""

    version: Literal[1]
    serial: Annotated[int, Field(ge=0, le=2**53, strict=True)]
    issued_at: AwareDatetime
    expires: AwareDatetime
    publishers: Annotated[tuple[Publisher, ...], Field(max_length=MOST_PLUGINS)] = ()
    plugins: Annotated[tuple[PluginEntry, ...], Field(max_length=MOST_PLUGINS)] = ()
    yanked: Annotated[tuple[YankedVersion, ...], Field(max_length=MOST_WITHDRAWN)] = ()
    revoked: Annotated[tuple[Revocation, ...], Field(max_length=MOST_WITHDRAWN)] = ()


class SignedRegistry(Model):
    """A registry as it was read. `digest`: SHA-256 of its canonical content, which `signature` covers."""

    content: RegistryContent
    digest: Sha256
    signature: Signature

    def has_expired(self, now: datetime) -> bool:
        """Whether this edition says nothing any more."""
        return now >= self.content.expires


def read_registry(raw: bytes) -> SignedRegistry:
    """A registry from its bytes, its signature not verified; raises REGISTRY_INVALID.

    Names that stand twice in an object, and numbers with a fraction, are refused: two readers could understand them
    differently.
    """
    if len(raw) > MOST_BYTES:
        raise _invalid(f"it has more than {MOST_BYTES} bytes")
    try:
        parsed = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_float=_refuse, parse_constant=_refuse)
        signed, signature = parsed["signed"], parsed["signature"]
        if not isinstance(parsed, dict) or set(parsed) != {"signed", "signature"}:
            raise _invalid("it has more than `signed` and `signature`")
        content = RegistryContent.model_validate(signed)
        registry = SignedRegistry(content=content, digest=digest_of(signed), signature=signature)
    except (ValidationError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _invalid(str(error)[:500]) from error
    _check_names(content)
    return registry


def write_registry(content: Mapping[str, Any], signature: str) -> bytes:
    """A registry's bytes, laid out for people."""
    return (json.dumps({"signed": content, "signature": signature}, indent=2, ensure_ascii=False) + "\n").encode()


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256, hexadecimal, of content in the one form that is signed: sorted names, no spaces, UTF-8."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def _check_names(content: RegistryContent) -> None:
    publishers = [publisher.id for publisher in content.publishers]
    plugins = [plugin.id for plugin in content.plugins]
    for kind, names in (("publisher", publishers), ("plugin", plugins)):
        if len(set(names)) != len(names):
            raise _invalid(f"a {kind} stands in it twice")
    known = set(publishers)
    for plugin in content.plugins:
        if plugin.publisher not in known:
            raise _invalid(f"the publisher {plugin.publisher} of plugin {plugin.id} does not stand in it")
        versions = {Version(version.version) for version in plugin.versions}
        if len(versions) != len(plugin.versions):
            raise _invalid(f"a version of plugin {plugin.id} stands in it twice")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return named


def _refuse(number: str) -> Any:
    raise ValueError(f"{number[:20]} is no whole number")


def _invalid(reason: str) -> DomainError:
    return DomainError("REGISTRY_INVALID", f"the registry cannot be read: {reason}")
