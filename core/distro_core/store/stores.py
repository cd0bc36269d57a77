"""The ways to a collection: a tenant's store, and the control store that all tenants share.

Services get a `TenantStore` and cannot reach another tenant's database with it, so a forgotten filter cannot leak.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from distro_core.store.collection import Collection
from distro_core.store.documents import Document
from distro_core.store.driver import DriverClient, DriverCollection, DriverDatabase

D = TypeVar("D", bound=Document)

CONTROL_DATABASE = "distro_control"
TENANT_DATABASE_PREFIX = "distro_t_"

MOST_STORES = 1000
"""Of tenants, that are kept at once: those that were used last."""

StoreWatcher = Callable[[str | None, type[Document], str, bool], None]
"""Hears of every written document: the tenant's id (None in the control database), its type, its id, and whether
events were written with it. Must not wait."""


class ControlStore:
    """What all tenants share: tenants, users, API keys, installed plugins. `watcher`: hears of every write.

    Hands out one store for each tenant, whose collections are made once.
    """

    def __init__(self, client: DriverClient, watcher: StoreWatcher | None = None) -> None:
        self._client = client
        self._watcher = watcher
        self._collections: dict[type[Document], Any] = {}
        self._tenants: OrderedDict[tuple[str, str], TenantStore] = OrderedDict()

    @property
    def database(self) -> DriverDatabase:
        """The control database."""
        return self._client[CONTROL_DATABASE]

    def collection(self, document_type: type[D]) -> Collection[D]:
        """The collection that holds documents of that type."""
        if document_type not in self._collections:
            self._collections[document_type] = _collection(self.database, document_type, None, self._watcher)
        found: Collection[D] = self._collections[document_type]
        return found

    def tenant(self, tenant_id: str, tenant_key: str) -> TenantStore:
        """The store of one tenant."""
        named = (tenant_id, tenant_key)
        if named not in self._tenants:
            self._tenants[named] = TenantStore(self._client, tenant_id, tenant_key, self._watcher)
            if len(self._tenants) > MOST_STORES:
                self._tenants.popitem(last=False)
        self._tenants.move_to_end(named)
        return self._tenants[named]

    async def drop_tenant(self, tenant_key: str) -> None:
        """Delete a tenant's database with everything in it."""
        await self._client.drop_database(f"{TENANT_DATABASE_PREFIX}{tenant_key}")


class TenantStore:
    """Everything of one tenant, and nothing else."""

    def __init__(
        self, client: DriverClient, tenant_id: str, tenant_key: str, watcher: StoreWatcher | None = None
    ) -> None:
        self._client = client
        self._watcher = watcher
        self._collections: dict[type[Document], Any] = {}
        self.tenant_id = tenant_id
        self.tenant_key = tenant_key

    @property
    def database_name(self) -> str:
        """The name of the tenant's database."""
        return f"{TENANT_DATABASE_PREFIX}{self.tenant_key}"

    @property
    def database(self) -> DriverDatabase:
        """The tenant's database."""
        return self._client[self.database_name]

    def collection(self, document_type: type[D]) -> Collection[D]:
        """The collection that holds documents of that type."""
        if document_type not in self._collections:
            self._collections[document_type] = _collection(self.database, document_type, self.tenant_id, self._watcher)
        found: Collection[D] = self._collections[document_type]
        return found

    @property
    def shared_counters(self) -> DriverCollection:
        """Counters of the whole installation: numbers that must not repeat between tenants, and nothing of theirs."""
        return self._client[CONTROL_DATABASE]["counters"]


def _collection(
    database: DriverDatabase, document_type: type[D], tenant_id: str | None, watcher: StoreWatcher | None
) -> Collection[D]:
    heard_by = partial(watcher, tenant_id) if watcher is not None else None
    return Collection(database[document_type.collection], document_type, heard_by)
