"""The choreography `itmsp`: each release is a package of its own, closed by its metadata.xml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from distro_plugins.apple53.findings import text_of
from distro_plugins.apple53.identity import VENDOR_ID
from distro_plugins.apple53.tables import FORMAT, KEY, NAMESPACE
from distro_sdk.choreography import FolderChoreography, Place
from distro_sdk.choreography.folders import BESIDE
from distro_sdk.choreography.manifest import ManifestForm
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.delivery import Acknowledgement, Batch, BatchedRelease, FileKind, Package, PackageFile
from distro_sdk.xml import parse_message

METADATA = "metadata.xml"


class ItmspSettings(BaseModel):
    """What a target may set for packages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_folder: bool = Field(
        default=False,
        description="Whether the packages of a batch lie in a folder of the batch's own, so that an update never lies"
        " among the files of an earlier package of the same album.",
    )


@dataclass(frozen=True)
class NamedFile:
    """A file as the metadata names it. `size`: bytes, as written."""

    name: str
    size: str
    md5: str


class ItmspChoreography(FolderChoreography[ItmspSettings]):
    """`<vendor_id>.itmsp/` with all files directly in it; no manifest, `metadata.xml` last (row APL-02).

    Apple knows no completion marker: a package is read from its metadata, so that file takes a marker's place.
    """

    key = KEY
    title = "Apple's .itmsp packages"
    acknowledgement_folder: str | None = None
    carries_sidecars: bool = False
    formats: frozenset[str] = frozenset({FORMAT})
    configuration: type[BaseModel] = ItmspSettings
    # Kinds that no package carries have a name as well: it is the builder that refuses them, with a path.
    folders: ClassVar[Mapping[FileKind, str]] = BESIDE

    def lay_out(self, batch: Batch) -> Package:
        """Every package with its files, each that the metadata names and no other.

        Raises `DomainErrors` with every PACKAGE_… fault, and BATCH_ID_INVALID.
        """
        faults = [fault for place, release in enumerate(batch.releases) for fault in _faults(release, place)]
        if faults:
            raise DomainErrors(faults)
        return super().lay_out(batch)

    def place(self, batch: Batch, settings: ItmspSettings) -> Sequence[Place]:
        """Each release in the folder that its metadata names."""
        parent = f"{batch.id}/" if settings.batch_folder else ""
        return [
            Place(release, f"{parent}{read_metadata(release.message)[0]}.itmsp", METADATA) for release in batch.releases
        ]

    def arrange(self, batch: Batch, places: Sequence[Place], settings: ItmspSettings) -> Iterator[PackageFile]:
        """Package by package, its metadata last. Images and booklets that the metadata leaves out stay at home."""
        for place in places:
            named = {file.name for file in read_metadata(place.release.message)[1]}
            yield from (file for file in place.resources(self.folders) if file.path.rpartition("/")[2] in named)
            yield place.message()

    def manifest_form(self, settings: ItmspSettings) -> ManifestForm | None:
        """None: a package has no manifest."""
        return None

    def read_acknowledgement(self, name: str, content: bytes) -> Sequence[Acknowledgement]:
        """Apple writes no files in answer; raises ACKNOWLEDGEMENT_FOREIGN for whatever lies there."""
        text = f"{name} ({len(content)} bytes) is no answer: Apple tells of a package in its own systems"
        raise DomainError("ACKNOWLEDGEMENT_FOREIGN", text)


def read_metadata(message: bytes) -> tuple[str, list[NamedFile]]:
    """The vendor id and the files of Apple's metadata; raises `DomainError` for any other message."""
    parsed = parse_message(message)
    vendor_id = text_of(parsed.root, "album/vendor_id")
    if parsed.namespace != NAMESPACE or not VENDOR_ID.fullmatch(vendor_id):
        text = f"{{{parsed.namespace}}}{parsed.name} is no metadata of Apple's with a vendor id"
        raise DomainError("PACKAGE_MESSAGE_FOREIGN", text)
    holders = [element.getparent() for element in parsed.root.iter("{*}file_name")]
    named = [
        NamedFile(text_of(holder, "file_name"), text_of(holder, "size"), text_of(holder, "checksum"))
        for holder in holders
        if holder is not None
    ]
    return vendor_id, named


def _faults(release: BatchedRelease, place: int) -> Iterator[DomainError]:
    """Every named file comes along and is what the metadata says; every audio file is named once."""
    path: Path = ("releases", place)
    try:
        _, named = read_metadata(release.message)
    except DomainError as fault:
        yield DomainError(fault.code, fault.message, (*path, "message"))
        return
    for companion in release.companions:
        text = f"{companion.name} has no place in a package, in which nothing lies that the metadata does not name"
        yield DomainError("PACKAGE_KIND_UNKNOWN", text, (*path, "companions"))
    carried = {file.name: file for file in release.files}
    for number, file in enumerate(release.files):
        if file.kind is FileKind.AUDIO and file.name not in {told.name for told in named}:
            text = f"the metadata does not name {file.name}"
            yield DomainError("PACKAGE_FILE_UNNAMED", text, (*path, "files", number, "name"))
    for number, told in enumerate(named):
        found = carried.get(told.name)
        if told.name in {other.name for other in named[:number]}:
            yield DomainError("PACKAGE_PATH_DOUBLED", f"the metadata names {told.name} twice", (*path, "message"))
        if found is None:
            text = f"the metadata names {told.name}, which does not come along"
            yield DomainError("PACKAGE_FILE_MISSING", text, (*path, "message"))
        elif (told.size, told.md5) != (str(found.size), found.hashes.md5):
            text = f"{told.name} has another size or MD5 than the metadata says"
            yield DomainError("PACKAGE_FILE_DIFFERS", text, (*path, "message"))
