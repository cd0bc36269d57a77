"""The operations on a collection of documents of one type."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from distro_core.store.codec import decode_document, encode, encode_document
from distro_core.store.cursors import Order, beyond_cursor, cursor_of
from distro_core.store.documents import Document
from distro_core.store.driver import DriverCollection
from distro_sdk.errors import DomainError
from distro_sdk.models.events import EventBase

__all__ = ["MAX_PAGE", "Change", "Collection", "Filter", "Order", "Page", "Watcher", "not_found", "type_name"]

D = TypeVar("D", bound=Document)

Filter = Mapping[str, Any]

Watcher = Callable[[type[Document], str, bool], None]
"""Hears of every written document: its type, its id, and whether events were written with it. Must not wait."""

MAX_PAGE = 200


@dataclass(frozen=True)
class Page(Generic[D]):
    """Some documents of a longer list. `cursors` stand beside `documents`, one each."""

    documents: Sequence[D]
    cursors: Sequence[str]
    has_next: bool


@dataclass(frozen=True)
class Change:
    """An atomic change of one document, in field paths."""

    set: Mapping[str, Any] | None = None
    unset: Iterable[str] = ()
    push: Mapping[str, Any] | None = None
    increment: Mapping[str, int] | None = None


class Collection(Generic[D]):
    """Documents of one type in one database."""

    def __init__(self, raw: DriverCollection, document_type: type[D], watcher: Watcher | None = None) -> None:
        self._raw = raw
        self._type = document_type
        self._watcher = watcher

    @property
    def raw(self) -> DriverCollection:
        """The driver's collection, for what no method here can say."""
        return self._raw

    async def find(self, id: str) -> D | None:
        """The document of that id, or None."""
        return await self.find_one({"id": id})

    async def get(self, id: str) -> D:
        """The document of that id; raises NOT_FOUND."""
        document = await self.find(id)
        if document is None:
            raise not_found(self._type, id)
        return document

    async def find_one(self, where: Filter, order: Order | None = None) -> D | None:
        """The first document that matches, or None."""
        sort = _sort(order) if order else None
        raw = await self._raw.find_one(_filter(where), sort=sort)
        return None if raw is None else decode_document(raw, self._type)

    async def get_many(self, ids: Iterable[str]) -> dict[str, D]:
        """The documents of those ids that exist, by id, in one call."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        found = await self._raw.find({"_id": {"$in": wanted}}).to_list(length=None)
        return {raw["_id"]: decode_document(raw, self._type) for raw in found}

    async def list(self, where: Filter, *, order: Order | None = None, limit: int = MAX_PAGE) -> list[D]:
        """At most `limit` documents that match."""
        cursor = self._raw.find(_filter(where)).sort(_sort(order or Order())).limit(limit)
        return [decode_document(raw, self._type) for raw in await cursor.to_list(length=limit)]

    async def count(self, where: Filter) -> int:
        """How many documents match."""
        return int(await self._raw.count_documents(_filter(where)))

    async def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> Sequence[dict[str, Any]]:
        """What an aggregation pipeline makes of the documents, in the store's own fields."""
        cursor = self._raw.aggregate(list(pipeline))
        if inspect.isawaitable(cursor):
            # PyMongo Async hands out its cursor by a coroutine, motor at once.
            cursor = await cursor
        found: Sequence[dict[str, Any]] = await cursor.to_list(length=None)
        return found

    async def page(self, where: Filter, *, order: Order, first: int, after: str | None = None) -> Page[D]:
        """`first` documents after a cursor; stable while others insert, because it continues from a key."""
        if not 1 <= first <= MAX_PAGE:
            raise DomainError("PAGE_SIZE_INVALID", f"a page holds 1 to {MAX_PAGE} entries, not {first}", ("first",))
        condition: dict[str, Any] = dict(_filter(where))
        if after is not None:
            condition = {"$and": [condition, beyond_cursor(order, after)]}
        cursor = self._raw.find(condition).sort(_sort(order)).limit(first + 1)
        raws = await cursor.to_list(length=first + 1)
        shown = raws[:first]
        documents = [decode_document(raw, self._type) for raw in shown]
        return Page(documents, [cursor_of(order, raw) for raw in shown], len(raws) > first)

    async def insert(self, document: D, *, by: str | None = None, events: Sequence[EventBase] = ()) -> D:
        """Store a new document; raises the error code of a unique index that it breaks."""
        now = _now()
        stored = document.model_copy(update={"revision": 1, "created_at": now, "updated_at": now, "created_by": by})
        fields = encode_document(stored)
        if events:
            fields["outbox"] = [encode(event) for event in events]
        try:
            await self._raw.insert_one(fields)
        except DuplicateKeyError as error:
            raise self._duplicate(error) from error
        self._tell_watcher(stored.id, events)
        return decode_document(fields, self._type)

    async def update(
        self,
        id: str,
        change: Change,
        *,
        revision: int | None = None,
        where: Filter | None = None,
        events: Sequence[EventBase] = (),
    ) -> D:
        """Change one document atomically.

        `revision`: refuse with REVISION_CONFLICT when the document has moved on; `where`: a further condition, refused
        with CONDITION_FAILED; raises NOT_FOUND when there is no such document.
        """
        condition = {**(where or {}), **({} if revision is None else {"revision": revision})}
        updated = await self.try_update({"id": id, **condition}, change, events=events)
        if updated is not None:
            return updated
        current = await self.get(id)
        if revision is not None and current.revision != revision:
            raise DomainError(
                "REVISION_CONFLICT",
                f"revision {revision} was given, the document is at {current.revision}",
                ("revision",),
            )
        raise DomainError("CONDITION_FAILED", "the document is no longer in the state that the change needs")

    async def try_update(
        self, where: Filter, change: Change, *, order: Order | None = None, events: Sequence[EventBase] = ()
    ) -> D | None:
        """Change the first document that matches, atomically; None when none does."""
        operations = _operations(change, events)
        try:
            raw = await self._raw.find_one_and_update(
                _filter(where), operations, sort=_sort(order) if order else None, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError as error:
            raise self._duplicate(error) from error
        if raw is None:
            return None
        self._tell_watcher(raw["_id"], events)
        return decode_document(raw, self._type)

    def update_of(self, id: str, change: Change, where: Filter | None = None) -> UpdateOne:
        """What `try_write` would write, to be written together with others by `raw.bulk_write`."""
        return UpdateOne(_filter({"id": id, **(where or {})}), _operations(change, ()))

    async def try_write(
        self, id: str, change: Change, *, where: Filter | None = None, events: Sequence[EventBase] = ()
    ) -> bool:
        """As `try_update` of one document, for a caller who need not see it: it costs much less. Whether it matched."""
        try:
            result = await self._raw.update_one(_filter({"id": id, **(where or {})}), _operations(change, events))
        except DuplicateKeyError as error:
            raise self._duplicate(error) from error
        if result.matched_count == 0:
            return False
        self._tell_watcher(id, events)
        return True

    async def delete(self, id: str, *, revision: int | None = None) -> D:
        """Remove one document and return it; raises NOT_FOUND or REVISION_CONFLICT."""
        condition = {"_id": id} if revision is None else {"_id": id, "revision": revision}
        raw = await self._raw.find_one_and_delete(condition)
        if raw is not None:
            self._tell_watcher(id, ())
            return decode_document(raw, self._type)
        current = await self.get(id)
        raise DomainError(
            "REVISION_CONFLICT", f"revision {revision} was given, the document is at {current.revision}", ("revision",)
        )

    def _tell_watcher(self, id: str, events: Sequence[EventBase]) -> None:
        if self._watcher is not None:
            self._watcher(self._type, id, bool(events))

    def _duplicate(self, error: DuplicateKeyError) -> DomainError:
        details = error.details or {}
        broken = set(details.get("keyPattern", {}))
        for index in self._type.indexes:
            if index.unique and {path for path, _ in index.keys} == broken:
                return DomainError(index.error_code, index.error_message, index.error_path)
        return DomainError("ALREADY_EXISTS", f"a {type_name(self._type)} with this id exists already")


def type_name(document_type: type[Document]) -> str:
    """What people call a document of that type."""
    return document_type.__name__.removesuffix("Document").lower()


def not_found(document_type: type[Document], id: str) -> DomainError:
    """The error for an id that names nothing, or nothing of this tenant's."""
    return DomainError("NOT_FOUND", f"there is no {type_name(document_type)} with id {id}")


def _operations(change: Change, events: Sequence[EventBase]) -> dict[str, Any]:
    operations: dict[str, Any] = {
        "$set": {**(encode(dict(change.set or {}))), "updated_at": _now()},
        "$inc": {**(change.increment or {}), "revision": 1},
    }
    if unset := list(change.unset):
        operations["$unset"] = dict.fromkeys(unset, "")
    pushes: dict[str, Any] = {path: _each(value) for path, value in (change.push or {}).items()}
    if events:
        pushes["outbox"] = {"$each": [encode(event) for event in events]}
    if pushes:
        operations["$push"] = pushes
    return operations


def _each(value: Any) -> Any:
    return {"$each": encode(list(value))} if isinstance(value, list | tuple) else encode(value)


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _filter(where: Filter) -> dict[str, Any]:
    return {("_id" if path == "id" else path): encode(value) for path, value in where.items()}


def _sort(order: Order) -> list[tuple[str, int]]:
    direction = -1 if order.descending else 1
    if order.field == "id":
        return [("_id", direction)]
    return [(order.field, direction), ("_id", direction)]
