"""What a plugin keeps for a tenant: JSON documents in collections of its own, in the tenant's database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from distro_sdk.models.base import Model

MOST_COLLECTIONS = 10
"""Collections of one plugin for one tenant."""

MOST_DOCUMENTS = 10_000
"""Documents in one collection."""

LARGEST_DOCUMENT = 64 * 1024
"""Bytes of one document, written as JSON in UTF-8."""

LONGEST_KEY = 200
"""Characters of a document's key."""

MOST_LISTED = 1000
"""Documents in one answer."""

COLLECTION_NAME = r"^[a-z][a-z0-9-]{0,30}$"


class KeptDocument(Model):
    """A document as it is kept. `revision`: 1 when it is new, and grows with every change."""

    key: str
    revision: int
    content: Mapping[str, Any]


class OwnCollection(Protocol):
    """A plugin's collection for one tenant: `p_<plugin>_<name>` in the tenant's database, gone with a purge.

    Every method raises `DomainError` PLUGIN_DOCUMENT_INVALID for what is no JSON document, too large, or has no proper
    key.
    """

    async def get(self, key: str) -> KeptDocument | None:
        """The document of a key, or None."""
        ...

    async def put(self, key: str, content: Mapping[str, Any], *, revision: int | None = None) -> KeptDocument:
        """Keep a document in the place of the one that has its key.

        `revision`: of the document that is replaced, 0 where there must be none, None for any; raises REVISION_CONFLICT
        where somebody else was faster, and PLUGIN_COLLECTION_FULL.
        """
        ...

    async def delete(self, key: str) -> bool:
        """Remove a document; False where there is none."""
        ...

    async def list(self, *, first: int = 100, after: str | None = None) -> Sequence[KeptDocument]:
        """Documents in the order of their keys. `first`: how many, at most 1000; `after`: behind this key."""
        ...
