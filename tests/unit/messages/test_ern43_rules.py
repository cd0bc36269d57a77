"""Every business rule finds its fault: a valid message with one thing broken, and the one finding it must give."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from distro_plugins.ern43 import Ern43Rules
from distro_plugins.ern43.rules import RULES
from distro_sdk.models.validation import Severity
from distro_sdk.xml import ParsedMessage, parse_message
from tests.catalogue_examples import example_release, simple_single, two_disc_album
from tests.unit.messages.conftest import written

Break = Callable[[etree._Element], None]
SINGLE = written(simple_single())
RELEASE = written(example_release(tracks=2))
ALBUM = written(two_disc_album())


def find(root: etree._Element, path: str) -> etree._Element:
    """The element of a path, which must be there."""
    element = root.find(path)
    assert element is not None
    return element


def text(path: str, value: str) -> Break:
    """Write other text."""

    def change(root: etree._Element) -> None:
        find(root, path).text = value

    return change


def remove(path: str) -> Break:
    """Take an element out."""

    def change(root: etree._Element) -> None:
        element = find(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def double(path: str) -> Break:
    """Let an element stand twice."""

    def change(root: etree._Element) -> None:
        element = find(root, path)
        element.addnext(deepcopy(element))

    return change


def attribute(path: str, name: str, value: str | None) -> Break:
    """Set an attribute, or take it away."""

    def change(root: etree._Element) -> None:
        element = find(root, path) if path != "." else root
        if value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    return change


def add(path: str, name: str, value: str) -> Break:
    """Append a child."""

    def change(root: etree._Element) -> None:
        etree.SubElement(find(root, path), name).text = value

    return change


RECORDING = "ResourceList/SoundRecording"
RELEASE_PATH = "ReleaseList/Release"
TERMS = "DealList/ReleaseDeal/Deal/DealTerms"

CASES: list[tuple[ParsedMessage, Break, str, Severity]] = [
    (RELEASE, remove("MessageHeader"), "HEADER_MISSING", Severity.ERROR),
    (RELEASE, text("MessageHeader/MessageId", " "), "MESSAGE_ID_MISSING", Severity.ERROR),
    (RELEASE, text("MessageHeader/MessageCreatedDateTime", "2026-01-01T00:00:00"), "ZONE_MISSING", Severity.ERROR),
    (RELEASE, text("MessageHeader/MessageControlType", "UpdateMessage"), "CONTROL_TYPE_UNKNOWN", Severity.ERROR),
    (RELEASE, attribute(".", "ReleaseProfileVersionId", "AudioAlbum"), "PROFILE_UNKNOWN", Severity.ERROR),
    (RELEASE, text(f"{RELEASE_PATH}/ReleaseType", "VideoAlbum"), "RELEASE_TYPE_UNUSUAL", Severity.WARNING),
    (RELEASE, text("PartyList/Party/PartyReference", "Å1"), "ANCHOR_MALFORMED", Severity.ERROR),
    (RELEASE, double("PartyList/Party"), "ANCHOR_DOUBLED", Severity.ERROR),
    (RELEASE, text(f"{RECORDING}/DisplayArtist/ArtistPartyReference", "P99"), "REFERENCE_DANGLING", Severity.ERROR),
    (RELEASE, text("ReleaseList//ReleaseResourceReference", "A99"), "REFERENCE_DANGLING", Severity.ERROR),
    (RELEASE, text("DealList//DealReleaseReference", "R99"), "REFERENCE_DANGLING", Severity.ERROR),
    (RELEASE, text(f"{RECORDING}//TechnicalResourceDetailsReference", "T2"), "ANCHOR_DOUBLED", Severity.ERROR),
    (RELEASE, text("PartyList/Party/PartyReference", "P77"), "ANCHOR_UNUSED", Severity.WARNING),
    (RELEASE, text(f"{RECORDING}//ISRC", "QZ-NLR-26-00001"), "IDENTIFIER_MALFORMED", Severity.ERROR),
    (RELEASE, text(f"{RELEASE_PATH}/ReleaseId/ICPN", "0094631432058"), "CHECK_DIGIT_WRONG", Severity.ERROR),
    (RELEASE, text("PartyList/Party/PartyId/ISNI", "0000000121032684"), "CHECK_DIGIT_WRONG", Severity.ERROR),
    (RELEASE, remove(RELEASE_PATH), "MAIN_RELEASE_COUNT", Severity.ERROR),
    (RELEASE, remove(f"{RELEASE_PATH}/ReleaseId/ICPN"), "RELEASE_ID_MISSING", Severity.ERROR),
    (RELEASE, remove("ReleaseList/TrackRelease"), "TRACK_RELEASE_COUNT", Severity.ERROR),
    (SINGLE, add("ReleaseList", "TrackRelease", ""), "TRACK_RELEASE_FORBIDDEN", Severity.ERROR),
    (SINGLE, double(RECORDING), "RECORDING_COUNT", Severity.ERROR),
    (RELEASE, remove(f"{RECORDING}//ISRC"), "RECORDING_ISRC_MISSING", Severity.ERROR),
    (RELEASE, text(f"{RECORDING}/Type", "SpokenWordSoundRecording"), "RECORDING_TYPE_UNFIT", Severity.ERROR),
    (RELEASE, text("ResourceList/Image/Type", "BackCoverImage"), "FRONT_COVER_COUNT", Severity.ERROR),
    (SINGLE, double("ResourceList/Image"), "IMAGE_FORBIDDEN", Severity.ERROR),
    (
        RELEASE,
        remove(f"{RELEASE_PATH}/ResourceGroup/LinkedReleaseResourceReference"),
        "FRONT_COVER_NOT_LINKED",
        Severity.ERROR,
    ),
    (RELEASE, attribute(".//Image/ResourceId/ProprietaryId", "Namespace", None), "IMAGE_ID_MISSING", Severity.ERROR),
    (
        RELEASE,
        attribute(f"{RECORDING}/DisplayArtist", "SequenceNumber", None),
        "ARTIST_SEQUENCE_MISSING",
        Severity.ERROR,
    ),
    (ALBUM, remove(".//ResourceGroup/ResourceGroup/SequenceNumber"), "GROUP_SEQUENCE_MISSING", Severity.ERROR),
    (ALBUM, text(".//ResourceGroup/ResourceGroup/SequenceNumber", "2"), "GROUP_SEQUENCE_DOUBLED", Severity.ERROR),
    (RELEASE, double(f"{RECORDING}/Contributor"), "CONTRIBUTOR_DOUBLED", Severity.ERROR),
    (RELEASE, double(f"{RECORDING}/DisplayTitle"), "DEFAULT_DOUBLED", Severity.ERROR),
    (RELEASE, attribute(f"{RECORDING}//InstrumentType", "Namespace", None), "USER_DEFINED_UNFIT", Severity.ERROR),
    (RELEASE, remove("DealList/ReleaseDeal/DealReleaseReference"), "DEAL_MISSING", Severity.WARNING),
    (RELEASE, add(TERMS, "TerritoryCode", "DE"), "WORLDWIDE_NOT_ALONE", Severity.ERROR),
    (RELEASE, add(f"{TERMS}/ValidityPeriod", "EndDate", "2001-01-01"), "PERIOD_REVERSED", Severity.ERROR),
    (RELEASE, text(f"{RECORDING}//HashSumValue", ""), "FILE_HASH_MISSING", Severity.WARNING),
]


@pytest.mark.proves("VAL-05", "VAL-08")
@pytest.mark.parametrize(
    ("message", "change", "code", "severity"), CASES, ids=[f"{c[2]}-{n}" for n, c in enumerate(CASES)]
)
def test_a_rule_finds_its_fault(message: ParsedMessage, change: Break, code: str, severity: Severity) -> None:
    assert Ern43Rules().validate(message) == []
    broken = parse_message(message.content)

    change(broken.root)

    found = [issue for issue in Ern43Rules().validate(broken) if issue.code == code]
    assert found, f"{code} was not found"
    assert {issue.severity for issue in found} == {severity}
    assert all(issue.path.startswith("/") for issue in found)


def test_a_message_of_another_type_is_not_judged_by_these_rules() -> None:
    foreign = parse_message(b'<e:PurgeReleaseMessage xmlns:e="http://ddex.net/xml/ern/43"/>')

    assert [issue.code for issue in Ern43Rules().validate(foreign)] == ["MESSAGE_TYPE_UNSUPPORTED"]


def test_every_rule_has_its_broken_message() -> None:
    assert len({code for _, _, code, _ in CASES}) >= len(RULES)
