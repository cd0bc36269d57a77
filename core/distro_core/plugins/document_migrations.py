"""Brings the documents in a plugin's collections into the form of its newest version, one by one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from distro_core.plugins.own_collections import own_prefix, written
from distro_core.store.driver import DriverCollection
from distro_core.store.stores import TenantStore
from distro_sdk.errors import DomainError
from distro_sdk.migrations import MIGRATION_FAILED, Ladder

PAGE = 200
"""Documents that are brought over together."""

InTime = Callable[[Callable[[], Sequence[str]]], Awaitable[Sequence[str]]]


async def migrate_documents(store: TenantStore, plugin: str, ladder: Ladder, in_time: InTime) -> None:
    """Try every document, then store them; raises PLUGIN_MIGRATION_FAILED before anything was stored.

    Each keeps its revision, for who has read it has read the same; one that was changed meanwhile is left to whoever
    reads it next, as `TenantCollection` does. `in_time`: runs the steps.
    """
    collections = {name: store.database[f"{own_prefix(plugin)}{name}"] for name in ladder.collections}
    for name, raw in collections.items():
        async for page in _pages(raw, ladder.documents_version):
            await in_time(lambda page=page, name=name: _new_texts(ladder, name, page))  # type: ignore[misc]
    for name, raw in collections.items():
        async for page in _pages(raw, ladder.documents_version):
            texts = await in_time(lambda page=page, name=name: _new_texts(ladder, name, page))  # type: ignore[misc]
            for document, text in zip(page, texts, strict=True):
                where = {"_id": document["_id"], "revision": document["revision"], "json": document["json"]}
                await raw.update_one(where, {"$set": {"json": text, "version": ladder.documents_version}})


async def _pages(raw: DriverCollection, version: int) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """The documents of earlier versions, in the order of their keys."""
    last: Mapping[str, Any] = {}
    while True:
        where = {**last, "$or": [{"version": {"$exists": False}}, {"version": {"$lt": version}}]}
        page = await raw.find(where).sort([("_id", 1)]).limit(PAGE).to_list(length=None)
        if not page:
            return
        yield page
        last = {"_id": {"$gt": page[-1]["_id"]}}


def _new_texts(ladder: Ladder, collection: str, page: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    texts = []
    for document in page:
        key, version = document["_id"], document.get("version", 1)
        made = ladder.migrate_document(collection, key, json.loads(document["json"]), version)
        try:
            texts.append(written(made))
        except DomainError as error:
            raise DomainError(MIGRATION_FAILED, f"document {key} of {collection}: {error.message}") from error
    return texts
