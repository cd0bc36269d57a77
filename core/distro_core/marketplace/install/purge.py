"""Removes what a plugin has left with tenants: collections, configurations and secrets, fields, notices and places."""

from __future__ import annotations

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.identity.documents import TenantDocument
from distro_core.notifications.channels.forgetting import forget_channels
from distro_core.plugins.own_collections import own_prefix
from distro_core.store.collection import Change
from distro_core.store.driver import DriverDatabase
from distro_core.store.stores import ControlStore

KEPT_BY_PLUGIN = ("plugin_configuration", "plugin_secrets", "plugin_versions")
"""Fields of a tenant that hold something of plugins, by their ids."""


async def purge(control: ControlStore, plugin: str) -> None:
    """Remove a plugin's data from every tenant and from the control database; again changes nothing."""
    await _drop_collections(control.database, plugin)
    raw = control.collection(TenantDocument).raw.find({}, {"key": 1})
    for tenant in await raw.to_list(length=None):
        database = control.tenant(tenant["_id"], tenant["key"]).database
        await _drop_collections(database, plugin)
        await _clear_fields(database, plugin)
        await _forget(control, tenant["_id"], plugin)
    await forget_channels(control, plugin)


async def _drop_collections(database: DriverDatabase, plugin: str) -> None:
    for name in await database.list_collection_names():
        if name.startswith(own_prefix(plugin)):
            await database.command({"drop": name})


async def _clear_fields(database: DriverDatabase, plugin: str) -> None:
    """Take the fields of a plugin out of releases and tracks; who is changing one of them begins anew."""
    of_release, of_tracks = f"extensions.{plugin}", f"tracks.$[].extensions.{plugin}"
    where = {"$or": [{of_release: {"$exists": True}}, {f"tracks.extensions.{plugin}": {"$exists": True}}]}
    await database[ReleaseDocument.collection].update_many(
        where, {"$unset": {of_release: "", of_tracks: ""}, "$inc": {"revision": 1}}
    )


async def _forget(control: ControlStore, tenant_id: str, plugin: str) -> None:
    tenants = control.collection(TenantDocument)
    while True:
        tenant = await tenants.find(tenant_id)
        if tenant is None:
            return
        kept: dict[str, object] = {
            field: {id: of for id, of in getattr(tenant, field).items() if id != plugin} for field in KEPT_BY_PLUGIN
        }
        kept["disabled_plugins"] = tuple(id for id in tenant.disabled_plugins if id != plugin)
        if all(getattr(tenant, field) == value for field, value in kept.items()):
            return
        change = Change(set=kept)
        if await tenants.try_update({"id": tenant_id, "revision": tenant.revision}, change) is not None:
            return
