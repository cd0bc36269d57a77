"""The channels of one tenant, and who wants what of them (rows NOT-01, EML-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from distro_core.identity.documents import TenantDocument, UserDocument
from distro_core.notifications.channels.choice import ChannelChoice
from distro_core.notifications.channels.documents import DispatchDocument
from distro_core.notifications.channels.fan_out import chosen_of
from distro_core.notifications.documents import NotificationDocument
from distro_core.scope import Scope
from distro_core.store.collection import MAX_PAGE, Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus


@dataclass(frozen=True)
class ChannelState:
    """A channel. `tenant`, `mine`: what the tenant and a user have chosen; `mine`: None where nobody asks."""

    key: str
    title: str
    plugin: str
    personal: bool
    tenant: ChannelChoice
    mine: ChannelChoice | None


class ChannelService:
    """Lists and chooses the channels of one tenant. `control`: where tenants and users are kept."""

    def __init__(self, scope: Scope, control: ControlStore) -> None:
        self._scope = scope
        self._tenants = control.collection(TenantDocument)
        self._users = control.collection(UserDocument)
        self._notifications = scope.store.collection(NotificationDocument)

    @staticmethod
    def choice(enabled: bool, statuses: Sequence[DeliveryStatus] | None) -> ChannelChoice:
        """A choice. `statuses`: of which deliveries, None for all."""
        return ChannelChoice(enabled=enabled, statuses=None if statuses is None else tuple(dict.fromkeys(statuses)))

    async def list(self, user_id: str | None) -> Sequence[ChannelState]:
        """The channels of the tenant's plugins. `user_id`: whose choice is told, too, None for nobody's."""
        tenant = await self._tenants.get(self._scope.tenant_id)
        user = await self._users.get(user_id) if user_id is not None else None
        return [self._state(key, tenant.notification_channels, user) for key in self._scope.plugins.notifiers]

    async def choose(self, channel: str, choice: ChannelChoice, user_id: str | None) -> ChannelState:
        """Choose for the tenant; raises NOT_FOUND for a channel that none of its plugins offers."""
        change = Change(set={f"notification_channels.{channel}": self._of_plugin(channel, choice)})
        if not (await self._tenants.get(self._scope.tenant_id)).notification_channels:
            # Nobody looked after what came before the first channel: it is not to be told now.
            await self._notifications.raw.update_many({"pending": True}, {"$set": {"pending": False}})
        tenant = await self._tenants.update(self._scope.tenant_id, change)
        user = await self._users.get(user_id) if user_id is not None else None
        return self._state(channel, tenant.notification_channels, user)

    async def choose_own(self, channel: str, choice: ChannelChoice, user_id: str) -> ChannelState:
        """Choose for a user, in every tenant that it belongs to; raises NOT_FOUND."""
        chosen = self._of_plugin(channel, choice)
        user = await self._users.update(user_id, Change(set={f"notification_channels.{channel}": chosen}))
        tenant = await self._tenants.get(self._scope.tenant_id)
        return self._state(channel, tenant.notification_channels, user)

    async def dispatches(self, notification_id: str) -> Sequence[DispatchDocument]:
        """How far a notification has come on its ways, the first of them."""
        dispatches = self._scope.store.collection(DispatchDocument)
        return await dispatches.list({"notification_id": notification_id}, limit=MAX_PAGE)

    def _of_plugin(self, channel: str, choice: ChannelChoice) -> ChannelChoice:
        offered = self._scope.plugins.notifiers.get(channel)
        if offered is None:
            raise DomainError("NOT_FOUND", f"there is no channel {channel}", ("channel",))
        return choice.model_copy(update={"plugin": offered.plugin})

    def _state(self, key: str, chosen: Mapping[str, ChannelChoice], user: UserDocument | None) -> ChannelState:
        plugin, notifier = self._scope.plugins.notifiers[key]
        mine = user.notification_channels.get(key, ChannelChoice()) if user and notifier.personal else None
        return ChannelState(key, notifier.title, plugin, notifier.personal, chosen_of(chosen, key, plugin), mine)
