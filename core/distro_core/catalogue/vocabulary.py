"""Words with a meaning outside of the catalogue: territories, languages, roles, dates; and what text may hold."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, TypeVar

import pycountry

from distro_sdk.errors import DomainError, Path
from distro_sdk.models.catalogue import ContributorRole
from distro_sdk.models.commerce import WORLDWIDE

E = TypeVar("E", bound=StrEnum)

DDEX_TERRITORIES: Final = frozenset({"XK"})
"""Codes that DDEX allows beside ISO 3166-1 (DdexTerritoryCode of the allowed value sets)."""

ROLE_ALIASES: Final = {
    "writer": ContributorRole.COMPOSER_LYRICIST,
    "songwriter": ContributorRole.COMPOSER_LYRICIST,
    "publisher": ContributorRole.MUSIC_PUBLISHER,
}
"""What people write for a role of DDEX (rows CAT-33, TRK-08 and TRK-09)."""

_ILLEGAL_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANGUAGE = re.compile(
    r"(?P<primary>[a-z]{2,3})(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variant>-[a-z][a-z0-9]{4,7})?",
    re.ASCII,
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def check_text(value: str, path: Path, *, limit: int) -> str:
    """Text exactly as given but for the blanks around it.

    `limit`: characters. Raises TEXT_TOO_LONG, or CHARACTER_ILLEGAL for what no XML 1.0 document can carry.
    """
    text = value.strip()
    if len(text) > limit:
        raise DomainError("TEXT_TOO_LONG", f"{len(text)} characters are more than the {limit} allowed", path)
    if found := _ILLEGAL_IN_XML.search(text):
        character = f"U+{ord(found.group()):04X}"
        message = f"character {character} at position {found.start() + 1} cannot stand in a message"
        raise DomainError("CHARACTER_ILLEGAL", message, path)
    return text


def check_territory(value: str, path: Path) -> str:
    """An ISO 3166-1 alpha-2 code, XK, or `Worldwide`; raises TERRITORY_UNKNOWN."""
    text = value.strip()
    if text.casefold() == WORLDWIDE.casefold():
        return WORLDWIDE
    code = text.upper()
    if code in _territories():
        return code
    raise DomainError("TERRITORY_UNKNOWN", f"{value!r} is neither an ISO 3166-1 alpha-2 code nor Worldwide", path)


def check_language(value: str, path: Path) -> str:
    """A BCP 47 tag of ERN 4's form with a known language; raises LANGUAGE_INVALID or LANGUAGE_UNKNOWN.

    The shortest code of a language is stored (`eng` becomes `en`), in the usual spelling (`zh-Hant-TW`).
    """
    match = _LANGUAGE.fullmatch(value.strip().lower())
    if match is None:
        raise DomainError("LANGUAGE_INVALID", f"{value!r} is not a language tag such as en, pt-BR or zh-Hant", path)
    language = _language(match["primary"])
    if language is None:
        raise DomainError("LANGUAGE_UNKNOWN", f"{match['primary']!r} is no language of ISO 639", path)
    region = match["region"]
    if region and region.isalpha() and region.upper() not in _territories():
        raise DomainError("LANGUAGE_UNKNOWN", f"{region.upper()!r} is no region of ISO 3166-1", path)
    script = match["script"]
    if script and pycountry.scripts.get(alpha_4=script.title()) is None:
        raise DomainError("LANGUAGE_UNKNOWN", f"{script.title()!r} is no script of ISO 15924", path)
    parts = [language, script.title() if script else None, region.upper() if region else None]
    return "-".join(part for part in parts if part) + (match["variant"] or "")


def check_role(value: str, path: Path) -> ContributorRole:
    """A contributor's role; raises ROLE_UNKNOWN, which names the allowed roles (row TRK-05)."""
    alias = ROLE_ALIASES.get(value.strip().casefold())
    return alias or check_word(value, ContributorRole, "ROLE_UNKNOWN", path)


def check_word(value: str, words: type[E], code: str, path: Path) -> E:
    """A member of a closed list, by its value in any case; raises `code`, which names the allowed values."""
    wanted = value.strip().casefold()
    for member in words:
        if member.value.casefold() == wanted:
            return member
    allowed = ", ".join(member.value for member in words)
    raise DomainError(code, f"{value!r} is none of {allowed}", path)


def check_date(value: date | str, path: Path) -> date:
    """A calendar date, given as such or as YYYY-MM-DD; raises DATE_INVALID."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = value.strip()
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise DomainError("DATE_INVALID", f"{value!r} is no day of the calendar", path) from error
    raise DomainError("DATE_INVALID", f"{value!r} is not a date of the form YYYY-MM-DD", path)


def check_seconds(value: Any, path: Path) -> Decimal:
    """A number of seconds, at most one day; raises SECONDS_INVALID."""
    try:
        seconds = Decimal(str(value))
    except InvalidOperation as error:
        raise DomainError("SECONDS_INVALID", f"{value!r} is no number of seconds", path) from error
    if not seconds.is_finite() or not 0 <= seconds <= 86_400:
        raise DomainError("SECONDS_INVALID", f"{value!r} is not between 0 and 86400 seconds", path)
    return seconds


@lru_cache(maxsize=1)
def _territories() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries) | DDEX_TERRITORIES


@lru_cache(maxsize=1024)
def _language(primary: str) -> str | None:
    found = pycountry.languages.get(**{f"alpha_{len(primary)}": primary})
    if found is None and len(primary) == 3:
        found = pycountry.languages.get(bibliographic=primary)
    return None if found is None else str(getattr(found, "alpha_2", found.alpha_3))
