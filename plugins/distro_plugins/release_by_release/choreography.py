"""The choreography `release-by-release`: each release in a folder of its own, without a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from distro_sdk.choreography import FolderChoreography, Place
from distro_sdk.choreography.ddex_batch import FolderId
from distro_sdk.choreography.manifest import ManifestForm
from distro_sdk.choreography.places import release_id
from distro_sdk.models.delivery import Batch, PackageFile


class Priority(StrEnum):
    """The letter before a release's folder: whether it has priority."""

    PRIORITY = "P"
    NONE = "N"


class ReleaseByReleaseSettings(BaseModel):
    """What a target may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    priority: Priority | None = Field(
        default=Priority.NONE, description="Letter before the release's id; null for partners who take none."
    )
    folder_id: FolderId = Field(default=FolderId.GRID, description="Which id names a release's folder and message.")


class ReleaseByRelease(FolderChoreography[ReleaseByReleaseSettings]):
    """`[<letter>_]<ReleaseId>_<YYYYMMDDhhmmssnnn>/<ReleaseId>.xml` and `resources/`; each message after its files."""

    key = "release-by-release"
    title = "DDEX release by release"
    configuration: type[BaseModel] = ReleaseByReleaseSettings

    def place(self, batch: Batch, settings: ReleaseByReleaseSettings) -> Sequence[Place]:
        """A folder per release, of the time of the batch."""
        letter = "" if settings.priority is None else f"{settings.priority.value}_"
        names = [release_id(each, prefer_grid=settings.folder_id is FolderId.GRID) for each in batch.releases]
        pairs = zip(batch.releases, names, strict=True)
        return [Place(release, f"{letter}{name}_{batch.id}", f"{name}.xml") for release, name in pairs]

    def arrange(
        self, batch: Batch, places: Sequence[Place], settings: ReleaseByReleaseSettings
    ) -> Iterator[PackageFile]:
        """All files first, then all messages: the arrival of a message starts the platform's work."""
        for place in places:
            yield from self.files_of(place)
        for place in places:
            yield place.message()

    def manifest_form(self, settings: ReleaseByReleaseSettings) -> ManifestForm | None:
        """There is none."""
        return None
