"""Identifiers of the field: what is accepted, how it is stored, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean
from stdnum.iso7064 import mod_11_2, mod_37_36

from distro_core.catalogue.identifiers import (
    check_dpid,
    check_grid,
    check_icpn,
    check_ipi,
    check_isni,
    check_isrc,
    check_iswc,
)
from distro_sdk.errors import DomainError

Check = Callable[[str, tuple[str, ...]], str]

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


@pytest.mark.proves("CAT-30")
@pytest.mark.parametrize(
    ("check", "written", "stored"),
    [
        (check_isrc, "us-s1z-99-00001", "USS1Z9900001"),
        (check_isrc, " GB AYE 68 00001 ", "GBAYE6800001"),
        (check_isrc, "QZST12600001", "QZST12600001"),
        (check_icpn, "0 12345 67890 5", "012345678905"),
        (check_icpn, "4006381333931", "4006381333931"),
        (check_icpn, "73513537", "73513537"),
        (check_icpn, "98412345678908", "98412345678908"),
        (check_grid, "A1-2425G-ABC1234002-M", "A12425GABC1234002M"),
        (check_grid, "GRid:A1-2425G-ABC1234002-M", "A12425GABC1234002M"),
        (check_isni, "0000 0001 2281 955x", "000000012281955X"),
        (check_ipi, "14107338", "00014107338"),
        (check_ipi, "00014107338", "00014107338"),
        (check_ipi, "014107338", "00014107338"),
        (check_iswc, "T-034.524.680-1", "T0345246801"),
        (check_dpid, "PA-DPIDA-2007050901-U", "PADPIDA2007050901U"),
        (check_dpid, "padpida2013110401k", "PADPIDA2013110401K"),
    ],
)
def test_an_identifier_is_stored_in_the_form_of_messages(check: Check, written: str, stored: str) -> None:
    assert check(written, ()) == stored


@pytest.mark.proves("CAT-30")
@pytest.mark.parametrize(
    ("check", "written", "code"),
    [
        (check_isrc, "USS1Z990001", "ISRC_INVALID"),
        (check_isrc, "USS1Z99000012", "ISRC_INVALID"),
        (check_isrc, "USS1Z99O0001", "ISRC_INVALID"),
        (check_isrc, "USS1Z99٠٠٠٠١", "ISRC_INVALID"),
        (check_isrc, "XX0001700001", "ISRC_PREFIX_UNKNOWN"),
        (check_icpn, "012345678906", "ICPN_CHECK_DIGIT_WRONG"),
        (check_icpn, "73513538", "ICPN_CHECK_DIGIT_WRONG"),
        (check_icpn, "4006381333932", "ICPN_CHECK_DIGIT_WRONG"),
        (check_icpn, "98412345678909", "ICPN_CHECK_DIGIT_WRONG"),
        (check_icpn, "12345678905", "ICPN_INVALID"),
        (check_icpn, "123456789012345", "ICPN_INVALID"),
        (check_icpn, "1.23457E+11", "ICPN_INVALID"),
        (check_icpn, "", "ICPN_INVALID"),
        (check_grid, "A12425GABC1234002Q", "GRID_CHECK_CHARACTER_WRONG"),
        (check_grid, "A12425GABC1234002", "GRID_INVALID"),
        (check_grid, "B12425GABC1234002M", "GRID_INVALID"),
        (check_isni, "0000000122819550", "ISNI_CHECK_DIGIT_WRONG"),
        (check_isni, "00000001228195", "ISNI_INVALID"),
        (check_ipi, "00014107339", "IPI_CHECK_DIGITS_WRONG"),
        (check_ipi, "12345", "IPI_INVALID"),
        (check_iswc, "T0345246802", "ISWC_CHECK_DIGIT_WRONG"),
        (check_iswc, "X0345246801", "ISWC_INVALID"),
        (check_dpid, "PADPIDA2007050901V", "DPID_CHECK_CHARACTER_WRONG"),
        (check_dpid, "PADPIDA1", "DPID_INVALID"),
        (check_dpid, "PADPIDB2007050901U", "DPID_INVALID"),
    ],
)
def test_a_wrong_identifier_is_refused_with_its_code_and_path(check: Check, written: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        check(written, ("tracks", "0"))

    assert (refused.value.code, refused.value.path) == (code, ("tracks", "0"))


@pytest.mark.parametrize("check", [check_isrc, check_icpn, check_grid, check_isni, check_ipi, check_iswc, check_dpid])
@given(written=st.text(max_size=200))
def test_whatever_is_written_is_stored_safely_or_refused(check: Check, written: str) -> None:
    try:
        stored = check(written, ())
    except DomainError:
        return

    assert set(stored) <= set(ALPHANUMERIC)
    assert check(stored, ()) == stored


@given(st.sampled_from([8, 12, 13, 14]).flatmap(lambda length: digits(length - 1)), st.integers(1, 9))
def test_an_icpn_with_its_check_digit_passes_and_with_another_does_not(number: str, shift: int) -> None:
    right = int(ean.calc_check_digit(number))

    assert check_icpn(f"{number}{right}") == f"{number}{right}"
    with pytest.raises(DomainError, match=f"should be {right}"):
        check_icpn(f"{number}{(right + shift) % 10}")


@given(st.text(ALPHANUMERIC, min_size=15, max_size=15))
def test_a_grid_with_its_check_character_passes(number: str) -> None:
    whole = f"A1{number}" + mod_37_36.calc_check_digit(f"A1{number}")

    assert check_grid(whole) == whole


@given(st.text(ALPHANUMERIC, min_size=10, max_size=10))
def test_a_dpid_with_its_check_character_passes(number: str) -> None:
    whole = f"PADPIDA{number}" + mod_37_36.calc_check_digit(f"PADPIDA{number}")

    assert check_dpid(whole) == whole


@given(digits(15), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_of_an_isni_is_found(number: str, place: int, shift: int) -> None:
    whole = number + mod_11_2.calc_check_digit(number)
    changed = whole[:place] + str((int(whole[place]) + shift) % 10) + whole[place + 1 :]

    assert check_isni(whole) == whole
    with pytest.raises(DomainError):
        check_isni(changed)


@given(digits(9), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_an_ipi_is_found(number: str, place: int, shift: int) -> None:
    weighted = sum(int(digit) * (10 - position) for position, digit in enumerate(number))
    whole = f"{number}{(101 - weighted % 101) % 101 % 100:02d}"
    changed = whole[:place] + str((int(whole[place]) + shift) % 10) + whole[place + 1 :]

    assert check_ipi(whole) == whole
    if weighted % 101 not in {0, 1}:
        with pytest.raises(DomainError):
            check_ipi(changed)


@given(digits(9), st.integers(1, 9))
def test_a_wrong_check_digit_of_an_iswc_is_found(number: str, shift: int) -> None:
    weighted = 1 + sum(int(digit) * place for place, digit in enumerate(number, start=1))
    right = (10 - weighted % 10) % 10

    assert check_iswc(f"T{number}{right}") == f"T{number}{right}"
    with pytest.raises(DomainError, match="check digit"):
        check_iswc(f"T{number}{(right + shift) % 10}")
