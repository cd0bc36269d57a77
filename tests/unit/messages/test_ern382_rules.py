"""Every business rule of ERN 3.8.2 finds its fault: a valid message with one thing broken, and what that must give."""

from __future__ import annotations

import pytest
from lxml import etree

from distro_plugins.ern382.rules import Ern382Rules
from distro_sdk.ern.rules import Judged
from distro_sdk.models.validation import Severity
from distro_sdk.xml import ParsedMessage, parse_message
from tests.unit.messages.breaking import Case, add, attribute, double, make, remove, text, together
from tests.unit.messages.ern382_examples import (
    ALBUM,
    ALONE,
    BLOCK,
    BOOK,
    BOX,
    CLASSICAL,
    CLIP,
    COVERED,
    EXAMPLES,
    FILM,
    LIST,
    MAIN,
    MIXED,
    MUSIC_ONLY,
    PURGE,
    RECORDING,
    SERIES,
    SINGLE,
    TONE,
    VIDEOS,
    changed,
)

WARNING = Severity.WARNING
RULES = Ern382Rules()
CREDITED = f"{RECORDING}/SoundRecordingDetailsByTerritory"
IMAGE = "ResourceList/Image"
FILMED = "ResourceList/Video"
GROUP = f"{BLOCK}/ResourceGroup/ResourceGroup"
ITEM = f"{GROUP}/ResourceGroupContentItem"
LISTED = f"{MAIN}/ReleaseResourceReferenceList/ReleaseResourceReference"
TERMS = "DealList/ReleaseDeal/Deal/DealTerms"
USAGE = f"{TERMS}/Usage"
CUE = "CueSheetList/CueSheet/Cue"
CHAPTER = "CollectionList/Collection"
DEEP = "<ResourceGroup>" * 5 + "</ResourceGroup>" * 5
TITLED_GROUPS = (
    "ResourceGroup/ResourceGroup[1]",
    "ResourceGroup/ResourceGroup[1]/ResourceGroup",
    "ResourceGroup/ResourceGroup[2]",
)
SECOND_BLOCK = "<ReleaseDetailsByTerritory><TerritoryCode>SE</TerritoryCode></ReleaseDetailsByTerritory>"
WORKS = (
    "<WorkList><MusicalWork><RightSharePercentage>60</RightSharePercentage>"
    "<RightSharePercentage>60</RightSharePercentage></MusicalWork></WorkList>"
)
PRICE = (
    "<PriceInformation><PriceType Namespace='N'>X</PriceType>"
    "<WholesalePricePerUnit CurrencyCode='EUR'>1</WholesalePricePerUnit></PriceInformation>"
)
OTHER_TYPES = (ALBUM, MUSIC_ONLY, BOOK, SINGLE, VIDEOS, CLIP, MIXED, BOX, FILM, CLASSICAL, TONE, ALONE, COVERED)


def business(name: str) -> Case:
    """The album with a business profile that its deals do not fit."""
    profile = f"CommonDealTypes/14/{name}"
    return Case(ALBUM, attribute(".", "BusinessProfileVersionId", profile), "BUSINESS_PROFILE_UNFIT")


STREAMED = changed(
    ALBUM,
    attribute(".", "BusinessProfileVersionId", "CommonDealTypes/14/InteractiveSubscriptionStreamingService"),
    text(f"{USAGE}/UseType", "OnDemandStream"),
)
CLAIMED = changed(
    ALBUM,
    attribute(".", "BusinessProfileVersionId", "CommonDealTypes/14/RightsClaimsOnUserGeneratedContent"),
    text(f"{TERMS}/CommercialModelType", "RightsClaimModel"),
    text(f"{USAGE}/UseType", "UserMakeAvailableUserProvided"),
    add(TERMS, "RightsClaimPolicy"),
)

