"""Channels for notifications: what the tenant uses, and what each of its people wants of it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Access, Info, mutation, query
from distro_core.identity.permissions import Permission
from distro_core.notifications.channels.choice import ChannelChoice
from distro_core.notifications.channels.documents import DispatchStatus
from distro_core.notifications.channels.service import ChannelService, ChannelState
from distro_sdk.models.delivery import DeliveryStatus


@strawberry.type(name="NotificationChannelChoice", description="What is wanted of a channel.")
class ChannelChoiceType:
    """What is wanted of a channel."""

    enabled: bool = strawberry.field(description="Whether it is used.")
    statuses: list[DeliveryStatus] | None = strawberry.field(
        description="Of which statuses of deliveries; null for all of which there are notifications."
    )


@strawberry.type(description="A channel of your tenant's plugins by which people can be told of notifications.")
class NotificationChannel:
    """A channel."""

    key: str = strawberry.field(description="Its key, such as `mail`.")
    title: str = strawberry.field(description="Its name, for people.")
    plugin: strawberry.ID = strawberry.field(description="The id of the plugin that offers it.")
    personal: bool = strawberry.field(description="Whether it tells each person by itself, or the tenant once.")
    tenant: ChannelChoice = strawberry.field(
        graphql_type=ChannelChoiceType, description="What the tenant has chosen; not used unless it has."
    )
    mine: ChannelChoice | None = strawberry.field(
        graphql_type=ChannelChoiceType | None,
        description="What you have chosen; null for an API key, and of a channel that is not personal.",
    )


@strawberry.type(description="A notification on its way to one recipient by one channel.")
class NotificationDispatch:
    """A notification on its way."""

    channel: str = strawberry.field(description="The key of the channel.")
    recipient: str = strawberry.field(
        description="The id of the user, or the address; empty where the channel is not personal."
    )
    status: DispatchStatus = strawberry.field(description="How far it has come.")
    attempts: int = strawberry.field(description="How often it was tried.")
    next_attempt_at: datetime = strawberry.field(description="When it is or was tried next.")
    sent_at: datetime | None = strawberry.field(description="When the channel took it.")
    code: str | None = strawberry.field(description="The code of the last failure.")
    reason: str = strawberry.field(description="Why the last attempt failed.")


@strawberry.input(description="What the tenant wants of a channel.")
class NotificationChannelChooseInput:
    """What the tenant wants of a channel."""

    channel: str = strawberry.field(description="The key of the channel.")
    enabled: bool = strawberry.field(description="Whether it is used.")
    statuses: list[DeliveryStatus] | None = strawberry.field(
        default=None, description="Of which statuses of deliveries; null for all of which there are notifications."
    )


@strawberry.input(description="What you want of a channel.")
class MeNotificationChannelChooseInput:
    """What you want of a channel."""

    channel: str = strawberry.field(description="The key of the channel.")
    enabled: bool = strawberry.field(description="Whether it tells you anything.")
    statuses: list[DeliveryStatus] | None = strawberry.field(
        default=None, description="Of which statuses of deliveries; null for those of which you see notifications."
    )


@strawberry.type(description="What notificationChannelChoose answers.")
class NotificationChannelChoosePayload(Payload):
    """What notificationChannelChoose answers."""

    channel: ChannelState | None = strawberry.field(
        default=None, graphql_type=NotificationChannel | None, description="The channel as it is now chosen."
    )


@strawberry.type(description="What meNotificationChannelChoose answers.")
class MeNotificationChannelChoosePayload(Payload):
    """What meNotificationChannelChoose answers."""

    channel: ChannelState | None = strawberry.field(
        default=None, graphql_type=NotificationChannel | None, description="The channel as it is now chosen."
    )


async def _service(info: Info) -> ChannelService:
    return ChannelService(await info.context.scope(), info.context.state.platform.control)


@strawberry.type
class NotificationChannelQueries:
    """Fields of Query."""

    @query(
        Permission.DELIVERY_READ,
        "Channels by which people can be told of notifications.",
        returns=list[NotificationChannel],
    )
    @staticmethod
    async def notification_channels(info: Info) -> list[ChannelState]:
        """Channels."""
        return list(await (await _service(info)).list(info.context.caller.user_id))


@strawberry.type
class NotificationChannelMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.TENANT_MANAGE,
        NotificationChannelChoosePayload,
        "Choose whether the tenant uses a channel for its notifications, and for which.",
    )
    @staticmethod
    async def notification_channel_choose(
        info: Info, input: NotificationChannelChooseInput
    ) -> NotificationChannelChoosePayload:
        """Choose for the tenant."""
        choice = ChannelService.choice(input.enabled, input.statuses)
        chosen = await (await _service(info)).choose(input.channel, choice, info.context.caller.user_id)
        return NotificationChannelChoosePayload(channel=chosen)

    @mutation(
        Access.SIGNED_IN,
        MeNotificationChannelChoosePayload,
        "Choose what a channel tells you, among that for which your tenants use it.",
    )
    @staticmethod
    async def me_notification_channel_choose(
        info: Info, input: MeNotificationChannelChooseInput
    ) -> MeNotificationChannelChoosePayload:
        """Choose for oneself."""
        choice = ChannelService.choice(input.enabled, input.statuses)
        chosen = await (await _service(info)).choose_own(input.channel, choice, info.context.user_id)
        return MeNotificationChannelChoosePayload(channel=chosen)
