"""Imports of one tenant: made, run by a worker, taken up again after a crash, and read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import structlog
from pymongo.errors import BulkWriteError

from distro_core.assets.documents import AssetDocument
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.imports.csv_file import CsvFile, read_csv
from distro_core.imports.documents import ImportDocument, ImportRowDocument, ImportStatus, RowStatus
from distro_core.imports.files import Files, match_files
from distro_core.imports.releases import Outcome, ReleaseImporter
from distro_core.imports.rows import ReleaseRows, group_rows
from distro_core.scope import Scope
from distro_core.store.codec import encode_document
from distro_core.store.collection import Change, Order, Page
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.events import ImportFinished

log = structlog.get_logger(__name__)

TASK: Final = "import"
LEASE: Final = timedelta(seconds=60)
"""After which a silent worker's import is taken over; a worker renews it with every release."""

MOST_ATTEMPTS: Final = 5
MOST_FILES: Final = 20_000

OPEN: Final = (ImportStatus.WAITING, ImportStatus.RUNNING)


class LeaseLost(Exception):
    """Another worker has taken this import over."""


class ImportService:
    """Reads and runs the imports of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._imports = scope.store.collection(ImportDocument)
        self._rows = scope.store.collection(ImportRowDocument)
        self._assets = scope.store.collection(AssetDocument)

    async def create(self, csv: bytes, asset_ids: Sequence[str], *, file_name: str = "") -> ImportDocument:
        """Take in a CSV file and the ids of files that belong to it, and ask a worker to import it.

        `file_name`: for people only. Raises what `read_csv` raises, FILES_TOO_MANY, or `DomainErrors`
        NOT_FOUND; then nothing is stored.
        """
        file, releases = await asyncio.to_thread(_read, csv)
        await self._check_assets(asset_ids)
        import_id = new_id()
        key = f"{self._scope.tenant_key}/imports/{import_id}.csv"
        await self._scope.objects.put(key, csv)
        stored = await self._imports.insert(
            ImportDocument(
                id=import_id,
                file_name=file_name[:255],
                csv_key=key,
                asset_ids=tuple(dict.fromkeys(asset_ids)),
                ignored_columns=file.ignored_columns,
                total_rows=len(file.rows),
                total_releases=sum(release.icpn is not None for release in releases),
            ),
            by=self._scope.actor,
        )
        await self._enqueue(stored.id)
        return stored

    async def get(self, import_id: str) -> ImportDocument:
        """An import; raises NOT_FOUND."""
        return await self._imports.get(import_id)

    async def page(self, first: int = 50, after: str | None = None) -> Page[ImportDocument]:
        """`first` imports, the newest first."""
        return await self._imports.page({}, order=Order(descending=True), first=first, after=after)

    async def rows(
        self, import_id: str, statuses: Sequence[RowStatus] = (), first: int = 100, after: str | None = None
    ) -> Page[ImportRowDocument]:
        """The reports of an import in the order of its rows, all or those of some statuses; raises NOT_FOUND."""
        await self._imports.get(import_id)
        where: dict[str, Any] = {"import_id": import_id}
        if statuses:
            where["status"] = {"$in": list(statuses)}
        return await self._rows.page(where, order=Order("number"), first=first, after=after)

    async def run(self, import_id: str) -> None:
        """Import what is not imported yet; another worker's import, or a finished one, is left alone.

        Raises NOT_FOUND.
        """
        taken = await self._take(import_id)
        if taken is None:
            await self._imports.get(import_id)
            return
        if taken.attempts > MOST_ATTEMPTS:
            await self._finish(taken, ImportStatus.FAILED, f"gave up after {MOST_ATTEMPTS} attempts")
            return
        try:
            csv = await self._scope.objects.get(taken.csv_key)
            _, releases = await asyncio.to_thread(_read, csv)
        except DomainError as error:
            await self._finish(taken, ImportStatus.FAILED, str(error))
            return
        assets = await self._assets.get_many(taken.asset_ids)
        files = await asyncio.to_thread(match_files, releases, list(assets.values()))
        try:
            current = await self._import_releases(taken, releases, files)
            await self._finish(current, ImportStatus.COMPLETED, "")
        except LeaseLost:
            log.warning("import was taken over by another worker", import_id=import_id)
        except asyncio.CancelledError:
            # The worker is stopping: another need not wait until the lease runs out.
            await asyncio.shield(self._give_back(taken))
            raise

    async def wake_stale(self) -> int:
        """Ask a worker for every import that waits or whose worker fell silent; returns how many."""
        now = self._scope.clock.now()
        stale = {"status": {"$in": list(OPEN)}, "$or": [{"leased_until": None}, {"leased_until": {"$lt": now}}]}
        found = await self._imports.list(stale)
        return sum([await self._enqueue(document.id) for document in found])

    async def _import_releases(
        self, current: ImportDocument, releases: Sequence[ReleaseRows], files: Files
    ) -> ImportDocument:
        acting = replace(self._scope, actor=current.created_by or self._scope.actor)
        importer = ReleaseImporter(acting, files, current)
        reported = await self._reported(current.id)
        current = await self._write(
            current, {**await self._recount(current.id, releases, reported), "unmatched_files": files.unmatched}
        )
        for release in releases:
            if _numbers(release) <= reported:
                continue
            outcome = await importer.run(release)
            await self._store_reports([report for report in outcome.reports if report.number not in reported])
            current = await self._write(current, self._grown(current, release, outcome, reported))
        return current

    def _grown(
        self, current: ImportDocument, release: ReleaseRows, outcome: Outcome, reported: set[int]
    ) -> dict[str, Any]:
        fresh = [report for report in outcome.reports if report.number not in reported]
        counts: dict[str, Any] = {
            status.value: getattr(current, status.value) + sum(report.status is status for report in fresh)
            for status in RowStatus
        }
        counts["finished_releases"] = current.finished_releases + (release.icpn is not None)
        counts["ready_releases"] = current.ready_releases + outcome.ready
        return counts

    async def _reported(self, import_id: str) -> set[int]:
        raws = self._rows.raw.find({"import_id": import_id}, {"number": 1})
        return {raw["number"] for raw in await raws.to_list(length=None)}

    async def _recount(self, import_id: str, releases: Sequence[ReleaseRows], reported: set[int]) -> dict[str, int]:
        """The counts of what was reported before: a worker may have died between a report and its count."""
        counts = {
            status.value: await self._rows.count({"import_id": import_id, "status": status}) for status in RowStatus
        }
        finished = [release.icpn for release in releases if release.icpn and _numbers(release) <= reported]
        keys = [icpn.zfill(14) for icpn in finished]
        ready = {"icpn_key": {"$in": keys}, "status": ReleaseStatus.READY}
        counts["finished_releases"] = len(finished)
        counts["ready_releases"] = await self._scope.store.collection(ReleaseDocument).count(ready) if keys else 0
        return counts

    async def _store_reports(self, reports: Sequence[ImportRowDocument]) -> None:
        if not reports:
            return
        now = self._scope.clock.now()
        stamped = [report.model_copy(update={"created_at": now, "updated_at": now}) for report in reports]
        try:
            await self._rows.raw.insert_many([encode_document(report) for report in stamped], ordered=False)
        except BulkWriteError as error:
            if any(fault["code"] != 11000 for fault in error.details["writeErrors"]):
                raise

    async def _take(self, import_id: str) -> ImportDocument | None:
        now = self._scope.clock.now()
        free = {
            "id": import_id,
            "status": {"$in": list(OPEN)},
            "$or": [{"leased_until": None}, {"leased_until": {"$lt": now}}],
        }
        taken = {"status": ImportStatus.RUNNING, "holder": new_id(), "leased_until": now + LEASE}
        document = await self._imports.try_update(free, Change(set=taken, increment={"attempts": 1}))
        if document is not None and document.started_at is None:
            return await self._write(document, {"started_at": now})
        return document

    async def _write(self, current: ImportDocument, fields: dict[str, Any]) -> ImportDocument:
        renewed = {**fields, "leased_until": self._scope.clock.now() + LEASE}
        written = await self._imports.try_update(
            {"id": current.id, "holder": current.holder, "status": ImportStatus.RUNNING}, Change(set=renewed)
        )
        if written is None:
            raise LeaseLost
        await self._tell(written)
        return written

    async def _finish(self, current: ImportDocument, status: ImportStatus, details: str) -> None:
        now = self._scope.clock.now()
        event = ImportFinished(
            id=new_id(),
            tenant_id=self._scope.tenant_id,
            at=now,
            import_id=current.id,
            succeeded=current.done_rows - current.failed,
            failed=current.failed,
        )
        closed = {"status": status, "status_details": details, "finished_at": now, "leased_until": None, "holder": None}
        mine = {"id": current.id, "holder": current.holder, "status": ImportStatus.RUNNING}
        written = await self._imports.try_update(mine, Change(set=closed), events=[event])
        if written is not None:
            await self._tell(written)

    async def _give_back(self, taken: ImportDocument) -> None:
        mine = {"id": taken.id, "holder": taken.holder, "status": ImportStatus.RUNNING}
        free = {"holder": None, "leased_until": None}
        await self._imports.try_update(mine, Change(set=free, increment={"attempts": -1}))

    async def _tell(self, current: ImportDocument) -> None:
        await self._scope.broadcast.publish(f"{self._scope.tenant_key}:imports:{current.id}", current.progress())

    async def _enqueue(self, import_id: str) -> bool:
        payload = {"tenant_id": self._scope.tenant_id, "import_id": import_id}
        return await self._scope.queue.enqueue(TASK, payload, key=f"{TASK}:{self._scope.tenant_key}:{import_id}")

    async def _check_assets(self, asset_ids: Sequence[str]) -> None:
        if len(asset_ids) > MOST_FILES:
            raise DomainError("FILES_TOO_MANY", f"an import takes at most {MOST_FILES} files", ("asset_ids",))
        found = await self._assets.get_many(asset_ids)
        missing = [
            DomainError("NOT_FOUND", f"there is no asset with id {asset_id}", ("asset_ids", place))
            for place, asset_id in enumerate(asset_ids)
            if asset_id not in found
        ]
        if missing:
            raise DomainErrors(missing)


def _numbers(release: ReleaseRows) -> set[int]:
    return {track.row.number for track in release.rows}


def _read(csv: bytes) -> tuple[CsvFile, list[ReleaseRows]]:
    file = read_csv(csv)
    return file, group_rows(file.rows)
