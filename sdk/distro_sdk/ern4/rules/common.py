"""Rules that hold for every release profile of ERN 4: releases, credits, sequences and single values.

Clauses are those of DDEX Release Profile 2.1 where nothing else is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from distro_sdk.ern.anchors import Kind, anchor_rules
from distro_sdk.ern.header import HEADER, value_rules
from distro_sdk.ern.identifiers import identifier_rules
from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.models.validation import Severity

PRIMARY = "ResourceList/*[self::SoundRecording or self::Video][not(@IsSupplemental='true')]"
# The axis is written out, as libxml2 walks it many times faster than two slashes with a condition.
ITEM = "ReleaseList/Release/ResourceGroup/descendant::ResourceGroupContentItem"
IDS = "ReleaseId[normalize-space(GRid) or normalize-space(ICPN) or normalize-space(ProprietaryId)]"
FILE_PLACES = (
    "ResourceList/*/TechnicalDetails",
    "ResourceList/SoundRecording/SoundRecordingEdition/TechnicalDetails/DeliveryFile",
    "ResourceList/Video/VideoEdition/TechnicalDetails/DeliveryFile",
)

KINDS = (
    Kind(
        "PartyReference",
        "P",
        (
            "AdministratingRecordCompanyWithReference",
            "ArtistPartyReference",
            "CharacterPartyReference",
            "ContributorPartyReference",
            "DisplayCreditParty",
            "PartyAffiliateReference",
            "PartyRelatedPartyReference",
            "RecordCompanyPartyReference",
            "ReleaseLabelReference",
            "RightsControllerPartyReference",
        ),
        others=("BrandReference",),
    ),
    Kind(
        "ResourceReference",
        "A",
        (
            "DealResourceReference",
            "LinkedReleaseResourceReference",
            "ReleaseResourceReference",
            "RepresentativeImageReference",
            "ResourceContainedResourceReference",
            "ResourceRelatedResourceReference",
        ),
    ),
    # A release without a deal is withdrawn, or sold only with its main release: the rules about deals speak of it.
    Kind(
        "ReleaseReference",
        "R",
        ("DealReleaseReference", "ResourceGroupReleaseReference", "ResourceReleaseReference"),
        used=False,
    ),
    Kind("TechnicalResourceDetailsReference", "T", ("DealTechnicalResourceDetailsReference",), used=False),
    Kind("VisibilityReference", "V", ("ReleaseVisibilityReference",)),
    Kind("ChapterReference", "X", ("AudioChapterReference", "VideoChapterReference")),
    Kind("CueSheetReference", "Q", ("VideoCueSheetReference",)),
)


# Members whose number is not their place, and those beside members of the other kind: only there it may stand twice.
_GROUP = "ReleaseList/Release/descendant::ResourceGroup"
_ODD_MEMBERS = (
    f"{_GROUP}/ResourceGroup[SequenceNumber != position()]"
    f" | {_GROUP}/ResourceGroupContentItem[SequenceNumber != position()]"
    f" | {_GROUP}[ResourceGroup]/ResourceGroupContentItem[SequenceNumber]"
)


def primary_references(message: Judged) -> set[str]:
    """The references of sound recordings and videos that are not supplemental."""
    kinds = ("SoundRecording", "Video")
    wanted = "[not(@IsSupplemental='true')]/ResourceReference/text()"
    return {text for kind in kinds for text in message.texts(f"ResourceList/{kind}{wanted}")}


def bonus_references(message: Judged) -> set[str]:
    """The references of resources that a group marks as a bonus."""
    return set(message.texts(f"{ITEM}[IsBonusResource='true']/ReleaseResourceReference/text()"))


def resources(message: Judged, references: set[str]) -> list[_Element]:
    """The resources of some references, in document order; the message is not walked for none."""
    if not references:
        return []
    found = message.select("ResourceList/*")
    return [element for element in found if element.findtext("ResourceReference") in references]


def _doubled_contributors(message: Judged) -> Iterator[Hit]:
    for resource in message.select("ResourceList/*/Contributor[2]/.."):
        parties = message.texts("Contributor/ContributorPartyReference/text()", resource)
        if len(set(parties)) < len(parties):
            times = Counter(parties)
            for entry in resource.findall("Contributor"):
                party = entry.findtext("ContributorPartyReference") or ""
                if times[party] > 1:
                    yield entry, f"{party} stands {times[party]} times"


def _doubled_numbers(message: Judged) -> Iterator[Hit]:
    groups = {member.getparent(): None for member in message.select(_ODD_MEMBERS)}
    for group in groups:
        if group is None:
            continue
        numbers = message.texts("*[self::ResourceGroup or self::ResourceGroupContentItem]/SequenceNumber/text()", group)
        if len(set(numbers)) < len(numbers):
            times = Counter(numbers)
            for member in (*group.findall("ResourceGroup"), *group.findall("ResourceGroupContentItem")):
                number = member.findtext("SequenceNumber") or ""
                if times[number] > 1:
                    yield member, number


def _numbered(message: Judged) -> set[str]:
    return set(message.texts(f"{ITEM}[SequenceNumber]/ReleaseResourceReference/text()"))


def _unnumbered(message: Judged) -> list[_Element]:
    missing = message.once(primary_references) - message.once(_numbered) - message.once(bonus_references)
    # The parts of a mix stand in no group at all, see the profile DjMix.
    return resources(message, missing)


def _numbered_others(message: Judged) -> Iterator[Hit]:
    primary = message.once(primary_references)
    unfit = message.once(_numbered) - (primary - message.once(bonus_references))
    for item in message.select(f"{ITEM}[SequenceNumber]") if unfit else ():
        reference = item.findtext("ReleaseResourceReference") or ""
        if item.findtext("IsBonusResource") == "true":
            yield item, f"bonus resource {reference}"
        elif reference not in primary:
            yield item, f"secondary resource {reference}"


def _doubled_defaults(message: Judged) -> Iterator[Hit]:
    defaults = message.select("descendant::*/@IsDefault[. = 'true']/..")
    sisters = Counter((element.getparent(), element.tag) for element in defaults)
    if len(sisters) < len(defaults):
        for element in defaults:
            times = sisters[element.getparent(), element.tag]
            if times > 1:
                yield element, str(times)


COMMON: tuple[Rule, ...] = (
    *HEADER,
    *anchor_rules(KINDS, "RP 2.1, G.1 to G.5"),
    *identifier_rules("RP 2.1, 5.3.1.1(4)", "MessageHeader/*/PartyId | PartyList/Party/PartyId/DPID"),
    *value_rules("RP 2.1, 5.3.1.1(5)", "RP 2.1, 5.3.1.1(6)"),
    Rule(
        "MAIN_RELEASE_COUNT",
        "/*[count(ReleaseList/Release) != 1]",
        "the message has not exactly one main release",
        "RP 2.1, 5.1.1(a)",
    ),
    Rule("RESOURCE_LIST_EMPTY", "/*[not(ResourceList/*)]", "the message has no resource", "RP 2.3.1, 7.2"),
    Rule(
        "RELEASE_ID_MISSING",
        f"ReleaseList/Release[not({IDS})]",
        "the release has no GRid, ICPN or ProprietaryId",
        "RP 2.1, 5.3.1.3(1)",
    ),
    Rule(
        "C_LINE_ABSENT",
        "ReleaseList/Release[not(CLine)]",
        "the release has no CLine",
        "RP 2.1, 5.3.1.3(6)",
        severity=Severity.WARNING,
    ),
    Rule(
        "RELEASE_DATE_ABSENT",
        "ReleaseList/Release[not(ReleaseDate or OriginalReleaseDate)]",
        "the release has no date",
        "RP 2.1, 5.3.1.3(7)",
        severity=Severity.WARNING,
    ),
    Rule(
        "ARTIST_SEQUENCE_MISSING",
        "ResourceList/*/DisplayArtist[not(@SequenceNumber)]"
        " | ReleaseList/descendant::DisplayArtist[not(@SequenceNumber)]",
        "the display artist has no SequenceNumber",
        "RP 2.1, 5.3.1.2(1)",
    ),
    Rule(
        "CONTRIBUTOR_DOUBLED",
        _doubled_contributors,
        "{detail} among the contributors of one resource",
        "RP 2.1, 5.3.1.4(6)",
    ),
    Rule(
        "GROUP_TYPE_UNFIT",
        "/*[not(@ReleaseProfileVariantVersionId)]/ReleaseList/Release/ResourceGroup/ResourceGroup"
        "[@ResourceGroupType != 'Component'][@ResourceGroupType != 'Side']",
        "a group of the second level is a Component or a Side",
        "RP 2.1, 5.3.1.2(5.2)",
    ),
    Rule(
        "GROUP_SEQUENCE_MISSING",
        "ReleaseList/Release/ResourceGroup/descendant::ResourceGroup[not(SequenceNumber)][@ResourceGroupType='Component'"
        " or @ResourceGroupType='ComponentRelease' or @ResourceGroupType='MultiWorkPart'"
        " or @ResourceGroupType='Side']",
        "the group has no SequenceNumber",
        "RP 2.1, 5.3.1.2(5.3)",
    ),
    Rule(
        "GROUP_SEQUENCE_DOUBLED",
        _doubled_numbers,
        "the sequence number {detail} stands more than once in its group",
        "RP 2.1, 5.3.1.2(5.5) and (5.6)",
    ),
    Rule(
        "ITEM_SEQUENCE_MISSING",
        _unnumbered,
        "the {name} stands in no group with a sequence number",
        "RP 2.1, 5.3.1.2(5.4)",
    ),
    Rule("SECONDARY_SEQUENCED", _numbered_others, "the {detail} has a sequence number", "RP 2.1, 5.3.1.2(5.7)"),
    Rule("DEFAULT_DOUBLED", _doubled_defaults, "{name} has {detail} defaults", "RP 2.1, 5.3.1.1(7.2)"),
    Rule(
        "CUE_WITHOUT_TIME",
        "CueSheetList/CueSheet/Cue[not(normalize-space(StartTime))][not(normalize-space(Duration))]",
        "the cue has neither StartTime nor Duration",
        "RP 2.1, 5.3.1.2(6)",
    ),
    Rule(
        "RESOURCE_ID_MISSING",
        "ResourceList/Image[not(ResourceId/ProprietaryId[@Namespace][normalize-space()])]"
        " | /*[not(@ReleaseProfileVersionId='DjMix')]/ResourceList/SoundRecording[@IsSupplemental='true']"
        "[not(descendant::ResourceId/ProprietaryId[@Namespace][normalize-space()])]",
        "the {name} has no ProprietaryId with a namespace",
        "RP 2.1, 5.3.1.4(2a)",
    ),
    Rule(
        "FILE_HASH_MISSING",
        " | ".join(
            f"{place}/File[not(HashSum/HashSumValue/text())][not(../IsProvidedInDelivery='false')]"
            for place in FILE_PLACES
        ),
        "the file that travels has no hash",
        severity=Severity.WARNING,
    ),
)
