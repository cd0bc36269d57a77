"""What plugins want told."""

from __future__ import annotations

from datetime import timedelta

from distro_core.clock import Clock
from distro_core.notifications.documents import NotificationDocument, NotificationType
from distro_core.store.stores import TenantStore
from distro_sdk.errors import DomainError
from distro_sdk.notifiers import NoticeDraft


class PluginNotices:
    """Keeps what plugins want told to one tenant. `lifetime`: seconds for which it is kept."""

    def __init__(self, store: TenantStore, clock: Clock, lifetime: float) -> None:
        self._notifications = store.collection(NotificationDocument)
        self._clock = clock
        self._lifetime = timedelta(seconds=lifetime)

    async def keep(self, plugin: str, draft: NoticeDraft) -> None:
        """Keep a notification, once for each key of a plugin."""
        notification = NotificationDocument(
            event_id=f"plugin {plugin} {draft.key}",
            type=NotificationType.PLUGIN,
            plugin_id=plugin,
            delivery_id=draft.delivery_id,
            release_id=draft.release_id,
            target_id=draft.target_id,
            severity=draft.severity,
            title=draft.title,
            message=draft.message,
            action=draft.action,
            addresses=draft.addresses,
            expires_at=self._clock.now() + self._lifetime,
            pending=True,
        )
        try:
            await self._notifications.insert(notification)
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise
