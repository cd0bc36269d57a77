"""Of which deliveries each user wants to see notifications (row NOT-01)."""

from __future__ import annotations

from collections.abc import Sequence

from distro_core.identity.documents import UserDocument
from distro_core.store.collection import Change
from distro_core.store.stores import ControlStore
from distro_sdk.models.delivery import DeliveryStatus


class NotificationChoices:
    """The choices of users, which hold in every tenant that they belong to."""

    def __init__(self, control: ControlStore) -> None:
        self._users = control.collection(UserDocument)

    async def of(self, user_id: str | None) -> tuple[DeliveryStatus, ...] | None:
        """What a user has chosen; None, also for an API key, is everything."""
        user = await self._users.find(user_id) if user_id is not None else None
        return user.notified_statuses if user else None

    async def choose(
        self, user_id: str, statuses: Sequence[DeliveryStatus] | None
    ) -> tuple[DeliveryStatus, ...] | None:
        """Choose some statuses, none, or with None all; raises NOT_FOUND."""
        chosen = None if statuses is None else tuple(dict.fromkeys(statuses))
        return (await self._users.update(user_id, Change(set={"notified_statuses": chosen}))).notified_statuses
