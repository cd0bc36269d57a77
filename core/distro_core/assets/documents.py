"""How assets are stored: their description in MongoDB, their bytes in object storage."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from distro_core.assets.parts import MD5_SIZE, MOST_PARTS
from distro_core.store.documents import Document, Index
from distro_sdk.models.assets import Asset


class AssetDocument(Document, Asset):
    """A stored asset.

    `object_key`: where its bytes lie; made by the platform, begins with the tenant's key; `part_md5s`: the MD5s of its
    parts as `PartHasher` makes them, lower-case hexadecimal, one after the other; empty where none were recorded.
    """

    collection: ClassVar[str] = "assets"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("sha256", (("hashes.sha256", 1),)),
        Index("kind", (("kind", 1), ("_id", 1))),
        Index("outbox", (("outbox.id", 1),), only_if={"outbox.id": {"$exists": True}}),
    )

    object_key: str
    # One string: as a list of thousands they would make each page of assets slow to read.
    part_md5s: Annotated[str, Field(pattern=r"^([0-9a-f]{32})*$", max_length=2 * MD5_SIZE * MOST_PARTS)] = ""

    def asset(self) -> Asset:
        """The asset as plugins and messages see it."""
        return Asset.model_validate({name: getattr(self, name) for name in Asset.model_fields})
