"""Tables as people and portals take them: CSV, Excel, JSON and XML, written and read back."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lxml import etree

from distro_core.manual.documents import ExportFormat
from distro_sdk.errors import DomainError
from distro_sdk.xml import parse_message

Row = Mapping[str, str]

MOST_ROWS = 5000
MOST_COLUMNS = 100
MOST_BYTES = 5 << 20
LONGEST_CELL = 5000

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run (OWASP, CSV injection)."""

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_table(format: ExportFormat, columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """A table in a format; the same table gives the same bytes."""
    clean = [{name: _ILLEGAL.sub("", row.get(name, "")) for name in columns} for row in rows]
    return _WRITERS[format](columns, clean)


def read_table(format: ExportFormat, content: bytes) -> list[dict[str, str]]:
    """The rows of a table by the names of its columns, in any of the formats.

    Raises TABLE_TOO_LARGE, or TABLE_UNREADABLE for what is no table of that format.
    """
    if len(content) > MOST_BYTES:
        raise DomainError("TABLE_TOO_LARGE", f"a table has at most {MOST_BYTES} bytes", ("content",))
    rows = _READERS[format](content)
    if len(rows) > MOST_ROWS:
        raise DomainError("TABLE_TOO_LARGE", f"a table has at most {MOST_ROWS} rows", ("content",))
    return rows


def _write_csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _guarded(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _write_json(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    return json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=2).encode() + b"\n"


def _write_xml(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    root = etree.Element("export")
    for row in rows:
        line = etree.SubElement(root, "row")
        for name in columns:
            etree.SubElement(line, name).text = row[name]
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _read_csv(content: bytes) -> list[dict[str, str]]:
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(f"this is no CSV in UTF-8: {error}") from error
    return _of_lines([[_unguarded(value) for value in line] for line in lines])


def _read_json(content: bytes) -> list[dict[str, str]]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unreadable("this is no JSON") from error
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise _unreadable("the JSON is no list of objects")
    return [{_cell(name): _cell(value) for name, value in row.items()} for row in found]


def _read_xml(content: bytes) -> list[dict[str, str]]:
    root = parse_message(content).root
    if root.tag != "export":
        raise _unreadable("the XML is no export")
    return [{str(cell.tag): _cell(cell.text) for cell in row} for row in root]


def _write_excel(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    from distro_core.manual.workbooks import write_workbook  # noqa: PLC0415 - openpyxl only where it is needed

    return write_workbook([list(columns), *([row[name] for name in columns] for row in rows)])


def _read_excel(content: bytes) -> list[dict[str, str]]:
    from distro_core.manual.workbooks import read_workbook  # noqa: PLC0415 - openpyxl only where it is needed

    lines = read_workbook(content, most_rows=MOST_ROWS + 2, most_columns=MOST_COLUMNS + 1)
    return _of_lines([[_cell(value) for value in line] for line in lines])


def _of_lines(lines: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Rows below a line with the names of the columns; lines without any content, and columns without a name, are
    passed over.
    """
    if not lines:
        raise _unreadable("the table has no line with the names of its columns")
    names = lines[0]
    named = [name for name in names if name]
    if doubled := next((name for name in named if named.count(name) > 1), None):
        raise _unreadable(f"two columns have the name {doubled[:100]}")
    return [{name: cell for name, cell in zip(names, line, strict=False) if name} for line in lines[1:] if any(line)]


def _cell(value: Any) -> str:
    text = "" if value is None else str(value).strip()
    if len(text) > LONGEST_CELL:
        raise DomainError("TABLE_TOO_LARGE", f"a cell has at most {LONGEST_CELL} characters", ("content",))
    return text


def _guarded(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def _unguarded(value: str) -> str:
    text = _cell(value)
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _unreadable(reason: str) -> DomainError:
    return DomainError("TABLE_UNREADABLE", reason, ("content",))


_WRITERS: Mapping[ExportFormat, Callable[[Sequence[str], Sequence[Row]], bytes]] = {
    ExportFormat.XML: _write_xml,
    ExportFormat.EXCEL: _write_excel,
    ExportFormat.JSON: _write_json,
    ExportFormat.CSV: _write_csv,
}
_READERS: Mapping[ExportFormat, Callable[[bytes], list[dict[str, str]]]] = {
    ExportFormat.XML: _read_xml,
    ExportFormat.EXCEL: _read_excel,
    ExportFormat.JSON: _read_json,
    ExportFormat.CSV: _read_csv,
}
