"""Reads a CSV file (RFC 4180) as people's programs write it: encodings, delimiters, quotes."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from distro_core.imports.columns import Column, Heading, read_heading, recognise
from distro_sdk.errors import DomainError

LARGEST_FILE: Final = 10 * 1024**2
"""Bytes."""

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
MOST_LINES_OF_A_ROW: Final = 50
"""Lines that a quoted cell may run over; beyond, its quote was never meant to stay open."""

DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True)
class Row:
    """One row. `number`: as a spreadsheet counts, the heading is row 1; `cells`: only those that are not empty.

    `fault`: why the row cannot be read, or None.
    """

    number: int
    cells: Mapping[Column, str]
    fault: DomainError | None = None

    def cell(self, column: Column) -> str | None:
        """What stands in a column, or None where nothing does."""
        return self.cells.get(column)


@dataclass(frozen=True)
class CsvFile:
    """A file that was read. `ignored_columns`: headings that mean nothing here."""

    rows: tuple[Row, ...]
    ignored_columns: tuple[str, ...]


def read_csv(content: bytes) -> CsvFile:
    """The rows of a file, blank ones left out.

    Raises CSV_EMPTY, CSV_TOO_LARGE, CSV_ENCODING_UNKNOWN, CSV_TOO_MANY_ROWS, CSV_TOO_MANY_COLUMNS, or `DomainErrors`
    COLUMN_MISSING and COLUMN_REPEATED. A row that cannot be read carries its own fault.
    """
    if len(content) > LARGEST_FILE:
        raise _fault("CSV_TOO_LARGE", f"{len(content)} bytes are more than the {LARGEST_FILE} allowed")
    lines = list(io.StringIO(decode(content), newline=""))
    start = next((place for place, line in enumerate(lines) if line.strip(" \t\r\n,;")), None)
    if start is None:
        raise _fault("CSV_EMPTY", "the file is empty")
    delimiter = find_delimiter(lines[start])
    records = _records(lines, start, delimiter)
    _, heading_cells = next(records)
    if isinstance(heading_cells, DomainError):
        raise heading_cells
    if len(heading_cells) > MOST_COLUMNS:
        raise _fault("CSV_TOO_MANY_COLUMNS", f"a file holds at most {MOST_COLUMNS} columns")
    heading = read_heading(heading_cells)
    rows = []
    for number, cells in records:
        row = _row(number, cells, heading, len(heading_cells))
        if row.cells or row.fault:
            rows.append(row)
        if len(rows) > MOST_ROWS:
            raise _fault("CSV_TOO_MANY_ROWS", f"a file holds at most {MOST_ROWS} rows")
    if not rows:
        raise _fault("CSV_EMPTY", "the file has a heading and no rows")
    return CsvFile(tuple(rows), heading.ignored)


def decode(content: bytes) -> str:
    """The text of a file in UTF-8 or UTF-16; raises CSV_ENCODING_UNKNOWN for anything else."""
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _fault("CSV_ENCODING_UNKNOWN", "the file is UTF-32: save it as UTF-8")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif content[1:2] == b"\0":
        encoding = "utf-16-le"
    elif content[:1] == b"\0":
        encoding = "utf-16-be"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _fault("CSV_ENCODING_UNKNOWN", "the file is neither UTF-8 nor UTF-16: save it as UTF-8") from error


def find_delimiter(line: str) -> str:
    """The delimiter with which a line has the most known headings; a comma where none has any."""

    def known(delimiter: str) -> int:
        cells = next(csv.reader([line], delimiter=delimiter), [])
        return sum(recognise(cell) is not None for cell in cells)

    return max(DELIMITERS, key=known)


def _records(lines: list[str], start: int, delimiter: str) -> Iterator[tuple[int, list[str] | DomainError]]:
    # Each row has a reader of its own, so that a quote left open costs its row and not the rest of the file.
    number = start + 1
    place = start
    while place < len(lines):
        reader = csv.reader(islice(lines, place, place + MOST_LINES_OF_A_ROW), delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
            place += reader.line_num
            yield number, cells
        except csv.Error as error:
            place += 1
            yield number, _fault("CSV_MALFORMED", f"row {number} cannot be read: {error}")
        number += 1


def _row(number: int, cells: list[str] | DomainError, heading: Heading, width: int) -> Row:
    if isinstance(cells, DomainError):
        return Row(number, {}, cells)
    if any(cell.strip() for cell in cells[width:]):
        message = f"row {number} has {len(cells)} cells under {width} headings: is a delimiter missing its quotes?"
        return Row(number, {}, _fault("CSV_MALFORMED", message))
    filled = {
        column: cells[place].strip()
        for column, place in heading.places.items()
        if place < len(cells) and cells[place].strip()
    }
    return Row(number, filled)


def _fault(code: str, message: str) -> DomainError:
    return DomainError(code, message, ("csv",))
