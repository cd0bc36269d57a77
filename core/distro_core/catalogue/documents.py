"""How the catalogue is stored.

A release and its tracks are one document, so that reordering, counting and saving are atomic; a track has a revision of
its own, so that two people who edit two tracks do not disturb each other (row TRK-01).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import Field

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
    """A stored release.

    `type_chosen`: whether somebody chose the type, or the number of tracks decides it. `imported_tracks`: the ids of
    tracks that came from imports, by disc and number (`1-07`), so that the same import again finds them. The rest is
    derived from the release on every change: `icpn_key`, the ICPN filled up to 14 digits, since a UPC and its EAN are
    one code; `search_words`, folded words of titles, artists and identifiers, for the text filter; `title_key`, the
    folded title, for sorting; `named_parties` and `named_assets`, the ids that the release uses.
    """

    collection: ClassVar[str] = "releases"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "icpn_key",
            (("icpn_key", 1),),
            unique=True,
            only_if={"icpn_key": {"$type": "string"}},
            error_code="ICPN_TAKEN",
            error_message="another release has this ICPN",
            error_path=("icpn",),
        ),
        Index("status", (("status", 1), ("_id", 1))),
        Index("type", (("type", 1), ("_id", 1))),
        Index("words", (("search_words", 1), ("status", 1), ("type", 1), ("_id", 1))),
        Index("isrc", (("tracks.isrc", 1),)),
        Index("track", (("tracks.id", 1),)),
        Index("parties", (("named_parties", 1),)),
        Index("assets", (("named_assets", 1),)),
        Index("updated", (("updated_at", -1), ("_id", -1))),
        Index("title", (("title_key", 1), ("_id", 1))),
        Index("release_date", (("release_date", 1), ("_id", 1))),
        Index("outbox", (("outbox.id", 1),), only_if={"outbox.id": {"$exists": True}}),
    )

    type_chosen: bool = False
    imported_tracks: dict[str, str] = Field(default_factory=dict)
    icpn_key: str | None = None
    search_words: tuple[str, ...] = ()
    title_key: str = ""
    named_parties: tuple[str, ...] = ()
    named_assets: tuple[str, ...] = ()
    validation: ReleaseValidation | None = None

    def release(self) -> Release:
        """The release as plugins and messages see it."""
        return Release.model_validate({name: getattr(self, name) for name in Release.model_fields})


class PartyDocument(Document, Party):
    """A stored party. `name_key`: the name folded for finding it again.

    `found_by`: set by find-or-create to what it looked for, and unique, so that two at once make one party; two parties
    that people made by hand may share a name.
    """

    collection: ClassVar[str] = "parties"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("name_key", (("name_key", 1), ("_id", 1))),
        Index("isni", (("isni", 1),), only_if={"isni": {"$type": "string"}}),
        Index(
            "found_by",
            (("found_by", 1),),
            unique=True,
            only_if={"found_by": {"$type": "string"}},
            error_code="PARTY_EXISTS",
            error_message="this party exists already",
            error_path=("name",),
        ),
    )

    name_key: str = ""
    found_by: str | None = None

    def party(self) -> Party:
        """The party as plugins and messages see it."""
        return Party.model_validate({name: getattr(self, name) for name in Party.model_fields})
