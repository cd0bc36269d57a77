"""Forms and check characters of identifiers (DDEX RP 2.1, 5.3.1.1(4), rule offsets 1 to 11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum import ean, isni, isrc
from stdnum.iso7064 import mod_37_36

from distro_sdk.ern.findings import finding
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage

CLAUSE = "RP 2.1, 5.3.1.1(4)"


@dataclass(frozen=True)
class Form:
    """What an identifier looks like. `check`: whether its check character is right, None where it has none."""

    pattern: re.Pattern[str]
    check: Callable[[str], bool] | None = None


def _form(pattern: str, check: Callable[[str], bool] | None = None) -> Form:
    return Form(re.compile(pattern, re.ASCII), check)


def _iswc_is_right(text: str) -> bool:
    """ISO 15707: one, plus each digit times its place, plus the check digit, is a multiple of ten."""
    return (1 + sum(place * int(digit) for place, digit in enumerate(text[1:10], start=1)) + int(text[10])) % 10 == 0


def _ipi_is_right(text: str) -> bool:
    """The last two digits are 101 less the weighted sum of the first nine modulo 101."""
    weighted = sum(int(digit) * weight for digit, weight in zip(text[:9], range(10, 1, -1), strict=True))
    return (101 - weighted % 101) % 101 % 100 == int(text[9:])


FORMS = {
    "ISRC": _form(r"[A-Za-z]{2}[A-Za-z0-9]{3}[0-9]{7}"),
    "ICPN": _form(r"[0-9]{8}|[0-9]{12,14}", ean.is_valid),
    "GRid": _form(r"[A-Za-z0-9]{18}", lambda text: text[:2].upper() == "A1" and mod_37_36.is_valid(text.upper())),
    "ISNI": _form(r"[0-9]{15}[0-9X]", isni.is_valid),
    "ISWC": _form(r"[A-Za-z][0-9]{10}", _iswc_is_right),
    "IpiNameNumber": _form(r"[0-9]{11}", _ipi_is_right),
    "ISAN": _form(r"[A-F0-9]{12}"),
    "VISAN": _form(r"[A-F0-9]{24}"),
    "ISBN": _form(r"97[89][0-9]{9}[0-9X]"),
    "ISMN": _form(r"979[0-9]{9}[0-9X]"),
    "ISSN": _form(r"[0-9]{4}-[0-9]{3}[0-9X]"),
    "SICI": _form(r"[0-9]{4}-[0-9]{3}[0-9X].+"),
}
PARTY_IDS = ("MessageHeader/*/PartyId", "PartyList/Party/PartyId/DPID")
DPID = re.compile(r"PADPIDA[A-Za-z0-9]{11}", re.ASCII)


def check_identifiers(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Every identifier of a wrong form, with a wrong check character or an unknown prefix."""
    for name, form in FORMS.items():
        for element in message.root.iter(name):
            text = element.text or ""
            if not form.pattern.fullmatch(text):
                yield finding("IDENTIFIER_MALFORMED", f"{text!r} has not the form of an {name}", element, clause=CLAUSE)
            elif form.check and not form.check(text):
                yield finding("CHECK_DIGIT_WRONG", f"the check character of {name} {text} is wrong", element)
            elif name == "ISRC" and not isrc.is_valid(text.upper()):
                text = f"{text[:2]} is no prefix of an ISRC"
                yield finding("ISRC_PREFIX_UNKNOWN", text, element, clause=CLAUSE)


def check_party_ids(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Party ids that DDEX cannot have given: not 18 characters, or a wrong check character (ISO 7064, mod 37,36)."""
    for path in PARTY_IDS:
        for element in message.root.findall(path):
            text = element.text or ""
            if not DPID.fullmatch(text) or not mod_37_36.is_valid(text.upper()):
                text = f"{text!r} is no party id of DDEX: PADPIDA, ten characters and their check character"
                yield finding("DPID_SUSPICIOUS", text, element, severity=Severity.WARNING)
