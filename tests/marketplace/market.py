"""A market for tests: a publisher with keys, wheels made by hand, and a signed registry of files in a folder."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from distro_core.marketplace.registry.format import PublicKey, digest_of, write_registry
from distro_core.marketplace.registry.settings import RegistrySetting
from distro_core.marketplace.trust import sign_artefact, sign_registry

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

CODE = """
from distro_sdk import Plugin

class Owl(Plugin):
    id = {id!r}

    async def on_event(self, context, event):
        return None
"""


def new_key(kid: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid})


def public(key: OKPKey) -> PublicKey:
    return PublicKey(kid=str(key.kid), x=str(key.as_dict(private=False)["x"]))


def manifest_of(id: str, version: str = "1.0.0", **fields: Any) -> dict[str, Any]:
    package = id.replace("-", "_")
    return {
        "id": id,
        "name": id.replace("-", " ").capitalize(),
        "version": version,
        "publisher": "Owls",
        "support": "owls@example.com",
        "description": "Hoots.",
        "category": "workflow-automation",
        "source": "third-party",
        "sdk": ">=0.1,<0.2",
        "python": ">=3.11",
        "entry": f"{package}:Owl",
        "hooks": ["on_event"],
        **fields,
    }


class WheelDraft:
    """The files of a wheel, to be bent by tests before it is packed."""

    def __init__(self, id: str = "night-owl", version: str = "1.0.0", code: str | None = None, **fields: Any) -> None:
        self.manifest = manifest_of(id, version, **fields)
        self.package = id.replace("-", "_")
        self.information = f"{self.package}-{version}.dist-info"
        self.files: dict[str, bytes] = {
            f"{self.package}/__init__.py": (CODE.format(id=id) if code is None else code).encode(),
            f"{self.information}/METADATA": (
                f"Metadata-Version: 2.1\nName: {id}\nVersion: {version}\nRequires-Dist: stardust-distro-sdk\n"
            ).encode(),
            f"{self.information}/WHEEL": (
                b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            ),
            f"{self.information}/entry_points.txt": (
                f"[stardust_distro.plugins]\n{id} = {self.manifest['entry']}\n"
            ).encode(),
        }
        self.recorded: dict[str, bytes] = {}
        self.attributes: dict[str, int] = {}

    def pack(self) -> bytes:
        files = {f"{self.package}/plugin.json": json.dumps(self.manifest).encode(), **self.files}
        record = f"{self.information}/RECORD"
        lines = [
            f"{name},{_hash(self.recorded.get(name, content))},{len(self.recorded.get(name, content))}"
            for name, content in files.items()
        ]
        files.setdefault(record, "\n".join([*lines, f"{record},,", ""]).encode())
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                information = zipfile.ZipInfo(name)
                information.compress_type = zipfile.ZIP_DEFLATED
                information.external_attr = self.attributes.get(name, 0o100644) << 16
                archive.writestr(information, content)
        return packed.getvalue()


class Market:
    """A folder with a registry and its wheels. `edition`: what is written; bend it and call `publish` again."""

    def __init__(self, folder: Path, now: datetime = NOW, name: str = "owls") -> None:
        self.folder = folder
        self.key = new_key("registry-2026")
        self.publisher_key = new_key("owls-2026")
        self.name = name
        self.edition: dict[str, Any] = {
            "version": 1,
            "serial": 0,
            "issued_at": now.isoformat(),
            "expires": (now + timedelta(days=30)).isoformat(),
            "publishers": [
                {
                    "id": "owls",
                    "name": "Owls & Co",
                    "support": "owls@example.com",
                    "keys": [public(self.publisher_key).model_dump()],
                }
            ],
            "plugins": [],
            "yanked": [],
            "revoked": [],
        }

    @property
    def file(self) -> Path:
        return self.folder / "plugin-registry.json"

    @property
    def setting(self) -> RegistrySetting:
        return RegistrySetting(name=self.name, address=str(self.file), keys=(public(self.key),))

    def offer(self, wheel: WheelDraft, key: OKPKey | None = None, **fields: Any) -> bytes:
        """Put a wheel beside the registry, list it, and publish. `fields`: of the version, instead of the true ones."""
        packed, manifest = wheel.pack(), wheel.manifest
        id, version = manifest["id"], manifest["version"]
        (self.folder / f"{id}-{version}.whl").write_bytes(packed)
        digest = hashlib.sha256(packed).hexdigest()
        listed = {
            "version": version,
            "sha256": digest,
            "size": len(packed),
            "signature": sign_artefact(id, version, digest, len(packed), key or self.publisher_key),
            "sdk": manifest["sdk"],
            "python": manifest["python"],
            "url": f"{id}-{version}.whl",
            "license_model": manifest.get("license_model", "free"),
            "requires": manifest.get("requires", {}),
            "released_at": NOW.isoformat(),
            **fields,
        }
        self.entry(id, manifest)["versions"].append(listed)
        self.publish()
        return packed

    def entry(self, id: str, manifest: Mapping[str, Any] | None = None) -> dict[str, Any]:
        for entry in self.edition["plugins"]:
            if entry["id"] == id:
                found: dict[str, Any] = entry
                return found
        told = manifest or manifest_of(id)
        entry = {field: told[field] for field in ("id", "name", "description", "category", "source", "support")}
        entry.update(publisher="owls", versions=[], keywords=["bird"])
        self.edition["plugins"].append(entry)
        return entry

    def publish(self, *, serial: int | None = None, key: OKPKey | None = None) -> None:
        """Write a new edition, signed."""
        self.edition["serial"] = self.edition["serial"] + 1 if serial is None else serial
        signature = sign_registry(digest_of(self.edition), self.edition["serial"], key or self.key)
        self.file.write_bytes(write_registry(self.edition, signature))


def _hash(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
