"""How imports are stored: the import with its counts, and one document for the report of each row."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from distro_core.store.documents import Document, Index
from distro_sdk.models.base import Model
from distro_sdk.models.validation import Severity


class ImportStatus(StrEnum):
    """How far an import has come."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class RowStatus(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class RowIssue(Model):
    """One finding about a row. `column`: the name of the column, or None where it is about the whole row."""

    code: str
    message: str
    column: str | None = None
    severity: Severity = Severity.ERROR


class UnmatchedFile(Model):
    """A file that no row asked for, or that another file of the same place kept out, and why."""

    asset_id: str
    file_name: str
    code: str
    message: str


class ImportDocument(Document):
    """An import of releases from a CSV file.

    `csv_key`: where the file lies in object storage; `ignored_columns`: headings that mean nothing here; counts of
    rows grow while the import runs. `holder`, `leased_until`: which worker has it and for how long; `attempts`: how
    often a worker began.
    """

    collection: ClassVar[str] = "imports"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("open", (("status", 1), ("leased_until", 1))),
        Index("outbox", (("outbox.id", 1),), only_if={"outbox.id": {"$exists": True}}),
    )

    status: ImportStatus = ImportStatus.WAITING
    status_details: str = ""
    file_name: str = ""
    csv_key: str
    asset_ids: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    total_rows: int
    total_releases: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    finished_releases: int = 0
    ready_releases: int = 0
    unmatched_files: tuple[UnmatchedFile, ...] = ()
    attempts: int = 0
    holder: str | None = None
    leased_until: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def done_rows(self) -> int:
        """How many rows have their report."""
        return self.created + self.updated + self.unchanged + self.failed

    def progress(self) -> dict[str, Any]:
        """What listeners are told while the import runs."""
        return {
            "import_id": self.id,
            "status": self.status.value,
            "total_rows": self.total_rows,
            "done_rows": self.done_rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "failed": self.failed,
            "total_releases": self.total_releases,
            "finished_releases": self.finished_releases,
        }


class ImportRowDocument(Document):
    """The report of one row. `number`: as a spreadsheet counts, the heading is row 1."""

    collection: ClassVar[str] = "import_rows"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("row", (("import_id", 1), ("number", 1)), unique=True),
        Index("status", (("import_id", 1), ("status", 1), ("number", 1))),
    )

    import_id: str
    number: int
    status: RowStatus
    icpn: str | None = None
    release_id: str | None = None
    track_id: str | None = None
    issues: tuple[RowIssue, ...] = ()
