"""Every business rule finds its fault: a valid message with one thing broken, and the one finding it must give."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from lxml import etree

from distro_plugins import ern43
from distro_sdk.ern4.rules import Ern4Rules
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

ITEM = f"{RELEASE_PATH}/ResourceGroup/ResourceGroupContentItem"
GROUP = f"{RELEASE_PATH}/ResourceGroup/ResourceGroup"
TRACK = "ReleaseList/TrackRelease"
ERROR, WARNING = Severity.ERROR, Severity.WARNING


def together(*changes: Break) -> Break:
    """Several changes."""

    def change(root: etree._Element) -> None:
        for one in changes:
            one(root)

    return change


def make(path: str, xml: str) -> Break:
    """Append elements that are given as XML."""

    def change(root: etree._Element) -> None:
        find(root, path).append(parse_message(xml.encode()).root)

    return change


TEXT = "<Text><ResourceReference>A90</ResourceReference></Text>"
BONUS = (
    "<ResourceGroupContentItem><ReleaseResourceReference>A90</ReleaseResourceReference>"
    "<IsBonusResource>true</IsBonusResource></ResourceGroupContentItem>"
)
LATE = (
    "<ReleaseVisibility><VisibilityReference>V1</VisibilityReference>"
    "<ReleaseDisplayStartDateTime>2030-01-01T00:00:00Z</ReleaseDisplayStartDateTime></ReleaseVisibility>"
)
PRICE = (
    '<PriceInformation><PriceCode Namespace="X">1</PriceCode>'
    '<WholesalePricePerUnit CurrencyCode="EUR">1</WholesalePricePerUnit></PriceInformation>'
)

CASES: list[tuple[ParsedMessage, Break, str, Severity]] = [
    (RELEASE, remove("MessageHeader"), "HEADER_MISSING", ERROR),
    (RELEASE, text("MessageHeader/MessageId", " "), "MESSAGE_ID_MISSING", ERROR),
    (RELEASE, text("MessageHeader/MessageCreatedDateTime", "2026-01-01T00:00:00"), "ZONE_MISSING", ERROR),
    (RELEASE, text("MessageHeader/MessageControlType", "UpdateMessage"), "CONTROL_TYPE_UNKNOWN", ERROR),
    (RELEASE, text("MessageHeader/MessageSender/PartyId", "PADPIDA1"), "DPID_SUSPICIOUS", WARNING),
    (RELEASE, attribute(".", "ReleaseProfileVersionId", "AudioAlbum"), "PROFILE_UNKNOWN", ERROR),
    (RELEASE, attribute(".", "ReleaseProfileVersionId", "Video"), "PROFILE_UNJUDGED", WARNING),
    (RELEASE, attribute(".", "ReleaseProfileVersionId", None), "PROFILE_UNJUDGED", WARNING),
    (RELEASE, text("PartyList/Party/PartyReference", "Å1"), "ANCHOR_MALFORMED", ERROR),
    (RELEASE, double("PartyList/Party"), "ANCHOR_DOUBLED", ERROR),
    (RELEASE, text(f"{RECORDING}//TechnicalResourceDetailsReference", "T2"), "ANCHOR_DOUBLED", ERROR),
    (RELEASE, text(f"{RECORDING}/DisplayArtist/ArtistPartyReference", "P99"), "REFERENCE_DANGLING", ERROR),
    (RELEASE, text(f"{RECORDING}/Contributor/ContributorPartyReference", "P99"), "REFERENCE_DANGLING", ERROR),
    (RELEASE, text(f"{RELEASE_PATH}/ReleaseLabelReference", "P99"), "REFERENCE_DANGLING", ERROR),
    (RELEASE, text(f"{TRACK}/ReleaseLabelReference", "P99"), "REFERENCE_DANGLING", ERROR),
    (RELEASE, text(f"{ITEM}/ReleaseResourceReference", "A99"), "REFERENCE_DANGLING", ERROR),
    (RELEASE, text(f"{TRACK}/ReleaseResourceReference", "A99"), "REFERENCE_DANGLING", ERROR),
    (RELEASE, text("ReleaseList//LinkedReleaseResourceReference", "A99"), "REFERENCE_DANGLING", ERROR),
    (RELEASE, text("DealList//DealReleaseReference", "R99"), "REFERENCE_DANGLING", ERROR),
    (RELEASE, add(RELEASE_PATH, "ReleaseVisibilityReference", "V9"), "REFERENCE_DANGLING", ERROR),
    (RELEASE, text("PartyList/Party/PartyReference", "P77"), "ANCHOR_UNUSED", WARNING),
    (RELEASE, text(f"{RECORDING}//ISRC", "QZ-NLR-26-00001"), "IDENTIFIER_MALFORMED", ERROR),
    (RELEASE, text(f"{RECORDING}//ISRC", "XXNLR2600001"), "ISRC_PREFIX_UNKNOWN", ERROR),
    (RELEASE, text(f"{RELEASE_PATH}/ReleaseId/ICPN", "0094631432058"), "CHECK_DIGIT_WRONG", ERROR),
    (RELEASE, text("PartyList/Party/PartyId/ISNI", "0000000121032684"), "CHECK_DIGIT_WRONG", ERROR),
    (RELEASE, text("PartyList/Party/PartyId/IpiNameNumber", "00014107339"), "CHECK_DIGIT_WRONG", ERROR),
    (RELEASE, text(f"{RECORDING}/WorkId/ISWC", "T0345246802"), "CHECK_DIGIT_WRONG", ERROR),
    (RELEASE, add(f"{RELEASE_PATH}/ReleaseId", "GRid", "A10302B0003989564E"), "CHECK_DIGIT_WRONG", ERROR),
    (RELEASE, remove(RELEASE_PATH), "MAIN_RELEASE_COUNT", ERROR),
    (RELEASE, remove(f"{RELEASE_PATH}/ReleaseId/ICPN"), "RELEASE_ID_MISSING", ERROR),
    (RELEASE, remove(f"{RELEASE_PATH}/CLine"), "C_LINE_ABSENT", WARNING),
    (
        RELEASE,
        together(remove(f"{RELEASE_PATH}/ReleaseDate"), remove(f"{RELEASE_PATH}/OriginalReleaseDate")),
        "RELEASE_DATE_ABSENT",
        WARNING,
    ),
    (RELEASE, attribute(f"{RECORDING}/DisplayArtist", "SequenceNumber", None), "ARTIST_SEQUENCE_MISSING", ERROR),
    (RELEASE, double(f"{RECORDING}/Contributor"), "CONTRIBUTOR_DOUBLED", ERROR),
    (ALBUM, attribute(GROUP, "ResourceGroupType", "MultiWorkPart"), "GROUP_TYPE_UNFIT", ERROR),
    (ALBUM, remove(f"{GROUP}/SequenceNumber"), "GROUP_SEQUENCE_MISSING", ERROR),
    (ALBUM, text(f"{GROUP}/SequenceNumber", "2"), "GROUP_SEQUENCE_DOUBLED", ERROR),
    (RELEASE, text(f"{ITEM}/SequenceNumber", "2"), "GROUP_SEQUENCE_DOUBLED", ERROR),
    (RELEASE, remove(f"{ITEM}/SequenceNumber"), "ITEM_SEQUENCE_MISSING", ERROR),
    (RELEASE, add(ITEM, "IsBonusResource", "true"), "SECONDARY_SEQUENCED", ERROR),
    (RELEASE, text(f"{ITEM}/ReleaseResourceReference", "A3"), "SECONDARY_SEQUENCED", ERROR),
    (RELEASE, double(f"{RECORDING}/DisplayTitle"), "DEFAULT_DOUBLED", ERROR),
    (RELEASE, attribute(f"{RECORDING}//InstrumentType", "Namespace", None), "USER_DEFINED_UNFIT", ERROR),
    (RELEASE, text(f"{RECORDING}//InstrumentType", "Guitar"), "USER_DEFINED_UNFIT", ERROR),
    (RELEASE, add(RECORDING, "RightSharePercentage", "101"), "SHARE_UNFIT", ERROR),
    (RELEASE, add(RECORDING, "RightSharePercentage", "half"), "SHARE_UNFIT", ERROR),
    (RELEASE, add(RECORDING, "Cue", ""), "CUE_WITHOUT_TIME", ERROR),
    (RELEASE, attribute(".//Image/ResourceId/ProprietaryId", "Namespace", None), "RESOURCE_ID_MISSING", ERROR),
    (RELEASE, text(f"{RECORDING}//HashSumValue", ""), "FILE_HASH_MISSING", WARNING),
    (RELEASE, remove("DealList/ReleaseDeal/DealReleaseReference"), "DEAL_MISSING", WARNING),
    (RELEASE, add(TERMS, "TerritoryCode", "DE"), "WORLDWIDE_NOT_ALONE", ERROR),
    (RELEASE, add(TERMS, "ExcludedTerritoryCode", "Worldwide"), "WORLDWIDE_NOT_ALONE", ERROR),
    (RELEASE, add(f"{TERMS}/ValidityPeriod", "EndDate", "2001-01-01"), "PERIOD_REVERSED", ERROR),
    (RELEASE, make(TERMS, PRICE), "PRICE_AMBIGUOUS", ERROR),
    (RELEASE, add(TERMS, "CarrierType", "CD"), "PHYSICAL_ONLY", ERROR),
    (
        RELEASE,
        together(make("DealList", LATE), add(RELEASE_PATH, "ReleaseVisibilityReference", "V1")),
        "VISIBILITY_TOO_LATE",
        ERROR,
    ),
    (RELEASE, text(f"{RELEASE_PATH}/ReleaseType", "VideoAlbum"), "RELEASE_TYPE_UNUSUAL", WARNING),
    (SINGLE, text(f"{RELEASE_PATH}/ReleaseType", "Album"), "RELEASE_TYPE_UNUSUAL", WARNING),
    (SINGLE, text(f"{RECORDING}/Type", "SpokenWordSoundRecording"), "RECORDING_TYPE_UNFIT", ERROR),
    (SINGLE, double(RECORDING), "RECORDING_COUNT", ERROR),
    (
        RELEASE,
        together(*(text(f"{RECORDING}[{n}]/Type", "SpokenWordSoundRecording") for n in (1, 2))),
        "RECORDING_COUNT",
        ERROR,
    ),
    (RELEASE, remove(f"{RECORDING}//ISRC"), "RECORDING_ISRC_MISSING", ERROR),
    (RELEASE, text("ResourceList/Image/Type", "BackCoverImage"), "FRONT_COVER_COUNT", ERROR),
    (RELEASE, remove(f"{RELEASE_PATH}/ResourceGroup/LinkedReleaseResourceReference"), "FRONT_COVER_NOT_LINKED", ERROR),
    (SINGLE, remove(f"{ITEM}/LinkedReleaseResourceReference"), "FRONT_COVER_NOT_LINKED", ERROR),
    (RELEASE, make("ResourceList", TEXT), "BONUS_NOT_MARKED", ERROR),
    (
        RELEASE,
        together(make("ResourceList", TEXT), make(f"{RELEASE_PATH}/ResourceGroup", BONUS)),
        "BONUS_ID_MISSING",
        ERROR,
    ),
    (RELEASE, remove(TRACK), "TRACK_RELEASE_COUNT", ERROR),
    (RELEASE, double(TRACK), "TRACK_RELEASE_COUNT", ERROR),
    (RELEASE, text(f"{TRACK}/ReleaseResourceReference", "A3"), "TRACK_RELEASE_SECONDARY", ERROR),
    (RELEASE, double(TRACK), "TRACK_RELEASE_ID_DOUBLED", WARNING),
    (RELEASE, add(TRACK, "DisplayTitleText", "Tide 1"), "TITLE_REDUNDANT", ERROR),
    (SINGLE, add("ReleaseList", "TrackRelease", ""), "TRACK_RELEASE_FORBIDDEN", ERROR),
    (SINGLE, double("ResourceList/Image"), "IMAGE_FORBIDDEN", ERROR),
    (SINGLE, text("ResourceList/Image/Type", "Logo"), "IMAGE_FORBIDDEN", ERROR),
    (SINGLE, make("ResourceList", TEXT), "RESOURCE_FORBIDDEN", ERROR),
    (SINGLE, double(ITEM), "SINGLE_ITEM_COUNT", ERROR),
    (SINGLE, text(f"{ITEM}/ReleaseResourceReference", "A2"), "SINGLE_ITEM_UNFIT", ERROR),
    (SINGLE, add(ITEM, "IsBonusResource", "true"), "BONUS_FORBIDDEN", ERROR),
    (SINGLE, add(RECORDING, "ResourceRightsController", ""), "CONTROLLER_INCOMPLETE", WARNING),
]


@pytest.mark.proves("VAL-05", "VAL-08")
@pytest.mark.parametrize(
    ("message", "change", "code", "severity"), CASES, ids=[f"{c[2]}-{n}" for n, c in enumerate(CASES)]
)
def test_a_rule_finds_its_fault(message: ParsedMessage, change: Break, code: str, severity: Severity) -> None:
    assert Ern4Rules("ern/4.3").validate(message) == []
    broken = parse_message(message.content)

    change(broken.root)

    found = [issue for issue in Ern4Rules("ern/4.3").validate(broken) if issue.code == code]
    assert found, f"{code} was not found"
    assert {issue.severity for issue in found} == {severity}
    assert all(issue.path.startswith("/") for issue in found)


def test_findings_stand_in_document_order_with_their_lines() -> None:
    pretty = etree.tostring(RELEASE.root, pretty_print=True)
    broken = parse_message(pretty.replace(b"<IsInstrumental>", b"<x/><IsInstrumental>").replace(b"T1<", b"T2<"))

    found = Ern4Rules("ern/4.3").validate(broken)

    lines = [issue.line for issue in found]
    assert [issue.code for issue in found] == ["ANCHOR_DOUBLED", "ANCHOR_DOUBLED"]
    assert lines == sorted(lines, key=lambda line: line or 0)
    assert None not in lines


def test_a_message_that_is_not_utf_8_is_refused() -> None:
    latin = etree.tostring(RELEASE.root, encoding="ISO-8859-1", xml_declaration=True)

    assert [issue.code for issue in Ern4Rules("ern/4.3").validate(parse_message(latin))] == ["ENCODING_NOT_UTF8"]


def test_a_value_of_ones_own_may_stand_in_a_link_or_a_label() -> None:
    message = parse_message(RELEASE.content)
    label = find(message.root, f"{RELEASE_PATH}/ReleaseLabelReference")
    label.set("LabelType", "UserDefined")
    label.set("UserDefinedValue", "Imprint")
    label.set("Namespace", "PADPIDA2014120301L")

    assert Ern4Rules("ern/4.3").validate(message) == []


def test_a_message_of_another_type_is_left_to_its_schema() -> None:
    purge = parse_message(b'<e:PurgeReleaseMessage xmlns:e="http://ddex.net/xml/ern/43"/>')

    assert [(issue.code, issue.severity) for issue in Ern4Rules("ern/4.3").validate(purge)] == [
        ("MESSAGE_TYPE_UNJUDGED", WARNING)
    ]


def test_every_code_has_a_message_that_earns_it() -> None:
    folder = Path(inspect.getfile(Ern4Rules)).parents[2]
    codes = {
        code
        for path in folder.glob("ern*/**/*.py")
        for code in re.findall(r'finding\(\s*"([A-Z0-9_]+)"', path.read_text())
    }

    earned = {code for _, _, code, _ in CASES}

    assert codes - earned == {"ENCODING_NOT_UTF8", "MESSAGE_TYPE_UNJUDGED"}, "these have tests of their own"
    assert earned <= codes


def test_the_plugin_documents_every_rule() -> None:
    page = (Path(inspect.getfile(ern43)).parent / "README.md").read_text("utf-8")

    assert {code for _, _, code, _ in CASES} - set(re.findall(r"`([A-Z0-9_]+)`", page)) == set()


@pytest.mark.parametrize("name", ["1_Audio.xml", "5_SimpleVideoSingle.xml", "Variant_Classical.xml"])
def test_the_rules_find_no_error_in_ddex_own_samples(ddex_folder: Path, name: str) -> None:
    sample = parse_message((ddex_folder / "samples" / "4.3" / name).read_bytes())

    assert [issue for issue in Ern4Rules("ern/4.3").validate(sample) if issue.severity is ERROR] == []
