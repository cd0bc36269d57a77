"""The one way in which a release is written: read it, change it, write it only if nobody else has meanwhile.

Whoever comes second starts again from what the first has left, so edits of two tracks never overwrite each other
(row TRK-01) and everything derived from the whole release (search words, type, readiness) is right after each.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import ValidationError

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.classifier import classify
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.catalogue.drafts import ReleaseDraft, from_validation, read_draft
from distro_core.catalogue.lookup import Lookup, look_up
from distro_core.catalogue.reading import Reading
from distro_core.catalogue.rules import find_asset_faults, find_errors, find_gaps
from distro_core.catalogue.search import fold, search_words
from distro_core.catalogue.values import read_release, read_track
from distro_core.scope import Scope
from distro_core.store.collection import Change, Collection
from distro_core.store.documents import Document, new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import Release, ReleaseStatus, Track
from distro_sdk.models.events import ReleaseChanged
from distro_sdk.models.validation import Severity

MOST_ATTEMPTS: Final = 100
LONGEST_PAUSE: Final = 0.02
"""Seconds to wait at most before an attempt that others got in the way of is made again."""

MOST_TRACKS: Final = 2000


@dataclass(frozen=True)
class Edited:
    """A release as an edit wants it, and the parties that the edit refers to."""

    release: ReleaseDocument
    lookup: Lookup = field(default_factory=Lookup)


Edit = Callable[[ReleaseDocument], Awaitable[Edited]]


class PartiesMoved(Exception):
    """Somebody else has just stored a party that this edit was going to store: look it up again."""


class ReleaseEditor:
    """Writes releases, with the hooks of plugins before and after, and the event beside the change."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._releases: Collection[ReleaseDocument] = scope.store.collection(ReleaseDocument)
        self._parties: Collection[PartyDocument] = scope.store.collection(PartyDocument)

    async def insert(self, new: Edited) -> ReleaseDocument:
        """Store a new release and the parties it brings; raises ICPN_TAKEN, or `PartiesMoved`."""
        release = derive(await self._ask_plugins(new))
        await self._refuse_taken(release.icpn_key)
        await self._store_parties(new.lookup)
        event = self._event(release, "created", 1)
        stored = await self._releases.insert(release, by=self._scope.actor, events=[event])
        await self._scope.plugins.after_release(stored.release())
        return stored

    async def edit(self, release_id: str, edit: Edit, *, revision: int | None = None) -> ReleaseDocument:
        """Change a release by a function, which may be called again with a newer state.

        Nothing is written and told where the function changes nothing. Raises NOT_FOUND, REVISION_CONFLICT,
        ICPN_TAKEN, RELEASE_BUSY and what the function and the plugins raise.
        """
        for attempt in range(MOST_ATTEMPTS):
            before = await self._releases.get(release_id)
            if revision is not None and before.revision != revision:
                raise revision_conflict(revision, before.revision)
            wanted = await edit(before)
            after = await self._keep_promise(derive(await self._ask_plugins(wanted)))
            changed = difference(before, after)
            if changed.get("icpn_key"):
                await self._refuse_taken(after.icpn_key)
            try:
                await self._store_parties(wanted.lookup)
            except PartiesMoved:
                continue
            if not changed:
                return before
            event = self._event(after, "updated", before.revision + 1)
            same = {"id": release_id, "revision": before.revision}
            stored = await self._releases.try_update(same, Change(set=changed), events=[event])
            if stored is not None:
                await self._scope.plugins.after_release(stored.release())
                return stored
            await asyncio.sleep(random.uniform(0, LONGEST_PAUSE) * min(attempt, 10) / 10)  # noqa: S311 (spreads load)
        raise busy()

    async def _refuse_taken(self, icpn_key: str | None) -> None:
        """Find a taken ICPN before anything is stored; the unique index decides between two at once."""
        if icpn_key and await self._releases.find_one({"icpn_key": icpn_key}):
            raise DomainError("ICPN_TAKEN", "another release has this ICPN", ("icpn",))

    async def _store_parties(self, lookup: Lookup) -> None:
        for party in lookup.fresh:
            try:
                await self._parties.insert(party, by=self._scope.actor)
            except DomainError as error:
                if error.code != "PARTY_EXISTS":
                    raise
                raise PartiesMoved from error
        for party_id, missing in lookup.completed.items():
            await self._parties.update(party_id, Change(set=missing))

    async def _ask_plugins(self, edited: Edited) -> ReleaseDocument:
        release = edited.release
        if len(release.tracks) > MOST_TRACKS:
            raise DomainError("TRACKS_TOO_MANY", f"a release holds at most {MOST_TRACKS} tracks", ("tracks",))
        wanted = release.release()
        agreed = await self._scope.plugins.before_release(wanted)
        if agreed == wanted:
            return release
        await self._check_values(agreed, edited.lookup)
        changed = {name: getattr(agreed, name) for name in Release.model_fields if name not in {"id", "status"}}
        changed["type_chosen"] = release.type_chosen or agreed.type is not wanted.type
        return release.model_copy(update=changed)

    async def _check_values(self, release: Release, lookup: Lookup) -> None:
        """What a plugin puts into a release must be as right as what a person does."""
        self._scope.plugins.check_extensions(release)
        fields = release.model_dump(exclude={"id", "status", "tracks", "extensions"})
        fields["tracks"] = tuple(track.model_dump(exclude={"id", "revision", "extensions"}) for track in release.tracks)
        draft = read_draft(ReleaseDraft, fields)
        reading = Reading(
            await look_up(self._scope.store, draft, known=lookup.fresh), [track.id for track in release.tracks]
        )
        read_release(reading, draft)
        for place, track in enumerate(draft.tracks):
            read_track(reading, track, ("tracks", place))
        reading.finish()

    async def _keep_promise(self, release: ReleaseDocument) -> ReleaseDocument:
        """A ready release whose files or fields now break a rule is a draft again (row CAT-11)."""
        if release.status is not ReleaseStatus.READY:
            return release
        assets = await self._scope.store.collection(AssetDocument).get_many(release.named_assets)
        issues = (*find_errors(release), *find_gaps(release), *find_asset_faults(release, assets))
        if any(issue.severity is Severity.ERROR for issue in issues):
            return release.model_copy(update={"status": ReleaseStatus.DRAFT})
        return release

    def _event(self, release: ReleaseDocument, change: Literal["created", "updated"], revision: int) -> ReleaseChanged:
        return ReleaseChanged(
            id=new_id(),
            tenant_id=self._scope.tenant_id,
            at=self._scope.clock.now(),
            release_id=release.id,
            change=change,
            revision=revision,
        )


