"""Where a release lies at the receiver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from distro_sdk.choreography.files import stored_file, written_file
from distro_sdk.models.delivery import BatchedRelease, FileKind, PackageFile

SIDECARS = "sidecars"
"""The folder beside a message in which files lie that the message does not name."""

SIDECAR_LIST = ".sha256"
"""How the list of them ends, named as the message is, in the form of `sha256sum`: DDEX's manifests list no files."""

_ORDER = (FileKind.AUDIO, FileKind.VIDEO, FileKind.IMAGE, FileKind.DOCUMENT)


def release_id(release: BatchedRelease, *, prefer_grid: bool = True) -> str:
    """The id that names a release's folder and its answer: the GRid where there is one, else the ICPN.

    `prefer_grid`: False for partners with whom the ICPN was agreed.
    """
    return release.grid or release.icpn if prefer_grid else release.icpn or release.grid or ""


@dataclass(frozen=True)
class Place:
    """A release at its place. `folder`: of the message, relative to the target's directory; `name`: of the message."""

    release: BatchedRelease
    folder: str
    name: str

    @property
    def message_path(self) -> str:
        """Where the message stands."""
        return f"{self.folder}/{self.name}"

    def message(self) -> PackageFile:
        """The message."""
        return written_file(self.message_path, FileKind.MESSAGE, self.release.message, self.release.delivery_id)

    def companions(self) -> Iterator[PackageFile]:
        """The messages that travel beside."""
        for companion in self.release.companions:
            path = f"{self.folder}/{companion.name}"
            yield written_file(path, FileKind.COMPANION, companion.content, self.release.delivery_id)

    def resources(self, folders: Mapping[FileKind, str]) -> Iterator[PackageFile]:
        """The files that the message names: sound, then video, images and documents, else in the message's order."""
        known = [file for file in self.release.files if file.kind in folders]
        for file in sorted(known, key=lambda each: _ORDER.index(each.kind)):
            path = "/".join(part for part in (self.folder, folders[file.kind], file.name) if part)
            yield stored_file(path, file, self.release.delivery_id)

    @property
    def sidecar_folder(self) -> str:
        """Where files lie that the message does not name."""
        return f"{self.folder}/{SIDECARS}"

    def sidecars(self) -> Iterator[PackageFile]:
        """The files that the message does not name, in the order of their names, and the list of them."""
        files = sorted(self.release.sidecars, key=lambda each: each.name)
        for file in files:
            yield stored_file(f"{self.sidecar_folder}/{file.name}", file, self.release.delivery_id)
        if files:
            listed = "".join(f"{file.hashes.sha256}  {file.name}\n" for file in files).encode()
            path = f"{self.sidecar_folder}/{self.name.removesuffix('.xml')}{SIDECAR_LIST}"
            yield written_file(path, FileKind.MANIFEST, listed, self.release.delivery_id)
