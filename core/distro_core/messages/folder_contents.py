"""Whether the files that a message names lie in a folder as it tells them (stage four of validation, row VAL-06)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from lxml import etree

from distro_core.assets.description import describe_file
from distro_core.messages.reading import find_file
from distro_core.messages.told_files import nearest
from distro_core.validation.figures import duration_fits, size_fits
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage

_ALGORITHMS = {"MD5": "md5", "SHA1": "sha1", "SHA-1": "sha1", "SHA256": "sha256", "SHA-256": "sha256"}
_LONGEST_NAME = 200


@dataclass(frozen=True)
class ToldFile:
    """A file as a message names it. `uri`: relative to the message; `size`: kilobytes, or bytes where `in_bytes`."""

    element: etree._Element
    uri: str
    size: etree._Element | None
    in_bytes: bool
    algorithm: str
    hash: etree._Element | None


@dataclass(frozen=True)
class FolderContents:
    """The files beside a message, or all together in a folder.

    ERN 4 names a file by the `URI` in its `File`, ERN 3 by `FilePath` and `FileName`, Apple by `file_name`.
    """

    folder: Path

    def check(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """Every file that is missing or broken, or that has another size, hash or duration than the message says."""
        return [issue for file in _told_files(message) for issue in self._judge(file)]

    def _judge(self, file: ToldFile) -> Iterator[ValidationIssue]:
        path = self._find(file.uri)
        if path is None:
            message = f"{file.uri[:_LONGEST_NAME]} is not in the folder of assets"
            yield ValidationIssue(code="CONTENT_FILE_MISSING", message=message, **_place(file.element))
            return
        try:
            asset = describe_file(path)
        except DomainError as error:
            message = f"{file.uri}: {error.message}"
            yield ValidationIssue(code="CONTENT_FILE_BROKEN", message=message, **_place(file.element))
            return
        yield from _compare(file, asset)

    def _find(self, uri: str) -> Path | None:
        try:
            return find_file(uri, self.folder, self.folder)
        except DomainError:
            return None


def _told_files(message: ParsedMessage) -> Iterator[ToldFile]:
    for file in message.root.iter("{*}File"):
        uri = (file.findtext("{*}URI") or "").strip() or _path_of_ern_3(file)
        if uri and nearest(file, "IsProvidedInDelivery") != "false":
            algorithm = file.findtext("{*}HashSum/{*}Algorithm") or file.findtext("{*}HashSum/{*}HashSumAlgorithmType")
            told = file.find("{*}HashSum/{*}HashSumValue")
            told = file.find("{*}HashSum/{*}HashSum") if told is None else told
            yield ToldFile(file, uri, file.find("{*}FileSize"), False, (algorithm or "").strip(), told)
    for name in message.root.iter("{*}file_name"):
        holder = name.getparent()
        if holder is not None and (name.text or "").strip():
            told = holder.find("{*}checksum")
            algorithm = "" if told is None else told.get("type", "")
            yield ToldFile(holder, (name.text or "").strip(), holder.find("{*}size"), True, algorithm, told)


def _path_of_ern_3(file: etree._Element) -> str:
    folder, name = (file.findtext("{*}FilePath") or "").strip(), (file.findtext("{*}FileName") or "").strip()
    return f"{folder.rstrip('/')}/{name}" if folder and name else name


def _compare(file: ToldFile, asset: Asset) -> Iterator[ValidationIssue]:
    if file.size is not None and not _size_fits(file, asset.size):
        unit = "bytes" if file.in_bytes else "kilobytes"
        message = f"{file.uri} has {asset.size} bytes, the message says {file.size.text} {unit}"
        yield ValidationIssue(code="CONTENT_SIZE_WRONG", message=message, **_place(file.size))
    yield from _compare_hash(file, asset)
    told, played = nearest(file.element, "Duration"), asset.audio or asset.video
    if played is not None and not duration_fits(told, played.duration):
        message = f"{file.uri} lasts {played.duration} seconds, the message says {told}"
        yield ValidationIssue(code="CONTENT_DURATION_WRONG", message=message, **_place(file.element))


def _size_fits(file: ToldFile, size: int) -> bool:
    told = "" if file.size is None else (file.size.text or "").strip()
    return told == str(size) if file.in_bytes else size_fits(told, size)


def _compare_hash(file: ToldFile, asset: Asset) -> Iterator[ValidationIssue]:
    if file.hash is None or file.algorithm.upper() not in _ALGORITHMS:
        message = f"the message gives no hash of {file.uri} that can be compared"
        severity = Severity.WARNING
        yield ValidationIssue(code="CONTENT_HASH_UNKNOWN", message=message, severity=severity, **_place(file.element))
        return
    real = getattr(asset.hashes, _ALGORITHMS[file.algorithm.upper()])
    if (file.hash.text or "").strip().lower() != real:
        message = f"{file.uri} has the {file.algorithm} {real}, the message says {file.hash.text}"
        yield ValidationIssue(code="CONTENT_HASH_WRONG", message=message, **_place(file.hash))


class _Place(TypedDict):
    path: str
    line: int | None


def _place(element: etree._Element) -> _Place:
    return {"path": element.getroottree().getpath(element), "line": element.sourceline}
