"""Tells notifications by channels: each at least once, again after failures, and never at the expense of a delivery.

What is to be told stands in MongoDB. A worker claims a dispatch by one atomic update; should it die while it tells, the
claim ends by itself and another one tells it again, with the same key.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import structlog

from distro_core.identity.documents import TenantDocument, UserDocument
from distro_core.notifications.channels.documents import DispatchDocument, DispatchStatus
from distro_core.notifications.channels.fan_out import FanOut, chosen_of, may_be_told
from distro_core.notifications.channels.links import page_of
from distro_core.notifications.documents import NotificationDocument, NotificationType
from distro_core.plugins.circuits import RESTS
from distro_core.plugins.dispatcher import describe
from distro_core.plugins.port import OfferedNotifier
from distro_core.scope import Scope
from distro_core.store.collection import MAX_PAGE, Change, Order
from distro_core.store.documents import new_id
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.notifiers import Notice, NoticeRecipient, NoticeSender, Notifier
from distro_sdk.plugin import PluginContext

log = structlog.get_logger("distro.notifications")

NOTICE_TASK: Final = "notice"
"""How the queue calls one attempt."""

MOST_ATTEMPTS: Final = 10
SHORTEST_DELAY: Final = timedelta(seconds=30)
LONGEST_DELAY: Final = timedelta(hours=2)
REST: Final = timedelta(seconds=60)
GRACE: Final = timedelta(seconds=30)
LONGEST_REASON: Final = 500


class NoticeService:
    """The notices of one tenant on their way."""

    def __init__(self, scope: Scope, control: ControlStore) -> None:
        self._scope = scope
        self._control = control
        self._dispatches = scope.store.collection(DispatchDocument)

    async def wake_due(self) -> int:
        """Find out who is to be told of what is new, and ask for all attempts that are due; how many."""
        if not self._scope.plugins.notifiers:
            return 0
        await FanOut(self._scope, self._control).run()
        now = self._scope.clock.now()
        due = {"status": DispatchStatus.WAITING, "next_attempt_at": {"$lte": now}, "$or": _free(now)}
        found = await self._dispatches.list(due, order=Order("next_attempt_at"), limit=MAX_PAGE)
        for dispatch in found:
            payload = {"tenant_id": self._scope.tenant_id, "dispatch_id": dispatch.id}
            await self._scope.queue.enqueue(NOTICE_TASK, payload, key=f"{NOTICE_TASK}:{dispatch.id}")
        return len(found)

    async def send(self, dispatch_id: str) -> DispatchStatus | None:
        """One attempt, if it is due and nobody else makes it; what became of it, None where there was none."""
        dispatch = await self._claim(dispatch_id)
        if dispatch is None:
            return None
        offered = self._scope.plugins.notifiers.get(dispatch.channel)
        notification = await self._scope.store.collection(NotificationDocument).find(dispatch.notification_id)
        if offered is None or notification is None:
            return await self._fail(dispatch, "the channel or the notification is gone")
        tenant = await self._control.collection(TenantDocument).get(self._scope.tenant_id)
        if not chosen_of(tenant.notification_channels, dispatch.channel, offered.plugin).enabled:
            return await self._fail(dispatch, "the channel is not used any more")
        recipient = await self._recipient(dispatch)
        if offered.notifier.personal and recipient is None:
            return await self._fail(dispatch, "who was to be told is gone")
        return await self._tell(dispatch, offered, self._notice(dispatch, notification, recipient, tenant))

    async def _tell(self, dispatch: DispatchDocument, offered: OfferedNotifier, notice: Notice) -> DispatchStatus:
        sending = _Sending(offered.notifier)
        outcome = await self._scope.plugins.run(offered.plugin, f"notifier {dispatch.channel}", sending.send, notice)
        # A channel that refuses is no fault of the plugin, so its circuit breaker does not hear of it.
        error = outcome.error or outcome.result
        if error is None:
            now = self._scope.clock.now()
            await self._change(dispatch, {"status": DispatchStatus.SENT, "sent_at": now, "code": None, "reason": ""})
            return DispatchStatus.SENT
        if isinstance(error, DomainError) and error.code == RESTS:
            await self._change(dispatch, {"next_attempt_at": self._scope.clock.now() + REST}, attempts=-1)
            return DispatchStatus.WAITING
        if isinstance(error, DomainError):
            return await self._fail(dispatch, error.message, error.code)
        code, wait = (error.code, error.retry_after) if isinstance(error, TransportError) else (None, None)
        reason = error.message if isinstance(error, TransportError) else describe(error)
        final = isinstance(error, TransportError) and not error.retryable
        if final or dispatch.attempts >= MOST_ATTEMPTS:
            return await self._fail(dispatch, reason, code)
        delay = min(SHORTEST_DELAY * 2 ** (dispatch.attempts - 1), LONGEST_DELAY)
        delay = min(max(delay, timedelta(seconds=wait or 0)), LONGEST_DELAY)
        later = {"next_attempt_at": self._scope.clock.now() + delay}
        await self._change(dispatch, {**later, "code": code, "reason": reason[:LONGEST_REASON]})
        return DispatchStatus.WAITING

    def _notice(
        self,
        dispatch: DispatchDocument,
        notification: NotificationDocument,
        recipient: NoticeRecipient | None,
        tenant: TenantDocument,
    ) -> Notice:
        page, public_url = page_of(notification), self._scope.settings.public_url
        is_plugin = notification.type is NotificationType.PLUGIN
        return Notice(
            key=dispatch.id,
            kind=str(notification.plugin_id if is_plugin else notification.type),
            severity=notification.severity,
            title=notification.title,
            message=notification.message,
            action=notification.action,
            at=notification.created_at,
            page=page,
            link=f"{public_url.rstrip('/')}{page}" if public_url else None,
            sender=NoticeSender(name=tenant.name, colour=tenant.branding.primary_colour),
            recipient=recipient,
            status=notification.status,
            delivery_id=notification.delivery_id,
            release_id=notification.release_id,
            target_id=notification.target_id,
        )

    async def _recipient(self, dispatch: DispatchDocument) -> NoticeRecipient | None:
        if dispatch.email is not None:
            return NoticeRecipient(email=dispatch.email)
        user = await self._control.collection(UserDocument).find(dispatch.recipient) if dispatch.recipient else None
        if user is None or not may_be_told(user, self._scope.tenant_id):
            return None
        return NoticeRecipient(email=user.email, name=user.display_name)

    async def _claim(self, dispatch_id: str) -> DispatchDocument | None:
        now = self._scope.clock.now()
        due = {"id": dispatch_id, "status": DispatchStatus.WAITING, "next_attempt_at": {"$lte": now}, "$or": _free(now)}
        until = now + timedelta(seconds=self._scope.settings.plugin_timeout) + GRACE
        claim = Change(set={"holder": new_id(), "claimed_until": until}, increment={"attempts": 1})
        return await self._dispatches.try_update(due, claim)

    async def _fail(self, dispatch: DispatchDocument, reason: str, code: str | None = None) -> DispatchStatus:
        log.warning("notice_failed", channel=dispatch.channel, dispatch_id=dispatch.id, code=code, reason=reason)
        change = {"status": DispatchStatus.FAILED, "code": code, "reason": reason[:LONGEST_REASON]}
        await self._change(dispatch, change)
        return DispatchStatus.FAILED

    async def _change(self, dispatch: DispatchDocument, change: dict[str, Any], *, attempts: int = 0) -> None:
        freed = {**change, "holder": None, "claimed_until": None}
        counted = {"attempts": attempts} if attempts else {}
        where = {"id": dispatch.id, "holder": dispatch.holder}
        await self._dispatches.try_update(where, Change(set=freed, increment=counted))


class _Sending:
    """One attempt of a notifier; an error of the channel's is an answer and not a fault of the plugin."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier

    async def send(self, context: PluginContext, notice: Notice) -> TransportError | None:
        """None where the channel has the notice."""
        try:
            await self._notifier.send(context, notice)
        except TransportError as error:
            return error
        return None


def _free(now: object) -> list[dict[str, Any]]:
    return [{"claimed_until": None}, {"claimed_until": {"$lte": now}}]
