"""What messages of every version of the ERN standard write alike."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from lxml.etree import SubElement, _Element

from distro_sdk.models.lines import RightsLine


def add(parent: _Element, name: str, text: str, attributes: Mapping[str, str] | None = None) -> _Element:
    """A child with text."""
    element = SubElement(parent, name, attributes)
    element.text = text
    return element


def add_flag(parent: _Element, name: str, value: bool) -> None:
    """A child that says true or false."""
    SubElement(parent, name).text = "true" if value else "false"


def add_line(parent: _Element, name: str, line: RightsLine) -> None:
    """A PLine or CLine with the year that was stored."""
    entry = SubElement(parent, name)
    add(entry, "Year", f"{line.year:04d}")
    if line.company:
        add(entry, f"{name}Company", line.company)
    add(entry, f"{name}Text", line.text)


def duration(seconds: Decimal) -> str:
    """ISO 8601 to the millisecond, such as ``PT3M25.5S``. `seconds`: from 0."""
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"PT{hours}H{minutes}M{decimal(thousandths)}S" if hours else f"PT{minutes}M{decimal(thousandths)}S"


def decimal(thousandths: int) -> str:
    """A number of thousandths as a decimal number without superfluous zeros."""
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)
