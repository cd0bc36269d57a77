"""Notifications: what the tenant is told of its deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.deliveries import Delivery
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Access, Info, derived, guarded, loaded, mutation, query
from distro_api.graphql.ids import global_id, local_id
from distro_api.graphql.nodes import Node, node_id
from distro_api.graphql.notification_channels import NotificationDispatch
from distro_core.delivery.documents import DeliveryDocument
from distro_core.identity.permissions import Permission
from distro_core.notifications.channels.documents import DispatchDocument
from distro_core.notifications.channels.service import ChannelService
from distro_core.notifications.choices import NotificationChoices
from distro_core.notifications.documents import NotificationDocument, NotificationType
from distro_core.notifications.service import NotificationService
from distro_core.store.collection import MAX_PAGE
from distro_sdk.models.delivery import DeliveryStatus
from distro_sdk.notifiers import NotificationSeverity


async def _delivery(root: strawberry.Parent[NotificationDocument], info: Info) -> DeliveryDocument | None:
    return None if root.delivery_id is None else await info.context.loaders.deliveries.load(root.delivery_id)


async def _dispatches(root: strawberry.Parent[NotificationDocument], info: Info) -> list[DispatchDocument]:
    service = ChannelService(await info.context.scope(), info.context.state.platform.control)
    return list(await service.dispatches(root.id))


def _global(kind: str, id: str | None) -> strawberry.ID | None:
    return None if id is None else global_id(kind, id)


@strawberry.type(description="What the tenant is told: of a delivery with a chosen status, a target, or by a plugin.")
class Notification(Node):
    """What the tenant is told."""

    model: ClassVar[type] = NotificationDocument

    id: strawberry.ID = node_id()
    type: NotificationType = strawberry.field(description="What it is about.")
    severity: NotificationSeverity = strawberry.field(description="How it is meant.")
    title: str = strawberry.field(description="What happened, in one line: the release, the status and the target.")
    message: str = strawberry.field(description="Why it happened, or what to do.")
    action: str = strawberry.field(description="What to do; empty where nothing.")
    status: DeliveryStatus | None = strawberry.field(description="The status to which the delivery came.")
    delivery_id: strawberry.ID | None = derived(
        lambda own: _global("Delivery", own.delivery_id), "Global id of the delivery; null where it is of a target."
    )
    delivery: Delivery | None = loaded(_delivery, "The delivery as it is now.")
    release_id: strawberry.ID | None = derived(
        lambda own: _global("Release", own.release_id), "Global id of the release; null where it is of a target."
    )
    target_id: strawberry.ID | None = derived(
        lambda own: _global("Target", own.target_id), "Global id of the target; null where it is of none."
    )
    plugin: str | None = derived(lambda own: own.plugin_id, "The id of the plugin that told it; null for the platform.")
    dispatches: list[NotificationDispatch] = guarded(
        Permission.TENANT_MANAGE,
        _dispatches,
        f"How far it has come on its ways to people, by the channels that are chosen; {MAX_PAGE} at most.",
    )
    read_at: datetime | None = strawberry.field(description="Since when it counts as read, for everybody.")
    expires_at: datetime = strawberry.field(description="When it is dropped.")
    created_at: datetime = strawberry.field(description="When it was made.")


@strawberry.input(description="Which notification counts as read.")
class NotificationMarkReadInput:
    """Which notification counts as read."""

    id: strawberry.ID = strawberry.field(description="The notification.")


@strawberry.type(description="What notificationMarkRead answers.")
class NotificationMarkReadPayload(Payload):
    """What notificationMarkRead answers."""

    notification: NotificationDocument | None = strawberry.field(
        default=None, graphql_type=Notification | None, description="The notification as it now is."
    )


@strawberry.input(description="Of which statuses of deliveries you see notifications.")
class MeNotificationsChooseInput:
    """Of which statuses one sees notifications."""

    statuses: list[DeliveryStatus] | None = strawberry.field(
        description="These; null for all of which the tenant has any, an empty list for none."
    )


@strawberry.type(description="What meNotificationsChoose answers.")
class MeNotificationsChoosePayload(Payload):
    """What meNotificationsChoose answers."""

    statuses: list[DeliveryStatus] | None = strawberry.field(default=None, description="What was chosen.")


def _choices(info: Info) -> NotificationChoices:
    return NotificationChoices(info.context.state.platform.control)


@strawberry.type
class NotificationQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "Notifications, the newest first. The tenant's notifiedStatuses say of which statuses there are any, and each "
        "user's own choice which of these it sees.",
        returns=Connection[Notification],
    )
    @staticmethod
    async def notifications(
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        unread_only: Annotated[bool, strawberry.argument(description="Leave out those that were read.")] = False,
    ) -> Connection[NotificationDocument]:
        """Notifications."""
        service = NotificationService(await info.context.scope())
        statuses = await _choices(info).of(info.context.caller.user_id)
        return connection(await service.page(unread_only=unread_only, statuses=statuses, first=first, after=after))


@strawberry.type
class NotificationMutations:
    """Fields of Mutation."""

    @mutation(
        Access.SIGNED_IN,
        MeNotificationsChoosePayload,
        "Choose of which statuses of deliveries you see notifications, among those of which the tenant has any.",
    )
    @staticmethod
    async def me_notifications_choose(info: Info, input: MeNotificationsChooseInput) -> MeNotificationsChoosePayload:
        """Choose what one sees."""
        chosen = await _choices(info).choose(info.context.user_id, input.statuses)
        return MeNotificationsChoosePayload(statuses=None if chosen is None else list(chosen))

    @mutation(
        Permission.DELIVERY_READ,
        NotificationMarkReadPayload,
        "Mark a notification as read, for everybody in the tenant; one that was read stays as it is.",
    )
    @staticmethod
    async def notification_mark_read(info: Info, input: NotificationMarkReadInput) -> NotificationMarkReadPayload:
        """Mark a notification as read."""
        service = NotificationService(await info.context.scope())
        read = await service.mark_read(local_id("Notification", input.id, ("id",)))
        return NotificationMarkReadPayload(notification=read)
