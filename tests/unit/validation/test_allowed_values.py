"""Lists of allowed values as patterns: the same values as before, in DDEX's own lists as in awkward ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from lxml import etree

from distro_core.validation.allowed_values import FEWEST, as_pattern, write_as_patterns
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.xml import parse_message
from tests.unit.validation.schema_files import message, write_set

XSD = "{http://www.w3.org/2001/XMLSchema}"
AWKWARD = ("", "A", "AB", "ABC", "B C", "x.y*", "a|b", "(c)", "[d]-{e}^", "back\\slash", "Ænima", "日本", "+1?", "#1")
CHANGES = (" {}", "{} ", "{}x", "x{}", "\t{}", "{}\n", "{0}{0}")


def schema_of(lists: Iterable[Iterable[str]], base: str = "xs:string") -> etree._Element:
    """A schema of elements ``V0``, ``V1`` … in any order, each with one of some values."""
    root = etree.Element(f"{XSD}schema", nsmap={"xs": XSD[1:-1]})
    choice = etree.SubElement(
        etree.SubElement(etree.SubElement(root, f"{XSD}element", name="All"), f"{XSD}complexType"),
        f"{XSD}choice",
        maxOccurs="unbounded",
    )
    for number, values in enumerate(lists):
        element = etree.SubElement(choice, f"{XSD}element", name=f"V{number}")
        restriction = etree.SubElement(etree.SubElement(element, f"{XSD}simpleType"), f"{XSD}restriction", base=base)
        for value in values:
            etree.SubElement(restriction, f"{XSD}enumeration", value=value)
    return root


def document(words: Iterable[tuple[int, str]]) -> etree._Element:
    root = etree.Element("All")
    for number, word in words:
        etree.SubElement(root, f"V{number}").text = word
    return root


def refused(schema: etree._Element, root: etree._Element) -> list[int]:
    """The places of the words that a schema refuses."""
    compiled = etree.XMLSchema(schema)
    compiled.validate(root)
    return sorted({entry.line for entry in compiled.error_log})


def verdicts(schema: etree._Element, words: list[tuple[int, str]]) -> tuple[list[int], list[int]]:
    """The lines that the schema refuses as it is, and with patterns."""
    root = parse_message(etree.tostring(document(words)).replace(b"><V", b">\n<V")).root
    before = refused(schema, root)
    write_as_patterns(schema)
    assert schema.find(f".//{XSD}pattern") is not None
    return before, refused(schema, root)


def test_the_pattern_of_a_list_branches_at_each_letter() -> None:
    assert as_pattern(["Album", "Alarm", "EP"]) == "(Al(arm|bum)|EP)"
    assert as_pattern(["Single", "SingleResourceRelease"]) == "Single(ResourceRelease)?"
    assert as_pattern(["a.b"]) == "a\\.b"


def test_awkward_values_are_allowed_and_nothing_beside_them() -> None:
    words = [*AWKWARD, *(change.format(value) for value in AWKWARD for change in CHANGES)]

    before, after = verdicts(schema_of([AWKWARD]), [(0, word) for word in words])

    assert after == before
    assert 0 < len(before) < len(words)


def test_every_list_of_ddex_allows_the_same_as_before(ddex_folder: Path) -> None:
    lists = {
        tuple(str(value.get("value")) for value in restriction.iterchildren(f"{XSD}enumeration"))
        for file in (ddex_folder / "xsd").rglob("*.xsd")
        if "DOCTYPE" not in file.read_text("utf-8")
        for restriction in parse_message(file.read_bytes()).root.iter(f"{XSD}restriction")
    }
    long = [values for values in sorted(lists) if len(values) >= FEWEST]
    allowed = [(number, value) for number, values in enumerate(long) for value in values]
    near = [(number, change.format(value)) for number, value in allowed[::100] for change in CHANGES]

    assert verdicts(schema_of(long), allowed) == ([], [])
    before, after = verdicts(schema_of(long), near)

    assert after == before
    assert len(before) == len(near)


@pytest.mark.parametrize(
    ("facet", "base"), [("maxLength", "xs:string"), ("pattern", "xs:string"), ("enumeration", "xs:decimal")]
)
def test_a_list_that_says_more_than_its_values_stays_a_list(facet: str, base: str) -> None:
    schema = schema_of([[str(number) for number in range(20)]], base)
    restriction = schema.find(f".//{XSD}restriction")
    assert restriction is not None
    etree.SubElement(restriction, f"{XSD}{facet}", value="1")

    write_as_patterns(schema)

    assert len(schema.findall(f".//{XSD}enumeration")) >= 20


def test_a_refusal_is_told_in_the_words_of_the_schema_itself(tmp_path: Path) -> None:
    values = write_set(tmp_path / "ern" / "4.3") / "allowed-value-sets.xsd"
    kinds = "".join(f'<xs:enumeration value="Kind{number}"/>' for number in range(20))
    values.write_text(values.read_text().replace('<xs:enumeration value="Album"/>', kinds))
    judge = SchemaLibrary(tmp_path).find("ern/4.3")
    assert judge is not None

    (issue,) = judge.judge(parse_message(message("Oratorio")).root)

    assert judge.judge(parse_message(message("Kind7")).root) == []
    assert "[facet 'enumeration'] The value 'Oratorio' is not an element of the set {'Kind0', 'Kind1'" in issue.message
    assert issue.path == "/e:NewReleaseMessage/Kind"


def test_a_set_that_restricts_a_list_where_a_pattern_cannot_is_judged_as_it_is(tmp_path: Path) -> None:
    values = write_set(tmp_path / "ern" / "4.3") / "allowed-value-sets.xsd"
    kinds = "".join(f'<xs:enumeration value="Kind{number}"/>' for number in range(20))
    shorter = '<xs:restriction base="avs:Any"><xs:maxLength value="5"/></xs:restriction>'
    values.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:avs="http://ddex.net/xml/allowed-value-sets"'
        ' targetNamespace="http://ddex.net/xml/allowed-value-sets">'
        f'<xs:simpleType name="Any"><xs:restriction base="xs:string">{kinds}</xs:restriction></xs:simpleType>'
        f'<xs:simpleType name="Kind">{shorter}</xs:simpleType></xs:schema>'
    )
    judge = SchemaLibrary(tmp_path).find("ern/4.3")
    assert judge is not None

    assert judge.judge(parse_message(message("Kind7")).root) == []
    assert judge.judge(parse_message(message("Kind17")).root) != []
