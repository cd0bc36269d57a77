"""The choreography `batch`: which files a batch has, and in which order they are written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from distro_plugins.batch.acknowledgements import read_acknowledgements
from distro_plugins.batch.manifest import build_manifest, message_path
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.delivery import Acknowledgement, Batch, BatchedRelease, FileKind, Package, PackageFile

MANIFEST = "BatchManifest.xml"
MARKER = "BatchComplete.txt"
FOLDERS = {FileKind.AUDIO: "audio", FileKind.IMAGE: "images"}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
"""Names that mean the same on every server, in every URL and on every file system; none is hidden or climbs."""


class BatchChoreography:
    """`<batch>/BatchManifest.xml`, one `Release<n>` folder per release, `<batch>/BatchComplete.txt` last."""

    key: str = "batch"
    title: str = "Batch with manifest and completion marker"
    acknowledgement_folder: str | None = "acknowledgements"

    def resource_uri(self, kind: FileKind, name: str) -> str:
        """Where a resource lies beside its message: `audio/…` or `images/…` (rows CHO-05 and CHO-06).

        Raises `DomainError` PACKAGE_KIND_UNKNOWN or PACKAGE_NAME_UNSAFE.
        """
        if kind not in FOLDERS:
            raise DomainError("PACKAGE_KIND_UNKNOWN", f"a {kind.value} file has no place beside a message")
        return f"{FOLDERS[kind]}/{_safe(name)}"

    def lay_out(self, batch: Batch) -> Package:
        """All files of the batch in writing order (rows CHO-01 to CHO-08).

        Raises `DomainErrors` with every BATCH_ID_INVALID, PACKAGE_NAME_UNSAFE, PACKAGE_KIND_UNKNOWN and
        PACKAGE_PATH_DOUBLED.
        """
        faults = list(self._faults(batch))
        if faults:
            raise DomainErrors(faults)
        files = (
            _written(f"{batch.id}/{MANIFEST}", FileKind.MANIFEST, build_manifest(batch)),
            *(file for number, release in enumerate(batch.releases, 1) for file in self._files(batch, number, release)),
            _written(f"{batch.id}/{MARKER}", FileKind.COMPLETION, f"{batch.id}\n".encode()),
        )
        return Package(batch_id=batch.id, folder=batch.id, files=files)

    def read_acknowledgement(self, name: str, content: bytes) -> Sequence[Acknowledgement]:
        """The answers in a file of the acknowledgement folder; see `read_acknowledgements`."""
        return read_acknowledgements(name, content)

    def _files(self, batch: Batch, number: int, release: BatchedRelease) -> Iterator[PackageFile]:
        path = f"{batch.id}/{message_path(number, release)}"
        yield _written(path, FileKind.MESSAGE, release.message, release.delivery_id)
        folder = path.rpartition("/")[0]
        for file in sorted(release.files, key=lambda each: each.kind is not FileKind.AUDIO):
            yield PackageFile(
                path=f"{folder}/{self.resource_uri(file.kind, file.name)}",
                kind=file.kind,
                size=file.size,
                asset_id=file.asset_id,
                hashes=file.hashes,
                original_name=file.original_name,
                delivery_id=release.delivery_id,
            )

    def _faults(self, batch: Batch) -> Iterator[DomainError]:
        try:
            datetime.strptime(batch.id[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007 (only whether it is a date at all)
        except ValueError:
            yield DomainError("BATCH_ID_INVALID", f"{batch.id} is not a time as YYYYMMDDhhmmssnnn", ("id",))
        for index, release in enumerate(batch.releases):
            where = ("releases", index)
            if not _NAME.fullmatch(release.message_file):
                yield _unsafe(release.message_file, (*where, "message_file"))
            seen: set[str] = set()
            for place, file in enumerate(release.files):
                try:
                    uri = self.resource_uri(file.kind, file.name)
                except DomainError as fault:
                    yield DomainError(fault.code, fault.message, (*where, "files", place, "name"))
                    continue
                # Names that differ in case only are one file on many servers.
                if uri.lower() in seen:
                    message = f"{uri} stands twice in the package"
                    yield DomainError("PACKAGE_PATH_DOUBLED", message, (*where, "files", place, "name"))
                seen.add(uri.lower())


def _written(path: str, kind: FileKind, content: bytes, delivery_id: str | None = None) -> PackageFile:
    hashes = FileHashes(
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    name = path.rpartition("/")[2]
    return PackageFile(
        path=path,
        kind=kind,
        size=len(content),
        content=content,
        hashes=hashes,
        original_name=name,
        delivery_id=delivery_id,
    )


def _safe(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise _unsafe(name, ())
    return name


def _unsafe(name: str, path: tuple[str | int, ...]) -> DomainError:
    return DomainError("PACKAGE_NAME_UNSAFE", f"{name!r} is not a file name that every receiver takes", path)
