"""Forms and check characters of identifiers (DDEX RP 2.1, 5.3.1.1(4); RP 1.4, 4.3(30))."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from lxml.etree import _Element
from stdnum import ean, isni, isrc
from stdnum.iso7064 import mod_37_36

from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.models.validation import Severity


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


def _grid_is_right(text: str) -> bool:
    return text[:2].upper() == "A1" and mod_37_36.is_valid(text.upper())


FORMS = {
    "ISRC": _form(r"[A-Za-z]{2}[A-Za-z0-9]{3}[0-9]{7}"),
    "ICPN": _form(r"[0-9]{8}|[0-9]{12,14}", ean.is_valid),
    "GRid": _form(r"[A-Za-z0-9]{18}", _grid_is_right),
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
DPID = re.compile(r"PADPIDA[A-Za-z0-9]{11}", re.ASCII)


def identifier_rules(
    clause: str, party_ids: str, *, dashes: bool = False, isni_party_ids: bool = False
) -> tuple[Rule, ...]:
    """The rules about identifiers.

    `clause`: where DDEX gives their forms; `party_ids`: an XPath to the DDEX party ids; `dashes`: whether these may be
    written with dashes; `isni_party_ids`: whether a PartyId says with IsISNI that it is one.
    """
    rules = (
        Rule("IDENTIFIER_MALFORMED", _malformed, "{value!r} has not the form of {name}", clause),
        Rule("CHECK_DIGIT_WRONG", _miscounted, "the check character of {name} {value} is wrong"),
        Rule("ISRC_PREFIX_UNKNOWN", _unknown_prefixes, "{detail} is no prefix of an ISRC", clause),
        Rule(
            "DPID_SUSPICIOUS",
            partial(_suspicious, party_ids, dashes),
            "{value!r} is no party id of DDEX: PADPIDA, ten characters and their check character",
            severity=Severity.WARNING,
        ),
    )
    if not isni_party_ids:
        return rules
    return (*rules, Rule("IDENTIFIER_MALFORMED", _no_isnis, "{value!r} has not the form of an ISNI", clause))


def _malformed(message: Judged) -> Iterator[_Element]:
    for element in message.root.iter(*FORMS):
        if not FORMS[str(element.tag)].pattern.fullmatch(element.text or ""):
            yield element


def _miscounted(message: Judged) -> Iterator[_Element]:
    for element in message.root.iter("ICPN", "GRid", "ISNI", "ISWC", "IpiNameNumber"):
        form, text = FORMS[str(element.tag)], element.text or ""
        if form.check and form.pattern.fullmatch(text) and not form.check(text):
            yield element


def _unknown_prefixes(message: Judged) -> Iterator[Hit]:
    for element in message.root.iter("ISRC"):
        text = element.text or ""
        if FORMS["ISRC"].pattern.fullmatch(text) and not _is_prefix(text[:2].upper()):
            yield element, text[:2]


@lru_cache(maxsize=1024)
def _is_prefix(letters: str) -> bool:
    return isrc.is_valid(f"{letters}AAA2600001")


def _suspicious(path: str, dashes: bool, message: Judged) -> Iterator[_Element]:
    for element in message.select(path):
        text = (element.text or "").replace("-", "" if dashes else "-")
        if not DPID.fullmatch(text) or not mod_37_36.is_valid(text.upper()):
            yield element


def _no_isnis(message: Judged) -> Iterator[_Element]:
    for element in message.root.iter("PartyId"):
        if element.get("IsISNI") == "true" and not FORMS["ISNI"].pattern.fullmatch(element.text or ""):
            yield element
