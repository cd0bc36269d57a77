"""What goes beside each file of a batch, for receivers that store it (row PRO-03)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from distro_core.delivery.documents import DeliveryDocument
from distro_sdk.models.assets import FileHashes
from distro_sdk.models.delivery import PackageFile
from distro_sdk.transports import FileSource


@dataclass(frozen=True)
class LabelledSource:
    """A file with its labels and its recorded hashes, as transports ask for them."""

    source: FileSource
    labels: Mapping[str, str]
    recorded: FileHashes
    part_md5s: Sequence[bytes] = ()

    @property
    def hashes(self) -> Mapping[str, str]:
        """By algorithm, lower-case hexadecimal."""
        return self.recorded.model_dump()

    @property
    def size(self) -> int:
        """Bytes."""
        return self.source.size

    @property
    def local_path(self) -> Path | None:
        """Where the file lies on this machine, when it does."""
        return self.source.local_path

    def blocks(self, *, offset: int = 0, block_size: int = 1 << 20) -> AsyncIterator[bytes]:
        """The bytes from `offset` on, in blocks of at most `block_size` bytes."""
        return self.source.blocks(offset=offset, block_size=block_size)


def file_labels(file: PackageFile, batch_id: str, deliveries: Iterable[DeliveryDocument]) -> Mapping[str, str]:
    """Batch, delivery, message and ICPN of a file; the batch alone of a file that belongs to all of it."""
    labels = {"batch-id": batch_id}
    delivery = next((each for each in deliveries if each.id == file.delivery_id), None)
    if delivery is not None:
        labels |= {"delivery-id": delivery.id, "message-id": delivery.message_id}
        if delivery.icpn:
            labels["icpn"] = delivery.icpn
    return labels
