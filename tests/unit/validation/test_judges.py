"""Large messages: judged like small ones, and given up soon where they are nothing but faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_core.validation import judges
from distro_core.validation.judges import MAX_FINDINGS, Judge
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.xml import parse_message
from tests.unit.validation.schema_files import write_set


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """A judge by a schema of any number of numbers, for which a hundred elements are many."""
    monkeypatch.setattr(judges, "LARGE", 100)
    schema = write_set(tmp_path / "ern" / "4.3") / "release-notification.xsd"
    schema.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://ddex.net/xml/ern/43">'
        '<xs:element name="Numbers"><xs:complexType><xs:sequence>'
        '<xs:element name="Number" type="xs:integer" maxOccurs="unbounded"/>'
        "</xs:sequence></xs:complexType></xs:element></xs:schema>"
    )
    found = SchemaLibrary(tmp_path).find("ern/4.3")
    assert found is not None
    return found


def numbers(*words: str) -> bytes:
    inner = "".join(f"<Number>{word}</Number>" for word in words)
    return f'<e:Numbers xmlns:e="http://ddex.net/xml/ern/43">{inner}</e:Numbers>'.encode()


@pytest.mark.parametrize("size", [10, 99, 100, 5000])
def test_a_valid_message_of_any_size_is_valid(size: int, judge: Judge) -> None:
    assert judge.judge(parse_message(numbers(*["1"] * size)).root) == []


@pytest.mark.parametrize("size", [10, 5000])
def test_a_few_faults_are_told_with_their_place(size: int, judge: Judge) -> None:
    (found,) = judge.judge(parse_message(numbers(*["1"] * size, "two")).root)

    assert found.path == f"/e:Numbers/Number[{size + 1}]"


def test_of_very_many_faults_the_first_are_told(judge: Judge) -> None:
    found = judge.judge(parse_message(numbers(*[f"word {number}" for number in range(5000)])).root)

    assert len(found) == MAX_FINDINGS
    assert "'word 0'" in found[0].message


def test_a_message_that_ends_too_early_is_refused_whatever_its_size(judge: Judge) -> None:
    large = numbers(*["1"] * 5000).replace(b"</e:Numbers>", b"<Nonsense/></e:Numbers>")

    assert [entry.path for entry in judge.judge(parse_message(large).root)] == ["/e:Numbers/Nonsense"]
