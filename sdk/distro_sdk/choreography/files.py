"""The files of a package, each with its hashes, under names that every receiver takes."""

from __future__ import annotations

import hashlib
import re

from distro_sdk.errors import DomainError, Path
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.delivery import FileKind, PackageFile, ResourceFile

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
"""Names that mean the same on every server, in every URL and on every file system; none is hidden or climbs."""


def is_safe(name: str) -> bool:
    """Whether a file or folder may be called so at every receiver."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str, path: Path = ()) -> str:
    """The name; raises `DomainError` PACKAGE_NAME_UNSAFE at `path` where not every receiver would take it."""
    if not is_safe(name):
        raise DomainError("PACKAGE_NAME_UNSAFE", f"{name!r} is not a name that every receiver takes", path)
    return name


def hash_bytes(content: bytes) -> FileHashes:
    """The three hashes of a small file."""
    return FileHashes(
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def written_file(path: str, kind: FileKind, content: bytes, delivery_id: str | None = None) -> PackageFile:
    """A file that is written here: message, companion, manifest or marker. `delivery_id`: None for the whole batch."""
    return PackageFile(
        path=path,
        kind=kind,
        size=len(content),
        content=content,
        hashes=hash_bytes(content),
        original_name=path.rpartition("/")[2],
        delivery_id=delivery_id,
    )


def stored_file(path: str, file: ResourceFile, delivery_id: str) -> PackageFile:
    """A file of the catalogue."""
    return PackageFile(
        path=path,
        kind=file.kind,
        size=file.size,
        asset_id=file.asset_id,
        hashes=file.hashes,
        original_name=file.original_name,
        delivery_id=delivery_id,
    )
