"""The MongoDB driver, chosen by a setting: the only module that imports motor.

motor reached its end of life in May 2026; PyMongo Async offers the same calls, and the store's contract tests run on
both (docs/adr/0004).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol, cast


class Driver(StrEnum):
    """The two drivers the store runs on."""

    MOTOR = "motor"
    PYMONGO = "pymongo"


class DriverCursor(Protocol):
    """The part of a cursor that the store uses."""

    def sort(self, keys: list[tuple[str, int]]) -> DriverCursor: ...
    def limit(self, limit: int) -> DriverCursor: ...
    async def to_list(self, length: int | None = None) -> list[dict[str, Any]]: ...


class DriverCollection(Protocol):
    """The part of a collection that the store uses; both drivers have it."""

    def find(self, filter: Any = None, projection: Any = None) -> DriverCursor: ...
    async def find_one(self, filter: Any = None, projection: Any = None, *, sort: Any = None) -> Any: ...
    async def find_one_and_update(self, filter: Any, update: Any, **options: Any) -> Any: ...
    async def find_one_and_delete(self, filter: Any, **options: Any) -> Any: ...
    async def insert_one(self, document: Any) -> Any: ...
    async def insert_many(self, documents: Any, **options: Any) -> Any: ...
    async def update_one(self, filter: Any, update: Any, **options: Any) -> Any: ...
    async def update_many(self, filter: Any, update: Any, **options: Any) -> Any: ...
    async def delete_one(self, filter: Any) -> Any: ...
    async def delete_many(self, filter: Any) -> Any: ...
    def aggregate(self, pipeline: Any) -> Any: ...
    async def count_documents(self, filter: Any, **options: Any) -> int: ...
    async def create_indexes(self, indexes: Any) -> Any: ...
    async def index_information(self) -> Any: ...
    async def drop_index(self, name: str) -> Any: ...


class DriverDatabase(Protocol):
    """The part of a database that the store uses."""

    def __getitem__(self, name: str) -> DriverCollection: ...
    async def command(self, command: Any, **options: Any) -> Any: ...
    async def list_collection_names(self) -> list[str]: ...


class DriverClient(Protocol):
    """The part of a client that the store uses."""

    def __getitem__(self, name: str) -> DriverDatabase: ...
    async def drop_database(self, name: str) -> Any: ...
    async def list_database_names(self) -> list[str]: ...


def open_client(url: str, driver: Driver) -> DriverClient:
    """A client for a MongoDB URL. `url`: `mongodb://…`; the caller closes it with `close_client`."""
    options: dict[str, Any] = {"uuidRepresentation": "standard", "tz_aware": True, "appname": "stardust-distro"}
    if driver is Driver.MOTOR:
        from motor.motor_asyncio import AsyncIOMotorClient  # noqa: PLC0415, TID251 (its one home; not needed with PyMongo)

        return cast(DriverClient, AsyncIOMotorClient(url, **options))
    from pymongo import AsyncMongoClient  # noqa: PLC0415 (not needed with motor)

    return cast(DriverClient, AsyncMongoClient(url, **options))


async def close_client(client: DriverClient) -> None:
    """Close a client of either driver."""
    closed = cast(Any, client).close()
    if closed is not None:
        await closed
