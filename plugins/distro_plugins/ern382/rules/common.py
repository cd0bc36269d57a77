"""Rules that hold for every message of ERN 3.8.2 and for every release profile of 1.4 (RP 1.4, clauses 3 and 4.3)."""

from __future__ import annotations

from collections.abc import Iterator

from distro_sdk.ern.anchors import Kind, anchor_rules
from distro_sdk.ern.header import HEADER, value_rules
from distro_sdk.ern.identifiers import identifier_rules
from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.models.validation import Severity

MAIN = "ReleaseList/Release[@IsMainRelease='true']"
BLOCKS = "ReleaseList/Release/ReleaseDetailsByTerritory"
# The axis is written out, as libxml2 walks it many times faster than two slashes with a condition.
ITEMS = f"{MAIN}/ReleaseDetailsByTerritory/ResourceGroup/descendant::ResourceGroupContentItem"
IDS = "ReleaseId[normalize-space(GRid) or normalize-space(ICPN)]"

KINDS = (
    Kind(
        "ResourceReference",
        "A",
        (
            "CollectionResourceReference",
            "CueResourceReference",
            "DealResourceReference",
            "LinkedReleaseResourceReference",
            "ReleaseResourceReference",
            "RepresentativeImageReference",
            "ResourceContainedResourceReference",
            "ResourceGroupResourceReference",
            "RightShareResourceReference",
        ),
    ),
    # A release without a deal is withdrawn, or sold only with its main release: the rules about deals speak of it.
    Kind(
        "ReleaseReference",
        "R",
        (
            "CatalogReleaseReference",
            "DealReleaseReference",
            "ResourceGroupContentItemReleaseReference",
            "ResourceGroupReleaseReference",
            "ResourceReleaseReference",
            "RightShareReleaseReference",
        ),
        used=False,
    ),
    Kind("TechnicalResourceDetailsReference", "T", ("DealTechnicalResourceDetailsReference",), used=False),
    Kind(
        "CollectionReference",
        "X",
        ("CollectionCollectionReference", "ReleaseCollectionReference", "SoundRecordingCollectionReference"),
    ),
    Kind("CueSheetReference", "Q", ("VideoCueSheetReference",)),
    Kind(
        "MusicalWorkReference",
        "W",
        ("CollectionWorkReference", "CueWorkReference", "ResourceMusicalWorkReference", "RightShareWorkReference"),
    ),
)
# Written out, as every part of every block would be looked at for the stars in their place.
FILE_PLACES = tuple(
    f"ResourceList/{resource}/{kind}DetailsByTerritory/Technical{kind}Details/File"
    for resource, kind in (
        ("SoundRecording", "SoundRecording"),
        ("MIDI", "Midi"),
        ("Video", "Video"),
        ("Image", "Image"),
        ("Text", "Text"),
        ("SheetMusic", "SheetMusic"),
        ("Software", "Software"),
        ("UserDefinedResource", "UserDefinedResource"),
    )
)
TERRITORIES = ("TerritoryCode", "ExcludedTerritoryCode")
IDENTIFIERS = identifier_rules(
    "RP 1.4, 4.3(30)",
    "MessageHeader/*/PartyId[not(@Namespace)][not(@IsISNI='true')]",
    dashes=True,
    isni_party_ids=True,
)
VALUES = value_rules("RP 1.4, 4.3(31)", "RP 1.4, 4.3(22)")


def _other_territories(message: Judged) -> Iterator[Hit]:
    """4.3(25): two letters or Worldwide; the four letters of a country that is no more need their IdentifierType."""
    odd = set().union(*map(message.values, TERRITORIES)) - {"Worldwide"}
    odd = {code for code in odd if not (len(code) == 2 and code.isalpha())}
    for element in message.root.iter(*TERRITORIES) if odd else ():
        code = element.text or ""
        former = (element.get("IdentifierType") or "").startswith("Dep") and len(code) == 4 and code.isalpha()
        if code in odd and not former:
            yield element


def _excess_shares(message: Judged) -> list[Hit]:
    return [(work, "") for work in message.select("WorkList/MusicalWork[sum(descendant::RightSharePercentage) > 100]")]


def _comments(message: Judged) -> Iterator[Hit]:
    yield from message.root.iter("Comment")


GENERAL: tuple[Rule, ...] = (
    *HEADER,
    *anchor_rules(KINDS, "RP 2.1, G.1 to G.5, which hold for any version"),
    *IDENTIFIERS,
    *VALUES,
    Rule(
        "TERRITORY_UNFIT",
        _other_territories,
        "{value} is neither a territory of two letters nor Worldwide",
        "RP 1.4, 4.3(25)",
    ),
    Rule(
        "SHARES_TOO_HIGH",
        _excess_shares,
        "the shares of the work come to more than 100",
        "RP 1.4, 4.3(22)",
        needs=("RightSharePercentage",),
    ),
    Rule("COMMENT_FORBIDDEN", _comments, "a message carries no Comment", "RP 1.4, 4.3(32)", needs=("Comment",)),
    Rule(
        "UPDATE_INDICATOR_DEPRECATED",
        "UpdateIndicator",
        "UpdateIndicator is deprecated and breaks every business profile",
        "BP 1.4, 4.7.2",
        severity=Severity.WARNING,
    ),
    Rule(
        "FILE_HASH_MISSING",
        " | ".join(f"{place}[not(HashSum/HashSum/text())]" for place in FILE_PLACES),
        "the file that travels has no hash",
        severity=Severity.WARNING,
    ),
)


