"""Removes what a plugin has left with tenants: its collections, its configuration, its place in their lists."""

from __future__ import annotations

from distro_core.identity.documents import TenantDocument
from distro_core.plugins.own_collections import own_prefix
from distro_core.store.collection import Change
from distro_core.store.driver import DriverDatabase
from distro_core.store.stores import ControlStore


async def purge(control: ControlStore, plugin: str) -> None:
    """Remove a plugin's data from every tenant and from the control database; again changes nothing."""
    await _drop_collections(control.database, plugin)
    raw = control.collection(TenantDocument).raw.find({}, {"key": 1})
    for tenant in await raw.to_list(length=None):
        await _drop_collections(control.tenant(tenant["_id"], tenant["key"]).database, plugin)
        await _forget(control, tenant["_id"], plugin)


async def _drop_collections(database: DriverDatabase, plugin: str) -> None:
    for name in await database.list_collection_names():
        if name.startswith(own_prefix(plugin)):
            await database.command({"drop": name})


async def _forget(control: ControlStore, tenant_id: str, plugin: str) -> None:
    tenants = control.collection(TenantDocument)
    while True:
        tenant = await tenants.find(tenant_id)
        if tenant is None:
            return
        configuration = {id: kept for id, kept in tenant.plugin_configuration.items() if id != plugin}
        disabled = tuple(id for id in tenant.disabled_plugins if id != plugin)
        if configuration == tenant.plugin_configuration and disabled == tenant.disabled_plugins:
            return
        change = Change(set={"plugin_configuration": configuration, "disabled_plugins": disabled})
        if await tenants.try_update({"id": tenant_id, "revision": tenant.revision}, change) is not None:
            return
