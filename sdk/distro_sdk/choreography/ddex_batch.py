"""DDEX's batch, which versions 1.6 (SFTP) and 1.8 (cloud storage) lay out alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from distro_sdk.choreography.files import written_file
from distro_sdk.choreography.folders import FolderChoreography
from distro_sdk.choreography.manifest import DeliveryType, ManifestForm, build_manifest
from distro_sdk.choreography.places import Place, release_id
from distro_sdk.models.delivery import Batch, FileKind, PackageFile


class Priority(StrEnum):
    """The letter before a batch's id: which of its releases have priority."""

    ALL = "P"
    MIXED = "M"
    NONE = "N"


class Completion(StrEnum):
    """What closes a batch: DDEX's manifest, or an empty file of the same name where that was agreed."""

    MANIFEST = "manifest"
    EMPTY_FILE = "empty_file"


class FolderId(StrEnum):
    """Which id names a release's folder and message: the GRid where there is one, or always the ICPN."""

    GRID = "grid"
    ICPN = "icpn"


class DdexBatchSettings(BaseModel):
    """What a target may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    priority: Priority | None = Field(default=None, description="Letter before the batch's id; none without one.")
    completion: Completion = Field(default=Completion.MANIFEST, description="What closes the batch.")
    folder_id: FolderId = Field(default=FolderId.GRID, description="Which id names a release's folder and message.")
    delivery_type: DeliveryType | None = Field(
        default=None,
        description="How the manifest announces first messages; else by the priority, new releases where it has none.",
    )

    @property
    def announced(self) -> DeliveryType:
        """How first messages are announced."""
        if self.delivery_type is not None:
            return self.delivery_type
        return DeliveryType.HIGH_PRIORITY if self.priority is Priority.ALL else DeliveryType.NEW_RELEASE


class DdexBatch(FolderChoreography[DdexBatchSettings]):
    """`[<letter>_]<batch>/<ReleaseId>/<ReleaseId>.xml` and `resources/`; `BatchComplete_<batch>.xml` last.

    `form`: the manifest's version.
    """

    configuration: type[BaseModel] = DdexBatchSettings
    form: ClassVar[ManifestForm]

    def place(self, batch: Batch, settings: DdexBatchSettings) -> Sequence[Place]:
        """One folder per release, named by its ReleaseId, as its message is."""
        names = [release_id(each, prefer_grid=settings.folder_id is FolderId.GRID) for each in batch.releases]
        folder = _folder(batch, settings)
        pairs = zip(batch.releases, names, strict=True)
        return [Place(release, f"{folder}/{name}", f"{name}.xml") for release, name in pairs]

    def arrange(self, batch: Batch, places: Sequence[Place], settings: DdexBatchSettings) -> Iterator[PackageFile]:
        """Each message after its files, and last of all the manifest, whose arrival starts the platform's work."""
        folder = _folder(batch, settings)
        for place in places:
            yield from self.files_of(place)
            yield place.message()
        form, manifest = self.manifest_form(settings), b""
        if form is not None:
            manifest = build_manifest(batch, places, form, folder=folder, delivery_type=settings.announced)
        yield written_file(f"{folder}/BatchComplete_{batch.id}.xml", FileKind.COMPLETION, manifest)

    def manifest_form(self, settings: DdexBatchSettings) -> ManifestForm | None:
        """The version's manifest, unless an empty file closes the batch."""
        return self.form if settings.completion is Completion.MANIFEST else None


def _folder(batch: Batch, settings: DdexBatchSettings) -> str:
    return batch.id if settings.priority is None else f"{settings.priority.value}_{batch.id}"
