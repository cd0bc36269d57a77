"""Which rows make one release, and what is wrong with a row before anything is looked up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.imports.csv_file import read_csv
from distro_core.imports.rows import ReleaseRows, group_rows, read_duration
from tests.unit.imports.examples import OTHER_UPC, UPC, make_csv, row


def grouped(*rows: dict[str, str]) -> list[ReleaseRows]:
    return group_rows(read_csv(make_csv(rows)).rows)


def faults(release: ReleaseRows) -> list[list[tuple[str, str | None]]]:
    return [[(issue.code, issue.column) for issue in track.issues] for track in release.rows]


@pytest.mark.proves("IMP-01")
def test_rows_with_one_barcode_are_one_release_wherever_they_stand() -> None:
    releases = grouped(
        row(1, upc=UPC), row(1, upc=OTHER_UPC), row(2, upc="0 12345 67890 5"), row(3, upc="0012345678905")
    )

    assert [(release.icpn, [track.row.number for track in release.rows]) for release in releases] == [
        (UPC, [2, 4, 5]),
        (OTHER_UPC, [3]),
    ]


def test_a_row_with_a_wrong_barcode_stands_alone() -> None:
    releases = grouped(row(1), row(2, upc="012345678906"), row(3, upc=""), row(4))

    assert [(release.icpn, len(release.rows)) for release in releases] == [(UPC, 2), (None, 1), (None, 1)]
    assert [faults(release) for release in releases[1:]] == [
        [[("ICPN_CHECK_DIGIT_WRONG", "upc")]],
        [[("ICPN_MISSING", "upc")]],
    ]


def test_tracks_without_numbers_follow_the_one_before_on_their_disc() -> None:
    (release,) = grouped(
        row(1, trackNumber="", discNumber=""),
        row(2, trackNumber=""),
        row(3, trackNumber="", discNumber="2"),
        row(4, trackNumber="7", discNumber="2"),
        row(5, trackNumber="", discNumber="2"),
        row(6, trackNumber="3/12", discNumber="1.0"),
    )

    assert [track.key for track in release.rows] == ["1-01", "1-02", "2-01", "2-07", "2-08", "1-03"]
    assert faults(release) == [[]] * 6


def test_wrong_numbers_and_words_are_told_with_their_column() -> None:
    (release,) = grouped(
        {**row(1, trackNumber="0"), "explicit": "yes", "pYear": "2026"},
        row(2, trackNumber="two"),
        row(3, discNumber="100"),
        row(4, duration="3 minutes"),
        {**row(5), "explicit": "perhaps"},
        {**row(6), "pYear": "26"},
        row(7, trackNumber="1"),
        row(8, trackNumber="1"),
    )

    assert faults(release) == [
        [("TRACK_NUMBER_INVALID", "trackNumber")],
        [("TRACK_NUMBER_INVALID", "trackNumber")],
        [("DISC_NUMBER_INVALID", "discNumber")],
        [("DURATION_INVALID", "duration")],
        [("EXPLICIT_INVALID", "explicit")],
        [("YEAR_INVALID", "pYear")],
        [],
        [("TRACK_NUMBER_REPEATED", "trackNumber")],
    ]


@pytest.mark.proves("IMP-01")
def test_a_row_that_contradicts_its_release_is_told() -> None:
    (release,) = grouped(
        row(1, genre="Pop"),
        row(2, title="LOW  tide", label="", genre="Rock"),
        row(3, title="High Tide"),
        row(4, releaseDate="2027-01-01", label="Other"),
    )

    assert faults(release) == [
        [],
        [],
        [("VALUE_CONTRADICTS", "title")],
        [("VALUE_CONTRADICTS", "releaseDate"), ("VALUE_CONTRADICTS", "label")],
    ]
    assert "row 2" in release.rows[2].issues[0].message


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("215", 215),
        ("215.5", "215.5"),
        ("3:35", 215),
        ("03:35.25", "215.25"),
        ("1:02:03", 3723),
        ("PT3M35S", 215),
        ("pt1h", 3600),
        ("PT", None),
        ("3:61", None),
        ("three", None),
        ("-5", None),
    ],
)
def test_durations_are_read_in_the_usual_forms(text: str, seconds: int | str | None) -> None:
    assert read_duration(text) == (None if seconds is None else Decimal(seconds))


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_means_the_same_in_every_form(hours: int, minutes: int, seconds: int) -> None:
    total = hours * 3600 + minutes * 60 + seconds

    assert read_duration(f"{hours}:{minutes:02d}:{seconds:02d}") == total
    assert read_duration(f"PT{hours}H{minutes}M{seconds}S") == total
    assert read_duration(str(total)) == total
