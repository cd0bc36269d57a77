"""Whether the files that a message names lie in a folder as it tells them (stage four of validation, row VAL-06)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from lxml import etree

from distro_core.assets.description import describe_file
from distro_core.validation.figures import duration_fits, size_fits
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage

_ALGORITHMS = {"MD5": "md5", "SHA1": "sha1", "SHA-1": "sha1", "SHA256": "sha256", "SHA-256": "sha256"}


@dataclass(frozen=True)
class FolderContents:
    """The files beside a message, or all together in a folder. DDEX 4 names a file by the `URI` in its `File`."""

    folder: Path

    def check(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """Every file that is missing or broken, or that has another size, hash or duration than the message says."""
        return [issue for file in message.root.iter("{*}File") for issue in self._judge(file)]

    def _judge(self, file: etree._Element) -> Iterator[ValidationIssue]:
        uri = file.find("{*}URI")
        if uri is None or not uri.text or _nearest(file, "IsProvidedInDelivery") == "false":
            return
        path = self._find(uri.text.strip())
        if path is None:
            message = f"{uri.text} is not in the folder of assets"
            yield ValidationIssue(code="CONTENT_FILE_MISSING", message=message, **_place(uri))
            return
        try:
            asset = describe_file(path)
        except DomainError as error:
            message = f"{uri.text}: {error.message}"
            yield ValidationIssue(code="CONTENT_FILE_BROKEN", message=message, **_place(uri))
            return
        yield from _compare(file, asset, uri.text)

    def _find(self, uri: str) -> Path | None:
        root = self.folder.resolve()
        for candidate in (root / uri, root / uri.rsplit("/", 1)[-1]):
            path = candidate.resolve()
            if path.is_relative_to(root) and path.is_file():
                return path
        return None


def _compare(file: etree._Element, asset: Asset, uri: str) -> Iterator[ValidationIssue]:
    size = file.find("{*}FileSize")
    if size is not None and not size_fits(size.text or "", asset.size):
        message = f"{uri} has {asset.size} bytes, the message says {size.text} kilobytes"
        yield ValidationIssue(code="CONTENT_SIZE_WRONG", message=message, **_place(size))
    yield from _compare_hash(file, asset, uri)
    told = _nearest(file, "Duration")
    if asset.audio is not None and not duration_fits(told, asset.audio.duration):
        message = f"{uri} lasts {asset.audio.duration} seconds, the message says {told}"
        yield ValidationIssue(code="CONTENT_DURATION_WRONG", message=message, **_place(file))


def _compare_hash(file: etree._Element, asset: Asset, uri: str) -> Iterator[ValidationIssue]:
    algorithm = file.findtext("{*}HashSum/{*}Algorithm", "").strip()
    told = file.find("{*}HashSum/{*}HashSumValue")
    if told is None or algorithm.upper() not in _ALGORITHMS:
        message = f"the message gives no hash of {uri} that can be compared"
        yield ValidationIssue(code="CONTENT_HASH_UNKNOWN", message=message, severity=Severity.WARNING, **_place(file))
        return
    real = getattr(asset.hashes, _ALGORITHMS[algorithm.upper()])
    if (told.text or "").strip().lower() != real:
        message = f"{uri} has the {algorithm} {real}, the message says {told.text}"
        yield ValidationIssue(code="CONTENT_HASH_WRONG", message=message, **_place(told))


class _Place(TypedDict):
    path: str
    line: int | None


def _place(element: etree._Element) -> _Place:
    return {"path": element.getroottree().getpath(element), "line": element.sourceline}


def _nearest(place: etree._Element, name: str) -> str | None:
    """The text of the nearest child of that name of an element around `place`, within its resource."""
    for around in place.iterancestors():
        if text := around.findtext(f"{{*}}{name}"):
            return text.strip()
    return None
