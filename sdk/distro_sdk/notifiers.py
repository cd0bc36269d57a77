"""Channels by which people are told of something: what a plugin adds, and what it is handed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol

from pydantic import Field

from distro_sdk.models.base import Model
from distro_sdk.models.delivery import DeliveryStatus

CHANNEL_KEY: Final = r"^[a-z][a-z0-9-]{1,40}$"
MOST_ADDRESSES: Final = 20
"""Addresses that one notice of a plugin may name."""

EmailAddress = Annotated[str, Field(pattern=r"^[^@\s<>\"(),:;\\]{1,64}@[^@\s<>\"(),:;\\]{1,190}$")]


class NotificationSeverity(StrEnum):
    """How a notification is meant."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class NoticeSender(Model):
    """The tenant on whose behalf something is told. `colour`: its main colour as ``#rrggbb``, or None."""

    name: str
    colour: str | None = None


class NoticeRecipient(Model):
    """Who is told. `name`: empty where it is not known."""

    email: str
    name: str = ""


class Notice(Model):
    """What a notifier is to tell.

    `key`: the same each time that this is tried, so that what arrives twice can be known as one; `kind`: what it is
    about, such as ``delivery``; `action`: what to do about it, empty where nothing; `page`: the path of a page with
    more, `link`: its address, None where the platform does not know its own; `recipient`: who is told, None for a
    notifier that is not personal.
    """

    key: str
    kind: str
    severity: NotificationSeverity
    title: str
    message: str
    action: str = ""
    at: datetime
    page: str = "/admin/"
    link: str | None = None
    sender: NoticeSender
    recipient: NoticeRecipient | None = None
    status: DeliveryStatus | None = None
    delivery_id: str | None = None
    release_id: str | None = None
    target_id: str | None = None


class Notifier(Protocol):
    """A channel. `key`: by which tenants and users choose it; `title`: for people; `personal`: whether it tells each
    person by itself, as mail does, or a tenant once, as a chat room does.
    """

    key: str
    title: str
    personal: bool

    async def send(self, context: Any, notice: Notice) -> None:
        """Tell it. `context`: the `PluginContext` of the tenant.

        Raises `TransportError`, which says whether trying again may help, or `DomainError`, after which it is not tried
        again. Any other exception, or no answer in time, is tried again.
        """
        ...


class NoticeDraft(Model):
    """What a plugin wants told.

    `key`: among those of the plugin; one that was told already is not told again; `addresses`: who is told by channels
    that are personal, beside nobody else; empty for the tenant's people, as each has chosen.
    """

    key: Annotated[str, Field(min_length=1, max_length=200)]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    message: Annotated[str, Field(max_length=10_000)] = ""
    action: Annotated[str, Field(max_length=1000)] = ""
    severity: NotificationSeverity = NotificationSeverity.INFO
    addresses: Annotated[tuple[EmailAddress, ...], Field(max_length=MOST_ADDRESSES)] = ()
    delivery_id: str | None = None
    release_id: str | None = None
    target_id: str | None = None
