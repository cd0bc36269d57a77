"""CSV files for tests of imports."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from distro_core.imports.documents import ImportDocument, ImportRowDocument
from distro_core.imports.service import ImportService
from distro_core.scope import Scope

THIRTEEN = (
    "title",
    "artist",
    "upc",
    "releaseDate",
    "trackTitle",
    "trackNumber",
    "trackArtist",
    "isrc",
    "discNumber",
    "duration",
    "label",
    "catalogNumber",
    "genre",
)
"""The columns of row IMP-01."""

UPC, OTHER_UPC = "012345678905", "036000291452"


def row(number: int, **cells: str) -> dict[str, str]:
    """A row of a single by its track number; cells given replace the usual ones."""
    return {
        "title": "Low Tide",
        "artist": "Ann Example",
        "upc": UPC,
        "releaseDate": "2026-03-20",
        "trackTitle": f"Song {number}",
        "trackNumber": str(number),
        "trackArtist": "",
        "isrc": f"QZST126{number:05d}",
        "discNumber": "1",
        "duration": "200",
        "label": "Polar Records",
        "catalogNumber": "POLAR-1",
        "genre": "Pop",
        **cells,
    }


def make_csv(rows: Sequence[Mapping[str, str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """A file of those rows; its columns are those of the first."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


async def run_import(
    scope: Scope, rows: Sequence[Mapping[str, str]] | bytes, asset_ids: Sequence[str] = ()
) -> tuple[ImportDocument, list[ImportRowDocument]]:
    """An import run to its end, with the reports of its rows in their order."""
    service = ImportService(scope)
    made = await service.create(rows if isinstance(rows, bytes) else make_csv(rows), asset_ids)
    await service.run(made.id)
    return await service.get(made.id), await reports_of(scope, made.id)


async def reports_of(scope: Scope, import_id: str) -> list[ImportRowDocument]:
    """The reports of an import in the order of its rows."""
    reports: list[ImportRowDocument] = []
    after = None
    while True:
        page = await ImportService(scope).rows(import_id, first=200, after=after)
        reports += page.documents
        if not page.has_next:
            return reports
        after = page.cursors[-1]


def issues(report: ImportRowDocument) -> set[tuple[str, str | None]]:
    """The codes of a report with their columns."""
    return {(issue.code, issue.column) for issue in report.issues}
