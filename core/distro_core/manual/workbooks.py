"""Excel workbooks with one sheet of texts, written and read back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook, load_workbook

from distro_sdk.errors import DomainError

MOST_UNPACKED = 50 << 20
"""Bytes of a workbook when it is unpacked."""

_DECLARATIONS = [(encoding, word) for encoding in ("utf-8", "utf-16-le", "utf-16-be") for word in ("DOCTYPE", "ENTITY")]
_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
"""What workbooks say of when they were made, so that the same table gives the same bytes."""


def write_workbook(lines: Sequence[Sequence[str]]) -> bytes:
    """A workbook with these lines of texts; the same lines give the same bytes."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise DomainError("TABLE_UNREADABLE", "the workbook has no sheet")
    sheet.title = "Export"
    for place, line in enumerate(lines, 1):
        for column, value in enumerate(line, 1):
            cell = sheet.cell(place, column, value)
            cell.data_type = "s"  # a text that begins with = is a text, and no formula
    book.properties.created = book.properties.modified = _MOMENT.replace(tzinfo=None)
    written = io.BytesIO()
    book.save(written)
    return _same_bytes(written.getvalue())


def read_workbook(content: bytes, *, most_rows: int, most_columns: int) -> Iterator[Sequence[Any]]:
    """The values of each line of the first sheet, as far as is asked for.

    Raises TABLE_TOO_LARGE, or TABLE_UNREADABLE for what is no workbook.
    """
    try:
        _check_workbook(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        yield from book.worksheets[0].iter_rows(max_row=most_rows, max_col=most_columns, values_only=True)
    except DomainError:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers meet
        raise _unreadable("this is no Excel workbook") from error


def _same_bytes(content: bytes) -> bytes:
    """The workbook without the moments at which its parts were packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in sorted(source.namelist()):
            written = source.read(entry)
            if entry == "docProps/core.xml":
                moment = _MOMENT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                written = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment, written)
            target.writestr(zipfile.ZipInfo(entry, _MOMENT.timetuple()[:6]), written, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _check_workbook(content: bytes) -> None:
    """Refuse what unpacks to too much, and document type declarations, with which entities come (row SEC-16)."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
            raise DomainError("TABLE_TOO_LARGE", f"a workbook has at most {MOST_UNPACKED} bytes", ("content",))
        for entry in packed.infolist():
            part = packed.read(entry)
            if any("<!".encode(encoding) + word.encode(encoding) in part for encoding, word in _DECLARATIONS):
                raise _unreadable("a workbook has no document type declarations")


def _unreadable(reason: str) -> DomainError:
    return DomainError("TABLE_UNREADABLE", reason, ("content",))