CASES: list[Case] = [
    Case(ALBUM, remove("MessageHeader"), "HEADER_MISSING"),
    Case(ALBUM, text("MessageHeader/MessageId", " "), "MESSAGE_ID_MISSING"),
    Case(ALBUM, text("MessageHeader/MessageCreatedDateTime", "2026-01-01T00:00:00"), "ZONE_MISSING"),
    Case(ALBUM, text("MessageHeader/MessageControlType", "Update"), "CONTROL_TYPE_UNKNOWN"),
    Case(ALBUM, text("MessageHeader/MessageSender/PartyId", "DPID"), "DPID_SUSPICIOUS", WARNING),
    Case(ALBUM, attribute(".", "ReleaseProfileVersionId", None), "PROFILE_UNJUDGED", WARNING),
    Case(ALBUM, attribute(".", "ReleaseProfileVersionId", "Audio"), "PROFILE_UNJUDGED", WARNING),
    Case(
        ALBUM,
        attribute(".", "ReleaseProfileVersionId", "CommonReleaseTypesTypes/13/AudioAlbum"),
        "PROFILE_ID_UNUSUAL",
        WARNING,
    ),
    Case(ALBUM, text(f"{RECORDING}/ResourceReference", "Å"), "ANCHOR_MALFORMED"),
    Case(ALBUM, text(f"{RECORDING}/ResourceReference", "A2"), "ANCHOR_DOUBLED"),
    Case(ALBUM, text(LISTED, "A99"), "REFERENCE_DANGLING"),
    Case(ALBUM, text("DealList//DealReleaseReference", "R99"), "REFERENCE_DANGLING"),
    Case(FILM, text(f"{FILMED}//SoundRecordingCollectionReference/*", "X9"), "REFERENCE_DANGLING"),
    Case(FILM, text(f"{FILMED}/VideoCueSheetReference/VideoCueSheetReference", "Q9"), "REFERENCE_DANGLING"),
    Case(FILM, text(f"{CHAPTER}/CollectionReference", "X9"), "ANCHOR_UNUSED", WARNING),
    Case(ALBUM, text(f"{RECORDING}//ISRC", "SE-AYD"), "IDENTIFIER_MALFORMED"),
    Case(ALBUM, text(f"{CREDITED}/DisplayArtist/PartyId", "12"), "IDENTIFIER_MALFORMED"),
    Case(ALBUM, text(f"{RECORDING}//ISRC", "XXAYD7900101"), "ISRC_PREFIX_UNKNOWN"),
    Case(ALBUM, text(f"{MAIN}/ReleaseId/ICPN", "4006381333932"), "CHECK_DIGIT_WRONG"),
    Case(ALBUM, attribute(f"{BLOCK}/LabelName", "UserDefinedValue", "Imprint"), "USER_DEFINED_UNFIT"),
    Case(ALBUM, add(RECORDING, "RightSharePercentage", "101"), "SHARE_UNFIT"),
    Case(
        ALBUM,
        make(RECORDING, "<RightSharePercentage HasMaxValueOfOne='true'>50</RightSharePercentage>"),
        "SHARE_UNFIT",
    ),
    Case(ALBUM, make(".", WORKS), "SHARES_TOO_HIGH"),
    Case(ALBUM, text(f"{TERMS}/TerritoryCode", "2136"), "TERRITORY_UNFIT"),
    Case(ALBUM, add("MessageHeader", "Comment", "Hello"), "COMMENT_FORBIDDEN"),
    Case(ALBUM, add(".", "UpdateIndicator", "OriginalMessage"), "UPDATE_INDICATOR_DEPRECATED", WARNING),
    Case(ALBUM, text(f"{RECORDING}//HashSum/HashSum", ""), "FILE_HASH_MISSING", WARNING),
    # What every release profile asks for
    Case(ALBUM, attribute(MAIN, "IsMainRelease", None), "MAIN_RELEASE_COUNT"),
    Case(ALBUM, remove("ResourceList"), "RESOURCE_LIST_EMPTY"),
    Case(ALBUM, remove(f"{MAIN}/ReleaseId/ICPN"), "RELEASE_ID_MISSING"),
    Case(ALBUM, attribute(LISTED, "ReleaseResourceType", None), "RESOURCE_ROLE_MISSING"),
    Case(ALBUM, attribute(f"{ITEM}/ReleaseResourceReference", "ReleaseResourceType", None), "RESOURCE_ROLE_MISSING"),
    Case(ALBUM, text(f"{RECORDING}/ReferenceTitle/TitleText", ""), "REFERENCE_TITLE_MISSING"),
    Case(ALBUM, attribute(f"{BLOCK}/Title[1]", "TitleType", "AlternativeTitle"), "FORMAL_TITLE_MISSING"),
    Case(ALBUM, attribute(f"{BLOCK}/Title[2]", "TitleType", "AlternativeTitle"), "DISPLAY_TITLE_MISSING"),
    Case(ALBUM, remove(f"{MAIN}/PLine"), "P_LINE_MISPLACED"),
    Case(ALBUM, add(BLOCK, "PLine"), "P_LINE_MISPLACED"),
    Case(ALBUM, remove(f"{MAIN}/CLine"), "C_LINE_MISPLACED"),
    Case(ALBUM, remove(f"{BLOCK}/LabelName"), "LABEL_NAME_MISSING"),
    Case(ALBUM, double(f"{BLOCK}/LabelName"), "DISPLAY_LABEL_UNCLEAR"),
    Case(ALBUM, remove(f"{BLOCK}/Genre"), "RELEASE_GENRE_MISSING"),
    Case(
        SINGLE,
        together(
            *(remove(f"{MAIN}[{n}]/ReleaseDetailsByTerritory/ParentalWarningType") for n in (1, 2)),
            remove(f"{CREDITED}/ParentalWarningType"),
            remove(f"{IMAGE}/ImageDetailsByTerritory/ParentalWarningType"),
        ),
        "PARENTAL_WARNING_MISSING",
    ),
    Case(
        ALBUM,
        remove(f"{BLOCK}/ReleaseDate"),
        "RELEASE_DATE_ABSENT",
        WARNING,
    ),
    Case(ALBUM, add(RECORDING, "IsBonusResource", "true"), "FLAG_MISPLACED"),
    Case(ALBUM, make(GROUP, DEEP), "GROUPS_TOO_DEEP", WARNING),
    Case(
        ALBUM,
        remove(f"{BLOCK}/DisplayArtist"),
        "RELEASE_ARTIST_MISSING",
    ),
    Case(ALBUM, remove(f"{GROUP}/SequenceNumber"), "GROUP_SEQUENCE_MISSING"),
    Case(ALBUM, remove(f"{ITEM}/SequenceNumber"), "ITEM_SEQUENCE_MISSING"),
    Case(ALBUM, add(f"{BLOCK}/ResourceGroup/ResourceGroupContentItem", "SequenceNumber", "3"), "SECONDARY_SEQUENCED"),
    Case(ALBUM, text(f"{ITEM}/SequenceNumber", "7"), "SEQUENCE_BROKEN"),
    Case(ALBUM, attribute(f"{CREDITED}/DisplayArtist", "SequenceNumber", "4"), "CREDIT_SEQUENCE_BROKEN"),
    Case(ALBUM, attribute(f"{BLOCK}/DisplayArtist", "SequenceNumber", None), "ARTIST_SEQUENCE_MISSING"),
    Case(
        ALBUM,
        together(*(make(CREDITED, f"<ResourceContributor><PartyId>{n}</PartyId></ResourceContributor>") for n in "11")),
        "CONTRIBUTOR_DOUBLED",
    ),
    Case(ALBUM, double(f"{CREDITED}/IndirectResourceContributor"), "CONTRIBUTOR_DOUBLED", WARNING),
    # The profiles
    *(Case(message, text(f"{MAIN}/ReleaseType", "Podcast"), "MAIN_TYPE_UNFIT") for message in OTHER_TYPES),
    Case(ALBUM, remove(f"{RECORDING}//ISRC"), "RECORDING_ISRC_MISSING"),
    Case(VIDEOS, remove(f"{FILMED}//ISRC"), "RECORDING_ISRC_MISSING"),
    Case(ALBUM, remove(f"{IMAGE}//ProprietaryId"), "RESOURCE_ID_MISSING"),
    Case(ALBUM, remove(f"{MAIN}[2]"), "TRACK_RELEASE_COUNT"),
    Case(BOX, together(*(remove(f"{MAIN}[2]") for _ in range(3))), "TRACK_RELEASE_COUNT"),
    Case(ALBUM, double(f"{MAIN}[2]/ReleaseResourceReferenceList/ReleaseResourceReference"), "TRACK_RELEASE_MANY"),
    Case(ALBUM, text(f"{IMAGE}/ImageType", "BackCoverImage"), "FRONT_COVER_COUNT"),
    Case(
        ALBUM,
        together(
            text(f"{LISTED}[4]", "A1"),
            text(f"{BLOCK}/ResourceGroup/ResourceGroupContentItem/ReleaseResourceReference", "A1"),
        ),
        "FRONT_COVER_NOT_LINKED",
    ),
    Case(ALBUM, double(IMAGE), "IMAGE_FORBIDDEN", WARNING),
    Case(ALBUM, together(remove(f"{RECORDING}[3]"), remove(f"{RECORDING}[2]")), "RECORDING_COUNT"),
    Case(SINGLE, text(f"{RECORDING}/SoundRecordingType", "SpokenWordSoundRecording"), "RECORDING_COUNT"),
    *(
        Case(
            message,
            together(*(text(f"{RECORDING}[{n}]/SoundRecordingType", "SpokenWordSoundRecording") for n in (1, 2, 3))),
            "RECORDING_COUNT",
        )
        for message in (ALBUM, MUSIC_ONLY, CLASSICAL)
    ),
    Case(CLIP, text(f"{FILMED}/VideoType", "Documentary"), "VIDEO_COUNT"),
    Case(CLIP, text(f"{IMAGE}/ImageType", "FrontCoverImage"), "SCREEN_CAPTURE_MISSING"),
    Case(MIXED, text(f"{ITEM}[ResourceType='Video']/ResourceType", "SoundRecording"), "RESOURCE_KINDS_FEW"),
    Case(
        CLASSICAL,
        together(*(remove(f"{BLOCK}/{group}/Title") for group in TITLED_GROUPS)),
        "GROUP_TITLE_ABSENT",
        WARNING,
    ),
    Case(
        CLASSICAL,
        together(*(remove(f"{RECORDING}[{n}]//IndirectResourceContributor") for n in (1, 2, 3))),
        "COMPOSER_MISSING",
    ),
    Case(
        CLASSICAL,
        together(*(remove(f"{RECORDING}[{n}]//IndirectResourceContributor[2]") for n in (1, 2, 3))),
        "PUBLISHER_ABSENT",
        WARNING,
    ),
    Case(TONE, remove(f"{BLOCK}/RelatedRelease"), "SOURCE_RELEASE_ABSENT", WARNING),
    Case(ALONE, add(BLOCK, "ResourceGroup"), "GROUP_FORBIDDEN"),
    Case(ALONE, double(RECORDING), "RESOURCE_COUNT"),
    Case(COVERED, remove(IMAGE), "RESOURCE_COUNT"),
    Case(SERIES, together(remove(f"{FILMED}//ProprietaryId")), "VIDEO_ID_MISSING"),
    Case(SERIES, remove(FILMED), "VIDEO_COUNT"),
    Case(SERIES, remove("CollectionList"), "COLLECTION_LIST_MISSING"),
    # LongformMusicVideo
    Case(FILM, text(f"{FILMED}/VideoType", "ShortFormMusicalWorkVideo"), "VIDEO_COUNT"),
    Case(FILM, together(remove(IMAGE), remove(IMAGE)), "FRONT_COVER_COUNT"),
    Case(FILM, double(MAIN), "RELEASE_COUNT"),
    Case(FILM, remove(f"{FILMED}/VideoCueSheetReference"), "CUE_SHEET_MISSING"),
    Case(FILM, remove(f"{CUE}/Duration"), "CUE_WITHOUT_TIME"),
    Case(FILM, remove(f"{CUE}/ReferencedCreationId"), "CUE_ID_MISSING"),
    Case(FILM, remove(f"{CUE}/ReferencedCreationTitle"), "CUE_TITLE_MISSING"),
    Case(FILM, remove(f"{CUE}/ReferencedCreationContributor"), "CUE_CONTRIBUTOR_MISSING"),
    Case(FILM, remove(f"{CUE}/PLine"), "CUE_P_LINE_MISSING"),
    Case(FILM, text(f"{CHAPTER}/CollectionType", "Series"), "CHAPTER_TYPE_UNFIT"),
    Case(FILM, remove(f"{CHAPTER}/CollectionId"), "CHAPTER_ID_MISSING"),
    Case(FILM, remove(f"{CHAPTER}/Title"), "CHAPTER_TITLE_MISSING"),
    Case(FILM, remove(f"{FILMED}/VideoCollectionReferenceList//StartTime"), "CHAPTER_START_MISSING"),
    # Deals
    Case(ALBUM, remove("DealList//DealReleaseReference"), "DEAL_MISSING", WARNING),
    Case(ALBUM, add(TERMS, "TerritoryCode", "Worldwide"), "WORLDWIDE_NOT_ALONE"),
    Case(ALBUM, add(f"{TERMS}/ValidityPeriod", "EndDate", "2001-01-01"), "PERIOD_REVERSED"),
    Case(ALBUM, add(TERMS, "TakeDown", "true"), "TAKE_DOWN_DEPRECATED", WARNING),
    Case(ALBUM, add("DealList/ReleaseDeal", "EffectiveDate", "2026-01-01"), "TAKE_DOWN_DEPRECATED", WARNING),
    Case(ALBUM, add(TERMS, "RelatedReleaseOfferSet"), "DEAL_TERM_FORBIDDEN"),
    Case(ALBUM, attribute(TERMS, "LanguageAndScriptCode", "en"), "DEAL_LANGUAGE_FORBIDDEN"),
    Case(ALBUM, add(USAGE, "CarrierType", "CD"), "PHYSICAL_ONLY"),
    Case(ALBUM, add(TERMS, "PhysicalReturns"), "PHYSICAL_ONLY"),
    Case(ALBUM, add(USAGE, "UseType", "Stream"), "USES_OVERLAP"),
    Case(ALBUM, make(TERMS, PRICE), "PRICE_AMBIGUOUS"),
    Case(ALBUM, add(TERMS, "ReleaseDisplayStartDate", "2030-01-01"), "VISIBILITY_TOO_LATE", WARNING),
    Case(ALBUM, add(TERMS, "ClipPreviewStartDateTime", "2030-01-01T00:00:00Z"), "VISIBILITY_TOO_LATE", WARNING),
    *(
        business(name)
        for name in (
            "GenericDownloadService",
            "DRMProtectedDownloadService",
            "KioskService",
            "PurchaseAsPhysicalProduct",
        )
    ),
    Case(STREAMED, make(TERMS, "<PriceInformation/>"), "STREAM_PRICED", WARNING),
    Case(STREAMED, add(TERMS, "ConsumerRentalPeriod", "P1D"), "RENTAL_UNFIT", WARNING),
    Case(STREAMED, add(TERMS, "WebPolicy"), "CLAIM_FORBIDDEN"),
    Case(CLAIMED, remove(f"{TERMS}/RightsClaimPolicy"), "CLAIM_POLICY_MISSING"),
    # Other messages
    Case(PURGE, remove("PurgedRelease/ReleaseId"), "PURGED_ID_MISSING"),
    Case(PURGE, text("PurgedRelease/ReleaseId/ICPN", "4006381333932"), "CHECK_DIGIT_WRONG"),
    Case(LIST, text("CatalogItem/ReleaseId/ICPN", ""), "CATALOG_ITEM_ID_MISSING"),
    Case(LIST, text("CatalogItem/Title/TitleText", ""), "CATALOG_ITEM_TITLE_MISSING"),
]


