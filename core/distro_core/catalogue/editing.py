"""The one way in which a release is written: read it, change it, write it only if nobody else has meanwhile.

Whoever comes second starts again from what the first has left, so edits of two tracks never overwrite each other
(row TRK-01) and everything derived from the whole release (search words, type, readiness) is right after each.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

from pydantic import ValidationError

from distro_core.catalogue.classifier import classify
from distro_core.catalogue.documents import PartyDocument, ReleaseDocument
from distro_core.catalogue.drafts import from_validation
from distro_core.catalogue.lookup import Lookup
from distro_core.catalogue.rules import find_errors
from distro_core.catalogue.search import fold, search_words
from distro_core.scope import Scope
from distro_core.store.collection import Change, Collection
from distro_core.store.documents import Document, new_id
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import Release, ReleaseStatus, Track
from distro_sdk.models.events import ReleaseChanged

MOST_ATTEMPTS: Final = 100
LONGEST_PAUSE: Final = 0.02
"""Seconds to wait at most before an attempt that others got in the way of is made again."""

MOST_TRACKS: Final = 2000

Edit = Callable[[ReleaseDocument], Awaitable[ReleaseDocument]]


class PartiesMoved(Exception):
    """Somebody else has just stored a party that this edit was going to store: look it up again."""


class ReleaseEditor:
    """Writes releases, with the hooks of plugins before and after, and the event beside the change."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._releases: Collection[ReleaseDocument] = scope.store.collection(ReleaseDocument)
        self._parties: Collection[PartyDocument] = scope.store.collection(PartyDocument)

    async def insert(self, release: ReleaseDocument, lookup: Lookup) -> ReleaseDocument:
        """Store a new release and the parties it brings; raises ICPN_TAKEN, or `PartiesMoved`."""
        prepared = derive(await self._ask_plugins(release))
        if prepared.icpn_key and await self._releases.find_one({"icpn_key": prepared.icpn_key}):
            raise DomainError("ICPN_TAKEN", "another release has this ICPN", ("icpn",))
        await self.store_parties(lookup)
        event = self._event(prepared, "created", 1)
        stored = await self._releases.insert(prepared, by=self._scope.actor, events=[event])
        await self._scope.plugins.after_release(stored.release())
        return stored

    async def edit(self, release_id: str, edit: Edit, *, revision: int | None = None) -> ReleaseDocument:
        """Change a release by a function, which may be called again with a newer state.

        Nothing is written and told where the function changes nothing. Raises NOT_FOUND, REVISION_CONFLICT,
        RELEASE_ARCHIVED and what the function and the plugins raise.
        """
        for attempt in range(MOST_ATTEMPTS):
            before = await self._releases.get(release_id)
            if revision is not None and before.revision != revision:
                raise revision_conflict(revision, before.revision)
            try:
                after = derive(await self._ask_plugins(await edit(before)))
            except PartiesMoved:
                continue
            changed = difference(before, after)
            if not changed:
                return before
            event = self._event(after, "updated", before.revision + 1)
            same = {"id": release_id, "revision": before.revision}
            stored = await self._releases.try_update(same, Change(set=changed), events=[event])
            if stored is not None:
                await self._scope.plugins.after_release(stored.release())
                return stored
            await asyncio.sleep(random.uniform(0, LONGEST_PAUSE) * min(attempt, 10) / 10)  # noqa: S311 (spreads load)
        raise DomainError("RELEASE_BUSY", "too many others are changing this release; try again")

    async def store_parties(self, lookup: Lookup) -> None:
        """Store the parties that a draft brought with it; raises `PartiesMoved`."""
        for party in lookup.fresh:
            try:
                await self._parties.insert(party, by=self._scope.actor)
            except DomainError as error:
                raise PartiesMoved from error
        for party_id, missing in lookup.completed.items():
            await self._parties.update(party_id, Change(set=missing))

    async def _ask_plugins(self, release: ReleaseDocument) -> ReleaseDocument:
        wanted = release.release()
        agreed = await self._scope.plugins.before_release(wanted)
        if agreed == wanted:
            return release
        changed = {name: getattr(agreed, name) for name in Release.model_fields if name not in {"id", "status"}}
        return release.model_copy(update=changed)

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
    """The release with everything that follows from it; a ready release that breaks a rule is a draft again."""
    if len(release.tracks) > MOST_TRACKS:
        raise DomainError("TRACKS_TOO_MANY", f"a release holds at most {MOST_TRACKS} tracks", ("tracks",))
    derived: dict[str, Any] = {
        "icpn_key": release.icpn.zfill(14) if release.icpn else None,
        "search_words": search_words(release),
        "title_key": fold(release.title),
        "named_parties": tuple(sorted(release.party_ids())),
        "named_assets": tuple(sorted(release.asset_ids())),
    }
    if not release.type_chosen:
        derived["type"] = classify(len(release.tracks))
    release = release.model_copy(update=derived)
    if release.status is ReleaseStatus.READY and find_errors(release):
        return release.model_copy(update={"status": ReleaseStatus.DRAFT})
    return release


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


def revision_conflict(given: int, current: int) -> DomainError:
    """The error for a change that was made on an older state."""
    return DomainError("REVISION_CONFLICT", f"revision {given} was given, the document is at {current}", ("revision",))


def build_track(fields: Mapping[str, Any]) -> Track:
    """A track of those fields; raises `DomainErrors` VALUE_INVALID."""
    try:
        return Track.model_validate(dict(fields))
    except ValidationError as error:
        raise from_validation(error) from error
