"""What travels by which transport: all by one, or files by one and metadata by another (row ADP-06)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from distro_core.delivery.packaging import PackedBatch, PackedFile
from distro_core.delivery.transfer import RESOURCES
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
    """What each link carries, in the order in which they do: where there are two, the first takes the resources."""
    if len(links) == 1:
        return [Load(packed.payload, packed.marker)]
    resources = tuple(file for file in packed.payload if file.file.kind in RESOURCES)
    metadata = tuple(file for file in packed.payload if file.file.kind not in RESOURCES)
    return [Load(resources), Load(metadata, packed.marker)]
