"""Tracks of a release: they live in its document, each with a revision of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ArtistDraft, TrackChanges, TrackDraft
from distro_core.catalogue.editing import Edited, ReleaseEditor, build_track, revision_conflict
from distro_core.catalogue.enrichment_rules import without_focus
from distro_core.catalogue.length_rules import find_parts_outside, recording_id
from distro_core.catalogue.lookup import Lookup, look_up
from distro_core.catalogue.reading import Reading
from distro_core.catalogue.statuses import check_editable
from distro_core.catalogue.values import read_track
from distro_core.scope import Scope
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.catalogue import Track


class TrackService:
    """Changes tracks of one tenant. Every method answers with the whole release as it now is."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._releases = scope.store.collection(ReleaseDocument)
        self._editor = ReleaseEditor(scope)

    async def get(self, track_id: str) -> tuple[ReleaseDocument, Track]:
        """A track with the release it stands on; raises NOT_FOUND."""
        release = await self._releases.find_one({"tracks.id": track_id})
        if release is None:
            raise track_not_found(track_id)
        return release, release.tracks[place_of(release, track_id)]

    async def create(self, release_id: str, draft: TrackDraft) -> ReleaseDocument:
        """Append a track; raises NOT_FOUND, TRACKS_TOO_MANY or `DomainErrors` with every fault of the draft."""
        draft = name_artist(draft)
        track_id = new_id()

        async def append(release: ReleaseDocument) -> Edited:
            check_editable(release.status)
            lookup = await look_up(self._scope.store, draft)
            reading = Reading(lookup)
            fields = read_track(reading, draft)
            reading.finish()
            track = build_track({"id": track_id, **fields_with_artist(fields, release, lookup)})
            await self._check_parts(track)
            return Edited(release.model_copy(update={"tracks": (*release.tracks, track)}), lookup)

        return await self._editor.edit(release_id, append)

    async def update(self, track_id: str, changes: TrackChanges, revision: int | None = None) -> ReleaseDocument:
        """Change the fields that were given (row CAT-16).

        `revision`: the track's, not the release's. Raises NOT_FOUND, REVISION_CONFLICT or `DomainErrors`.
        """
        owner, _ = await self.get(track_id)

        async def change(release: ReleaseDocument) -> Edited:
            check_editable(release.status)
            place = place_of(release, track_id)
            before = release.tracks[place]
            if revision is not None and before.revision != revision:
                raise revision_conflict(revision, before.revision)
            lookup = await look_up(self._scope.store, changes)
            reading = Reading(lookup)
            fields = read_track(reading, changes)
            reading.finish()
            if fields.get("display_artist") == "":
                fields = fields_with_artist(fields, release, lookup)
            after = build_track({**dict(before), **fields})
            await self._check_parts(after)
            if after != before:
                after = after.model_copy(update={"revision": before.revision + 1})
            tracks = (*release.tracks[:place], after, *release.tracks[place + 1 :])
            return Edited(release.model_copy(update={"tracks": tracks}), lookup)

        return await self._editor.edit(owner.id, change)

    async def delete(self, track_id: str) -> ReleaseDocument:
        """Remove a track from its release; raises NOT_FOUND."""
        owner, _ = await self.get(track_id)

        async def remove(release: ReleaseDocument) -> Edited:
            check_editable(release.status)
            place = place_of(release, track_id)
            tracks = (*release.tracks[:place], *release.tracks[place + 1 :])
            enrichment = without_focus(release.enrichment, track_id)
            return Edited(release.model_copy(update={"tracks": tracks, "enrichment": enrichment}))

        return await self._editor.edit(owner.id, remove)

    async def reorder(self, release_id: str, track_ids: Sequence[str]) -> ReleaseDocument:
        """Put the tracks into another order (row TRK-02); raises NOT_FOUND.

        Raises TRACK_ORDER_INVALID unless every track of the release is named exactly once.
        """

        async def arrange(release: ReleaseDocument) -> Edited:
            check_editable(release.status)
            tracks = {track.id: track for track in release.tracks}
            if len(track_ids) != len(tracks) or set(track_ids) != tracks.keys():
                message = "name every track of the release exactly once"
                raise DomainError("TRACK_ORDER_INVALID", message, ("track_ids",))
            return Edited(release.model_copy(update={"tracks": tuple(tracks[track_id] for track_id in track_ids)}))

        return await self._editor.edit(release_id, arrange)

    async def _check_parts(self, track: Track) -> None:
        asset_id = recording_id(track.resource_type, track.audio_asset_id, track.video_asset_id)
        if asset_id is None or not (track.preview or track.cues):
            return
        asset = await self._scope.store.collection(AssetDocument).find(asset_id)
        if faults := list(find_parts_outside(asset, track.preview, track.cues)):
            raise DomainErrors(faults)


def name_artist(draft: TrackDraft) -> TrackDraft:
    """The draft with its display artist as its one main artist, where it names no other."""
    if draft.display_artist and not draft.artists:
        return draft.model_copy(update={"artists": (ArtistDraft(name=draft.display_artist),)})
    return draft


def fields_with_artist(
    fields: dict[str, Any], release: ReleaseDocument, lookup: Lookup, path: Path = ()
) -> dict[str, Any]:
    """The fields of a track with the artist that is shown: its own, else those of the release.

    `path`: of the track in what was given. Raises DISPLAY_ARTIST_MISSING where the release has none either.
    """
    artists = fields.get("artists")
    shown = fields.get("display_artist") or (lookup.shown_as(artists) if artists else "") or release.display_artist
    if not shown:
        message = "neither the track nor its release has a display artist"
        raise DomainError("DISPLAY_ARTIST_MISSING", message, (*path, "display_artist"))
    return {**fields, "display_artist": shown, "artists": artists or release.artists}


def place_of(release: ReleaseDocument, track_id: str) -> int:
    """Where a track stands in its release, from 0; raises NOT_FOUND."""
    for place, track in enumerate(release.tracks):
        if track.id == track_id:
            return place
    raise track_not_found(track_id)


def track_not_found(track_id: str) -> DomainError:
    """The error for an id that names no track of this tenant's."""
    return DomainError("NOT_FOUND", f"there is no track with id {track_id}")
