"""A database is brought to the state that the code expects, whoever comes first, on either driver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

from distro_core import databases
from distro_core.databases import CONTROL_SCHEMA, TENANT_SCHEMA
from distro_core.embedded import ServiceUrls
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.store import migrations
from distro_core.store.documents import Document, Index, new_id
from distro_core.store.driver import Driver, DriverCollection, DriverDatabase, close_client, open_client
from distro_core.store.migrations import Migration, Schema, migrate
from distro_sdk.testing.clock import SettableClock


class BookDocument(Document):
    """A document with indexes of every kind."""

    collection: ClassVar[str] = "books"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("shelf", (("shelf", 1), ("place", -1)), unique=True, only_if={"shelf": {"$type": "string"}}),
        Index("lent", (("lent_at", 1),), expire_after=3600),
    )


class ReorderedBookDocument(Document):
    """The same with one index changed, one new and one gone."""

    collection: ClassVar[str] = "books"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("shelf", (("shelf", 1), ("place", 1)), unique=True, only_if={"shelf": {"$type": "string"}}),
        Index("title", (("title", 1),)),
    )


@pytest.fixture(params=list(Driver), ids=lambda driver: driver.value)
async def database(request: pytest.FixtureRequest, services: ServiceUrls) -> AsyncIterator[DriverDatabase]:
    """An empty database through either driver."""
    client = open_client(services.mongo_url, request.param)
    name = f"migrated_{new_id()}"
    yield client[name]
    await client.drop_database(name)
    await close_client(client)


class Diary:
    """Migrations that write down that they ran."""

    def __init__(self, *, fails: int = 0) -> None:
        self.ran: list[int] = []
        self._fails = fails

    def migration(self, number: int) -> Migration:
        """A migration of that number."""

        async def run(database: DriverDatabase) -> None:
            self.ran.append(number)
            await asyncio.sleep(0.05)
            if self._fails > 0:
                self._fails -= 1
                raise RuntimeError("the power failed")
            await database["books"].update_many({}, {"$inc": {"moved": 1}})

        return Migration(number, f"move books {number}", run)


async def test_declared_indexes_are_made(database: DriverDatabase) -> None:
    await migrate(database, Schema((BookDocument,), ()))

    assert await _indexes(database) == {
        "shelf": {"key": [("shelf", 1), ("place", -1)], "unique": True, "only_if": {"shelf": {"$type": "string"}}},
        "lent": {"key": [("lent_at", 1)], "expire_after": 3600},
    }


async def test_indexes_follow_their_declaration(database: DriverDatabase) -> None:
    await migrate(database, Schema((BookDocument,), ()))

    await migrate(database, Schema((ReorderedBookDocument,), ()))

    assert await _indexes(database) == {
        "shelf": {"key": [("shelf", 1), ("place", 1)], "unique": True, "only_if": {"shelf": {"$type": "string"}}},
        "title": {"key": [("title", 1)]},
    }


async def test_migrations_run_once_in_order_of_their_numbers(database: DriverDatabase) -> None:
    diary = Diary()
    await database["books"].insert_one({"_id": "b"})
    await migrate(database, Schema((BookDocument,), (diary.migration(2), diary.migration(1))))

    await migrate(database, Schema((BookDocument,), (diary.migration(1), diary.migration(2), diary.migration(3))))

    assert diary.ran == [1, 2, 3]
    assert (await database["books"].find_one({"_id": "b"}))["moved"] == 3


async def test_a_database_in_order_is_left_alone(database: DriverDatabase) -> None:
    schema = Schema((BookDocument,), (Diary().migration(1),))
    await migrate(database, schema)
    await database["books"].drop_index("lent")

    await migrate(database, schema)

    assert "lent" not in await _indexes(database)


async def test_of_two_processes_one_migrates_and_both_go_on(database: DriverDatabase) -> None:
    diary = Diary()
    schema = Schema((BookDocument,), (diary.migration(1), diary.migration(2)))

    await asyncio.gather(*(migrate(database, schema) for _ in range(4)))

    assert diary.ran == [1, 2]


async def test_a_migration_that_failed_is_run_again(database: DriverDatabase) -> None:
    diary = Diary(fails=1)
    schema = Schema((BookDocument,), (diary.migration(1), diary.migration(2)))

    with pytest.raises(RuntimeError, match="the power failed"):
        await migrate(database, schema)
    await migrate(database, schema)

    assert diary.ran == [1, 1, 2]


async def test_who_takes_long_is_not_taken_for_dead(database: DriverDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, lease = SettableClock(), timedelta(seconds=0.3)
    ran: list[datetime] = []
    refused: list[datetime] = []
    take_lease = migrations._take_lease

    async def ask(records: DriverCollection) -> str | None:
        holder = await take_lease(records)
        refused.extend([clock.now()] if holder is None else [])
        return holder

    async def end_of_lease() -> datetime:
        state = await database["schema"].find_one({"_id": "state"})
        assert state is not None
        return cast("datetime", state["until"])

    async def take_long(database: DriverDatabase) -> None:
        ran.append(clock.now())
        async with asyncio.timeout(60):
            for _ in range(3):
                before = await end_of_lease()
                clock.advance(lease * 2 / 3)
                while await end_of_lease() == before:
                    await asyncio.sleep(0.01)
            while refused.count(clock.now()) < 2:
                await asyncio.sleep(0.01)

    monkeypatch.setattr(migrations, "LEASE", lease)
    monkeypatch.setattr(migrations, "_take_lease", ask)
    monkeypatch.setattr(migrations, "datetime", SimpleNamespace(now=lambda _: clock.now()))
    schema = Schema((BookDocument,), (Migration(1, "move books", take_long),))

    await asyncio.gather(*(migrate(database, schema) for _ in range(3)))

    assert len(ran) == 1
    assert max(refused) > ran[0] + lease


async def test_a_process_that_died_while_migrating_is_replaced(database: DriverDatabase) -> None:
    diary = Diary()
    died = {"_id": "state", "holder": new_id(), "until": datetime(2000, 1, 1, tzinfo=UTC)}
    await database["schema"].insert_one(died)

    await migrate(database, Schema((BookDocument,), (diary.migration(1),)))

    assert diary.ran == [1]


async def test_both_kinds_of_database_are_in_order_once_the_platform_runs(
    platform: Platform, tenant_a: TenantDocument
) -> None:
    tenant = platform.control.tenant(tenant_a.id, tenant_a.key).database

    control_state = await platform.control.database["schema"].find_one({"_id": "state"})
    tenant_state = await tenant["schema"].find_one({"_id": "state"})

    assert control_state == {"_id": "state", "fingerprint": CONTROL_SCHEMA.fingerprint}
    assert tenant_state == {"_id": "state", "fingerprint": TENANT_SCHEMA.fingerprint}


@pytest.mark.parametrize("schema", [CONTROL_SCHEMA, TENANT_SCHEMA], ids=["control", "tenant"])
def test_migrations_have_numbers_of_their_own(schema: Schema) -> None:
    numbers = [migration.number for migration in schema.migrations]

    assert numbers == sorted(set(numbers))


def test_every_type_of_document_has_its_place() -> None:
    placed = [*databases.CONTROL_DOCUMENTS, *databases.TENANT_DOCUMENTS]

    declared = {document for document in _subclasses(Document) if document.__module__.startswith("distro_core.")}

    assert set(placed) == declared
    assert len({document.collection for document in placed}) == len(placed)


def _subclasses(document: type[Document]) -> set[type[Document]]:
    direct = set(document.__subclasses__())
    return direct.union(*(_subclasses(subclass) for subclass in direct))


async def _indexes(database: DriverDatabase) -> dict[str, dict[str, Any]]:
    names = {"unique": "unique", "partialFilterExpression": "only_if", "expireAfterSeconds": "expire_after"}
    found = await database["books"].index_information()
    return {
        name: {"key": index["key"]} | {ours: index[theirs] for theirs, ours in names.items() if theirs in index}
        for name, index in found.items()
        if name != "_id_"
    }
