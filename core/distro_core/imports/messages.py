"""Imports releases from a folder of ERN packages: messages with their files, each release whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from distro_core.assets.local_files import read_blocks
from distro_core.assets.service import AssetService
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.catalogue.releases import ReleaseService
from distro_core.imports.message_drafts import draft_of, party_drafts
from distro_core.imports.message_files import (
    MessageFile,
    ToldRelease,
    borrowed_files,
    find_messages,
    newest_releases,
)
from distro_core.messages.reading import find_files
from distro_core.scope import Scope
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.messages import ReadRelease
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import ReleaseStatus


class PackageStatus(StrEnum):
    """What became of a release of a package.

    Exists: the catalogue has a release of its identifier, which stays as it is; superseded: a later message of the
    folder tells of the same release; withdrawn: the latest message says that it is taken down.
    """

    IMPORTED = "imported"
    EXISTS = "exists"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class PackageIssue(Model):
    """One finding about a package."""

    code: str
    message: str


class PackageReport(Model):
    """What became of one release of a message. `path`: of the message in the folder; `number` of `total` so far.

    `ready`: whether the release has become ready; `issues`: why it failed, or what keeps it from being ready;
    `without_files`: ids, as in the message, of assets whose files did not come along; `unread`: XPaths of what our
    model has no place for.
    """

    path: str
    status: PackageStatus
    title: str = ""
    icpn: str | None = None
    release_id: str | None = None
    ready: bool = False
    issues: tuple[PackageIssue, ...] = ()
    without_files: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    number: int = 0
    total: int = 0


class MessageImporter:
    """Imports the packages of a folder for one tenant."""

    def __init__(self, scope: Scope, schemas: SchemaLibrary | None = None) -> None:
        self._scope = scope
        self._schemas = schemas
        self._assets = AssetService(scope)
        self._releases = ReleaseService(scope)

    async def run(self, folder: Path) -> AsyncIterator[PackageReport]:
        """Import every release of a folder, telling of each when it is done; a package that fails stops no other.

        Raises `DomainError` FILES_TOO_MANY.
        """
        readers = tuple(self._scope.plugins.message_readers.values())
        files = await asyncio.to_thread(lambda: list(find_messages(folder, readers, self._schemas)))
        newest = newest_releases(files)
        reports = [*_unreadable(files, folder), *_superseded(newest, folder)]
        total = len(reports) + len(newest)
        for number, report in enumerate(reports, start=1):
            yield report.model_copy(update={"number": number, "total": total})
        for number, told in enumerate(newest, start=len(reports) + 1):
            report = await self._import(told, folder)
            yield report.model_copy(update={"number": number, "total": total})

    async def _import(self, told: ToldRelease, folder: Path) -> PackageReport:
        report = _report(told, folder, PackageStatus.IMPORTED)
        if told.withdrawn:
            return report.model_copy(update={"status": PackageStatus.WITHDRAWN})
        if known := await self._known(told):
            return report.model_copy(update={"status": PackageStatus.EXISTS, "release_id": known.id})
        try:
            paths = await asyncio.to_thread(_find_all, told, folder)
            stored = await self._store(told.release, paths)
        except DomainError as error:
            return report.model_copy(update={"status": PackageStatus.FAILED, "issues": _issues(error)})
        missing = tuple(asset_id for asset_id in told.release.details if asset_id not in stored)
        return await self._create(told, stored, report.model_copy(update={"without_files": missing}))

    async def _create(self, told: ToldRelease, stored: Mapping[str, str], report: PackageReport) -> PackageReport:
        """Make the release of stored files; where there is none in the end, the files go as well."""
        try:
            draft = draft_of(told.release.complete, stored)
            created = await self._releases.create(draft, parties=party_drafts(told.release.complete.parties))
        except DomainError as error:
            await self._discard(stored.values())
            taken = error.code == "ICPN_TAKEN"
            status = PackageStatus.EXISTS if taken else PackageStatus.FAILED
            return report.model_copy(update={"status": status, "issues": _issues(error)})
        except BaseException:
            await asyncio.shield(self._discard(stored.values()))
            raise
        issues: tuple[PackageIssue, ...] = ()
        try:
            await self._releases.set_status(created.id, ReleaseStatus.READY)
        except DomainError as error:
            # It is in the catalogue, as a draft; what it lacks can be mended there.
            issues = _issues(error)
        return report.model_copy(update={"release_id": created.id, "ready": not issues, "issues": issues})

    async def _known(self, told: ToldRelease) -> ReleaseDocument | None:
        release = told.release.complete.release
        releases = self._scope.store.collection(ReleaseDocument)
        if release.icpn and (known := await releases.find_one({"icpn_key": release.icpn.zfill(14)})):
            return known
        return await releases.find_one({"grid": release.grid}) if release.grid else None

    async def _store(self, release: ReadRelease, paths: Mapping[str, Path]) -> dict[str, str]:
        """Take the files in: ids of stored assets by those of the release. All of them, or none."""
        stored: dict[str, str] = {}
        try:
            for asset_id, path in paths.items():
                kind = release.details[asset_id].kind
                try:
                    stored[asset_id] = (await self._assets.receive(kind, path.name, read_blocks(path))).id
                except DomainError as error:
                    raise DomainError(error.code, f"{path.name}: {error.message}") from error
        except BaseException:
            await asyncio.shield(self._discard(stored.values()))
            raise
        return stored

    async def _discard(self, asset_ids: Iterable[str]) -> None:
        for asset_id in asset_ids:
            await self._assets.delete(asset_id)


def _find_all(told: ToldRelease, folder: Path) -> dict[str, Path]:
    """The files of a release: those that its message brings, then those that an earlier message did."""
    return {**borrowed_files(told, folder), **find_files(told.release, told.path.parent, folder)}


def _unreadable(files: Sequence[MessageFile], folder: Path) -> list[PackageReport]:
    return [
        PackageReport(
            path=str(file.path.relative_to(folder)),
            status=PackageStatus.FAILED,
            issues=tuple(PackageIssue(code=fault.code, message=fault.message) for fault in file.faults),
        )
        for file in files
        if file.faults
    ]


def _superseded(newest: Sequence[ToldRelease], folder: Path) -> list[PackageReport]:
    return [_report(older, folder, PackageStatus.SUPERSEDED) for told in newest for older in told.older]


def _report(told: ToldRelease, folder: Path, status: PackageStatus) -> PackageReport:
    release = told.release.complete.release
    return PackageReport(
        path=str(told.path.relative_to(folder)),
        status=status,
        title=release.title,
        icpn=release.icpn,
        unread=told.message.unread,
    )


def _issues(error: DomainError) -> tuple[PackageIssue, ...]:
    faults = error.errors if isinstance(error, DomainErrors) else (error,)
    return tuple(PackageIssue(code=fault.code, message=_with_place(fault)) for fault in faults)


def _with_place(fault: DomainError) -> str:
    where = ".".join(str(step) for step in fault.path)
    return f"{where}: {fault.message}" if where else fault.message
