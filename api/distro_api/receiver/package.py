"""What lies in a package's folder, and in which order it came."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from distro_api.receiver.events import FileAction, FileEvent
from distro_api.receiver.layouts import BATCH, MANIFEST, Layout, is_marker
from distro_api.receiver.reports import FileReport, Finding, Severity


@dataclass(frozen=True)
class PackageFolder:
    """A package on the disk. Paths are relative to its folder, with `/`."""

    folder: Path
    _hashes: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every regular file, sorted; links are not followed."""
        files = (each for each in self.folder.rglob("*") if each.is_file() and not each.is_symlink())
        return tuple(sorted(each.relative_to(self.folder).as_posix() for each in files))

    @cached_property
    def links(self) -> tuple[str, ...]:
        """Everything that is neither a regular file nor a folder."""
        odd = (each for each in self.folder.rglob("*") if each.is_symlink() or not (each.is_file() or each.is_dir()))
        return tuple(sorted(each.relative_to(self.folder).as_posix() for each in odd))

    @cached_property
    def markers(self) -> tuple[str, ...]:
        """The completion markers in the folder itself."""
        return tuple(path for path in self.paths if "/" not in path and is_marker(path))

    @cached_property
    def manifest(self) -> str | None:
        """The manifest: a file of its own, or the completion marker where that is XML and not empty."""
        if MANIFEST in self.paths:
            return MANIFEST
        written = (path for path in self.markers if path.endswith(".xml") and self.file(path).stat().st_size)
        return next(written, None)

    def file(self, path: str) -> Path:
        """The place of a file on the disk."""
        return self.folder / path

    def hash(self, path: str, algorithm: str) -> str:
        """The hash of a file as it lies on the disk, lower-case hexadecimal; read once."""
        if (path, algorithm) not in self._hashes:
            with self.file(path).open("rb") as file:
                self._hashes[path, algorithm] = hashlib.file_digest(file, algorithm).hexdigest()
        return self._hashes[path, algorithm]

    @cached_property
    def reports(self) -> tuple[FileReport, ...]:
        """Every file with its size and its MD5."""
        return tuple(
            FileReport(path=path, size=self.file(path).stat().st_size, md5=self.hash(path, "md5"))
            for path in self.paths
        )


def judge_layout(package: PackageFolder, layout: Layout, strictness: Severity) -> Iterator[Finding]:
    """What is wrong with folder, marker and kinds of files. `strictness`: how grave habits are taken."""
    if layout.folder.fullmatch(package.folder.name) is None:
        message = f"{package.folder.name!r} is not what a folder of this layout is called, such as a batch id"
        yield Finding(code="FOLDER_NAME", message=message, severity=strictness)
    if len(package.markers) > 1:
        yield Finding(code="MARKER_TWICE", message=f"completion markers: {', '.join(package.markers)}")
    if package.manifest is None and layout is BATCH:
        yield Finding(code="MANIFEST_MISSING", message=f"there is no {MANIFEST}", path=MANIFEST)
    for path in package.links:
        yield Finding(code="FILE_NOT_REGULAR", message="neither a file nor a folder", path=path)


def judge_order(events: Sequence[FileEvent], folder: str, strictness: Severity) -> Iterator[Finding]:
    """What is wrong with the order in which files came.

    `events`: of the package, in order; `folder`: of the package, as the events call it. A file comes when it is written
    under its own name or renamed to it.
    """
    changes = [event for event in events if event.changes]
    arrivals = [event for event in changes if event.action in {FileAction.WRITTEN, FileAction.RENAMED}]
    if not arrivals:
        message = "nothing is known of the order in which the files came"
        yield Finding(code="ORDER_UNKNOWN", message=message, severity=Severity.WARNING)
        return
    markers = [event for event in arrivals if is_marker(event.place) and _inside(event.place, folder)]
    if len({event.place for event in markers}) < len(markers):
        message = f"came {len(markers)} times"
        yield Finding(code="MARKER_TWICE", message=message, path=_relative(markers[-1].place, folder))
    late = [event for event in changes if markers and event.sequence > markers[-1].sequence]
    for place in dict.fromkeys(event.place for event in late):
        yield Finding(code="MARKER_NOT_LAST", message="changed after the marker", path=_relative(place, folder))
    first = next(event for event in arrivals if event.action is FileAction.RENAMED or not _is_temporary(event, changes))
    manifest_came = any(event.place == f"{folder}/{MANIFEST}" for event in arrivals)
    if manifest_came and first.place != f"{folder}/{MANIFEST}":
        message = f"{_relative(first.place, folder)} came before the manifest"
        yield Finding(code="MANIFEST_NOT_FIRST", message=message, path=MANIFEST, severity=strictness)


def judge_message_order(events: Sequence[FileEvent], folder: str, message: str, paths: set[str]) -> Iterator[Finding]:
    """What is wrong with the order where the arrival of a message completes what it names.

    `paths`: the files that must not change after it, relative to the folder.
    """
    changes = [event for event in events if event.changes]
    arrived = [
        event.sequence
        for event in changes
        if event.action in {FileAction.WRITTEN, FileAction.RENAMED} and event.place == f"{folder}/{message}"
    ]
    if not arrived:
        text = "nothing is known of the order in which the files came"
        yield Finding(code="ORDER_UNKNOWN", message=text, severity=Severity.WARNING)
        return
    late = (_relative(event.place, folder) for event in changes if event.sequence > arrived[-1])
    for path in dict.fromkeys(path for path in late if path in paths):
        yield Finding(code="MESSAGE_NOT_LAST", message=f"changed after {message}", path=path)


def _is_temporary(written: FileEvent, changes: Sequence[FileEvent]) -> bool:
    """Whether a file was renamed later: then it came under its new name only."""
    return any(event.action is FileAction.RENAMED and event.path == written.path for event in changes)


def _inside(place: str, folder: str) -> bool:
    return place.rpartition("/")[0] == folder


def _relative(place: str, folder: str) -> str:
    return place.removeprefix(folder).lstrip("/")
