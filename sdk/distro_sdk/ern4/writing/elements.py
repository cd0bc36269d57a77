"""The few ways in which every part of the message writes elements."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from lxml.etree import SubElement, _Element

from distro_sdk.models.catalogue import ProprietaryId, TitleTranslation
from distro_sdk.models.lines import RightsLine


def add(parent: _Element, name: str, text: str) -> None:
    """A child with text."""
    SubElement(parent, name).text = text


def add_titles(
    element: _Element, title: str, version: str | None, translations: Sequence[TitleTranslation] = ()
) -> None:
    """DisplayTitleText and DisplayTitle; a version stands in brackets in the one and as SubTitle in the other.

    The title in the language of the message is the default, those in other languages follow it.
    """
    text = SubElement(element, "DisplayTitleText", {"IsDefault": "true"} if translations else None)
    text.text = _full_title(title, version)
    for other in translations:
        language = {"LanguageAndScriptCode": other.language}
        SubElement(element, "DisplayTitleText", language).text = _full_title(other.title, other.version)
    default = SubElement(element, "DisplayTitle", {"ApplicableTerritoryCode": "Worldwide", "IsDefault": "true"})
    _add_title_parts(default, title, version)
    for other in translations:
        shown = SubElement(element, "DisplayTitle", {"LanguageAndScriptCode": other.language})
        _add_title_parts(shown, other.title, other.version)


def _full_title(title: str, version: str | None) -> str:
    return f"{title} ({version})" if version else title


def _add_title_parts(display: _Element, title: str, version: str | None) -> None:
    add(display, "TitleText", title)
    if version:
        SubElement(display, "SubTitle", {"SubTitleType": "Version"}).text = version


def add_line(element: _Element, name: str, line: RightsLine) -> None:
    """A PLine or CLine with the year that was stored."""
    entry = SubElement(element, name)
    add(entry, "Year", f"{line.year:04d}")
    if line.company:
        add(entry, f"{name}Company", line.company)
    add(entry, f"{name}Text", line.text)


def add_proprietary_id(element: _Element, identity: ProprietaryId) -> None:
    """An identifier in its giver's namespace."""
    SubElement(element, "ProprietaryId", {"Namespace": identity.namespace}).text = identity.value


def add_own_word(element: _Element, name: str, word: str, namespace: str) -> None:
    """A value that the allowed values lack, as the sender's own (rule X-9)."""
    SubElement(element, name, {"Namespace": namespace, "UserDefinedValue": word}).text = "UserDefined"


@lru_cache(maxsize=4096)
def duration(seconds: Decimal) -> str:
    """ISO 8601 to the millisecond, such as ``PT3M25.5S``. `seconds`: from 0."""
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"PT{hours}H{minutes}M{decimal(thousandths)}S" if hours else f"PT{minutes}M{decimal(thousandths)}S"


def decimal(thousandths: int) -> str:
    """A number of thousandths as a decimal number without superfluous zeros."""
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
