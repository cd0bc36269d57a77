"""The choreography `flat`: one folder without any other in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from pydantic import BaseModel

from distro_sdk.choreography import FolderChoreography, Place
from distro_sdk.choreography.folders import BESIDE
from distro_sdk.choreography.manifest import ManifestForm
from distro_sdk.messages import NoSettings
from distro_sdk.models.delivery import Batch, FileKind, PackageFile


class Flat(FolderChoreography[NoSettings]):
    """`<batch>/` with every file and message of the batch side by side, the messages last."""

    key = "flat"
    title = "Message and files in one folder"
    configuration: type[BaseModel] = NoSettings
    folders: ClassVar[Mapping[FileKind, str]] = BESIDE

    def place(self, batch: Batch, settings: NoSettings) -> Sequence[Place]:
        """Every release in the batch's folder, its message under its own id."""
        return [Place(release, batch.id, release.message_file) for release in batch.releases]

    def arrange(self, batch: Batch, places: Sequence[Place], settings: NoSettings) -> Iterator[PackageFile]:
        """All files first, then all messages: the arrival of a message starts the platform's work."""
        for place in places:
            yield from self.files_of(place)
        for place in places:
            yield place.message()

    def manifest_form(self, settings: NoSettings) -> ManifestForm | None:
        """There is none."""
        return None
