"""Signatures of registries and of plugins: Ed25519 (RFC 8032) as compact JWS (RFC 7515), nothing else.

A signature's `typ` says what it is for, so that one made for a plugin never passes for one of a registry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from distro_core.marketplace.registry.format import (
    PluginVersion,
    PublicKey,
    Publisher,
    RegistryContent,
    SignedRegistry,
)
from distro_sdk.errors import DomainError
from distro_sdk.projects.signing import ALGORITHM, PLUGIN_TYPE, artefact_statement, sign_artefact, sign_statement

__all__ = ["REGISTRY_TYPE", "revoked_keys", "sign_artefact", "sign_registry", "verify_artefact", "verify_registry"]

REGISTRY_TYPE = "stardust-registry+jws"


class _Untrusted(Exception):
    """Why a signature does not count."""


def sign_registry(digest: str, serial: int, key: OKPKey) -> str:
    """The signature of a registry. `digest`: from `digest_of`; `key`: private, with its key id."""
    return sign_statement({"sha256": digest, "serial": serial}, REGISTRY_TYPE, key)


def verify_registry(registry: SignedRegistry, keys: Iterable[PublicKey]) -> None:
    """Raises REGISTRY_SIGNATURE_INVALID unless one of the operator's keys has signed it."""
    try:
        said = _verified(registry.signature, REGISTRY_TYPE, keys)
        if said != {"sha256": registry.digest, "serial": registry.content.serial}:
            raise _Untrusted("it was made for other content")
    except _Untrusted as error:
        raise DomainError("REGISTRY_SIGNATURE_INVALID", f"the registry's signature does not count: {error}") from error


def verify_artefact(content: RegistryContent, publisher: Publisher, plugin: str, version: PluginVersion) -> str:
    """The id of the publisher's key that signed this wheel; raises PLUGIN_SIGNATURE_INVALID unless one did that counts.

    Raises PLUGIN_REVOKED for a wheel that the registry has revoked. `content`: the registry that lists it.
    """
    for revocation in content.revoked:
        if revocation.sha256 == version.sha256:
            reason = revocation.reason or "no reason is given"
            raise DomainError("PLUGIN_REVOKED", f"version {version.version} of plugin {plugin} was revoked: {reason}")
    revoked = revoked_keys(content, publisher.id)
    try:
        trusted = [key for key in publisher.keys if key.kid not in revoked]
        said = _verified(version.signature, PLUGIN_TYPE, trusted)
        if said != artefact_statement(plugin, version.version, version.sha256, version.size):
            raise _Untrusted("it was made for another plugin, version or file")
        return str(jws.extract_compact(version.signature.encode()).headers()["kid"])
    except _Untrusted as error:
        message = f"the signature of plugin {plugin} {version.version} does not count: {error}"
        raise DomainError("PLUGIN_SIGNATURE_INVALID", message) from error


def revoked_keys(content: RegistryContent, publisher: str) -> frozenset[str]:
    """The ids of a publisher's keys that a registry has revoked."""
    return frozenset(
        revocation.kid
        for revocation in content.revoked
        if revocation.kid is not None and revocation.publisher in {None, publisher}
    )


def _verified(signature: str, type: str, keys: Iterable[PublicKey]) -> dict[str, Any]:
    """What a signature says; raises `_Untrusted`."""
    by_id = {key.kid: key for key in keys}
    try:
        header = jws.extract_compact(signature.encode()).headers()
        if header.get("typ") != type or header.get("alg") != ALGORITHM:
            raise _Untrusted("it is of another kind or algorithm")
        key = by_id.get(str(header.get("kid")))
        if key is None:
            raise _Untrusted("no key that is trusted made it")
        token = jws.deserialize_compact(signature, OKPKey.import_key(key.model_dump()), algorithms=[ALGORITHM])
        said = json.loads(token.payload)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _Untrusted("it does not fit its content") from error
    if not isinstance(said, dict):
        raise _Untrusted("it says nothing")
    return said
