"""How the catalogue is stored.

A release and its tracks are one document, so that reordering, counting and saving are atomic; a track has a revision of
its own, so that two people who edit two tracks do not disturb each other (row TRK-01).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from distro_core.store.documents import Document, Index
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Party, Release
from distro_sdk.models.validation import ValidationIssue


class ReleaseValidation(Model):
    """What the last generated message said of the release (row VAL-09)."""

    status: str
    errors: tuple[ValidationIssue, ...] = ()
    warnings: tuple[ValidationIssue, ...] = ()
    last_generated: datetime
    message_id: str
    format: str


class ReleaseDocument(Document, Release):
    """A stored release. `search_words`: lower-case words of titles, artists and identifiers, for the text filter."""

    collection: ClassVar[str] = "releases"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "icpn",
            (("icpn", 1),),
            unique=True,
            only_if={"icpn": {"$type": "string"}},
            error_code="ICPN_TAKEN",
            error_message="another release has this ICPN",
            error_path=("icpn",),
        ),
        Index("status", (("status", 1), ("_id", 1))),
        Index("type", (("type", 1), ("_id", 1))),
        Index("words", (("search_words", 1), ("_id", 1))),
        Index("isrc", (("tracks.isrc", 1),)),
        Index("updated", (("updated_at", -1), ("_id", -1))),
        Index("title", (("title", 1), ("_id", 1))),
        Index("release_date", (("release_date", 1), ("_id", 1))),
        Index("outbox", (("outbox.id", 1),), only_if={"outbox.id": {"$exists": True}}),
    )

    search_words: tuple[str, ...] = ()
    validation: ReleaseValidation | None = None

    def release(self) -> Release:
        """The release as plugins and messages see it."""
        return Release.model_validate({name: getattr(self, name) for name in Release.model_fields})


class PartyDocument(Document, Party):
    """A stored party. `name_key`: the name folded for finding it again."""

    collection: ClassVar[str] = "parties"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("name_key", (("name_key", 1), ("_id", 1))),
        Index("name", (("name", 1), ("_id", 1))),
    )

    name_key: str = ""

    def party(self) -> Party:
        """The party as plugins and messages see it."""
        return Party.model_validate({name: getattr(self, name) for name in Party.model_fields})
