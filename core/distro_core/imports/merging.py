"""Lays what rows say over a release as it is: only what they say changes, and nothing comes twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ReleaseDraft, RightsDraft, TerritoriesDraft, TrackDraft
from distro_core.catalogue.editing import build_track, change_fields
from distro_core.catalogue.identifiers import compact
from distro_core.catalogue.lookup import Lookup
from distro_core.catalogue.offers import read_rights, read_territories
from distro_core.catalogue.reading import Reading
from distro_core.catalogue.tracks import fields_with_artist
from distro_core.catalogue.values import read_release, read_track
from distro_core.imports.columns import Column
from distro_core.imports.files import Files
from distro_core.imports.row_drafts import ROLES
from distro_core.imports.rows import TrackRow
from distro_core.store.documents import new_id
from distro_sdk.models.catalogue import Contributor, ImageType, ReleaseImage, Track
from distro_sdk.models.lines import RightsLine


def new_release(draft: ReleaseDraft) -> ReleaseDocument:
    """An empty release for a draft to be laid over."""
    return ReleaseDocument(title=draft.title)


def read_rows(draft: ReleaseDraft, lookup: Lookup) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The fields of a release and of its tracks; raises `DomainErrors` with every fault, by its path in the draft."""
    reading = Reading(lookup)
    fields = read_release(reading, draft)
    tracks = [read_track(reading, track, ("tracks", place)) for place, track in enumerate(draft.tracks)]
    reading.finish()
    return fields, tracks


class Merger:
    """The rows of one release with their files, to be laid over the release as often as it takes."""

    def __init__(self, draft: ReleaseDraft, rows: Sequence[TrackRow], files: Files, icpn: str) -> None:
        self._draft = draft
        self._rows = rows
        self._files = files
        self._icpn = icpn

    def merge(self, release: ReleaseDocument, lookup: Lookup, assets: Mapping[str, AssetDocument]) -> ReleaseDocument:
        """The release with the rows laid over it. `assets`: those that the release names, by id."""
        fields, read_tracks = read_rows(self._draft, lookup)
        _keep_artists(fields, release.display_artist, release.artists)
        self._keep_deal(fields, release)
        fields["images"] = self._images(release, assets)
        fields["document_asset_ids"] = self._booklets(release, assets)
        merged = _complete_lines(change_fields(release, fields), lookup, self._draft)
        places = self._find_tracks(merged)
        tracks = {track.id: track for track in merged.tracks}
        for row, draft, track_fields in zip(self._rows, self._draft.tracks, read_tracks, strict=True):
            track_id = places[row.key]
            if track_id in tracks:
                tracks[track_id] = self._change_track(tracks[track_id], row, draft, track_fields, assets)
            else:
                tracks[track_id] = self._new_track(track_id, merged, row, track_fields, lookup)
        keys = {**merged.imported_tracks, **places}
        kept = {key: track_id for key, track_id in sorted(keys.items()) if track_id in tracks}
        return merged.model_copy(update={"tracks": _in_order(tracks, kept), "imported_tracks": kept})

    def _keep_deal(self, fields: dict[str, Any], release: ReleaseDocument) -> None:
        """Leave territories, rights dates and price code alone where their own columns are empty."""
        given = {column for row in self._rows for column in row.row.cells}
        reading = Reading(Lookup())
        if "territories" in fields and Column.TERRITORIES not in given:
            draft = TerritoriesDraft(included=release.territories.included, excluded=fields["territories"].excluded)
            fields["territories"] = read_territories(reading, draft, ("territories",))
        if "rights" in fields and release.rights:
            columns = {
                "start_date": Column.RIGHTS_START,
                "end_date": Column.RIGHTS_END,
                "price_code": Column.PRICE_CODE,
            }
            said = {name: getattr(fields["rights"], name) for name, column in columns.items() if column in given}
            draft_of_rights = RightsDraft.model_validate({**dict(release.rights), **said})
            fields["rights"] = read_rights(reading, draft_of_rights, ("rights",))
        reading.finish()

    def _find_tracks(self, release: ReleaseDocument) -> dict[str, str]:
        """The id of each row's track: by the place it was imported to, else by ISRC, else by where it stands."""
        present = {track.id for track in release.tracks}
        found = {row.key: release.imported_tracks.get(row.key) for row in self._rows}
        found = {key: track_id for key, track_id in found.items() if track_id in present}
        placed = set(release.imported_tracks.values())
        free = {track.id: track for track in release.tracks if track.id not in placed}
        standing = _places(release.tracks)
        for same in (_by_isrc, _by_place):
            for row in self._rows:
                if not found.get(row.key) and (track_id := same(row, free, standing)):
                    found[row.key] = track_id
                    del free[track_id]
        return {row.key: found.get(row.key) or new_id() for row in self._rows}

    def _new_track(
        self, track_id: str, release: ReleaseDocument, row: TrackRow, fields: dict[str, Any], lookup: Lookup
    ) -> Track:
        recording = self._files.recording(self._icpn, row)
        audio = {"audio_asset_id": recording.id} if recording else {}
        return build_track({"id": track_id, **fields_with_artist(fields, release, lookup), **audio})

    def _change_track(
        self,
        track: Track,
        row: TrackRow,
        draft: TrackDraft,
        fields: dict[str, Any],
        assets: Mapping[str, AssetDocument],
    ) -> Track:
        fields = dict(fields)
        _keep_artists(fields, track.display_artist, track.artists)
        if draft.contributors:
            fields["contributors"] = _merge_contributors(track.contributors, fields["contributors"], row)
        recording = self._files.recording(self._icpn, row)
        if recording is not None and not _same_bytes(assets.get(track.audio_asset_id or ""), recording):
            fields["audio_asset_id"] = recording.id
        changed = build_track({**dict(track), **fields})
        return changed if changed == track else changed.model_copy(update={"revision": track.revision + 1})

    def _images(self, release: ReleaseDocument, assets: Mapping[str, AssetDocument]) -> tuple[ReleaseImage, ...]:
        images = list(release.images)
        for image_type, asset in self._files.images_of(self._icpn):
            if any(image.type is image_type and _same_bytes(assets.get(image.asset_id), asset) for image in images):
                continue
            if image_type is ImageType.FRONT_COVER:
                images = [image for image in images if image.type is not ImageType.FRONT_COVER]
                images.insert(0, ReleaseImage(asset_id=asset.id, type=image_type))
            else:
                images.append(ReleaseImage(asset_id=asset.id, type=image_type))
        return tuple(images)

    def _booklets(self, release: ReleaseDocument, assets: Mapping[str, AssetDocument]) -> tuple[str, ...]:
        ids = list(release.document_asset_ids)
        for asset in self._files.booklets_of(self._icpn):
            if not any(_same_bytes(assets.get(asset_id), asset) for asset_id in ids):
                ids.append(asset.id)
        return tuple(ids)


