"""Writes the rows of one release into the catalogue, and says of each what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.checking import check_release
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.drafts import ReleaseDraft
from distro_core.catalogue.editing import Edited, PartiesMoved, ReleaseEditor, busy
from distro_core.catalogue.lookup import Lookup, look_up
from distro_core.catalogue.releases import ReleaseService, path_of
from distro_core.catalogue.statuses import check_editable
from distro_core.imports.documents import ImportDocument, ImportRowDocument, RowIssue, RowStatus
from distro_core.imports.files import Files
from distro_core.imports.merging import Merger, new_release, read_rows
from distro_core.imports.row_drafts import column_of, column_of_finding, draft_release
from distro_core.imports.rows import ReleaseRows, TrackRow
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, DomainErrors, Path
from distro_sdk.models.catalogue import Release, ReleaseStatus
from distro_sdk.models.validation import Severity, ValidationIssue

MOST_ATTEMPTS: Final = 20

DURATION_TOLERANCE: Final = Decimal(2)
"""Seconds by which a row may be wrong about its recording."""


@dataclass(frozen=True)
class Written:
    """A release as it was before the import, None where there was none, and as it is now."""

    before: ReleaseDocument | None
    after: ReleaseDocument


@dataclass(frozen=True)
class Outcome:
    """What became of the rows of one release. `ready`: it has become ready through this import, or was."""

    reports: list[ImportRowDocument]
    ready: bool


class ReleaseImporter:
    """Imports releases of one tenant, one after another, with the files of one import."""

    def __init__(self, scope: Scope, files: Files, current: ImportDocument) -> None:
        self._scope = scope
        self._files = files
        self._current = current
        self._releases = scope.store.collection(ReleaseDocument)
        self._assets = scope.store.collection(AssetDocument)
        self._editor = ReleaseEditor(scope)

    async def run(self, release: ReleaseRows) -> Outcome:
        """Create or update a release from its good rows; wrong rows fail alone."""
        written = await self._write(release)
        if written is None:
            return Outcome(
                [self._report(release, track, RowStatus.FAILED, None) for track in release.rows], ready=False
            )
        after, findings = await self._settle(release, written.after)
        reports = self._reports(release, written, findings)
        return Outcome(reports, after.status is ReleaseStatus.READY)

    async def _write(self, release: ReleaseRows) -> Written | None:
        for _ in range(MOST_ATTEMPTS + len(release.rows)):
            good = release.good()
            if not good or release.icpn is None:
                return None
            draft = draft_release(release.icpn, good)
            try:
                lookup = await look_up(self._scope.store, draft)
                read_rows(draft, lookup)
            except DomainErrors as faults:
                _fail_rows(faults, good)
                continue
            try:
                return await self._store(release.icpn, draft, lookup, good)
            except PartiesMoved:
                continue
            except DomainError as error:
                if error.code != "ICPN_TAKEN":
                    _fail_all(error, good)
        _fail_all(busy(), release.good())
        return None

    async def _store(self, icpn: str, draft: ReleaseDraft, lookup: Lookup, good: list[TrackRow]) -> Written:
        existing = await self._releases.find_one({"icpn_key": icpn.zfill(14)})
        merger = Merger(draft, good, self._files, icpn)
        if existing is None:
            return Written(
                None, await self._editor.insert(Edited(merger.merge(new_release(draft), lookup, {}), lookup))
            )
        seen: list[ReleaseDocument] = []

        async def change(release: ReleaseDocument) -> Edited:
            check_editable(release.status)
            found = await look_up(self._scope.store, draft)
            merged = merger.merge(release, found, await self._assets.get_many(release.named_assets))
            seen.append(release)
            return Edited(merged, found)

        after = await self._editor.edit(existing.id, change)
        return Written(seen[-1], after)

    async def _settle(
        self, release: ReleaseRows, stored: ReleaseDocument
    ) -> tuple[ReleaseDocument, tuple[ValidationIssue, ...]]:
        findings = await check_release(self._scope.store, stored)
        wrong = any(finding.severity is Severity.ERROR for finding in findings)
        if stored.status is not ReleaseStatus.DRAFT or wrong or len(release.good()) < len(release.rows):
            return stored, findings
        try:
            return await ReleaseService(self._scope).set_status(stored.id, ReleaseStatus.READY), findings
        except DomainError as error:
            # Somebody has changed it meanwhile, or a plugin objects to its being ready: it stays as it is.
            path = ".".join(str(step) for step in error.path)
            return stored, (*findings, ValidationIssue(code=error.code, message=error.message, path=path))

    def _reports(
        self, release: ReleaseRows, written: Written, findings: tuple[ValidationIssue, ...]
    ) -> list[ImportRowDocument]:
        issues = self._issues(release, written.after, findings)
        first = release.good()[0]
        reports = []
        for track in release.rows:
            if track.issues:
                reports.append(self._report(release, track, RowStatus.FAILED, written.after))
                continue
            status = self._status(track, written, first=track is first)
            reports.append(self._report(release, track, status, written.after, issues[track.row.number]))
        return reports

    def _report(
        self,
        release: ReleaseRows,
        track: TrackRow,
        status: RowStatus,
        stored: ReleaseDocument | None,
        issues: list[RowIssue] | None = None,
    ) -> ImportRowDocument:
        return ImportRowDocument(
            import_id=self._current.id,
            number=track.row.number,
            status=status,
            icpn=release.icpn,
            release_id=stored.id if stored else None,
            track_id=stored.imported_tracks.get(track.key) if stored and status is not RowStatus.FAILED else None,
            issues=tuple(issues if issues is not None else track.issues),
        )

    def _status(self, track: TrackRow, written: Written, *, first: bool) -> RowStatus:
        track_id = written.after.imported_tracks[track.key]
        before = {known.id: known for known in written.before.tracks} if written.before else {}
        after = {known.id: known for known in written.after.tracks}
        if track_id not in before:
            return RowStatus.CREATED
        # What this import made before its worker was interrupted is still its own creation.
        made, began = written.after.created_at, self._current.created_at
        if made is not None and began is not None and made >= began:
            return RowStatus.CREATED
        if after.get(track_id) != before[track_id] or (first and _release_changed(written)):
            return RowStatus.UPDATED
        return RowStatus.UNCHANGED

    def _issues(
        self, release: ReleaseRows, stored: ReleaseDocument, findings: tuple[ValidationIssue, ...]
    ) -> dict[int, list[RowIssue]]:
        good = release.good()
        issues: dict[int, list[RowIssue]] = {track.row.number: [] for track in good}
        by_track = {stored.imported_tracks[track.key]: track for track in good}
        for finding in findings:
            path = path_of(finding)
            row = by_track.get(_track_at(stored, path), good[0])
            column = column_of_finding(path)
            issues[row.row.number].append(
                RowIssue(
                    code=finding.code,
                    message=finding.message,
                    column=column.value if column else None,
                    severity=finding.severity,
                )
            )
        for track in good:
            issues[track.row.number] += self._duration_issue(release.icpn or "", track)
        return issues

    def _duration_issue(self, icpn: str, track: TrackRow) -> list[RowIssue]:
        recording = self._files.recording(icpn, track)
        if track.duration is None or recording is None or recording.audio is None:
            return []
        if abs(recording.audio.duration - track.duration) <= DURATION_TOLERANCE:
            return []
        message = f"the row says {track.duration} seconds, the file lasts {recording.audio.duration}"
        return [RowIssue(code="DURATION_DIFFERS", message=message, column="duration", severity=Severity.WARNING)]


def _track_at(release: ReleaseDocument, path: Path) -> str:
    """The id of the track that a path leads to; empty where it leads to the release."""
    place = path[1] if len(path) > 1 and path[0] == "tracks" else None
    return release.tracks[place].id if isinstance(place, int) and place < len(release.tracks) else ""


def _release_changed(written: Written) -> bool:
    names = Release.model_fields.keys() - {"tracks", "status"}
    return any(getattr(written.before, name) != getattr(written.after, name) for name in names)


def _fail_rows(faults: DomainErrors, good: list[TrackRow]) -> None:
    for fault in faults.errors:
        column, rows = column_of(fault.path, good)
        for track in rows:
            track.fail(fault.code, fault.message, column)


def _fail_all(error: DomainError, good: list[TrackRow]) -> None:
    errors = error.errors if isinstance(error, DomainErrors) else (error,)
    for track in good:
        for fault in errors:
            track.fail(fault.code, fault.message, column_of_finding(fault.path))
