"""What travels by which transport: all by one, or files by one and metadata by another (row ADP-06)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from distro_core.delivery.packaging import PackedBatch, PackedFile
from distro_core.delivery.transfer import RESOURCES
from distro_sdk.models.delivery import FileKind
from distro_sdk.transports import Transport


@dataclass(frozen=True)
class Link:
    """A transport with the settings of a target. `configuration` holds opened secrets: it is never written anywhere."""

    transport: Transport
    configuration: BaseModel

    @property
    def whole(self) -> bool:
        """Whether it takes whole packages and nothing alone."""
        return self.transport.capabilities.whole_package

    def step(self, name: str) -> str:
        """A step's name in the words of row LOG-02: the protocol before it."""
        return f"{self.transport.key.replace('-', '_')}_{name}"


@dataclass(frozen=True)
class Load:
    """What one link carries. `marker`: what completes the package; the last link carries it."""

    payload: tuple[PackedFile, ...]
    marker: PackedFile | None = None

    @property
    def files(self) -> tuple[PackedFile, ...]:
        """All of them, what completes the package last."""
        return self.payload if self.marker is None else (*self.payload, self.marker)


def share_out(packed: PackedBatch, links: Sequence[Link]) -> list[Load]:
    """What each link carries, in the order in which they do: where there are two, the first takes the resources.

    Files that plugins add are among those, and so is the list that stands beside them: by it they are proven.
    """
    if len(links) == 1:
        return [Load(packed.payload, packed.marker)]
    added = {_folder(file) for file in packed.payload if file.file.kind is FileKind.SIDECAR}

    def is_resource(file: PackedFile) -> bool:
        return file.file.kind in RESOURCES or (file.file.kind is FileKind.MANIFEST and _folder(file) in added)

    resources = tuple(file for file in packed.payload if is_resource(file))
    metadata = tuple(file for file in packed.payload if not is_resource(file))
    return [Load(resources), Load(metadata, packed.marker)]


def _folder(file: PackedFile) -> str:
    return file.path.rpartition("/")[0]
