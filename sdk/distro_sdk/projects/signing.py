"""Key files of publishers, and their signatures of wheels: Ed25519 (RFC 8032) as compact JWS (RFC 7515).

A key file is the private key as a JWK (RFC 8037), readable by its owner alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from distro_sdk.errors import DomainError
from distro_sdk.models.base import Model
from distro_sdk.projects.packing import PackedPlugin, tools_missing

if TYPE_CHECKING:
    from joserfc.jwk import OKPKey

ALGORITHM: Final = "Ed25519"
"""The one algorithm that is accepted, whatever a signature's header asks for (RFC 8725, 3.1)."""

PLUGIN_TYPE = "stardust-plugin+jws"
SIGNATURE_SUFFIX = ".signature.json"


class WheelSignature(Model):
    """What lies beside a signed wheel. `key`: the public key, as a registry lists it."""

    plugin: str
    version: str
    sha256: str
    size: int
    signature: str
    key: Mapping[str, str]


def make_key(path: Path, kid: str) -> Mapping[str, str]:
    """Write a new key file and return its public key; raises SIGNING_KEY_INVALID where there is a file already.

    `kid`: the key's id, by which registries name it.
    """
    key = _okp().generate_key(ALGORITHM, {"kid": kid})
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(key.as_dict(private=True), indent=2) + "\n")
    except FileExistsError as error:
        raise _key_invalid(f"there is a file {path} already, which stays as it is") from error
    return public_key(key)


def read_key(path: Path) -> OKPKey:
    """The private key of a key file; raises SIGNING_KEY_INVALID."""
    try:
        return parse_key(path.read_text("utf-8"))
    except OSError as error:
        raise _key_invalid(f"{path} cannot be read") from error


def parse_key(text: str) -> OKPKey:
    """A private key from the text of its file; raises SIGNING_KEY_INVALID."""
    okp = _okp()
    from joserfc.errors import JoseError  # noqa: PLC0415 (the SDK is usable without its tools)

    try:
        said = json.loads(text)
        key = okp.import_key(said)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _key_invalid("it is no JWK of a private Ed25519 key") from error
    if not (key.is_private and said.get("crv") == ALGORITHM and said.get("kid")):
        raise _key_invalid("it is no JWK of a private Ed25519 key with a kid")
    return key


def public_key(key: OKPKey) -> Mapping[str, str]:
    """The public part of a key, as registries list it."""
    public = key.as_dict(private=False)
    return {"kty": "OKP", "crv": ALGORITHM, "x": str(public["x"]), "kid": str(public["kid"])}


def sign_artefact(plugin: str, version: str, sha256: str, size: int, key: OKPKey) -> str:
    """A publisher's signature of one version of a plugin. `sha256`, `size`: of its wheel; `key`: private, with id."""
    return sign_statement(artefact_statement(plugin, version, sha256, size), PLUGIN_TYPE, key)


def artefact_statement(plugin: str, version: str, sha256: str, size: int) -> dict[str, Any]:
    """What a publisher's signature says."""
    return {"plugin": plugin, "version": version, "sha256": sha256, "size": size}


def sign_statement(statement: Mapping[str, Any], type: str, key: OKPKey) -> str:
    """A statement, signed. `type`: what it is for, so that a signature of one kind never passes for another."""
    from joserfc import jws  # noqa: PLC0415 (the SDK is usable without its tools)

    header = {"alg": ALGORITHM, "kid": key.kid, "typ": type}
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":"))
    return jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM])


def sign_wheel(packed: PackedPlugin, key: OKPKey) -> Path:
    """Write the signature of a wheel beside it and say where it is."""
    manifest = packed.manifest
    signature = WheelSignature(
        plugin=manifest.id,
        version=manifest.version,
        sha256=packed.sha256,
        size=packed.size,
        signature=sign_artefact(manifest.id, manifest.version, packed.sha256, packed.size, key),
        key=public_key(key),
    )
    path = packed.wheel.with_name(packed.wheel.name + SIGNATURE_SUFFIX)
    path.write_text(signature.model_dump_json(indent=2) + "\n", "utf-8")
    return path


def read_signature(packed: PackedPlugin) -> WheelSignature:
    """The signature beside a wheel; raises PLUGIN_SIGNATURE_INVALID where it is missing or of another file."""
    path = packed.wheel.with_name(packed.wheel.name + SIGNATURE_SUFFIX)
    try:
        signature = WheelSignature.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DomainError("PLUGIN_SIGNATURE_INVALID", f"{packed.wheel.name} is not signed: {path.name}") from error
    if (signature.sha256, signature.size) != (packed.sha256, packed.size):
        message = f"the signature beside {packed.wheel.name} was made for another file: sign it again"
        raise DomainError("PLUGIN_SIGNATURE_INVALID", message)
    return signature


def _okp() -> type[OKPKey]:
    try:
        from joserfc.jwk import OKPKey  # noqa: PLC0415 (the SDK is usable without its tools)
    except ImportError as error:
        raise tools_missing() from error
    return OKPKey


def _key_invalid(reason: str) -> DomainError:
    return DomainError("SIGNING_KEY_INVALID", f"the key file is not valid: {reason}")
