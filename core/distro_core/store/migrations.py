"""Brings a database to the state that the code expects: numbered migrations, then the declared indexes.

What was done is recorded in the database, so that a database in order costs one read. Two processes may try at once:
one works, the other waits for it; should the one die, the other takes over after `LEASE`. A migration may therefore be
run again from its start and must bear that.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import structlog
from pymongo import IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from distro_core.store.documents import Document, Index, new_id
from distro_core.store.driver import DriverCollection, DriverDatabase

log = structlog.get_logger(__name__)

COLLECTION = "schema"
STATE = "state"
LEASE = timedelta(seconds=60)
WAIT = 0.1
ID_INDEX = "_id_"


@dataclass(frozen=True)
class Migration:
    """A change of stored data. `number`: in order of age, never reused; `run`: must bear being run again."""

    number: int
    name: str
    run: Callable[[DriverDatabase], Awaitable[None]]


@dataclass(frozen=True)
class Schema:
    """What a kind of database is to contain."""

    documents: Sequence[type[Document]]
    migrations: Sequence[Migration]

    @cached_property
    def fingerprint(self) -> str:
        """Changes with every declared index and every migration."""
        declared = [(document.collection, document.indexes) for document in self.documents]
        numbers = [migration.number for migration in self.migrations]
        return hashlib.sha256(repr((declared, numbers)).encode()).hexdigest()


async def migrate(database: DriverDatabase, schema: Schema) -> None:
    """Bring a database to the state of a schema; returns when it is there, whoever did the work."""
    records = database[COLLECTION]
    while not await _is_current(records, schema):
        holder = await _take_lease(records)
        if holder is None:
            await asyncio.sleep(WAIT)
            continue
        renewing = asyncio.create_task(_renew_lease(records, holder))
        try:
            await _run_migrations(database, schema.migrations)
            await ensure_indexes(database, schema.documents)
            await records.update_one({"_id": STATE}, {"$set": {"fingerprint": schema.fingerprint}})
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            await records.update_one({"_id": STATE, "holder": holder}, {"$unset": {"holder": "", "until": ""}})


async def ensure_indexes(database: DriverDatabase, documents: Iterable[type[Document]]) -> None:
    """Make the declared indexes of some types of document, and drop those that are no longer declared."""
    there = frozenset(await database.list_collection_names())
    await asyncio.gather(
        *(
            _ensure_collection(database[document.collection], document.indexes, document.collection in there)
            for document in documents
        )
    )


async def _ensure_collection(collection: DriverCollection, indexes: Sequence[Index], is_there: bool) -> None:
    declared = {index.name: _model(index) for index in indexes}
    existing: dict[str, Any] = await collection.index_information() if is_there else {}
    for name, found in existing.items():
        if name != ID_INDEX and (name not in declared or _differs(found, declared[name].document)):
            await collection.drop_index(name)
    if declared:
        await collection.create_indexes(list(declared.values()))


def _model(index: Index) -> IndexModel:
    options: dict[str, Any] = {"name": index.name}
    if index.unique:
        options["unique"] = True
    if index.only_if is not None:
        options["partialFilterExpression"] = index.only_if
    if index.expire_after is not None:
        options["expireAfterSeconds"] = index.expire_after
    return IndexModel(list(index.keys), **options)


def _differs(found: dict[str, Any], declared: dict[str, Any]) -> bool:
    if list(found["key"]) != list(declared["key"].items()):
        return True
    options = ("unique", "partialFilterExpression", "expireAfterSeconds")
    return any(found.get(option) != declared.get(option) for option in options)


async def _is_current(records: DriverCollection, schema: Schema) -> bool:
    state = await records.find_one({"_id": STATE})
    return state is not None and state.get("fingerprint") == schema.fingerprint


async def _take_lease(records: DriverCollection) -> str | None:
    now, holder = datetime.now(UTC), new_id()
    try:
        await records.find_one_and_update(
            {"_id": STATE, "$or": [{"holder": {"$exists": False}}, {"until": {"$lt": now}}]},
            {"$set": {"holder": holder, "until": now + LEASE}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
    except DuplicateKeyError:
        return None
    return holder


async def _renew_lease(records: DriverCollection, holder: str) -> None:
    while True:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        await records.update_one({"_id": STATE, "holder": holder}, {"$set": {"until": datetime.now(UTC) + LEASE}})


async def _run_migrations(database: DriverDatabase, migrations: Sequence[Migration]) -> None:
    records = database[COLLECTION]
    for migration in sorted(migrations, key=lambda migration: migration.number):
        if await records.find_one({"_id": f"migration-{migration.number}"}) is not None:
            continue
        log.info("migration runs", number=migration.number, name=migration.name)
        await migration.run(database)
        done = {"name": migration.name, "at": datetime.now(UTC)}
        await records.update_one({"_id": f"migration-{migration.number}"}, {"$set": done}, upsert=True)