def judge(message: ParsedMessage) -> list[str]:
    """The codes of all findings."""
    return [issue.code for issue in RULES.validate(message)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_that_keeps_its_rules_gives_no_finding(name: str) -> None:
    assert judge(EXAMPLES[name]) == []


@pytest.mark.proves("VAL-05", "VAL-08")
@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}-{n}" for n, case in enumerate(CASES)])
def test_a_rule_finds_its_fault(case: Case) -> None:
    assert judge(case.message) == []

    found = [issue for issue in RULES.validate(case.broken()) if issue.code == case.code]

    assert found, f"{case.code} was not found"
    assert case.severity in {issue.severity for issue in found}
    assert all(issue.path.startswith("/") and issue.line for issue in found)


def test_every_rule_has_a_message_that_breaks_it() -> None:
    latin = parse_message(etree.tostring(ALBUM.root, encoding="ISO-8859-1", xml_declaration=True))
    broken = [Judged(message) for message in (latin, *(case.broken() for case in CASES))]

    idle = [rule for rule in RULES.rules() if not any(any(rule.judge(message)) for message in broken)]

    assert [(rule.code, rule.clause, rule.text) for rule in idle] == []
    codes = {rule.code for rule in RULES.rules()}
    assert codes - {case.code for case in CASES} == {"ENCODING_NOT_UTF8", "MESSAGE_TYPE_UNJUDGED"}


