"""Forms of identifiers in a message (DDEX RP 2.1, 5.3.1.1(4), rule offsets 1 to 11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from distro_plugins.ern43.findings import finding
from distro_sdk.models.validation import ValidationIssue
from distro_sdk.xml import ParsedMessage

FORMS = {
    "ISRC": r"[A-Za-z]{2}[A-Za-z0-9]{3}[0-9]{7}",
    "ICPN": r"[0-9]{8}|[0-9]{12,14}",
    "GRid": r"A1[A-Za-z0-9]{16}",
    "ISNI": r"[0-9]{15}[0-9X]",
    "ISWC": r"[A-Za-z][0-9]{10}",
    "IpiNameNumber": r"[0-9]{11}",
}


def check_identifiers(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Every identifier of a wrong form or with a wrong check digit."""
    for name, form in FORMS.items():
        for element in message.root.iter(name):
            text = element.text or ""
            if not re.fullmatch(form, text):
                yield finding("IDENTIFIER_MALFORMED", f"{text!r} is not an {name}", element)
            elif not CHECKS.get(name, _unchecked)(text):
                yield finding("CHECK_DIGIT_WRONG", f"the check digit of {name} {text} is wrong", element)


def _unchecked(text: str) -> bool:
    return bool(text)


def _gs1(text: str) -> bool:
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighted % 10 == 0


def _isni(text: str) -> bool:
    total = 0
    for digit in text[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return text[-1] == ("X" if check == 10 else str(check))


CHECKS: dict[str, Callable[[str], bool]] = {"ICPN": _gs1, "ISNI": _isni}
