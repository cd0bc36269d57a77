"""The identifiers of the field: their forms, their check characters, and the one way in which each is stored.

Every `check_…` takes the identifier as people write it, with blanks, hyphens and lower case, and returns the compact
form that messages carry, or raises `DomainError` with the code named in its docstring. Check characters are
python-stdnum's work; IPI and ISWC, which it lacks, are computed here.
"""

from __future__ import annotations

import re
from typing import Final

from stdnum import ean, grid, isni, isrc
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError
from stdnum.iso7064 import mod_37_36

from distro_sdk.errors import DomainError, Path

LONGEST_IDENTIFIER: Final = 100

_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015]+")
_ISWC = re.compile(r"T[0-9]{10}", re.ASCII)
_IPI = re.compile(r"[0-9]{6,11}", re.ASCII)
_DPID = re.compile(r"PADPIDA[A-Z0-9]{11}", re.ASCII)
_GRID = re.compile(r"A1[A-Z0-9]{16}", re.ASCII)


def check_isrc(value: str, path: Path = ()) -> str:
    """An ISRC (ISO 3901), 12 characters; raises ISRC_INVALID or ISRC_PREFIX_UNKNOWN."""
    try:
        return str(isrc.validate(compact(value)))
    except InvalidComponent as error:
        message = f"{value!r} begins with letters that are no ISRC prefix"
        raise DomainError("ISRC_PREFIX_UNKNOWN", message, path) from error
    except ValidationError as error:
        message = f"{value!r} is not an ISRC: two letters, three letters or digits, seven digits"
        raise DomainError("ISRC_INVALID", message, path) from error


def check_icpn(value: str, path: Path = ()) -> str:
    """A UPC or EAN of 8, 12, 13 or 14 digits (row CAT-30); raises ICPN_INVALID or ICPN_CHECK_DIGIT_WRONG."""
    number = compact(value)
    try:
        return str(ean.validate(number))
    except InvalidChecksum as error:
        message = f"the check digit of {value!r} should be {ean.calc_check_digit(number[:-1])}"
        raise DomainError("ICPN_CHECK_DIGIT_WRONG", message, path) from error
    except ValidationError as error:
        message = f"{value!r} is not an ICPN of 8, 12, 13 or 14 digits"
        raise DomainError("ICPN_INVALID", message, path) from error


def check_grid(value: str, path: Path = ()) -> str:
    """A GRid of 18 characters (ISO 7064 mod 37,36); raises GRID_INVALID or GRID_CHECK_CHARACTER_WRONG."""
    number = compact(value).removeprefix("GRID:")
    if not _GRID.fullmatch(number):
        raise DomainError("GRID_INVALID", f"{value!r} is not a GRid: A1 and 16 letters or digits", path)
    if not grid.is_valid(number):
        wanted = mod_37_36.calc_check_digit(number[:-1])
        message = f"the check character of {value!r} should be {wanted}"
        raise DomainError("GRID_CHECK_CHARACTER_WRONG", message, path)
    return number


def check_isni(value: str, path: Path = ()) -> str:
    """An ISNI of 16 characters (ISO 27729); raises ISNI_INVALID or ISNI_CHECK_DIGIT_WRONG."""
    try:
        return str(isni.validate(compact(value)))
    except InvalidChecksum as error:
        raise DomainError("ISNI_CHECK_DIGIT_WRONG", f"the check digit of {value!r} is wrong", path) from error
    except ValidationError as error:
        raise DomainError("ISNI_INVALID", f"{value!r} is not an ISNI of 16 digits", path) from error


def check_ipi(value: str, path: Path = ()) -> str:
    """An IPI name number, filled up to 11 digits as ERN 4 asks; raises IPI_INVALID or IPI_CHECK_DIGITS_WRONG.

    The last two digits are 101 less the weighted sum of the first nine (weights 10 down to 2) modulo 101.
    """
    number = compact(value)
    if not _IPI.fullmatch(number):
        raise DomainError("IPI_INVALID", f"{value!r} is not an IPI name number of at most 11 digits", path)
    number = number.zfill(11)
    weighted = sum(int(digit) * weight for digit, weight in zip(number[:9], range(10, 1, -1), strict=True))
    if (101 - weighted % 101) % 101 % 100 != int(number[9:]):
        raise DomainError("IPI_CHECK_DIGITS_WRONG", f"the check digits of {value!r} are wrong", path)
    return number


def check_iswc(value: str, path: Path = ()) -> str:
    """An ISWC, T and ten digits (ISO 15707); raises ISWC_INVALID or ISWC_CHECK_DIGIT_WRONG."""
    number = compact(value)
    if not _ISWC.fullmatch(number):
        raise DomainError("ISWC_INVALID", f"{value!r} is not an ISWC: T and ten digits", path)
    weighted = 1 + sum(int(digit) * place for place, digit in enumerate(number[1:10], start=1))
    if (10 - weighted % 10) % 10 != int(number[10]):
        raise DomainError("ISWC_CHECK_DIGIT_WRONG", f"the check digit of {value!r} is wrong", path)
    return number


def check_dpid(value: str, path: Path = ()) -> str:
    """A DDEX party id of 18 characters (ISO 7064 mod 37,36); raises DPID_INVALID or DPID_CHECK_CHARACTER_WRONG."""
    number = compact(value)
    if not _DPID.fullmatch(number):
        raise DomainError("DPID_INVALID", f"{value!r} is not a DPID: PADPIDA and 11 letters or digits", path)
    if not mod_37_36.is_valid(number):
        wanted = mod_37_36.calc_check_digit(number[:-1])
        raise DomainError("DPID_CHECK_CHARACTER_WRONG", f"the check character of {value!r} should be {wanted}", path)
    return number


def compact(value: str) -> str:
    """An identifier without blanks, hyphens and dots, in upper case; cut where no identifier is that long."""
    return _SEPARATORS.sub("", value[:LONGEST_IDENTIFIER]).upper()
