"""Tables for people and portals: each format opens and reads back as it was written (row MAN-01)."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from distro_core.manual.documents import ExportFormat
from distro_core.manual.tables import MOST_BYTES, MOST_ROWS, read_table, write_table
from distro_sdk.errors import DomainError
from distro_sdk.xml import parse_message

COLUMNS = ("title", "artist", "icpn")
ROWS = [
    {"title": "Night, Drive", "artist": 'The "Example"', "icpn": "0040063813339"},
    {"title": "光と影 – Déjà Vu", "artist": "=HYPERLINK(1)", "icpn": ""},
]
FORMATS = pytest.mark.parametrize("format", list(ExportFormat))

cells = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20).map(str.strip)
row_lists = st.lists(
    st.fixed_dictionaries({"title": cells.filter(bool), "artist": cells, "icpn": cells}), min_size=1, max_size=5
)


@pytest.mark.proves("MAN-01")
@FORMATS
def test_a_table_reads_back_as_it_was_written(format: ExportFormat) -> None:
    content = write_table(format, COLUMNS, ROWS)

    assert read_table(format, content) == ROWS
    assert write_table(format, COLUMNS, ROWS) == content


@pytest.mark.proves("MAN-01")
@settings(max_examples=40, deadline=None)
@given(rows=row_lists, format=st.sampled_from(list(ExportFormat)))
def test_any_table_reads_back(rows: list[dict[str, str]], format: ExportFormat) -> None:
    assert read_table(format, write_table(format, COLUMNS, rows)) == rows


@pytest.mark.proves("MAN-01")
def test_other_programs_open_what_is_written() -> None:
    sheet = load_workbook(io.BytesIO(write_table(ExportFormat.EXCEL, COLUMNS, ROWS))).worksheets[0]
    lines = list(csv.reader(io.StringIO(write_table(ExportFormat.CSV, COLUMNS, ROWS).decode("utf-8-sig"))))

    assert [[cell.value for cell in line] for line in sheet][:2] == [list(COLUMNS), list(ROWS[0].values())]
    assert sheet["C2"].value == "0040063813339"
    assert sheet["B3"].data_type == "s"
    assert lines[0] == list(COLUMNS)
    assert lines[2][1] == "'=HYPERLINK(1)"
    assert json.loads(write_table(ExportFormat.JSON, COLUMNS, ROWS)) == ROWS
    assert len(parse_message(write_table(ExportFormat.XML, COLUMNS, ROWS)).root) == 2


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/worksheets/sheet1.xml", b"0" * (60 << 20))
    return packed.getvalue()


def workbook_with(part: str, content: bytes) -> bytes:
    book, packed = io.BytesIO(), io.BytesIO()
    Workbook().save(book)
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(packed, "w") as target:
        for entry in source.namelist():
            target.writestr(entry, content if entry == part else source.read(entry))
    return packed.getvalue()


ENTITIES = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("format", "content", "code"),
    [
        (ExportFormat.CSV, b"\xff\xfe\x00", "TABLE_UNREADABLE"),
        (ExportFormat.CSV, b"", "TABLE_UNREADABLE"),
        (ExportFormat.CSV, b"title,title\na,b\n", "TABLE_UNREADABLE"),
        (ExportFormat.CSV, b'a,b\n"open', "TABLE_UNREADABLE"),
        (ExportFormat.CSV, b"a\n" + b"x" * 5001, "TABLE_TOO_LARGE"),
        (ExportFormat.CSV, b"a\n" + b"x\n" * (MOST_ROWS + 1), "TABLE_TOO_LARGE"),
        (ExportFormat.CSV, b"x" * (MOST_BYTES + 1), "TABLE_TOO_LARGE"),
        (ExportFormat.JSON, b"{}", "TABLE_UNREADABLE"),
        (ExportFormat.JSON, b"[1]", "TABLE_UNREADABLE"),
        (ExportFormat.JSON, b"[" * 100_000, "TABLE_UNREADABLE"),
        (ExportFormat.XML, b"<a/>", "TABLE_UNREADABLE"),
        (ExportFormat.XML, ENTITIES, "XML_DOCTYPE_FORBIDDEN"),
        (ExportFormat.EXCEL, b"PK", "TABLE_UNREADABLE"),
        (ExportFormat.EXCEL, bomb(), "TABLE_TOO_LARGE"),
        (ExportFormat.EXCEL, workbook_with("xl/workbook.xml", ENTITIES), "TABLE_UNREADABLE"),
        (ExportFormat.EXCEL, workbook_with("xl/workbook.xml", ENTITIES.decode().encode("utf-16")), "TABLE_UNREADABLE"),
        (ExportFormat.EXCEL, workbook_with("xl/workbook.xml", b"<a/>"), "TABLE_UNREADABLE"),
    ],
)
def test_what_is_no_table_is_refused(format: ExportFormat, content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        read_table(format, content)

    assert refused.value.code == code
