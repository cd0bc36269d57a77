"""How prepared files are stored."""

from __future__ import annotations

from typing import ClassVar

from distro_core.store.documents import Document, Index
from distro_sdk.models.assets import AudioProperties, FileHashes, ImageProperties


class PreparedFileDocument(Document):
    """A file that was made of the bytes of an asset; its id is a hash of source, recipe and preparer.

    `written`: every key under which somebody has begun to write it, so that none is forgotten when the source is
    deleted; `object_key`: where it lies, None while it is not whole; the rest is what was measured of it.
    """

    collection: ClassVar[str] = "prepared_files"
    indexes: ClassVar[tuple[Index, ...]] = (Index("source", (("source_sha256", 1), ("hashes.sha256", 1))),)

    source_sha256: str
    preparer: str
    written: tuple[str, ...] = ()
    object_key: str | None = None
    size: int = 0
    hashes: FileHashes | None = None
    audio: AudioProperties | None = None
    image: ImageProperties | None = None