def test_a_message_that_is_not_utf_8_is_refused() -> None:
    latin = etree.tostring(ALBUM.root, encoding="ISO-8859-1", xml_declaration=True)

    assert judge(parse_message(latin)) == ["ENCODING_NOT_UTF8"]


def test_a_message_of_another_type_is_left_to_its_schema() -> None:
    other = parse_message(b'<e:StatusMessage xmlns:e="http://ddex.net/xml/ern/382"/>')

    found = RULES.validate(other)

    assert [(issue.code, issue.severity) for issue in found] == [("MESSAGE_TYPE_UNJUDGED", WARNING)]


def test_credits_may_stand_in_any_order_of_their_numbers() -> None:
    first, second = (
        f"<ResourceContributor SequenceNumber='{n}'><PartyId>{n}</PartyId></ResourceContributor>" for n in "21"
    )

    assert judge(changed(ALBUM, make(CREDITED, first), make(CREDITED, second))) == []


def test_a_label_may_stand_in_every_other_territory() -> None:
    label = "<LabelName>Nod</LabelName><Genre><GenreText>Pop</GenreText></Genre><ReleaseDate/>"
    second = SECOND_BLOCK.replace("</ReleaseDetails", f"{label}</ReleaseDetails")

    assert judge(changed(ALBUM, remove(f"{BLOCK}/LabelName"), make(MAIN, second))) == []
    assert judge(changed(ALBUM, remove(f"{BLOCK}/LabelName"), make(MAIN, second.replace("Nod", "")))) == [
        "LABEL_NAME_MISSING"
    ]


def test_a_former_country_needs_its_kind_of_code() -> None:
    former = changed(ALBUM, text(f"{CREDITED}/TerritoryCode", "CSXX"))
    told = changed(former, attribute(f"{CREDITED}/TerritoryCode", "IdentifierType", "DeprecatedISO"))

    assert (judge(former), judge(told)) == (["TERRITORY_UNFIT"], [])


def test_a_party_id_may_be_written_with_dashes() -> None:
    assert judge(changed(ALBUM, text("MessageHeader/MessageSender/PartyId", "PA-DPIDA-2014120301-L"))) == []


@pytest.mark.parametrize("message", [STREAMED, CLAIMED])
def test_deals_that_fit_their_business_profile_give_no_finding(message: ParsedMessage) -> None:
    assert judge(message) == []
