"""Releases of the catalogue: made, changed, found, checked and taken down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from distro_core.catalogue.checking import check_release
from distro_core.catalogue.deletions import DeletionRequest, ReleaseDeleter
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ArtistDraft, PartyDraft, ReleaseChanges, ReleaseDraft
from distro_core.catalogue.editing import (
    MOST_ATTEMPTS,
    Edited,
    PartiesMoved,
    ReleaseEditor,
    build_track,
    busy,
    change_fields,
)
from distro_core.catalogue.length_rules import find_parts_outside, recording_id
from distro_core.catalogue.lookup import Lookup, look_up
from distro_core.catalogue.reading import Reading
from distro_core.catalogue.search import text_filter
from distro_core.catalogue.statuses import check_editable, check_transition
from distro_core.catalogue.tracks import fields_with_artist, name_artist
from distro_core.catalogue.values import read_release, read_track
from distro_core.scope import Scope
from distro_core.store.collection import Order, Page
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.catalogue import ReleaseStatus, ReleaseType, ResourceType, Track
from distro_sdk.models.validation import Severity, ValidationIssue


@dataclass(frozen=True)
class ReleaseFilter:
    """Which releases to list (row CAT-15); what is left out does not narrow.

    `text`: words that all must begin a word of titles, artists or identifiers; `updated_since`: a moment with a zone.
    """

    statuses: tuple[ReleaseStatus, ...] = ()
    types: tuple[ReleaseType, ...] = ()
    text: str | None = None
    updated_since: datetime | None = None


class ReleaseOrderField(StrEnum):
    """By what a list of releases can be ordered; the value is the field in the store."""

    CREATED = "id"
    UPDATED = "updated_at"
    TITLE = "title_key"
    RELEASE_DATE = "release_date"


@dataclass(frozen=True)
class ReleaseOrder:
    """The order of a list of releases."""

    field: ReleaseOrderField = ReleaseOrderField.CREATED
    descending: bool = True


NEWEST_FIRST: Final = ReleaseOrder()


class ReleaseService:
    """Reads and changes the releases of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._releases = scope.store.collection(ReleaseDocument)
        self._editor = ReleaseEditor(scope)
        self._deleter = ReleaseDeleter(scope)

    async def create(self, draft: ReleaseDraft, *, parties: Sequence[PartyDraft] = ()) -> ReleaseDocument:
        """Store a new draft with its tracks; raises ICPN_TAKEN or `DomainErrors` with every fault, nothing stored.

        `parties`: everything that is known of parties that the draft names, for those that the catalogue lacks.
        """
        draft = _with_artists(draft)
        await self._refuse_track_ids(draft)
        for _ in range(MOST_ATTEMPTS):
            lookup = await look_up(self._scope.store, draft)
            lookup.describe(parties)
            try:
                return await self._editor.insert(Edited(_new_release(draft, lookup), lookup))
            except PartiesMoved:
                continue
        raise busy()

    async def _refuse_track_ids(self, draft: ReleaseDraft) -> None:
        """The tracks of a new release have no ids yet: its works name them by their numbers."""
        faults = []
        for place, work in enumerate(draft.works or ()):
            for number, track_id in enumerate(work.track_ids):
                path = ("works", place, "track_ids", number)
                if await self._releases.find_one({"tracks.id": track_id}) is None:
                    faults.append(DomainError("NOT_FOUND", f"there is no track with id {track_id}", path))
                else:
                    message = "a new release names the tracks of its works by their numbers"
                    faults.append(DomainError("WORK_TRACKS_UNFIT", message, path))
        if faults:
            raise DomainErrors(faults)

    async def update(self, release_id: str, changes: ReleaseChanges, revision: int | None = None) -> ReleaseDocument:
        """Change the fields that were given, all or none (row CAT-16).

        Raises NOT_FOUND, REVISION_CONFLICT, ICPN_TAKEN, RELEASE_ARCHIVED or `DomainErrors` with every fault.
        """

        async def change(release: ReleaseDocument) -> Edited:
            check_editable(release.status)
            lookup = await look_up(self._scope.store, changes)
            reading = Reading(lookup, [track.id for track in release.tracks])
            fields = read_release(reading, changes)
            reading.finish()
            return Edited(change_fields(release, fields), lookup)

        return await self._editor.edit(release_id, change, revision=revision)

    async def get(self, release_id: str) -> ReleaseDocument:
        """A release; raises NOT_FOUND."""
        return await self._releases.get(release_id)

    async def page(
        self,
        filter: ReleaseFilter | None = None,
        order: ReleaseOrder = NEWEST_FIRST,
        first: int = 50,
        after: str | None = None,
    ) -> Page[ReleaseDocument]:
        """`first` releases that the filter lets through; raises PAGE_SIZE_INVALID or CURSOR_INVALID."""
        where = _where(filter or ReleaseFilter())
        return await self._releases.page(
            where, order=Order(order.field.value, order.descending), first=first, after=after
        )

    async def set_status(self, release_id: str, status: ReleaseStatus) -> ReleaseDocument:
        """Move a release to another status (row CAT-11); nothing happens where it is there already.

        Raises NOT_FOUND, RELEASE_STATUS_CONFLICT, or `DomainErrors` with what keeps it from being ready.
        """

        async def move(release: ReleaseDocument) -> Edited:
            if release.status is status:
                return Edited(release)
            check_transition(release.status, status)
            if status is ReleaseStatus.READY:
                raise_errors(await check_release(self._scope.store, release))
            return Edited(release.model_copy(update={"status": status}))

        return await self._editor.edit(release_id, move)

    async def take_down(self, release_id: str) -> ReleaseDocument:
        """Mark a release as taken down, so that its next deliveries are takedowns (row CAT-12)."""
        return await self.set_status(release_id, ReleaseStatus.TAKEN_DOWN)

    async def request_deletion(self, release_id: str) -> DeletionRequest:
        """Ask to delete a release: returns the one-time token that confirms it (row CAT-17).

        Raises NOT_FOUND, RELEASE_DELIVERED or RELEASE_IN_DELIVERY.
        """
        return await self._deleter.request(release_id)

    async def delete(self, release_id: str, token: str) -> ReleaseDocument:
        """Delete a release, and the files that no other release uses, with the token asked for before.

        Raises NOT_FOUND, DELETION_TOKEN_INVALID, DELETION_TOKEN_EXPIRED, RELEASE_CHANGED, RELEASE_DELIVERED or
        RELEASE_IN_DELIVERY.
        """
        return await self._deleter.confirm(release_id, token)

    async def finish_deletions(self) -> int:
        """Carry through deletions that a crash interrupted; returns how many."""
        return await self._deleter.finish_all()

    async def check(self, release_id: str) -> tuple[ValidationIssue, ...]:
        """Every error and warning of a release (row CAT-13), errors first; raises NOT_FOUND."""
        return await check_release(self._scope.store, await self._releases.get(release_id))


