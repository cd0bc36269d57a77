"""Reading CSV files as people's programs write them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distro_core.imports import csv_file
from distro_core.imports.columns import Column, recognise
from distro_core.imports.csv_file import read_csv
from distro_sdk.errors import DomainError, DomainErrors
from tests.unit.imports.examples import THIRTEEN, make_csv, row


@pytest.mark.proves("IMP-01")
def test_the_thirteen_columns_are_read() -> None:
    file = read_csv(make_csv([row(1)]))

    assert [column.value for column in Column][:13] == list(THIRTEEN)
    (read,) = file.rows
    assert read.number == 2
    assert {column.value: cell for column, cell in read.cells.items()} == {
        name: cell for name, cell in row(1).items() if cell
    }
    assert file.ignored_columns == ()


@pytest.mark.proves("IMP-01")
@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Release Date", Column.RELEASE_DATE),
        ("release_date", Column.RELEASE_DATE),
        (" RELEASEDATE ", Column.RELEASE_DATE),
        ("Track Title", Column.TRACK_TITLE),
        ("track #", Column.TRACK_NUMBER),
        ("Track No.", Column.TRACK_NUMBER),
        ("EAN", Column.UPC),
        ("UPC/EAN", Column.UPC),
        ("Barcode", Column.UPC),
        ("Album Title", Column.TITLE),
        ("Catalogue Number", Column.CATALOG_NUMBER),
        ("Disc", Column.DISC_NUMBER),
        ("P-Line", Column.P_LINE),
        ("Comment", None),
        ("", None),
    ],
)
def test_headings_are_recognised_however_they_are_written(heading: str, column: Column | None) -> None:
    assert recognise(heading) is column


@pytest.mark.parametrize("column", Column)
def test_every_column_is_recognised_by_its_own_heading(column: Column) -> None:
    assert recognise(column.value) is column


def test_the_order_of_columns_does_not_matter_and_unknown_ones_are_named() -> None:
    given_row = {"Comment": "loud", **dict(reversed(row(1).items())), "mood": "blue"}

    file = read_csv(make_csv([given_row]))

    assert file.rows[0].cell(Column.TRACK_TITLE) == "Song 1"
    assert file.ignored_columns == ("Comment", "mood")


@pytest.mark.proves("IMP-01")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_found(encoding: str, delimiter: str) -> None:
    title = 'Ænima, "東京"; AC<DC>\tand\r\nmore'

    file = read_csv(make_csv([row(1, title=title), row(2)], delimiter=delimiter, encoding=encoding))

    assert file.rows[0].cell(Column.TITLE) == title
    assert [read.number for read in file.rows] == [2, 3]


@pytest.mark.parametrize("content", ["Ünïcode".encode("latin-1"), "title".encode("utf-32"), b"\xff\xfe\x00\xd8"])
def test_other_encodings_are_refused(content: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        read_csv(content)

    assert (refused.value.code, refused.value.path) == ("CSV_ENCODING_UNKNOWN", ("csv",))


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,,\r\n", b"title,artist,upc,trackTitle\n", b"\xef\xbb\xbf"])
def test_a_file_without_rows_is_refused(content: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        read_csv(content)

    assert refused.value.code == "CSV_EMPTY"


def test_missing_and_doubled_columns_are_all_named() -> None:
    with pytest.raises(DomainErrors) as refused:
        read_csv(b"title,Barcode,upc,genre\nA,1,2,Pop\n")

    assert [fault.code for fault in refused.value.errors] == ["COLUMN_REPEATED", "COLUMN_MISSING", "COLUMN_MISSING"]
    assert "artist" in refused.value.errors[1].message
    assert "trackTitle" in refused.value.errors[2].message


def test_bounds_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MOST_ROWS", 2)
    two = make_csv([row(1), row(2)])
    assert len(read_csv(two).rows) == 2
    with pytest.raises(DomainError) as rows:
        read_csv(make_csv([row(1), row(2), row(3)]))
    assert rows.value.code == "CSV_TOO_MANY_ROWS"

    with pytest.raises(DomainError) as width:
        read_csv(b",".join([b"title"] * 201))
    assert width.value.code == "CSV_TOO_MANY_COLUMNS"

    monkeypatch.setattr(csv_file, "LARGEST_FILE", len(two))
    assert len(read_csv(two).rows) == 2
    with pytest.raises(DomainError) as size:
        read_csv(two + b"\n")
    assert size.value.code == "CSV_TOO_LARGE"


@pytest.mark.proves("IMP-01")
def test_a_quote_left_open_costs_its_own_row_only() -> None:
    lines = [b"title,artist,upc,trackTitle", b'"Open,Ann,1,One', b"Good,Ann,2,Two", b'Bad "quote",Ann,3,Three,x']

    file = read_csv(b"\n".join(lines))

    assert [(read.number, read.fault and read.fault.code) for read in file.rows] == [
        (2, "CSV_MALFORMED"),
        (3, None),
        (4, "CSV_MALFORMED"),
    ]
    assert file.rows[1].cell(Column.TITLE) == "Good"


def test_blank_rows_are_passed_over_and_still_counted() -> None:
    file = read_csv(b"\n\ntitle,artist,upc,trackTitle\n\n,,,\nA,B,1,C\n\n")

    assert [read.number for read in file.rows] == [6]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=4, max_size=4))
def test_any_cell_survives_quoting(cells: list[str]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["title", "artist", "upc", "trackTitle"])
    writer.writerow(["anchor", *cells[1:]])

    (read,) = read_csv(text.getvalue().encode()).rows

    columns = (Column.ARTIST, Column.UPC, Column.TRACK_TITLE)
    assert [read.cell(column) for column in columns] == [cell.strip() or None for cell in cells[1:]]


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for file in (content, b"title,artist,upc,trackTitle\n" + content):
        refused = refusal(file)
        assert refused is None or refused.path == ("csv",)


def refusal(content: bytes) -> DomainError | None:
    try:
        read_csv(content)
    except DomainError as refused:
        return refused
    return None