def _either(name: str) -> str:
    """Releases that tell a P-line or C-line neither on themselves nor in every territory, or at both places."""
    lacking = f"ReleaseDetailsByTerritory[not({name})]"
    return f"ReleaseList/Release[boolean({name}) != boolean({lacking})]"


def _first_or_others(name: str) -> str:
    """Releases where the first territory lacks something and no others, or not all of them, have it."""
    lacking = f"[not({name}[normalize-space()])]"
    return (
        f"ReleaseList/Release[ReleaseDetailsByTerritory[1]{lacking}]"
        f"[not(ReleaseDetailsByTerritory[2]) or ReleaseDetailsByTerritory[position() > 1]{lacking}]"
    )


def _titles(type: str) -> str:
    return f"{BLOCKS}[1][not(Title[@TitleType='{type}']/TitleText/text())]"


RELEASES: tuple[Rule, ...] = (
    Rule(
        "MAIN_RELEASE_COUNT",
        f"/*[count({MAIN}) != 1]",
        "the message has not exactly one main release",
        "RP 1.4, 3.3.1(1)",
    ),
    Rule("RESOURCE_LIST_EMPTY", "/*[not(ResourceList/*)]", "the message has no resource", "RP 1.4, 4.3(3)"),
    Rule(
        "RELEASE_ID_MISSING",
        f"{MAIN}[not({IDS})]",
        "the main release has neither GRid nor ICPN",
        "RP 1.4, 4.4(4)",
    ),
    Rule(
        "RESOURCE_ROLE_MISSING",
        "ReleaseList/Release/ReleaseResourceReferenceList/ReleaseResourceReference[not(@ReleaseResourceType)]"
        f" | {BLOCKS}/ResourceGroup/descendant::ResourceGroupContentItem"
        "/ReleaseResourceReference[not(@ReleaseResourceType)]",
        "the reference does not say whether the resource is primary or secondary",
        "RP 1.4, 4.3(1) and (2)",
    ),
    Rule(
        "REFERENCE_TITLE_MISSING",
        "ResourceList/SoundRecording[not(normalize-space(ReferenceTitle/TitleText))]",
        "the sound recording has no reference title",
        "RP 1.4, 4.3(4)",
    ),
    Rule(
        "DISPLAY_TITLE_MISSING", _titles("DisplayTitle"), "the first territory has no display title", "RP 1.4, 4.3(4)"
    ),
    Rule(
        "P_LINE_MISPLACED",
        _either("PLine"),
        "the PLine stands neither on the release nor in every territory, or at both places",
        "RP 1.4, 4.3(5a)",
    ),
    Rule(
        "C_LINE_MISPLACED",
        _either("CLine"),
        "the CLine stands neither on the release nor in every territory, or at both places",
        "RP 1.4, 4.3(5a)",
    ),
    Rule(
        "LABEL_NAME_MISSING",
        _first_or_others("LabelName"),
        "the label stands neither in the first territory nor in all others",
        "RP 1.4, 4.3(6a)",
    ),
    Rule(
        "DISPLAY_LABEL_UNCLEAR",
        f"{BLOCKS}[LabelName[2]][count(LabelName[@LabelNameType='DisplayLabelName']) != 1]",
        "of several labels not exactly one is the DisplayLabelName",
        "RP 1.4, 4.3(6)",
    ),
    Rule(
        "RELEASE_GENRE_MISSING",
        _first_or_others("Genre/GenreText"),
        "the genre stands neither in the first territory nor in all others",
        "RP 1.4, 4.3(7)",
    ),
    Rule(
        "PARENTAL_WARNING_MISSING",
        f"/*[not({BLOCKS}/ParentalWarningType)][not(ResourceList/*/*/ParentalWarningType)]",
        "the message has no parental warning",
        "RP 1.4, 4.3(8)",
    ),
    Rule(
        "RELEASE_DATE_ABSENT",
        "ReleaseList/Release[not(GlobalReleaseDate or ReleaseDetailsByTerritory/ReleaseDate)]",
        "the release has no date",
        "RP 1.4, 4.3(9)",
        severity=Severity.WARNING,
    ),
    Rule(
        "FLAG_MISPLACED",
        "ResourceList/*/IsHiddenResource | ResourceList/*/IsBonusResource",
        "{name} belongs to the item of the group",
        "RP 1.4, 4.3(24)",
        needs=("IsHiddenResource", "IsBonusResource"),
    ),
    Rule(
        "GROUPS_TOO_DEEP",
        "ReleaseList/Release/*/" + "/".join(["ResourceGroup"] * 6),
        "groups stand in more than five levels",
        "RP 1.4, 3.3.1",
        severity=Severity.WARNING,
    ),
)
FORMAL_TITLE = Rule(
    "FORMAL_TITLE_MISSING", _titles("FormalTitle"), "the first territory has no formal title", "RP 1.4, 4.3(4)"
)
ARTISTS = Rule(
    "RELEASE_ARTIST_MISSING",
    "ReleaseList/Release[not(ReleaseDetailsByTerritory/DisplayArtist)]",
    "the release has no display artist",
    "RP 1.4, 4.3(12c)",
)