def raise_errors(issues: tuple[ValidationIssue, ...]) -> None:
    """Raise the errors among findings as `DomainErrors`; nothing where there is none."""
    errors = [
        DomainError(issue.code, issue.message, path_of(issue)) for issue in issues if issue.severity is Severity.ERROR
    ]
    if errors:
        raise DomainErrors(errors)


def path_of(issue: ValidationIssue) -> Path:
    """The dotted path of a finding as the path of an error."""
    return tuple(int(step) if step.isdigit() else step for step in issue.path.split(".") if step)


def _with_artists(draft: ReleaseDraft) -> ReleaseDraft:
    update: dict[str, Any] = {"tracks": tuple(name_artist(track) for track in draft.tracks)}
    if draft.display_artist and not draft.artists:
        update["artists"] = (ArtistDraft(name=draft.display_artist),)
    return draft.model_copy(update=update)


def _new_release(draft: ReleaseDraft, lookup: Lookup) -> ReleaseDocument:
    track_ids = [new_id() for _ in draft.tracks]
    reading = Reading(lookup, track_ids)
    fields = read_release(reading, draft)
    tracks = [read_track(reading, track, ("tracks", place)) for place, track in enumerate(draft.tracks)]
    for place, track in enumerate(tracks):
        _check_parts(reading, track, ("tracks", place))
    reading.finish()
    fields["display_artist"] = fields.get("display_artist") or lookup.shown_as(fields.get("artists", ()))
    release = change_fields(ReleaseDocument(title=draft.title), fields)
    named = [{"id": track_id, **fields} for track_id, fields in zip(track_ids, tracks, strict=True)]
    return release.model_copy(update={"tracks": _new_tracks(release, named, lookup)})


def _new_tracks(release: ReleaseDocument, tracks: list[dict[str, Any]], lookup: Lookup) -> tuple[Track, ...]:
    return tuple(
        build_track(fields_with_artist(fields, release, lookup, ("tracks", place)))
        for place, fields in enumerate(tracks)
    )


def _check_parts(reading: Reading, fields: dict[str, Any], path: Path) -> None:
    """The preview and the cues of a new track against its recording."""
    kind = fields.get("resource_type") or ResourceType.SOUND_RECORDING
    asset_id = recording_id(kind, fields.get("audio_asset_id"), fields.get("video_asset_id"))
    asset = reading.lookup.assets.get(asset_id or "")
    for fault in find_parts_outside(asset, fields.get("preview"), fields.get("cues") or ()):
        reading.fault(fault.code, fault.message, (*path, *fault.path))


def _where(filter: ReleaseFilter) -> dict[str, Any]:
    where: dict[str, Any] = {}
    if filter.statuses:
        where["status"] = {"$in": list(filter.statuses)}
    if filter.types:
        where["type"] = {"$in": list(filter.types)}
    if filter.updated_since is not None:
        where["updated_at"] = {"$gte": filter.updated_since}
    if filter.text is not None:
        where |= text_filter(filter.text)
    return where
