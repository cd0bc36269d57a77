"""New editions of a registry: versions are added to the last one, and the whole is signed anew."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from distro_core.marketplace.registry.format import (
    FORMAT_VERSION,
    Price,
    PublicKey,
    digest_of,
    read_registry,
    write_registry,
)
from distro_core.marketplace.trust import sign_registry, verify_artefact, verify_registry
from distro_core.marketplace.wheels.inspection import OF_THE_ENTRY, OF_THE_VERSION
from distro_sdk.errors import DomainError
from distro_sdk.manifest import LicenseModel, PluginManifest
from distro_sdk.projects.packing import PackedPlugin
from distro_sdk.projects.signing import WheelSignature, public_key

LIFETIME = timedelta(days=365)


class RegistryDraft:
    """A new edition in the making. `content`: of the last edition, which stays as it is; None for the first."""

    def __init__(self, content: Mapping[str, Any] | None = None) -> None:
        self._content: dict[str, Any] = deepcopy(dict(content or {}))
        for field in ("publishers", "plugins", "yanked", "revoked"):
            self._content.setdefault(field, [])

    def add(
        self,
        packed: PackedPlugin,
        signature: WheelSignature,
        *,
        publisher: str,
        url: str,
        released_at: datetime,
        price: Price | None = None,
    ) -> bool:
        """List a version; False where it is listed already.

        `publisher`: id; `url`: where the wheel lies, absolute or relative to the registry. Raises PLUGIN_ID_TAKEN for
        another publisher's plugin or key id, PLUGIN_VERSION_PUBLISHED for other bytes of a version that is listed, and
        PLUGIN_PRICE_WRONG for a paid plugin without a price or a free one with it.
        """
        manifest = packed.manifest
        if (price is None) is not (manifest.license_model is LicenseModel.FREE):
            message = f"plugin {manifest.id} is {manifest.license_model.value}: only what is not free has a price"
            raise DomainError("PLUGIN_PRICE_WRONG", message, ("price",))
        self._publisher(publisher, manifest, signature.key)
        versions = self._entry(publisher, manifest)["versions"]
        listed = next((version for version in versions if version["version"] == manifest.version), None)
        if listed is not None:
            if listed["sha256"] != packed.sha256:
                message = f"version {manifest.version} of plugin {manifest.id} is published already: raise the number"
                raise DomainError("PLUGIN_VERSION_PUBLISHED", message, ("version",))
            return False
        said = manifest.model_dump(mode="json", include=set(OF_THE_VERSION))
        version = {
            **said,
            "sha256": packed.sha256,
            "size": packed.size,
            "signature": signature.signature,
            "url": url,
            "released_at": released_at.isoformat(),
        }
        if price is not None:
            version["price"] = price.model_dump(mode="json")
        versions.append(version)
        return True

    def sign(self, key: OKPKey, now: datetime, lifetime: timedelta = LIFETIME) -> bytes:
        """The edition's bytes, verified as whoever reads them will; raises what `read_registry` and `verify_*` raise.

        `lifetime`: after which it says nothing. Its serial is later than any other's that was made earlier.
        """
        content = {
            **self._content,
            "version": FORMAT_VERSION,
            "serial": max(int(self._content.get("serial", 0)) + 1, int(now.timestamp())),
            "issued_at": now.isoformat(),
            "expires": (now + lifetime).isoformat(),
        }
        raw = write_registry(content, sign_registry(digest_of(content), content["serial"], key))
        read = read_registry(raw)
        verify_registry(read, [PublicKey.model_validate(public_key(key))])
        publishers = {publisher.id: publisher for publisher in read.content.publishers}
        for entry in read.content.plugins:
            for version in entry.versions:
                verify_artefact(read.content, publishers[entry.publisher], entry.id, version)
        return raw

    def _publisher(self, id: str, manifest: PluginManifest, key: Mapping[str, str]) -> None:
        publishers = self._content["publishers"]
        found = next((publisher for publisher in publishers if publisher["id"] == id), None)
        if found is None:
            found = {"id": id, "name": manifest.publisher, "support": manifest.support, "keys": []}
            publishers.append(found)
        same = next((known for known in found["keys"] if known["kid"] == key["kid"]), None)
        if same is None:
            found["keys"].append(dict(key))
        elif same["x"] != key["x"]:
            message = f"publisher {id} has another key with the id {key['kid']}: name yours otherwise"
            raise DomainError("PLUGIN_ID_TAKEN", message, ("key",))

    def _entry(self, publisher: str, manifest: PluginManifest) -> dict[str, Any]:
        plugins = self._content["plugins"]
        said = manifest.model_dump(mode="json", include={*OF_THE_ENTRY, "description", "license"})
        found: dict[str, Any] | None = next((entry for entry in plugins if entry["id"] == manifest.id), None)
        if found is None:
            found = {"publisher": publisher, "listed": True, "versions": []}
            plugins.append(found)
        if found["publisher"] != publisher:
            raise DomainError("PLUGIN_ID_TAKEN", f"plugin {manifest.id} is one of {found['publisher']}", ("publisher",))
        found.update(said)
        return found


def read_draft(path: Path) -> RegistryDraft:
    """A draft that follows the registry in a file, or a first one where there is none; raises REGISTRY_INVALID."""
    if not path.exists():
        return RegistryDraft()
    raw = path.read_bytes()
    read_registry(raw)
    return RegistryDraft(json.loads(raw)["signed"])


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in the place of another, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)  # noqa: PTH105 (atomic on every system)