def derive(release: ReleaseDocument) -> ReleaseDocument:
    """The release with everything that follows from it."""
    derived: dict[str, Any] = {
        "icpn_key": release.icpn.zfill(14) if release.icpn else None,
        "search_words": search_words(release),
        "title_key": fold(release.title),
        "named_parties": tuple(sorted(release.party_ids())),
        "named_assets": tuple(sorted(release.asset_ids())),
    }
    if not release.type_chosen:
        derived["type"] = classify(len(release.tracks))
    return release.model_copy(update=derived)


def difference(before: ReleaseDocument, after: ReleaseDocument) -> dict[str, Any]:
    """The fields that differ, by their paths; tracks that stayed in place are compared field by field."""
    names = type(after).model_fields.keys() - Document.model_fields.keys()
    changed = {name: new for name in sorted(names) if (new := getattr(after, name)) != getattr(before, name)}
    if "tracks" in changed and [track.id for track in before.tracks] == [track.id for track in after.tracks]:
        del changed["tracks"]
        for place, (old_track, new_track) in enumerate(zip(before.tracks, after.tracks, strict=True)):
            for name in type(new_track).model_fields:
                if (new := getattr(new_track, name)) != getattr(old_track, name):
                    changed[f"tracks.{place}.{name}"] = new
    return changed


def change_fields(document: ReleaseDocument, fields: Mapping[str, Any]) -> ReleaseDocument:
    """The document with other values in some fields; raises `DomainErrors` VALUE_INVALID."""
    try:
        return ReleaseDocument.model_validate({**dict(document), **fields})
    except ValidationError as error:
        raise from_validation(error) from error


def busy() -> DomainError:
    """The error for a change that others kept getting in the way of."""
    return DomainError("RELEASE_BUSY", "too many others are changing this release; try again")


def revision_conflict(given: int, current: int) -> DomainError:
    """The error for a change that was made on an older state."""
    return DomainError("REVISION_CONFLICT", f"revision {given} was given, the document is at {current}", ("revision",))


def build_track(fields: Mapping[str, Any]) -> Track:
    """A track of those fields; raises `DomainErrors` VALUE_INVALID."""
    try:
        return Track.model_validate(dict(fields))
    except ValidationError as error:
        raise from_validation(error) from error
