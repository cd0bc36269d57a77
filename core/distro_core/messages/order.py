"""What is asked of a message, beside the release itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from distro_sdk.genres import GenreMapper
from distro_sdk.models.commerce import CommercialTerms
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageSubtype, MessagingParty, ReleaseProfile


@dataclass(frozen=True)
class MessageOrder:
    """Who tells whom, why, on which terms, and where the files lie.

    `created_at` carries a zone; `profile`: None lets the release decide; `resource_uri`: where the choreography puts a
    resource, relative to the message; `already_delivered`: ids of assets whose files need not travel again.
    """

    message_id: str
    thread_id: str
    subtype: MessageSubtype
    test: bool
    created_at: datetime
    sender: MessagingParty
    recipients: tuple[MessagingParty, ...]
    terms: tuple[CommercialTerms, ...]
    resource_uri: Callable[[FileKind, str], str]
    sent_on_behalf_of: MessagingParty | None = None
    language: str | None = None
    profile: ReleaseProfile | None = None
    genre_mapper: GenreMapper | None = None
    already_delivered: frozenset[str] = frozenset()
