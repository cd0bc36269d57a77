"""The ways to a collection: a tenant's store, and the control store that all tenants share.

Services get a `TenantStore` and cannot reach another tenant's database with it, so a forgotten filter cannot leak.
"""

from __future__ import annotations

from typing import TypeVar

from distro_core.store.collection import Collection
from distro_core.store.documents import Document
from distro_core.store.driver import DriverClient, DriverDatabase

D = TypeVar("D", bound=Document)

CONTROL_DATABASE = "distro_control"
TENANT_DATABASE_PREFIX = "distro_t_"


class ControlStore:
    """What all tenants share: tenants, users, API keys, installed plugins."""

    def __init__(self, client: DriverClient) -> None:
        self._client = client

    @property
    def database(self) -> DriverDatabase:
        """The control database."""
        return self._client[CONTROL_DATABASE]

    def collection(self, document_type: type[D]) -> Collection[D]:
        """The collection that holds documents of that type."""
        return Collection(self.database[document_type.collection], document_type)

    def tenant(self, tenant_id: str, tenant_key: str) -> TenantStore:
        """The store of one tenant."""
        return TenantStore(self._client, tenant_id, tenant_key)

    async def drop_tenant(self, tenant_key: str) -> None:
        """Delete a tenant's database with everything in it."""
        await self._client.drop_database(f"{TENANT_DATABASE_PREFIX}{tenant_key}")


class TenantStore:
    """Everything of one tenant, and nothing else."""

    def __init__(self, client: DriverClient, tenant_id: str, tenant_key: str) -> None:
        self._client = client
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
        return Collection(self.database[document_type.collection], document_type)
