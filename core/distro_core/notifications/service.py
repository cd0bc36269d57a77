"""Notifications of one tenant: written when a delivery comes to a chosen status, then listed and read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.failures.classes import CATEGORIES
from distro_core.delivery.requests.schedule_documents import ScheduleDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.notifications.completion import is_awaited_end
from distro_core.notifications.documents import NotificationDocument, NotificationType
from distro_core.notifications.wording import CIRCUIT_ACTION, PAUSE_ACTION, SCHEDULE_ACTION, WORDING
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order, Page
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.models.events import (
    CircuitOpened,
    DeliveryStalled,
    DeliveryStatusChanged,
    Event,
    ScheduleRunFailed,
    TargetPaused,
)
from distro_sdk.notifiers import NotificationSeverity


class NotificationService:
    """Writes and reads the notifications of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._notifications = scope.store.collection(NotificationDocument)

    async def notify(self, event: Event, statuses: Collection[DeliveryStatus]) -> None:
        """Write a notification of a delivery that came to stand at one of some statuses; pass over anything else.

        Circuits that opened, targets that were paused and runs of schedules that made nothing are always told (rows
        NOT-02, ERR-05). A failed attempt that
        is tried again by itself is no news; the end of a delivery whose maker wants to hear of it always is (row
        WFL-12). An event may be told again: it makes one notification. Raises NOT_FOUND
        where there is no such delivery or target.
        """
        if isinstance(event, CircuitOpened | TargetPaused):
            await self._store(await self._of_target(event))
            return
        if isinstance(event, DeliveryStalled):
            await self._store(await self._of_stalled(event))
            return
        if isinstance(event, ScheduleRunFailed):
            await self._store(await self._of_schedule(event))
            return
        if not isinstance(event, DeliveryStatusChanged) or event.in_passing:
            return
        if event.status not in statuses and not await is_awaited_end(self._scope, event):
            return
        delivery = await self._scope.store.collection(DeliveryDocument).get(event.delivery_id)
        severity, way, sentence = WORDING[event.status]
        draft = NotificationDocument(
            event_id=event.id,
            delivery_id=event.delivery_id,
            release_id=event.release_id,
            target_id=event.target_id,
            status=event.status,
            severity=severity,
            title=f"{await self._release_title(delivery)} {way} {await self._target_name(delivery)}",
            message=_reason(delivery, event) or sentence,
            action=_action(delivery),
            expires_at=self._end(),
        )
        await self._store(draft)

    async def _of_stalled(self, event: DeliveryStalled) -> NotificationDocument:
        delivery = await self._scope.store.collection(DeliveryDocument).get(event.delivery_id)
        days = max(1, (event.at - event.since).days)
        return NotificationDocument(
            event_id=event.id,
            type=NotificationType.DELIVERY_STALE,
            delivery_id=event.delivery_id,
            release_id=event.release_id,
            target_id=event.target_id,
            status=event.status,
            severity=NotificationSeverity.WARNING,
            title=f"{await self._release_title(delivery)} does not move at {await self._target_name(delivery)}",
            message=f"The delivery has been {event.status.value} for {days} days.",
            action="Ask the platform's support what it waits for.",
            expires_at=self._end(),
        )

    async def _of_schedule(self, event: ScheduleRunFailed) -> NotificationDocument:
        schedule = await self._scope.store.collection(ScheduleDocument).get(event.schedule_id)
        left_behind = next((run.left_behind for run in schedule.runs if run.due_at == event.due_at), ())
        meant = left_behind or schedule.release_ids
        releases = await self._scope.store.collection(ReleaseDocument).get_many(meant[:1])
        title = next((release.title for release in releases.values()), f"Release {meant[0]}")
        more = f" and {len(meant) - 1} more" if meant[1:] else ""
        target = await self._scope.store.collection(TargetDocument).get(event.target_id)
        severity, way = NotificationSeverity.ERROR, "could not be delivered to {} as scheduled"
        if left_behind:
            severity, way = NotificationSeverity.WARNING, "stayed behind when the others were sent to {} as scheduled"
        elif event.code == "ALREADY_DELIVERED":
            severity, way = NotificationSeverity.INFO, "had nothing new for {}"
        return NotificationDocument(
            event_id=event.id,
            type=NotificationType.SCHEDULE,
            release_id=meant[0],
            target_id=event.target_id,
            severity=severity,
            title=f"{title}{more} {way.format(target.name)}",
            message=event.reason,
            action=SCHEDULE_ACTION if severity is NotificationSeverity.ERROR else "",
            expires_at=self._end(),
        )

    async def _of_target(self, event: CircuitOpened | TargetPaused) -> NotificationDocument:
        target = await self._scope.store.collection(TargetDocument).get(event.target_id)
        kind, severity, title, action = (
            (NotificationType.CIRCUIT_BREAKER, NotificationSeverity.WARNING, "does not answer", CIRCUIT_ACTION)
            if isinstance(event, CircuitOpened)
            else (NotificationType.TARGET_PAUSED, NotificationSeverity.ERROR, "was paused", PAUSE_ACTION)
        )
        return NotificationDocument(
            event_id=event.id,
            type=kind,
            target_id=target.id,
            severity=severity,
            title=f"{target.name} {title}",
            message=event.reason,
            action=action,
            expires_at=self._end(),
        )

    def _end(self) -> datetime:
        return self._scope.clock.now() + timedelta(seconds=self._scope.settings.notification_lifetime)

    async def _store(self, draft: NotificationDocument) -> None:
        try:
            await self._notifications.insert(draft.model_copy(update={"pending": True}), by=self._scope.actor)
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise

    async def get(self, notification_id: str) -> NotificationDocument:
        """A notification; raises NOT_FOUND."""
        return await self._notifications.get(notification_id)

    async def page(
        self,
        *,
        unread_only: bool = False,
        statuses: Collection[DeliveryStatus] | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Page[NotificationDocument]:
        """`first` notifications, the newest first. `unread_only`: without those that were read.

        `statuses`: those of which somebody wants to see deliveries (row NOT-01), None for all; what is not about a
        status is always shown.
        """
        where: dict[str, object] = {"read_at": None} if unread_only else {}
        if statuses is not None:
            where["$or"] = [{"status": {"$in": list(statuses)}}, {"type": {"$ne": NotificationType.DELIVERY}}]
        return await self._notifications.page(where, order=Order(descending=True), first=first, after=after)

    async def mark_read(self, notification_id: str) -> NotificationDocument:
        """The notification, read now or before; raises NOT_FOUND."""
        unread = {"id": notification_id, "read_at": None}
        read = await self._notifications.try_update(unread, Change(set={"read_at": self._scope.clock.now()}))
        return read or await self.get(notification_id)

    async def _release_title(self, delivery: DeliveryDocument) -> str:
        release = await self._scope.store.collection(ReleaseDocument).find(delivery.release_id)
        # Only a release may be deleted while deliveries name it.
        return release.title if release else f"Release {delivery.icpn or delivery.release_id}"

    async def _target_name(self, delivery: DeliveryDocument) -> str:
        return (await self._scope.store.collection(TargetDocument).get(delivery.target_id)).name


def _action(delivery: DeliveryDocument) -> str:
    """What people have to do, where the failure is one that they can mend (row ERP-05)."""
    if delivery.error is None or delivery.failed_at is None or not CATEGORIES[delivery.error.category].actionable:
        return ""
    return delivery.error.action


def _reason(delivery: DeliveryDocument, event: DeliveryStatusChanged) -> str:
    """Why the delivery came to the status, as its history says."""
    reasons = [line.details for line in delivery.history if (line.at, line.status) == (event.at, event.status)]
    return reasons[-1] if reasons else ""
