"""Forgets what a plugin that is purged has told, and what was chosen of its channels."""

from __future__ import annotations

from typing import Any, TypeVar

from distro_core.identity.documents import TenantDocument, UserDocument
from distro_core.notifications.channels.documents import DispatchDocument
from distro_core.notifications.documents import NotificationDocument
from distro_core.store.collection import Change, Collection
from distro_core.store.stores import ControlStore

Chooser = TypeVar("Chooser", TenantDocument, UserDocument)


async def forget_channels(control: ControlStore, plugin: str) -> None:
    """Forget it in all tenants; again changes nothing."""
    for tenant in await _with_choices(control.collection(TenantDocument), {}):
        store = control.tenant(tenant.id, tenant.key)
        own = [key for key, choice in tenant.notification_channels.items() if choice.plugin == plugin]
        notifications = store.collection(NotificationDocument)
        told = [each["_id"] for each in await notifications.raw.find({"plugin_id": plugin}).to_list(length=None)]
        gone = {"$or": [{"channel": {"$in": own}}, {"notification_id": {"$in": told}}]}
        await store.collection(DispatchDocument).raw.delete_many(gone)
        await notifications.raw.delete_many({"plugin_id": plugin})
        await _forget(control.collection(TenantDocument), tenant, plugin)
    for user in await _with_choices(control.collection(UserDocument), {"notification_channels": {"$gt": {}}}):
        await _forget(control.collection(UserDocument), user, plugin)


async def _with_choices(collection: Collection[Chooser], where: dict[str, Any]) -> list[Chooser]:
    found: list[Chooser] = []
    while page := await collection.list({**where, "id": {"$gt": found[-1].id if found else ""}}):
        found += page
    return found


async def _forget(collection: Collection[Chooser], chooser: Chooser, plugin: str) -> None:
    gone = [f"notification_channels.{key}" for key, it in chooser.notification_channels.items() if it.plugin == plugin]
    if gone:
        await collection.try_update({"id": chooser.id}, Change(unset=gone))
