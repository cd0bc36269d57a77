"""A Schematron file as an XSLT 3 stylesheet: DDEX's rules use XPath 2, which lxml's own Schematron cannot run.

Every pattern becomes a mode that walks the whole message; in it the first rule whose context fits a node judges that
node, as ISO 19757-3 wants it. What fires is written as ``fired`` with the role, the pattern and the place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from lxml import etree
from lxml.etree import SubElement, _Element

from distro_sdk.xml import parse_message

SCHEMATRON: Final = "{http://purl.oclc.org/dsdl/schematron}"
XSLT: Final = "{http://www.w3.org/1999/XSL/Transform}"


def write_stylesheet(rules: bytes, left_out: Collection[str]) -> str:
    """The stylesheet of a rule file. `left_out`: ids of patterns that are not run.

    Raises `DomainError` for a file that is no XML.
    """
    # Some of the published files begin with a blank or a mark of byte order before the declaration.
    schema = parse_message(rules.lstrip(b"\xef\xbb\xbf \r\n\t")).root
    sheet = etree.Element(f"{XSLT}stylesheet", {"version": "3.0"}, nsmap={"xsl": XSLT[1:-1]})
    result = SubElement(SubElement(sheet, f"{XSLT}template", {"match": "/"}), "result")
    patterns = (pattern for pattern in schema.iter(f"{SCHEMATRON}pattern") if pattern.get("id") not in left_out)
    for number, pattern in enumerate(patterns):
        mode = f"pattern{number}"
        SubElement(sheet, f"{XSLT}mode", {"name": mode, "on-no-match": "shallow-skip"})
        SubElement(result, f"{XSLT}apply-templates", {"select": "/", "mode": mode})
        rules_of_it = pattern.findall(f"{SCHEMATRON}rule")
        for place, rule in enumerate(rules_of_it):
            _add_rule(sheet, rule, pattern.get("id", ""), mode, len(rules_of_it) - place)
    return etree.tostring(sheet, encoding="unicode")


def _add_rule(sheet: _Element, rule: _Element, pattern: str, mode: str, priority: int) -> None:
    template = SubElement(
        sheet,
        f"{XSLT}template",
        {"match": rule.get("context", "*"), "mode": mode, "priority": str(priority)},
    )
    for check, test in _checks(rule):
        fired = SubElement(SubElement(template, f"{XSLT}if", {"test": test}), "fired")
        fired.set("role", check.get("role", ""))
        fired.set("pattern", pattern)
        fired.set("at", "{path(.)}")
        SubElement(fired, f"{XSLT}text").text = " ".join("".join(check.itertext()).split())
    SubElement(template, f"{XSLT}apply-templates", {"select": "*", "mode": mode})


def _checks(rule: _Element) -> Iterator[tuple[_Element, str]]:
    """Each check with the condition under which it fires."""
    for check in rule.iterchildren(f"{SCHEMATRON}assert", f"{SCHEMATRON}report"):
        test = check.get("test", "true()")
        yield check, test if check.tag == f"{SCHEMATRON}report" else f"not({test})"
