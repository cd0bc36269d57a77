"""Finds out who is to be told of new notifications, and by which channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from distro_core.identity.documents import TenantDocument, UserDocument
from distro_core.identity.permissions import ROLE_PERMISSIONS, Permission
from distro_core.notifications.channels.choice import ChannelChoice
from distro_core.notifications.channels.documents import DispatchDocument
from distro_core.notifications.documents import NotificationDocument
from distro_core.plugins.port import OfferedNotifier
from distro_core.scope import Scope
from distro_core.store.collection import MAX_PAGE, Change
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError

UNUSED = ChannelChoice(enabled=False)
MOST_PEOPLE = 2000
"""Users of a tenant that are told of one notification."""


class FanOut:
    """Makes a dispatch for each recipient of each new notification; made again, it makes none twice."""

    def __init__(self, scope: Scope, control: ControlStore) -> None:
        self._scope = scope
        self._control = control
        self._notifications = scope.store.collection(NotificationDocument)
        self._dispatches = scope.store.collection(DispatchDocument)

    async def run(self) -> int:
        """Take care of all new notifications; how many there were."""
        new = await self._notifications.list({"pending": True})
        if not new:
            return 0
        tenant = await self._control.collection(TenantDocument).get(self._scope.tenant_id)
        channels = {
            key: offered
            for key, offered in self._scope.plugins.notifiers.items()
            if chosen_of(tenant.notification_channels, key, offered.plugin).enabled
        }
        for notification in new:
            for key, offered in channels.items():
                if tenant.notification_channels[key].wants(notification.status):
                    await self._dispatch(notification, key, offered)
            await self._notifications.try_update({"id": notification.id}, Change(set={"pending": False}))
        return len(new)

    async def _dispatch(self, notification: NotificationDocument, channel: str, offered: OfferedNotifier) -> None:
        if not offered.notifier.personal:
            await self._insert(notification, channel, "")
            return
        for address in notification.addresses:
            await self._insert(notification, channel, address, email=address)
        if notification.addresses:
            return
        async for user in people(self._control, self._scope.tenant_id):
            if choice_of(user, channel).wants(notification.status):
                await self._insert(notification, channel, user.id)

    async def _insert(
        self, notification: NotificationDocument, channel: str, recipient: str, email: str | None = None
    ) -> None:
        draft = DispatchDocument(
            notification_id=notification.id,
            channel=channel,
            recipient=recipient,
            email=email,
            next_attempt_at=self._scope.clock.now(),
            expires_at=notification.expires_at,
        )
        try:
            await self._dispatches.insert(draft)
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise


def chosen_of(choices: Mapping[str, ChannelChoice], channel: str, plugin: str) -> ChannelChoice:
    """What a tenant has chosen of a plugin's channel, which is not used unless it is chosen."""
    choice = choices.get(channel)
    return choice if choice is not None and choice.plugin == plugin else UNUSED


def choice_of(user: UserDocument, channel: str) -> ChannelChoice:
    """What a user has chosen of a channel; without statuses of it, those of which it sees notifications."""
    choice = user.notification_channels.get(channel, ChannelChoice())
    return choice if choice.statuses is not None else choice.model_copy(update={"statuses": user.notified_statuses})


def may_be_told(user: UserDocument, tenant_id: str) -> bool:
    """Whether a user may see what it would be told of."""
    role = user.role_in(tenant_id)
    return user.active and role is not None and Permission.DELIVERY_READ in ROLE_PERMISSIONS[role]


async def people(control: ControlStore, tenant_id: str) -> AsyncIterator[UserDocument]:
    """The users of a tenant that may be told, oldest first."""
    users, after = control.collection(UserDocument), ""
    for _ in range(MOST_PEOPLE // MAX_PAGE):
        page = await users.list({"memberships.tenant_id": tenant_id, "id": {"$gt": after}})
        for user in page:
            if may_be_told(user, tenant_id):
                yield user
        if len(page) < MAX_PAGE:
            return
        after = page[-1].id
