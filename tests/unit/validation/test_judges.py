"""Large messages: judged like small ones, and given up soon where they are nothing but faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_core.validation import judges
from distro_core.validation.judges import MAX_FINDINGS, UNEXPLAINED, Judge
from distro_core.validation.schemas import SchemaLibrary
from distro_sdk.xml import parse_message
from tests.unit.validation.schema_files import message, write_set


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """A judge by a schema of any number of numbers, for which a hundred elements are many."""
    monkeypatch.setattr(judges, "LARGE", 100)
    monkeypatch.setattr(judges, "CROWD", 4000)
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


@pytest.mark.parametrize("size", [10, 500, 5000])
def test_a_few_faults_are_told_with_their_place(size: int, judge: Judge) -> None:
    (found,) = judge.judge(parse_message(numbers(*["1"] * size, "two")).root)

    assert found.path == f"/e:Numbers/Number[{size + 1}]"


@pytest.mark.parametrize("size", [500, 5000])
def test_of_very_many_faults_the_first_are_told(size: int, judge: Judge) -> None:
    found = judge.judge(parse_message(numbers(*[f"word {number}" for number in range(size)])).root)

    assert len(found) == MAX_FINDINGS
    assert "'word 0'" in found[0].message


def test_a_message_that_ends_too_early_is_refused_whatever_its_size(judge: Judge) -> None:
    large = numbers(*["1"] * 5000).replace(b"</e:Numbers>", b"<Nonsense/></e:Numbers>")

    assert [entry.path for entry in judge.judge(parse_message(large).root)] == ["/e:Numbers/Nonsense"]


def test_the_size_of_a_small_message_tells_that_it_is_not_large(judge: Judge) -> None:
    content = numbers(*["1"] * 9, "two")

    assert len(judge.judge(parse_message(content).root, len(content))) == 1


def test_what_was_refused_is_never_valid_though_the_schema_was_mended_meanwhile(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "ern" / "4.3", kind="Album")
    judge = SchemaLibrary(tmp_path).find("ern/4.3")
    assert judge is not None

    write_set(folder, kind="Oratorio")
    found = judge.judge(parse_message(message("Oratorio")).root)

    assert found == [UNEXPLAINED]


def test_allowed_values_that_change_alone_are_noticed(tmp_path: Path) -> None:
    folder, schemas = write_set(tmp_path / "ern" / "4.3", kind="Album"), SchemaLibrary(tmp_path)
    before = schemas.find("ern/4.3")
    values = folder / "allowed-value-sets.xsd"

    values.write_text(values.read_text().replace("Album", "Oratorio"))
    after = schemas.find("ern/4.3")

    assert before is not None
    assert after is not None
    assert after is schemas.find("ern/4.3")
    assert before.judge(parse_message(message("Album")).root) == []
    assert after.judge(parse_message(message("Album")).root) != []
    assert after.judge(parse_message(message("Oratorio")).root) == []


def test_allowed_values_that_come_nearer_are_noticed(tmp_path: Path) -> None:
    folder, schemas = write_set(tmp_path / "ern" / "4.3", kind="Oratorio"), SchemaLibrary(tmp_path)
    near = folder / "allowed-value-sets.xsd"
    far = near.rename(folder.parent / near.name)
    before = schemas.find("ern/4.3")

    near.write_text(far.read_text().replace("Oratorio", "Album"))
    after = schemas.find("ern/4.3")

    assert before is not None
    assert after is not None
    assert before.judge(parse_message(message("Oratorio")).root) == []
    assert after.judge(parse_message(message("Album")).root) == []


def test_a_set_that_comes_into_an_earlier_folder_is_noticed(tmp_path: Path) -> None:
    own, installed = tmp_path / "own", tmp_path / "installed"
    write_set(installed / "ern" / "4.3", kind="Album")
    schemas = SchemaLibrary(own, installed)
    first = schemas.find("ern/4.3")

    write_set(own / "xsd" / "ern" / "4.3", kind="Oratorio")
    second = schemas.find("ern/4.3")

    assert first is not None
    assert second is not None
    assert first.judge(parse_message(message("Album")).root) == []
    assert second.judge(parse_message(message("Oratorio")).root) == []
