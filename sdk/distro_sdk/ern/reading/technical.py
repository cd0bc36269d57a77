"""Files and their technical data: units brought to ours, hashes to lower case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from distro_sdk.ern.reading.nodes import Node
from distro_sdk.ern.reading.values import read_number
from distro_sdk.ern.reading.vocabulary import HASHES
from distro_sdk.models.message import HashAlgorithm

_KILO: Final = Decimal(1000)
_TO_KILOBITS: Final[Mapping[str, Decimal]] = {
    "bps": Decimal(1) / _KILO,
    "kbps": Decimal(1),
    "Mbps": _KILO,
    "Gbps": _KILO * _KILO,
}
_TO_HERTZ: Final[Mapping[str, Decimal]] = {"Hz": Decimal(1), "kHz": _KILO, "MHz": _KILO * _KILO}
_HIGHEST_KILOHERTZ: Final = 1000
_MOST_KILOBITS: Final = 1_000_000
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]+", re.ASCII)


def read_bit_rate(node: Node | None) -> int | None:
    """Kilobits a second; without a unit, a number too large for kilobits is taken for bits."""
    number = _number(node)
    if node is None or number is None:
        return None
    unit = node.attribute("UnitOfMeasure") or ("bps" if number > _MOST_KILOBITS else "kbps")
    return _whole(node, number, _TO_KILOBITS.get(unit))


def read_sampling_rate(node: Node | None) -> int | None:
    """Hertz; without a unit, a number below a thousand is taken for kilohertz."""
    number = _number(node)
    if node is None or number is None:
        return None
    unit = node.attribute("UnitOfMeasure") or ("kHz" if number < _HIGHEST_KILOHERTZ else "Hz")
    return _whole(node, number, _TO_HERTZ.get(unit))


def read_pixels(node: Node | None) -> int | None:
    """Pixels; an extent in another unit has no place in our model."""
    number = _number(node)
    if node is None or number is None:
        return None
    return _whole(node, number, Decimal(1) if (node.attribute("UnitOfMeasure") or "Pixel") == "Pixel" else None)


def read_hash(node: Node | None, algorithm: str | None, value: str | None) -> Mapping[HashAlgorithm, str]:
    """A hash sum; one of an algorithm that we do not compute is left, one of a wrong length as well."""
    if node is None:
        return {}
    known = HASHES.get(algorithm or "")
    digits = (value or "").lower()
    if known is None or len(digits) != known[1] or not _HEXADECIMAL.fullmatch(digits):
        node.leave()
        return {}
    return {known[0]: digits}


def _number(node: Node | None) -> Decimal | None:
    return node.parse(read_number) if node and node.value else None


def _whole(node: Node, number: Decimal, factor: Decimal | None) -> int | None:
    """A number in our unit. `factor`: None for a unit that we do not know; what is no whole number is left too."""
    ours = number * factor if factor is not None else None
    if ours is None or ours <= 0 or ours != ours.to_integral_value():
        node.leave()
        return None
    return int(ours)
