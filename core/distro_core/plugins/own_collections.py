"""Collections of plugins in tenants' databases: `p_<plugin>_<name>`, with JSON documents alone, and bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.errors import DuplicateKeyError

from distro_core.plugins.versions import downgrade_refused
from distro_core.store.stores import TenantStore
from distro_sdk.collections import (
    COLLECTION_NAME,
    LARGEST_DOCUMENT,
    LONGEST_KEY,
    MOST_COLLECTIONS,
    MOST_DOCUMENTS,
    MOST_LISTED,
    KeptDocument,
)
from distro_sdk.errors import DomainError
from distro_sdk.migrations import Ladder

ALL_OF_ONE_FORM = Ladder()


def own_prefix(plugin: str) -> str:
    """How the names of a plugin's own collections begin; no id has a `_`, so that no two share a beginning."""
    return f"p_{plugin}_"


def open_collection(
    store: TenantStore, plugin: str, name: str, *, ladder: Ladder = ALL_OF_ONE_FORM
) -> TenantCollection:
    """A plugin's collection for a tenant; raises PLUGIN_COLLECTION_INVALID. `ladder`: to the form of this version."""
    if not re.match(COLLECTION_NAME, name):
        message = f"{name[:50]!r} cannot name a collection: lower-case letters, digits and '-', at most 31"
        raise DomainError("PLUGIN_COLLECTION_INVALID", message)
    return TenantCollection(store, plugin, name, ladder)


class TenantCollection:
    """The `distro_sdk.collections.OwnCollection` of one plugin and one tenant.

    Documents of an earlier version of the plugin are read in this one's form: a process that still runs the earlier one
    may write some at any time. Those of a later version are neither read nor replaced.
    """

    def __init__(self, store: TenantStore, plugin: str, name: str, ladder: Ladder = ALL_OF_ONE_FORM) -> None:
        self._store = store
        self._plugin = plugin
        self._short_name = name
        self._name = f"{own_prefix(plugin)}{name}"
        self._raw = store.database[self._name]
        self._ladder = ladder

    async def get(self, key: str) -> KeptDocument | None:
        """The document of a key, or None."""
        found = await self._raw.find_one({"_id": _checked_key(key)})
        return None if found is None else self._kept(found)

    async def put(self, key: str, content: Mapping[str, Any], *, revision: int | None = None) -> KeptDocument:
        """Keep a document; raises PLUGIN_DOCUMENT_INVALID, PLUGIN_COLLECTION_FULL, REVISION_CONFLICT, or
        PLUGIN_DOWNGRADE_REFUSED where a later version of the plugin has written it.
        """
        where: dict[str, Any] = {"_id": _checked_key(key)}
        fields: dict[str, Any] = {"json": written(content)}
        if self._ladder.documents_version > 1:
            fields["version"] = self._ladder.documents_version
        if revision != 0:
            expected = where if revision is None else {**where, "revision": revision}
            known = {**expected, "version": {"$not": {"$gt": self._ladder.documents_version}}}
            change = {"$set": fields, "$inc": {"revision": 1}}
            updated = await self._raw.find_one_and_update(known, change, return_document=True)
            if updated is not None:
                return self._kept(updated)
            self._check_version(await self._raw.find_one(expected) or {})
            if revision is not None:
                raise _conflict(key)
        await self._check_room()
        try:
            await self._raw.insert_one({**where, **fields, "revision": 1})
        except DuplicateKeyError as error:
            if revision == 0:
                raise _conflict(key) from error
            return await self.put(key, content, revision=revision)
        return KeptDocument(key=key, revision=1, content=content)

    async def delete(self, key: str) -> bool:
        """Remove a document; False where there is none."""
        return await self._raw.find_one_and_delete({"_id": _checked_key(key)}) is not None

    async def list(self, *, first: int = 100, after: str | None = None) -> Sequence[KeptDocument]:
        """Documents in the order of their keys; raises PAGE_SIZE_INVALID."""
        if not 1 <= first <= MOST_LISTED:
            raise DomainError(
                "PAGE_SIZE_INVALID", f"a page holds 1 to {MOST_LISTED} documents, not {first}", ("first",)
            )
        where = {} if after is None else {"_id": {"$gt": _checked_key(after)}}
        found = await self._raw.find(where).sort([("_id", 1)]).limit(first).to_list(length=None)
        return [self._kept(document) for document in found]

    def _kept(self, found: Mapping[str, Any]) -> KeptDocument:
        self._check_version(found)
        content: Mapping[str, Any] = json.loads(found["json"])
        if (version := found.get("version", 1)) < self._ladder.documents_version:
            content = self._ladder.migrate_document(self._short_name, found["_id"], content, version)
        return KeptDocument(key=found["_id"], revision=found["revision"], content=content)

    def _check_version(self, found: Mapping[str, Any]) -> None:
        if found.get("version", 1) > self._ladder.documents_version:
            raise downgrade_refused(self._plugin)

    async def _check_room(self) -> None:
        """Refuse what would be too much; several writers at once may pass the bound by as many documents."""
        count = await self._raw.count_documents({}, limit=MOST_DOCUMENTS)
        if count >= MOST_DOCUMENTS:
            raise _full(f"its collection has {MOST_DOCUMENTS} documents")
        if count == 0:
            prefix = own_prefix(self._plugin)
            names = {name for name in await self._store.database.list_collection_names() if name.startswith(prefix)}
            names = {name for name in names if not name.startswith(f"{prefix}_")}
            if len(names - {self._name}) >= MOST_COLLECTIONS:
                raise _full(f"plugin {self._plugin} has {MOST_COLLECTIONS} collections")


def written(content: Mapping[str, Any]) -> str:
    """The document as text: what stands in it can never be taken for an instruction to the database.

    Raises PLUGIN_DOCUMENT_INVALID.
    """
    try:
        if not isinstance(content, Mapping):
            raise TypeError(f"it is {type(content).__name__}, not an object")
        text = json.dumps(dict(content), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode("utf-8"))
    except (TypeError, ValueError, RecursionError) as error:
        raise DomainError("PLUGIN_DOCUMENT_INVALID", f"it is no JSON document: {error}"[:300]) from error
    if size > LARGEST_DOCUMENT:
        message = f"a document has at most {LARGEST_DOCUMENT} bytes, this one has {size}"
        raise DomainError("PLUGIN_DOCUMENT_INVALID", message)
    return text


def _checked_key(key: str) -> str:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise DomainError("PLUGIN_DOCUMENT_INVALID", f"a key has 1 to {LONGEST_KEY} printable characters")
    return key


def _conflict(key: str) -> DomainError:
    return DomainError("REVISION_CONFLICT", f"document {key} was changed by somebody else meanwhile")


def _full(reason: str) -> DomainError:
    return DomainError("PLUGIN_COLLECTION_FULL", f"no more can be kept: {reason}")
