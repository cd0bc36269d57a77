"""Territories, languages, roles, dates, and what text may hold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from distro_core.catalogue.vocabulary import (
    check_date,
    check_language,
    check_role,
    check_seconds,
    check_territory,
    check_text,
)
from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import ContributorRole


@pytest.mark.parametrize(
    ("written", "stored"), [("de", "DE"), (" AT ", "AT"), ("worldwide", "Worldwide"), ("XK", "XK"), ("XX", None)]
)
def test_a_territory_is_a_country_or_the_world(written: str, stored: str | None) -> None:
    if stored is not None:
        assert check_territory(written, ()) == stored
        return

    with pytest.raises(DomainError) as refused:
        check_territory(written, ("territories", "included", 0))
    assert refused.value.code == "TERRITORY_UNKNOWN"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("en", "en"),
        ("EN-us", "en-US"),
        ("eng", "en"),
        ("ger", "de"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("gsw", "gsw"),
        ("es-419", "es-419"),
        ("de-CH-rumgr", "de-CH-rumgr"),
    ],
)
def test_a_language_is_stored_in_its_shortest_usual_form(written: str, stored: str) -> None:
    assert check_language(written, ()) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("xx", "LANGUAGE_UNKNOWN"),
        ("qqz", "LANGUAGE_UNKNOWN"),
        ("en-XX", "LANGUAGE_UNKNOWN"),
        ("zh-Abcd", "LANGUAGE_UNKNOWN"),
        ("english", "LANGUAGE_INVALID"),
        ("en_US", "LANGUAGE_INVALID"),
        ("e", "LANGUAGE_INVALID"),
    ],
)
def test_a_language_that_is_none_is_refused(written: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_language(written, ("language",))

    assert (refused.value.code, refused.value.path) == (code, ("language",))


@pytest.mark.proves("TRK-05")
def test_an_unknown_role_is_refused_with_all_that_are_allowed() -> None:
    with pytest.raises(DomainError) as refused:
        check_role("Tea Maker", ("contributors", 0, "roles", 0))

    assert refused.value.code == "ROLE_UNKNOWN"
    assert refused.value.path == ("contributors", 0, "roles", 0)
    assert all(role.value in refused.value.message for role in ContributorRole)


@pytest.mark.parametrize(
    ("written", "role"),
    [
        ("Producer", ContributorRole.PRODUCER),
        ("mixingengineer", ContributorRole.MIXING_ENGINEER),
        ("Writer", ContributorRole.COMPOSER_LYRICIST),
        ("publisher", ContributorRole.MUSIC_PUBLISHER),
    ],
)
def test_a_role_is_known_by_its_name_in_any_case_and_by_common_words(written: str, role: ContributorRole) -> None:
    assert check_role(written, ()) is role


@pytest.mark.parametrize("written", ["2026-02-30", "20.03.2026", "2026-3-20", "tomorrow", "", "2026-03-20T10:00"])
def test_a_date_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_date(written, ("release_date",))

    assert (refused.value.code, refused.value.path) == ("DATE_INVALID", ("release_date",))


def test_a_date_is_read_as_the_calendar_day_it_names() -> None:
    assert check_date("2024-02-29", ()) == date(2024, 2, 29)
    assert check_date(date(2024, 2, 29), ()) == date(2024, 2, 29)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "soon", "86401"])
def test_seconds_that_are_none_are_refused(value: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_seconds(value, ())

    assert refused.value.code == "SECONDS_INVALID"


def test_seconds_keep_their_decimals() -> None:
    assert check_seconds("30.25", ()) == Decimal("30.25")
    assert check_seconds(0.1, ()) == Decimal("0.1")


@pytest.mark.proves("TRK-06")
@given(st.text(max_size=80))
def test_text_is_kept_exactly_if_xml_can_carry_it_and_refused_if_not(text: str) -> None:
    def can_stand_in_xml() -> bool:
        try:
            etree.Element("title").text = text.strip()
        except ValueError:
            return False
        return not any(character in text.strip() for character in ("\ufffe", "\uffff"))

    if can_stand_in_xml():
        assert check_text(text, ("title",), limit=80) == text.strip()
        return

    with pytest.raises(DomainError) as refused:
        check_text(text, ("title",), limit=80)
    assert (refused.value.code, refused.value.path) == ("CHARACTER_ILLEGAL", ("title",))


def test_text_is_refused_one_character_beyond_its_limit() -> None:
    assert check_text("x" * 500, (), limit=500) == "x" * 500
    with pytest.raises(DomainError) as refused:
        check_text("x" * 501, ("title",), limit=500)

    assert refused.value.code == "TEXT_TOO_LONG"
