"""Forms and check characters of identifiers (DDEX RP 2.1, 5.3.1.1(4); RP 1.4, 4.3(30))."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import mul

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
    places = sum(map(mul, range(1, 10), map(int, text[1:10])))
    return bool((1 + places + int(text[10])) % 10 == 0)


def _ipi_is_right(text: str) -> bool:
    """The last two digits are 101 less the weighted sum of the first nine modulo 101."""
    weighted = sum(int(digit) * weight for digit, weight in zip(text[:9], range(10, 1, -1), strict=True))
    return (101 - weighted % 101) % 101 % 100 == int(text[9:])


def _grid_is_right(text: str) -> bool:
    return text[:2].upper() == "A1" and bool(mod_37_36.is_valid(text.upper()))


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
    yield from (element for element, fault in message.once(_faults) if fault == "form")


def _miscounted(message: Judged) -> Iterator[_Element]:
    yield from (element for element, fault in message.once(_faults) if fault == "check")


def _unknown_prefixes(message: Judged) -> Iterator[Hit]:
    yield from ((element, (element.text or "")[:2]) for element, fault in message.once(_faults) if fault == "prefix")


def _faults(message: Judged) -> list[tuple[_Element, str]]:
    """Each identifier with what is wrong with it."""
    names = [name for name in FORMS if any(_fault(name, text) for text in message.values(name))]
    elements = list(message.root.iter(*names)) if names else []
    found = ((element, _fault(str(element.tag), element.text or "")) for element in elements)
    return [(element, fault) for element, fault in found if fault]


# The same identifiers come again: the parties of a label, and a release in each of its messages.
@lru_cache(maxsize=16_384)
def _fault(name: str, text: str) -> str:
    form = FORMS[name]
    if not form.pattern.fullmatch(text):
        return "form"
    if form.check and not form.check(text):
        return "check"
    return "prefix" if name == "ISRC" and not isrc.is_valid(f"{text[:2]}AAA2600001") else ""


def _no_isnis(message: Judged) -> Iterator[_Element]:
    # Without its condition the walk is cheaper, and says enough where all of them are ISNIs.
    told = set(message.texts("descendant::PartyId/@IsISNI/../text()"))
    wrong = {text for text in told if _fault("ISNI", text) == "form"}
    for element in message.select("descendant::PartyId/@IsISNI[. = 'true']/..") if wrong else ():
        if element.text in wrong:
            yield element


def _suspicious(path: str, dashes: bool, message: Judged) -> Iterator[_Element]:
    for element in message.select(path):
        if not _is_dpid((element.text or "").replace("-", "" if dashes else "-")):
            yield element


@lru_cache(maxsize=1024)
def _is_dpid(text: str) -> bool:
    return bool(DPID.fullmatch(text)) and bool(mod_37_36.is_valid(text.upper()))
