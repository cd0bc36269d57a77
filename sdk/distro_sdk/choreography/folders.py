"""A choreography as folders and files: subclass it and say where a release lies and in which order files come."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from distro_sdk.choreography.acknowledgements import read_acknowledgements
from distro_sdk.choreography.files import check_name, is_safe
from distro_sdk.choreography.manifest import ManifestForm, manifest_faults
from distro_sdk.choreography.places import Place
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.delivery import Acknowledgement, Batch, FileKind, Package, PackageFile

Settings = TypeVar("Settings", bound=BaseModel)

BESIDE: Mapping[FileKind, str] = dict.fromkeys((FileKind.AUDIO, FileKind.VIDEO, FileKind.IMAGE, FileKind.DOCUMENT), "")
IN_RESOURCES: Mapping[FileKind, str] = dict.fromkeys(BESIDE, "resources")


class FolderChoreography(ABC, Generic[Settings]):
    """Checks a batch, asks for its files in writing order, and refuses a package in which two have one path.

    `folders`: where resources of each kind lie, relative to the message, empty for beside it. Files that no message
    names lie in a folder `sidecars` beside the message, with a list of their hashes.
    """

    key: str
    title: str
    acknowledgement_folder: str | None = "acknowledgements"
    configuration: type[BaseModel]
    names_companions: bool = False
    carries_sidecars: bool = True
    folders: ClassVar[Mapping[FileKind, str]] = IN_RESOURCES

    @abstractmethod
    def place(self, batch: Batch, settings: Settings) -> Sequence[Place]:
        """Where each release of the batch lies, in the batch's order."""

    @abstractmethod
    def arrange(self, batch: Batch, places: Sequence[Place], settings: Settings) -> Iterator[PackageFile]:
        """Every file in writing order."""

    @abstractmethod
    def manifest_form(self, settings: Settings) -> ManifestForm | None:
        """Which manifest the package has, None for one without."""

    def resource_uri(self, kind: FileKind, name: str) -> str:
        """Where a resource or a companion lies beside its message.

        Raises `DomainError` PACKAGE_KIND_UNKNOWN or PACKAGE_NAME_UNSAFE.
        """
        if kind is FileKind.COMPANION:
            return check_name(name)
        if kind not in self.folders:
            raise DomainError("PACKAGE_KIND_UNKNOWN", f"a {kind.value} file has no place beside a message")
        return "/".join(part for part in (self.folders[kind], check_name(name)) if part)

    def lay_out(self, batch: Batch) -> Package:
        """All files of the batch in writing order.

        Raises `DomainErrors` with every BATCH_ID_INVALID, PACKAGE_NAME_UNSAFE, PACKAGE_KIND_UNKNOWN,
        PACKAGE_PATH_DOUBLED, MESSAGE_TYPE_UNLISTED and BATCH_PRODUCTS_MIXED.
        """
        settings = self._settings(batch.settings)
        places = self.place(batch, settings)
        faults = [*self._faults(batch, places), *manifest_faults(batch, self.manifest_form(settings))]
        if faults:
            raise DomainErrors(faults)
        files = tuple(self.arrange(batch, places, settings))
        folders = {file.path.partition("/")[0] for file in files}
        return Package(batch_id=batch.id, folder=folders.pop() if len(folders) == 1 else "", files=files)

    def read_acknowledgement(self, name: str, content: bytes) -> Sequence[Acknowledgement]:
        """The answers in a file of the acknowledgement folder; see `read_acknowledgements`."""
        return read_acknowledgements(name, content)

    def files_of(self, place: Place) -> Iterator[PackageFile]:
        """What travels with a message: its companions, its resources and its sidecars."""
        yield from place.companions()
        yield from place.resources(self.folders)
        yield from place.sidecars()

    def _settings(self, given: Mapping[str, Any]) -> Settings:
        settings: Settings = self.configuration.model_validate(dict(given))  # type: ignore[assignment]
        return settings

    def _faults(self, batch: Batch, places: Sequence[Place]) -> Iterator[DomainError]:
        try:
            datetime.strptime(batch.id[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007 (only whether it is a date at all)
        except ValueError:
            yield DomainError("BATCH_ID_INVALID", f"{batch.id} is not a time as YYYYMMDDhhmmssnnn", ("id",))
        # Names that differ in case only are one file on many servers.
        seen: set[str] = set()
        for index, place in enumerate(places):
            for name, where, path in self._named(index, place):
                if not is_safe(name):
                    yield DomainError("PACKAGE_NAME_UNSAFE", f"{name!r} is not a name that every receiver takes", where)
                elif path.lower() in seen:
                    yield DomainError("PACKAGE_PATH_DOUBLED", f"{path} stands twice in the package", where)
                seen.add(path.lower())
            for number, file in enumerate(place.release.files):
                if file.kind not in self.folders:
                    message = f"a {file.kind.value} file has no place beside a message"
                    yield DomainError("PACKAGE_KIND_UNKNOWN", message, ("releases", index, "files", number, "name"))
            if place.release.sidecars and not self.carries_sidecars:
                message = f"the choreography {self.key} has no place for files that no message names"
                yield DomainError("PACKAGE_KIND_UNKNOWN", message, ("releases", index, "sidecars"))

    def _named(self, index: int, place: Place) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
        """Every name of a release: as it is, where it was given, and the path that it makes."""
        release, where = place.release, ("releases", index)
        named_by_grid = release.grid is not None and place.name.startswith(release.grid)
        source = "message_file" if place.name == release.message_file else "grid" if named_by_grid else "icpn"
        yield place.name, (*where, source), place.message_path
        for number, companion in enumerate(release.companions):
            yield companion.name, (*where, "companions", number, "name"), f"{place.folder}/{companion.name}"
        for number, file in enumerate(release.files):
            if file.kind in self.folders:
                folder = self.folders[file.kind]
                path = "/".join(part for part in (place.folder, folder, file.name) if part)
                yield file.name, (*where, "files", number, "name"), path
        for number, file in enumerate(release.sidecars):
            yield file.name, (*where, "sidecars", number, "name"), f"{place.sidecar_folder}/{file.name}"