def _same_bytes(known: AssetDocument | None, other: AssetDocument) -> bool:
    return known is not None and known.hashes.sha256 == other.hashes.sha256


def _keep_artists(fields: dict[str, Any], shown: str, artists: Sequence[Any]) -> None:
    """Where the same artist is shown as before, who stands behind it may have been refined by hand: leave it."""
    if artists and fields.get("display_artist") == shown:
        fields.pop("artists", None)


def _by_isrc(row: TrackRow, free: Mapping[str, Track], _standing: Mapping[str, str]) -> str | None:
    code = compact(row.row.cell(Column.ISRC) or "")
    return next((track.id for track in free.values() if code and track.isrc == code), None)


def _by_place(row: TrackRow, free: Mapping[str, Track], standing: Mapping[str, str]) -> str | None:
    """The track in the row's place, unless both have an ISRC: then they are two recordings."""
    track_id = standing.get(row.key)
    if track_id is None or track_id not in free or (row.row.cell(Column.ISRC) and free[track_id].isrc):
        return None
    return track_id


def _places(tracks: Sequence[Track]) -> dict[str, str]:
    """The ids of tracks by disc and number on the disc, as `1-07`."""
    counts: dict[int, int] = {}
    places: dict[str, str] = {}
    for track in tracks:
        counts[track.disc_number] = counts.get(track.disc_number, 0) + 1
        places[f"{track.disc_number}-{counts[track.disc_number]:02d}"] = track.id
    return places


def _in_order(tracks: Mapping[str, Track], keys: Mapping[str, str]) -> tuple[Track, ...]:
    """Tracks by disc and number; those that no import placed keep their turn among the others."""
    numbers = {track_id: int(key.split("-")[1]) for key, track_id in keys.items()}
    order: list[tuple[tuple[int, int], Track]] = []
    last: dict[int, int] = {}
    for track in tracks.values():
        number = numbers.get(track.id, last.get(track.disc_number, 0))
        last[track.disc_number] = number
        order.append(((track.disc_number, number), track))
    return tuple(track for _, track in sorted(order, key=lambda entry: entry[0]))


def _merge_contributors(
    known: Sequence[Contributor], given: Sequence[Contributor], row: TrackRow
) -> tuple[Contributor, ...]:
    """The contributors with the roles of the filled columns replaced, and everything else kept."""
    replaced = {role for column, role in ROLES.items() if row.row.cell(column)}
    merged: dict[str, Contributor] = {}
    for contributor in known:
        if roles := tuple(role for role in contributor.roles if role not in replaced):
            merged[contributor.party_id] = contributor.model_copy(update={"roles": roles})
    for contributor in given:
        before = merged.get(contributor.party_id)
        roles = tuple(dict.fromkeys([*(before.roles if before else ()), *contributor.roles]))
        merged[contributor.party_id] = (before or contributor).model_copy(update={"roles": roles})
    if {(c.party_id, frozenset(c.roles)) for c in merged.values()} == {(c.party_id, frozenset(c.roles)) for c in known}:
        return tuple(known)
    return tuple(merged.values())


def _complete_lines(release: ReleaseDocument, lookup: Lookup, draft: ReleaseDraft) -> ReleaseDocument:
    """A P-line and a C-line from label and release date, where neither the file nor the catalogue has one."""
    if release.release_date is None or not draft.label:
        return release
    label = next((party.name for party in lookup.parties.values() if party.id == release.label_party_id), draft.label)
    lines: dict[str, Any] = {}
    for name, sign in (("p_line", "℗"), ("c_line", "©")):
        if getattr(release, name) is None:
            year = release.release_date.year
            lines[name] = RightsLine(year=year, text=f"{sign} {year} {label}", company=label)
    return release.model_copy(update=lines)
