"""Whether a message speaks of the files that are in storage (stage four of validation, row VAL-06)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from distro_core.assets.documents import AssetDocument
from distro_core.messages.told_files import nearest
from distro_core.scope import Scope
from distro_core.validation.figures import duration_fits, size_fits
from distro_sdk.errors import DomainError
from distro_sdk.models.validation import ValidationIssue
from distro_sdk.xml import ParsedMessage


@dataclass(frozen=True)
class StoredContents:
    """The files that are to travel with a message. `missing`: ids of those that storage has lost.

    Formats differ in how they name a file, but each tells its hash, in an element or an attribute: it is looked for
    whatever the format, and so are the size beside it and the duration of the recording above it where they are told.
    """

    travelling: Sequence[AssetDocument]
    missing: frozenset[str]

    def check(self, message: ParsedMessage) -> Sequence[ValidationIssue]:
        """Every file that is missing, not named by its hash, or told with another size or duration."""
        places: dict[str, list[etree._Element]] = {}
        for element in message.root.iter("{*}*"):
            if len(element) == 0 and element.text:
                places.setdefault(element.text.strip().lower(), []).append(element)
            for value in element.values():
                places.setdefault(value.strip().lower(), []).append(element)
        return [issue for asset in self.travelling for issue in self._judge(asset, places)]

    def _judge(self, asset: AssetDocument, told: dict[str, list[etree._Element]]) -> Iterator[ValidationIssue]:
        if asset.id in self.missing:
            yield ValidationIssue(code="CONTENT_FILE_MISSING", message=f"{asset.file_name} is not in storage any more")
        hashes = asset.hashes
        places = [place for text in (hashes.md5, hashes.sha1, hashes.sha256) for place in told.get(text, ())]
        if not places:
            message = f"the message names no file with the hash of {asset.file_name}"
            yield ValidationIssue(code="CONTENT_HASH_WRONG", message=message)
        for place in places:
            yield from _judge_place(asset, place)


async def find_contents(scope: Scope, assets: Sequence[AssetDocument]) -> StoredContents:
    """Look which of the assets storage still has; their bytes are proven later, when they are packed."""
    return StoredContents(assets, frozenset([asset.id for asset in assets if not await _is_there(scope, asset)]))


async def _is_there(scope: Scope, asset: AssetDocument) -> bool:
    """Whether storage has anything under the asset's key: one byte tells, whatever the storage."""
    blocks = scope.objects.read(asset.object_key, block_size=1)
    try:
        return await anext(blocks, None) is not None
    except DomainError as error:
        if error.code != "OBJECT_MISSING":
            raise
        return False
    finally:
        if isinstance(blocks, AsyncGenerator):
            await blocks.aclose()


def _judge_place(asset: AssetDocument, place: etree._Element) -> Iterator[ValidationIssue]:
    path = place.getroottree().getpath(place)
    size = nearest(place, "FileSize")
    if size is not None and not size_fits(size, asset.size):
        message = f"{asset.file_name} has {asset.size} bytes, the message says {size} kilobytes"
        yield ValidationIssue(code="CONTENT_SIZE_WRONG", message=message, path=path)
    told, played = nearest(place, "Duration"), asset.audio or asset.video
    if played is not None and not duration_fits(told, played.duration):
        message = f"{asset.file_name} lasts {played.duration} seconds, the message says {told}"
        yield ValidationIssue(code="CONTENT_DURATION_WRONG", message=message, path=path)
