"""The choreography `batch`: which files a batch has, and in which order they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from distro_sdk.choreography import FolderChoreography, Place
from distro_sdk.choreography.files import written_file
from distro_sdk.choreography.manifest import CLOUD_18, DeliveryType, ManifestForm, build_manifest
from distro_sdk.models.delivery import Batch, FileKind, PackageFile

MANIFEST = "BatchManifest.xml"
MARKER = "BatchComplete.txt"


class BatchSettings(BaseModel):
    """What a target may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery_type: DeliveryType = Field(
        default=DeliveryType.NEW_RELEASE, description="How the manifest announces first messages."
    )


class BatchChoreography(FolderChoreography[BatchSettings]):
    """`<batch>/BatchManifest.xml`, one `Release<n>` folder per release, `<batch>/BatchComplete.txt` last."""

    key = "batch"
    title = "Batch with manifest and completion marker"
    configuration: type[BaseModel] = BatchSettings
    folders: ClassVar[Mapping[FileKind, str]] = {
        FileKind.AUDIO: "audio",
        FileKind.VIDEO: "videos",
        FileKind.IMAGE: "images",
        FileKind.DOCUMENT: "documents",
    }

    def place(self, batch: Batch, settings: BatchSettings) -> Sequence[Place]:
        """`Release1`, `Release2` … (rows CHO-03 and CHO-04)."""
        return [
            Place(release, f"{batch.id}/Release{number}", release.message_file)
            for number, release in enumerate(batch.releases, 1)
        ]

    def arrange(self, batch: Batch, places: Sequence[Place], settings: BatchSettings) -> Iterator[PackageFile]:
        """Manifest first, each message before its files, marker last (rows CHO-02 and CHO-05 to CHO-08)."""
        manifest = build_manifest(batch, places, CLOUD_18, folder=batch.id, delivery_type=settings.delivery_type)
        yield written_file(f"{batch.id}/{MANIFEST}", FileKind.MANIFEST, manifest)
        for place in places:
            yield place.message()
            yield from self.files_of(place)
        yield written_file(f"{batch.id}/{MARKER}", FileKind.COMPLETION, f"{batch.id}\n".encode())

    def manifest_form(self, settings: BatchSettings) -> ManifestForm | None:
        """Version 1.8."""
        return CLOUD_18
