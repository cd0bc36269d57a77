"""What is asked of a message, beside the release itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from distro_sdk.genres import GenreMapper
from distro_sdk.models.commerce import CommercialTerms
from distro_sdk.models.delivery import FileKind
from distro_sdk.models.message import MessageOptions, MessageSubtype, MessagingParty, ReleaseProfile, TakedownForm


@dataclass(frozen=True)
class MessageOrder:
    """Who tells whom, why, on which terms, and where the files lie.

    `created_at` carries a zone; `profile`: None lets the release decide; `resource_uri`: where the choreography puts a
    resource, relative to the message; `already_delivered`: ids of assets whose files need not travel again; `settings`:
    those of the builder's own configuration, valid.
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
    options: MessageOptions = field(default_factory=MessageOptions)
    settings: Mapping[str, Any] = field(default_factory=dict)
    already_delivered: frozenset[str] = frozenset()

    @property
    def purges(self) -> bool:
        """Whether the release is withdrawn by a PurgeReleaseMessage."""
        return purges(self.subtype, self.options)


def purges(subtype: MessageSubtype, options: MessageOptions) -> bool:
    """Whether a release is withdrawn by a PurgeReleaseMessage (row MSG-06)."""
    return subtype is MessageSubtype.TAKEDOWN and options.takedown_form is TakedownForm.PURGE
