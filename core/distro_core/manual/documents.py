"""How exports for manual distribution are stored."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from distro_core.store.documents import Document, Index


class ExportFormat(StrEnum):
    """The formats of exports (row MAN-01)."""

    XML = "xml"
    EXCEL = "excel"
    JSON = "json"
    CSV = "csv"


SUFFIXES = {ExportFormat.XML: "xml", ExportFormat.EXCEL: "xlsx", ExportFormat.JSON: "json", ExportFormat.CSV: "csv"}

MEDIA_TYPES = {
    ExportFormat.XML: "application/xml",
    ExportFormat.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSON: "application/json",
    ExportFormat.CSV: "text/csv; charset=utf-8",
}


class ManualExportDocument(Document):
    """A table of one release for one platform. `key`: where it lies in object storage; `size`: bytes."""

    collection: ClassVar[str] = "manual_exports"
    indexes: ClassVar[tuple[Index, ...]] = (Index("release", (("release_id", 1), ("_id", -1))),)

    release_id: str
    target_id: str
    platform: str
    format: ExportFormat
    key: str
    file_name: str
    size: int
    sha256: str
    delivery_id: str | None = None
