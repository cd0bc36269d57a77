"""Every business rule of ERN 4 finds its fault: a valid message with one thing broken, and the finding it must give."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from distro_sdk.ern.rules import MAX_FINDINGS, Judged
from distro_sdk.ern4.rules import Ern4Rules
from distro_sdk.models.validation import Severity
from distro_sdk.xml import ParsedMessage, parse_message
from tests.unit.messages.breaking import Case, add, attribute, double, find, make, remove, text, together
from tests.unit.messages.ern4_examples import PROFILES, VARIANTS, VERSIONS, ern4_message, ern4_purge
from tests.unit.messages.official import schema_errors

WARNING = Severity.WARNING
RULES = {version: Ern4Rules(version) for version in VERSIONS}
AUDIO = ern4_message("Audio")
SINGLE = ern4_message("SimpleAudioSingle")
CLIP = ern4_message("SimpleVideoSingle")
VIDEO = ern4_message("Video")
MIXED = ern4_message("MixedMedia")
TONE = ern4_message("Ringtone")
FILM = ern4_message("LongFormMusicalWorkVideo")
MIX = ern4_message("DjMix")
BOX = ern4_message("Audio", variant="BoxedSet")
CLASSICAL = ern4_message("Audio", variant="Classical")
CLASSICAL_BOX = ern4_message("Audio", variant="BoxedSet Classical")
PURGE = ern4_purge()

RECORDING = "ResourceList/SoundRecording"
FILMED = "ResourceList/Video"
IMAGE = "ResourceList/Image"
RELEASE = "ReleaseList/Release"
TRACK = "ReleaseList/TrackRelease"
TOP = f"{RELEASE}/ResourceGroup"
GROUP = f"{TOP}/ResourceGroup"
ITEM = f"{GROUP}/ResourceGroupContentItem"
TERMS = "DealList/ReleaseDeal/Deal/DealTerms"
CUE = "CueSheetList/CueSheet/Cue"
CHAPTER = "ChapterList/Chapter"

TEXT = (
    "<Text><ResourceReference>A90</ResourceReference><Type>NonInteractiveBooklet</Type>"
    "<ResourceId><ProprietaryId Namespace='N'>B</ProprietaryId></ResourceId></Text>"
)
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
OWN_VALUE = '<Keywords UserDefinedValue="Imprint" Namespace="N">Label</Keywords>'
UNSIGNED_VALUE = '<Keywords UserDefinedValue="Imprint">UserDefined</Keywords>'


CASES: list[Case] = [
    Case(AUDIO, remove("MessageHeader"), "HEADER_MISSING"),
    Case(AUDIO, text("MessageHeader/MessageId", " "), "MESSAGE_ID_MISSING"),
    Case(AUDIO, text("MessageHeader/MessageCreatedDateTime", "2026-01-01T00:00:00"), "ZONE_MISSING"),
    Case(AUDIO, text("MessageHeader/MessageControlType", "UpdateMessage"), "CONTROL_TYPE_UNKNOWN"),
    Case(AUDIO, text("MessageHeader/MessageSender/PartyId", "PADPIDA1"), "DPID_SUSPICIOUS", WARNING),
    Case(AUDIO, attribute(".", "ReleaseProfileVersionId", "AudioAlbum"), "PROFILE_UNKNOWN"),
    Case(AUDIO, attribute(".", "ReleaseProfileVersionId", None), "PROFILE_UNJUDGED", WARNING),
    Case(AUDIO, attribute(".", "ReleaseProfileVariantVersionId", "Boxed"), "VARIANT_UNKNOWN"),
    Case(SINGLE, attribute(".", "ReleaseProfileVariantVersionId", "Classical"), "VARIANT_UNKNOWN"),
    Case(AUDIO, text("PartyList/Party/PartyReference", "Å1"), "ANCHOR_MALFORMED"),
    Case(AUDIO, double("PartyList/Party"), "ANCHOR_DOUBLED"),
    Case(AUDIO, text(f"{RECORDING}//TechnicalResourceDetailsReference", "T2"), "ANCHOR_DOUBLED"),
    Case(AUDIO, text(f"{RECORDING}/DisplayArtist/ArtistPartyReference", "P99"), "REFERENCE_DANGLING"),
    Case(AUDIO, text(f"{RECORDING}/Contributor/ContributorPartyReference", "P99"), "REFERENCE_DANGLING"),
    Case(AUDIO, text(f"{RELEASE}/ReleaseLabelReference", "P99"), "REFERENCE_DANGLING"),
    Case(AUDIO, text(f"{TRACK}/ReleaseLabelReference", "P99"), "REFERENCE_DANGLING"),
    Case(AUDIO, text(f"{ITEM}/ReleaseResourceReference", "A99"), "REFERENCE_DANGLING"),
    Case(AUDIO, text(f"{TRACK}/ReleaseResourceReference", "A99"), "REFERENCE_DANGLING"),
    Case(AUDIO, text("ReleaseList//LinkedReleaseResourceReference", "A99"), "REFERENCE_DANGLING"),
    Case(AUDIO, text("DealList//DealReleaseReference", "R99"), "REFERENCE_DANGLING"),
    Case(AUDIO, add(RELEASE, "ReleaseVisibilityReference", "V9"), "REFERENCE_DANGLING"),
    Case(FILM, text(f"{FILMED}/VideoCueSheetReference", "Q9"), "REFERENCE_DANGLING"),
    Case(FILM, text(f"{FILMED}/VideoChapterReference", "X9"), "REFERENCE_DANGLING"),
    Case(MIX, text(f"{RECORDING}//ResourceRelatedResourceReference", "A9"), "REFERENCE_DANGLING"),
    Case(AUDIO, text("PartyList/Party/PartyReference", "P77"), "ANCHOR_UNUSED", WARNING),
    Case(AUDIO, text(f"{RECORDING}//ISRC", "QZ-NLR-26-00001"), "IDENTIFIER_MALFORMED"),
    Case(AUDIO, text(f"{RELEASE}/ReleaseId/ICPN", "400638133393X"), "IDENTIFIER_MALFORMED"),
    Case(AUDIO, text(f"{RECORDING}//ISRC", "XXNLR2600001"), "ISRC_PREFIX_UNKNOWN"),
    Case(AUDIO, text(f"{RELEASE}/ReleaseId/ICPN", "0094631432058"), "CHECK_DIGIT_WRONG"),
    Case(AUDIO, text("PartyList/Party/PartyId/ISNI", "0000000121032684"), "CHECK_DIGIT_WRONG"),
    Case(AUDIO, text("PartyList/Party/PartyId/IpiNameNumber", "00014107339"), "CHECK_DIGIT_WRONG"),
    Case(AUDIO, make(RECORDING, "<WorkId><ISWC>T0345246802</ISWC></WorkId>"), "CHECK_DIGIT_WRONG"),
    Case(AUDIO, add(f"{RELEASE}/ReleaseId", "GRid", "A10302B0003989564E"), "CHECK_DIGIT_WRONG"),
    Case(AUDIO, remove(RELEASE), "MAIN_RELEASE_COUNT"),
    Case(AUDIO, remove("ResourceList"), "RESOURCE_LIST_EMPTY"),
    Case(AUDIO, remove(f"{RELEASE}/ReleaseId/ICPN"), "RELEASE_ID_MISSING"),
    Case(AUDIO, remove(f"{RELEASE}/CLine"), "C_LINE_ABSENT", WARNING),
    Case(AUDIO, remove(f"{RELEASE}/ReleaseDate"), "RELEASE_DATE_ABSENT", WARNING),
    Case(AUDIO, attribute(f"{RECORDING}/DisplayArtist", "SequenceNumber", None), "ARTIST_SEQUENCE_MISSING"),
    Case(AUDIO, attribute(f"{RELEASE}/DisplayArtist", "SequenceNumber", None), "ARTIST_SEQUENCE_MISSING"),
    Case(AUDIO, double(f"{RECORDING}/Contributor"), "CONTRIBUTOR_DOUBLED"),
    Case(AUDIO, attribute(GROUP, "ResourceGroupType", "MultiWorkPart"), "GROUP_TYPE_UNFIT"),
    Case(BOX, attribute(GROUP, "ResourceGroupType", "MultiWorkPart"), "GROUP_TYPE_UNFIT"),
    Case(CLASSICAL, attribute(GROUP, "ResourceGroupType", "ReleaseComponent"), "GROUP_TYPE_UNFIT"),
    Case(CLASSICAL_BOX, attribute(GROUP, "ResourceGroupType", "Carton"), "GROUP_TYPE_UNFIT"),
    Case(AUDIO, remove(f"{GROUP}/SequenceNumber"), "GROUP_SEQUENCE_MISSING"),
    Case(AUDIO, text(f"{GROUP}/SequenceNumber", "2"), "GROUP_SEQUENCE_DOUBLED"),
    Case(AUDIO, text(f"{ITEM}/SequenceNumber", "2"), "GROUP_SEQUENCE_DOUBLED"),
    Case(AUDIO, remove(f"{ITEM}/SequenceNumber"), "ITEM_SEQUENCE_MISSING"),
    Case(AUDIO, add(ITEM, "IsBonusResource", "true"), "SECONDARY_SEQUENCED"),
    Case(AUDIO, text(f"{ITEM}/ReleaseResourceReference", "A5"), "SECONDARY_SEQUENCED"),
    Case(AUDIO, double(f"{RECORDING}/DisplayTitle"), "DEFAULT_DOUBLED"),
    Case(AUDIO, make(RECORDING, OWN_VALUE), "USER_DEFINED_UNFIT"),
    Case(AUDIO, make(RECORDING, UNSIGNED_VALUE), "USER_DEFINED_UNFIT"),
    Case(AUDIO, add(RECORDING, "RightSharePercentage", "101"), "SHARE_UNFIT"),
    Case(AUDIO, add(RECORDING, "RightSharePercentage", "half"), "SHARE_UNFIT"),
    Case(FILM, remove(f"{CUE}/StartTime"), "CUE_WITHOUT_TIME"),
    Case(AUDIO, attribute(f"{IMAGE}/ResourceId/ProprietaryId", "Namespace", None), "RESOURCE_ID_MISSING"),
    Case(AUDIO, attribute(RECORDING, "IsSupplemental", "true"), "RESOURCE_ID_MISSING"),
    Case(AUDIO, text(f"{RECORDING}//HashSumValue", ""), "FILE_HASH_MISSING", WARNING),
    Case(AUDIO, text(f"{IMAGE}//HashSumValue", ""), "FILE_HASH_MISSING", WARNING),
    Case(AUDIO, remove("DealList/ReleaseDeal/DealReleaseReference"), "DEAL_MISSING", WARNING),
    Case(AUDIO, add(TERMS, "TerritoryCode", "DE"), "WORLDWIDE_NOT_ALONE"),
    Case(AUDIO, add(TERMS, "ExcludedTerritoryCode", "Worldwide"), "WORLDWIDE_NOT_ALONE"),
    Case(AUDIO, add(f"{TERMS}/ValidityPeriod", "EndDate", "2001-01-01"), "PERIOD_REVERSED"),
    Case(AUDIO, add(f"{TERMS}/ValidityPeriod", "EndDateTime", "2026-12-03T23:00:00Z"), "PERIOD_REVERSED"),
    Case(AUDIO, make(TERMS, PRICE), "PRICE_AMBIGUOUS"),
    Case(AUDIO, add(TERMS, "CarrierType", "CD"), "PHYSICAL_ONLY"),
    Case(AUDIO, add(TERMS, "PhysicalReturns"), "PHYSICAL_ONLY"),
    Case(
        AUDIO,
        together(make("DealList", LATE), add(RELEASE, "ReleaseVisibilityReference", "V1")),
        "VISIBILITY_TOO_LATE",
    ),
    # The profiles Audio, Video and MixedMedia
    Case(AUDIO, text(f"{RELEASE}/ReleaseType", "VideoAlbum"), "RELEASE_TYPE_UNUSUAL", WARNING),
    Case(VIDEO, text(f"{RELEASE}/ReleaseType", "KaraokeRelease"), "RELEASE_TYPE_UNUSUAL", WARNING),
    Case(MIXED, text(f"{RELEASE}/ReleaseType", "StemBundle"), "RELEASE_TYPE_UNUSUAL", WARNING),
    Case(
        AUDIO,
        together(*(text(f"{RECORDING}[{n}]/Type", "SpokenWordSoundRecording") for n in (1, 2, 3, 4))),
        "RECORDING_COUNT",
    ),
    Case(VIDEO, together(*(text(f"{FILMED}[{n}]/Type", "ConcertVideo") for n in (1, 2, 3, 4))), "VIDEO_COUNT"),
    Case(AUDIO, remove(f"{RECORDING}//ISRC"), "RECORDING_ISRC_MISSING"),
    Case(VIDEO, remove(f"{FILMED}//ISRC"), "RECORDING_ISRC_MISSING"),
    Case(AUDIO, text(f"{IMAGE}/Type", "BackCoverImage"), "FRONT_COVER_COUNT"),
    Case(VIDEO, text(f"{IMAGE}[5]/Type", "BackCoverImage"), "FRONT_COVER_COUNT"),
    Case(VIDEO, together(*(remove(f"{FILMED}[2]") for _ in range(3))), "FRONT_COVER_FORBIDDEN"),
    Case(AUDIO, remove(f"{TOP}/LinkedReleaseResourceReference"), "FRONT_COVER_NOT_LINKED"),
    Case(
        VIDEO, attribute(f"{ITEM}/LinkedReleaseResourceReference", "LinkDescription", None), "SCREEN_CAPTURE_NOT_LINKED"
    ),
    Case(AUDIO, make("ResourceList", TEXT), "BONUS_NOT_MARKED", WARNING),
    Case(
        AUDIO,
        together(make("ResourceList", TEXT.replace("ProprietaryId", "GRid")), make(TOP, BONUS)),
        "BONUS_ID_MISSING",
    ),
    Case(AUDIO, remove(TRACK), "TRACK_RELEASE_COUNT"),
    Case(AUDIO, double(TRACK), "TRACK_RELEASE_COUNT"),
    Case(AUDIO, text(f"{TRACK}/ReleaseResourceReference", "A5"), "TRACK_RELEASE_SECONDARY"),
    Case(AUDIO, double(TRACK), "TRACK_RELEASE_ID_DOUBLED", WARNING),
    Case(AUDIO, add(TRACK, "DisplayTitleText", "Tide 1"), "TITLE_REDUNDANT"),
    # The simple singles and Ringtone
    *(
        Case(single, change, code, severity)
        for single, kind, type_code, count_code in (
            (SINGLE, RECORDING, "RECORDING_TYPE_UNFIT", "RECORDING_COUNT"),
            (CLIP, FILMED, "VIDEO_TYPE_UNFIT", "VIDEO_COUNT"),
            (TONE, RECORDING, "RECORDING_TYPE_UNFIT", "RECORDING_COUNT"),
        )
        for change, code, severity in (
            (text(f"{RELEASE}/ReleaseType", "Album"), "RELEASE_TYPE_UNUSUAL", WARNING),
            (text(f"{kind}/Type", "Documentary"), type_code, Severity.ERROR),
            (double(kind), count_code, Severity.ERROR),
            (make("ReleaseList", "<TrackRelease/>"), "TRACK_RELEASE_FORBIDDEN", Severity.ERROR),
            (double(IMAGE), "IMAGE_FORBIDDEN", Severity.ERROR),
            (text(f"{IMAGE}/Type", "Logo"), "IMAGE_FORBIDDEN", Severity.ERROR),
            (make("ResourceList", TEXT), "RESOURCE_FORBIDDEN", Severity.ERROR),
            (double(f"{TOP}/ResourceGroupContentItem"), "SINGLE_ITEM_COUNT", Severity.ERROR),
            (
                text(f"{TOP}/ResourceGroupContentItem/ReleaseResourceReference", "A2"),
                "SINGLE_ITEM_UNFIT",
                Severity.ERROR,
            ),
            (add(f"{TOP}/ResourceGroupContentItem", "IsBonusResource", "true"), "BONUS_FORBIDDEN", Severity.ERROR),
            (remove(f"{TOP}//LinkedReleaseResourceReference"), "FRONT_COVER_NOT_LINKED", Severity.ERROR),
            (add(kind, "ResourceRightsController"), "CONTROLLER_INCOMPLETE", WARNING),
        )
    ),
    Case(SINGLE, remove(f"{RECORDING}//ISRC"), "RECORDING_ISRC_MISSING"),
    Case(TONE, remove(f"{RECORDING}//ISRC"), "RECORDING_ID_MISSING"),
    Case(TONE, remove(f"{RELEASE}/RelatedRelease"), "SOURCE_RELEASE_ABSENT", WARNING),
    # LongFormMusicalWorkVideo
    Case(FILM, text(f"{RELEASE}/ReleaseType", "Album"), "RELEASE_TYPE_UNUSUAL", WARNING),
    Case(FILM, make("ReleaseList", "<TrackRelease/>"), "TRACK_RELEASE_FORBIDDEN"),
    Case(FILM, double(FILMED), "VIDEO_COUNT"),
    Case(FILM, text(f"{FILMED}/Type", "Documentary"), "VIDEO_TYPE_UNFIT"),
    Case(FILM, double(f"{IMAGE}[2]"), "FRONT_COVER_COUNT"),
    Case(FILM, text(f"{IMAGE}[2]/Type", "Logo"), "IMAGE_FORBIDDEN"),
    Case(FILM, remove(f"{FILMED}//ISRC"), "VIDEO_ID_MISSING"),
    Case(FILM, remove(f"{CHAPTER}/ChapterId"), "CHAPTER_ID_MISSING"),
    Case(FILM, remove(f"{CHAPTER}/StartTime"), "CHAPTER_START_MISSING"),
    Case(FILM, text(f"{CHAPTER}/RepresentativeImageReference", "A3"), "CHAPTER_IMAGE_UNFIT"),
    Case(FILM, remove(f"{FILMED}/VideoCueSheetReference"), "CUE_SHEET_MISSING"),
    Case(FILM, remove(f"{CUE}/ResourceId"), "CUE_ID_MISSING"),
    Case(FILM, remove(f"{CUE}/Contributor"), "CUE_CONTRIBUTOR_MISSING"),
    Case(FILM, remove(f"{CUE}/PLine"), "CUE_P_LINE_MISSING"),
    Case(
        FILM,
        together(text(f"{RELEASE}/ReleaseType", "FeatureFilm"), text(f"{IMAGE}[2]/Type", "FrontCoverImage")),
        "POSTER_MISSING",
        WARNING,
    ),
    Case(
        FILM,
        attribute(f"{TOP}//LinkedReleaseResourceReference", "LinkDescription", None),
        "SCREEN_CAPTURE_NOT_LINKED",
    ),
    # DjMix
    Case(MIX, text(f"{RELEASE}/ReleaseType", "Album"), "RELEASE_TYPE_UNUSUAL", WARNING),
    Case(MIX, make("ReleaseList", "<TrackRelease/>"), "TRACK_RELEASE_FORBIDDEN"),
    Case(MIX, text(f"{RECORDING}/Type", "SpokenWordSoundRecording"), "RECORDING_COUNT"),
    Case(MIX, remove(f"{RECORDING}[2]"), "MIX_PART_COUNT"),
    Case(MIX, text(f"{TOP}//ReleaseResourceReference", "A2"), "MIX_NOT_GROUPED"),
    Case(MIX, text(f"{TOP}//ReleaseResourceReference", "A2"), "MIX_PART_GROUPED"),
    Case(MIX, remove(f"{RECORDING}/RelatedResource"), "MIX_PART_UNTIED"),
    Case(MIX, remove(f"{RECORDING}//DurationUsed"), "MIX_PART_UNTIMED"),
    Case(MIX, remove(f"{RECORDING}[2]//ISRC"), "MIX_PART_ISRC_ABSENT", WARNING),
    # The variants
    Case(BOX, attribute(GROUP, "ResourceGroupType", "Component"), "BOX_COMPONENT_COUNT"),
    Case(BOX, remove(f"{GROUP}/ReleaseId"), "BOX_COMPONENT_ID_MISSING"),
    Case(
        CLASSICAL,
        together(*(text(f"{RECORDING}[{n}]/Type", "NonMusicalWorkSoundRecording") for n in (1, 2, 3, 4))),
        "CLASSICAL_RECORDING_MISSING",
    ),
    Case(
        CLASSICAL,
        together(*(attribute(f"{GROUP}[{n}]", "ResourceGroupType", "Component") for n in (1, 2))),
        "WORK_GROUP_ABSENT",
        WARNING,
    ),
    Case(CLASSICAL, remove(ITEM), "WORK_GROUP_SHORT", WARNING),
    Case(CLASSICAL, attribute(GROUP, "ResourceGroupType", "Component"), "WORK_GROUPS_MIXED"),
    Case(
        CLASSICAL,
        together(remove(f"{GROUP}/DisplayTitle"), remove(f"{GROUP}/DisplayTitleText")),
        "WORK_GROUP_TITLE_ABSENT",
        WARNING,
    ),
    Case(CLASSICAL, remove(f"{GROUP}/AdditionalTitle"), "WORK_FORMAL_TITLE_ABSENT", WARNING),
    Case(
        CLASSICAL,
        together(*(attribute(f"{RECORDING}[{n}]", "ApplyClassicalProfileVariant", None) for n in (1, 2, 3, 4))),
        "CLASSICAL_MARK_ABSENT",
        WARNING,
    ),
    # PurgeReleaseMessage
    Case(PURGE, remove("PurgedRelease/ReleaseId"), "PURGED_ID_MISSING"),
    Case(PURGE, text("PurgedRelease/ReleaseId/ICPN", "4006381333932"), "CHECK_DIGIT_WRONG"),
    Case(PURGE, text("MessageHeader/MessageSender/PartyId", "PADPIDA1"), "DPID_SUSPICIOUS", WARNING),
]


def judge(message: ParsedMessage, version: str = "ern/4.3") -> list[str]:
    """The codes of all findings."""
    return [issue.code for issue in RULES[version].validate(message)]


@pytest.mark.proves("VAL-05", "VAL-08")
@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}-{n}" for n, case in enumerate(CASES)])
def test_a_rule_finds_its_fault(case: Case) -> None:
    assert judge(case.message) == []

    found = [issue for issue in RULES["ern/4.3"].validate(case.broken()) if issue.code == case.code]

    assert found, f"{case.code} was not found"
    assert {issue.severity for issue in found} == {case.severity}
    assert all(issue.path.startswith("/") and issue.line for issue in found)


def test_every_rule_has_a_message_that_breaks_it() -> None:
    broken = [Judged(case.broken()) for case in CASES] + [Judged(parse_message(b"<a/>"))]
    latin = parse_message(etree.tostring(AUDIO.root, encoding="ISO-8859-1", xml_declaration=True))

    idle = [rule for rule in RULES["ern/4.3"].rules() if not any(any(rule.judge(m)) for m in broken)]

    assert [rule.code for rule in idle if not any(rule.judge(Judged(latin)))] == []
    codes = {rule.code for rule in RULES["ern/4.3"].rules()}
    assert codes - {case.code for case in CASES} == {"ENCODING_NOT_UTF8", "MESSAGE_TYPE_UNJUDGED"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_message_that_keeps_the_rules_of_its_profile_gives_no_finding(profile: str, version: str) -> None:
    assert judge(ern4_message(profile, version), version) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("profile", ["Audio", "Video", "MixedMedia"])
@pytest.mark.parametrize("variant", [*VARIANTS, "Classical BoxedSet"])
def test_a_message_that_keeps_the_rules_of_its_variant_gives_no_finding(
    profile: str, variant: str, version: str
) -> None:
    message = ern4_message(profile, version, "BoxedSet Classical" if variant == "Classical BoxedSet" else variant)
    message.root.set("ReleaseProfileVariantVersionId", variant)

    assert judge(message, version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_examples_are_valid_by_the_official_schema(version: str, ddex_folder: Path) -> None:
    plain = [ern4_message(profile, version) for profile in PROFILES]
    varied = [ern4_message(profile, version, variant) for profile in ("Audio", "Video") for variant in VARIANTS]

    for message in (*plain, *varied, ern4_purge(version)):
        assert schema_errors(ddex_folder, version, message.root) == []


@pytest.mark.parametrize("version", ["ern/4.2", "ern/4.3.2"])
def test_the_rules_look_where_the_version_keeps_things(version: str) -> None:
    audio = ern4_message("Audio", version)

    assert judge(Case(audio, remove(f"{RECORDING}//ISRC"), "").broken(), version) == ["RECORDING_ISRC_MISSING"]
    assert judge(Case(audio, text(f"{RECORDING}//HashSumValue", ""), "").broken(), version) == ["FILE_HASH_MISSING"]


def test_only_versions_with_the_classical_mark_ask_for_it() -> None:
    unmarked = ern4_message("Audio", "ern/4.2", "Classical")

    assert judge(unmarked, "ern/4.2") == []
    assert judge(unmarked, "ern/4.3") == ["CLASSICAL_MARK_ABSENT"]


def test_a_formal_title_is_an_element_of_its_own_in_4_3_2() -> None:
    classical = ern4_message("Audio", "ern/4.3.2", "Classical")

    broken = Case(classical, remove(f"{GROUP}/FormalTitle"), "").broken()

    assert judge(broken, "ern/4.3.2") == ["WORK_FORMAL_TITLE_ABSENT"]


def test_a_trailer_of_4_3_is_no_second_film() -> None:
    trailer = add(f"{FILMED}[2]", "RecordingFormat", "MusicalWorkTrailer")
    broken = Case(FILM, together(double(FILMED), trailer), "").broken()

    assert "VIDEO_COUNT" not in judge(broken)


def test_findings_stand_in_document_order_with_their_lines() -> None:
    pretty = etree.tostring(AUDIO.root, pretty_print=True)
    broken = parse_message(pretty.replace(b">T1<", b">T2<"))

    found = RULES["ern/4.3"].validate(broken)

    lines = [issue.line for issue in found]
    assert [issue.code for issue in found] == ["ANCHOR_DOUBLED", "ANCHOR_DOUBLED"]
    assert lines == sorted(lines, key=lambda line: line or 0)
    assert None not in lines


def test_a_finding_names_its_clause_and_what_it_is_about() -> None:
    broken = Case(AUDIO, text(f"{RECORDING}//ISRC", "QZ-NLR"), "").broken()

    (found,) = RULES["ern/4.3"].validate(broken)

    assert found.message == "'QZ-NLR' has not the form of ISRC (RP 2.1, 5.3.1.1(4))"
    assert found.path.endswith("/ResourceList/SoundRecording[1]/SoundRecordingEdition/ResourceId/ISRC")


def test_a_fault_that_stands_everywhere_is_told_so_often_and_no_more() -> None:
    broken = parse_message(AUDIO.content)
    for _ in range(MAX_FINDINGS + 50):
        make(RECORDING, "<DisplayArtist><ArtistPartyReference>P1</ArtistPartyReference></DisplayArtist>")(broken.root)

    assert judge(broken) == ["ARTIST_SEQUENCE_MISSING"] * MAX_FINDINGS


def test_a_message_that_is_not_utf_8_is_refused() -> None:
    latin = etree.tostring(AUDIO.root, encoding="ISO-8859-1", xml_declaration=True)

    assert judge(parse_message(latin)) == ["ENCODING_NOT_UTF8"]


def test_a_message_in_other_letters_is_read_all_the_same() -> None:
    wide = etree.tostring(Case(AUDIO, make(RECORDING, UNSIGNED_VALUE), "").broken().root, encoding="UTF-16")

    assert set(judge(parse_message(wide))) == {"ENCODING_NOT_UTF8", "USER_DEFINED_UNFIT"}


def test_a_value_of_ones_own_may_stand_in_a_link_or_a_label() -> None:
    message = parse_message(AUDIO.content)
    label = find(message.root, f"{RELEASE}/ReleaseLabelReference")
    label.set("LabelType", "UserDefined")
    label.set("UserDefinedValue", "Imprint")
    label.set("Namespace", "PADPIDA2014120301L")

    assert judge(message) == []


def test_a_message_of_another_type_is_left_to_its_schema() -> None:
    other = parse_message(b'<e:CatalogListMessage xmlns:e="http://ddex.net/xml/ern/43"/>')

    found = RULES["ern/4.3"].validate(other)

    assert [(issue.code, issue.severity) for issue in found] == [("MESSAGE_TYPE_UNJUDGED", WARNING)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_purge_of_any_version_is_judged(version: str) -> None:
    assert judge(ern4_purge(version), version) == []
