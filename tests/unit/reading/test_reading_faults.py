"""What is wrong with a message is told with its place, every fault at once, whoever sent it."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_core.messages.planner import plan_message
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.xml import parse_message
from tests.catalogue_examples import example_order, two_disc_album
from tests.unit.reading.conftest import READERS, read
from tests.unit.reading.test_round_trips import BUILDERS

MESSAGES = {
    format: builder.build(plan_message(two_disc_album(), example_order())) for format, builder in BUILDERS.items()
}


def faults(content: bytes) -> list[tuple[str, str]]:
    """Code and text of each fault of a message."""
    with pytest.raises(DomainErrors) as refused:
        read(content)
    return [(error.code, error.message) for error in refused.value.errors]


def changed(format: str, *changes: tuple[str, str]) -> bytes:
    """A message with some texts replaced, each once."""
    text = MESSAGES[format].decode()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return text.encode()


@pytest.mark.parametrize("format", BUILDERS)
def test_every_fault_is_told_at_once_with_xpath_and_line(format: str) -> None:
    content = changed(format, ("<Duration>PT3M25.5S<", "<Duration>three minutes<"), ("2026-12-04<", "4 December<"))

    found = faults(content)

    assert [code for code, _ in found] == ["VALUE_INVALID", "VALUE_INVALID"]
    texts = sorted(text for _, text in found)
    assert any("/Duration (line 2): 'three minutes' is not a duration such as PT3M25S" in text for text in texts)
    assert any("Date (line 2): '4 December' is not a date such as 2026-01-31" in text for text in texts)


@pytest.mark.parametrize("format", BUILDERS)
def test_a_reference_to_nothing(format: str) -> None:
    content = changed(format, ("<DealReleaseReference>R0<", "<DealReleaseReference>R99<"))

    (fault,) = faults(content)

    assert fault[0] == "REFERENCE_DANGLING"
    assert fault[1].endswith("/DealReleaseReference[1] (line 2): there is no release R99")


@pytest.mark.parametrize("format", BUILDERS)
def test_an_anchor_that_stands_twice(format: str) -> None:
    content = changed(format, ("<ResourceReference>A2<", "<ResourceReference>A1<"))

    assert ("ANCHOR_DOUBLED", "the resource A1 is declared twice") in [
        (code, text.partition("): ")[2]) for code, text in faults(content)
    ]


@pytest.mark.parametrize("format", BUILDERS)
@pytest.mark.parametrize("name", ["MessageHeader", "ResourceList", "ReleaseList"])
def test_a_part_that_is_missing(format: str, name: str) -> None:
    root = parse_message(MESSAGES[format]).root
    part = root.find(name)
    assert part is not None
    part.tag = "Elsewhere"
    content = root.getroottree()

    (fault,) = faults(_bytes(content))

    assert fault == ("ELEMENT_MISSING", f"/ern:NewReleaseMessage (line 2): there is no {name}")


@pytest.mark.parametrize("format", BUILDERS)
def test_a_value_that_our_model_cannot_hold(format: str) -> None:
    content = MESSAGES[format].replace(b">Tide 1<", b">" + b"x" * 501 + b"<")

    found = faults(content)

    assert found[0][0] == "VALUE_INVALID"
    assert "title: String should have at most 500 characters" in found[0][1]


@pytest.mark.parametrize("format", BUILDERS)
def test_another_message_of_the_standard(format: str) -> None:
    text = MESSAGES[format].decode().replace("NewReleaseMessage", "CatalogTransferMessage")

    (fault,) = faults(text.encode())

    assert fault[0] == "MESSAGE_TYPE_UNKNOWN"
    assert "CatalogTransferMessage is none of the messages" in fault[1]


@pytest.mark.parametrize("format", BUILDERS)
def test_faults_are_bounded(format: str) -> None:
    once = "<DealReleaseReference>R0</DealReleaseReference>"

    found = faults(changed(format, (once, "<DealReleaseReference/>" * 5000)))

    assert len(found) == 100
    assert {code for code, _ in found} == {"REFERENCE_DANGLING"}


def test_every_namespace_has_one_reader() -> None:
    namespaces = [namespace for reader in READERS for namespace in reader.namespaces]

    assert sorted(namespaces) == sorted(set(namespaces))
    assert {namespace.rpartition("/")[2] for namespace in namespaces} == {
        "38",
        "381",
        "382",
        "383",
        "411",
        "42",
        "43",
        "431",
        "432",
    }


def test_what_is_unread_is_bounded_and_told_once() -> None:
    text = MESSAGES["ern/4.3"].decode()
    noise = "".join(f"<Own{number}/><Own{number}/>" for number in range(2000))

    message = read(text.replace("</ResourceList>", noise + "</ResourceList>").encode())

    assert len(message.unread) == 500
    assert message.unread[:2] == (
        "/ern:NewReleaseMessage/ResourceList/Own0",
        "/ern:NewReleaseMessage/ResourceList/Own1",
    )


@pytest.mark.parametrize("path", ["002_erroneous_xml.xml", "Profile_NonInteractiveSubscriptionStreamingService.xml"])
def test_what_is_no_xml_never_reaches_a_reader(ddex_folder: Path, path: str) -> None:
    with pytest.raises(DomainError) as refused:
        read((ddex_folder / "samples" / "invalid" / path).read_bytes())

    assert refused.value.code == "XML_NOT_WELL_FORMED"


def _bytes(tree: object) -> bytes:
    from lxml import etree

    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")  # type: ignore[call-overload, no-any-return]
