"""Rules that hold for every release profile of ERN 4: header, releases, sequences, credits, values of one's own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from lxml.etree import _Element

from distro_sdk.ern.findings import finding, primary_resources, tag_of
from distro_sdk.models.validation import Severity, ValidationIssue
from distro_sdk.xml import ParsedMessage

ZONE = re.compile(r".*(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
SEQUENCED_GROUPS = frozenset({"Component", "ComponentRelease", "MultiWorkPart", "Side"})
SECOND_LEVEL_GROUPS = frozenset({"Component", "Side"})


def check_header(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Rules X-6, X-9 and X-11: UTF-8, an id, a moment with its zone, a control type that exists."""
    root = message.root
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    if encoding.upper() not in {"UTF-8", "US-ASCII", "ASCII"}:
        yield finding("ENCODING_NOT_UTF8", f"the message is written in {encoding} instead of UTF-8", root)
    header = root.find("MessageHeader")
    if header is None:
        yield finding("HEADER_MISSING", "there is no MessageHeader", root)
        return
    if not (header.findtext("MessageId") or "").strip():
        yield finding("MESSAGE_ID_MISSING", "the message has no id", header)
    created = header.find("MessageCreatedDateTime")
    if created is not None and not ZONE.fullmatch(created.text or ""):
        yield finding("ZONE_MISSING", f"MessageCreatedDateTime {created.text} has no zone", created)
    control = header.find("MessageControlType")
    if control is not None and control.text not in {"LiveMessage", "TestMessage"}:
        yield finding("CONTROL_TYPE_UNKNOWN", f"{control.text} is neither LiveMessage nor TestMessage", control)


def check_main_release(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offsets 0, 25, 26 and 27: exactly one Release, identified, with C-line and date."""
    releases = message.root.findall("ReleaseList/Release")
    if len(releases) != 1:
        text = f"there are {len(releases)} main releases instead of one"
        yield finding("MAIN_RELEASE_COUNT", text, message.root, clause="RP 2.1, 5.1.1(a)")
    for release in releases:
        identity = release.find("ReleaseId")
        if identity is None or not any(identity.findtext(name) for name in ("GRid", "ICPN", "ProprietaryId")):
            text = "the release has no GRid, ICPN or ProprietaryId"
            yield finding("RELEASE_ID_MISSING", text, release, clause="RP 2.1, 5.3.1.3(1)")
        if release.find("CLine") is None:
            text, clause = "the release has no CLine", "RP 2.1, 5.3.1.3(6)"
            yield finding("C_LINE_ABSENT", text, release, clause=clause, severity=Severity.WARNING)
        if release.find("ReleaseDate") is None and release.find("OriginalReleaseDate") is None:
            text, clause = "the release has no date", "RP 2.1, 5.3.1.3(7)"
            yield finding("RELEASE_DATE_ABSENT", text, release, clause=clause, severity=Severity.WARNING)


def check_artists(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offset 16: every display artist has its place."""
    for artist in message.root.iter("DisplayArtist"):
        if artist.get("SequenceNumber") is None:
            text = "the display artist has no SequenceNumber"
            yield finding("ARTIST_SEQUENCE_MISSING", text, artist, clause="RP 2.1, 5.3.1.2(1)")


def check_contributors(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offset 30: one Contributor per party, with all its roles."""
    for resource in message.root.findall("ResourceList/*"):
        entries = resource.findall("Contributor")
        times = Counter(entry.findtext("ContributorPartyReference") for entry in entries)
        for entry in entries:
            party = entry.findtext("ContributorPartyReference")
            if times[party] > 1:
                text = f"{party} stands {times[party]} times among the contributors of one resource"
                yield finding("CONTRIBUTOR_DOUBLED", text, entry, clause="RP 2.1, 5.3.1.4(6)")


def check_groups(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offsets 18, 19, 21 and 22: types of groups, and one sequence among the members of a group."""
    variant = message.root.get("ReleaseProfileVariantVersionId")
    if variant is None:
        for group in message.root.findall("ReleaseList/Release/ResourceGroup/ResourceGroup"):
            if group.get("ResourceGroupType") not in SECOND_LEVEL_GROUPS:
                text = f"a group of the second level is a Component or a Side, not {group.get('ResourceGroupType')}"
                yield finding("GROUP_TYPE_UNFIT", text, group, clause="RP 2.1, 5.3.1.2(5.2)")
    for group in message.root.iter("ResourceGroup"):
        if group.get("ResourceGroupType") in SEQUENCED_GROUPS and group.find("SequenceNumber") is None:
            text = "the group has no SequenceNumber"
            yield finding("GROUP_SEQUENCE_MISSING", text, group, clause="RP 2.1, 5.3.1.2(5.3)")
        yield from _check_members(group)


def _check_members(group: _Element) -> Iterator[ValidationIssue]:
    members = [*group.findall("ResourceGroup"), *group.findall("ResourceGroupContentItem")]
    numbers = Counter(member.findtext("SequenceNumber") for member in members)
    for member in members:
        number = member.findtext("SequenceNumber")
        if number is not None and numbers[number] > 1:
            text = f"the sequence number {number} stands more than once in its group"
            yield finding("GROUP_SEQUENCE_DOUBLED", text, member, clause="RP 2.1, 5.3.1.2(5.5) and (5.6)")


def check_items(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offsets 20 and 23, 5.3.1.2(5.7b): primary resources are numbered, secondary and bonus ones are not."""
    items: dict[str, list[_Element]] = {}
    for item in message.root.iter("ResourceGroupContentItem"):
        items.setdefault(item.findtext("ReleaseResourceReference") or "", []).append(item)
    primary = {resource.findtext("ResourceReference") or "" for resource in primary_resources(message)}
    for reference, holders in items.items():
        for item in holders:
            if item.find("SequenceNumber") is not None and (_is_bonus(item) or reference not in primary):
                text = f"the {'bonus' if _is_bonus(item) else 'secondary'} resource {reference} has a sequence number"
                yield finding("SECONDARY_SEQUENCED", text, item, clause="RP 2.1, 5.3.1.2(5.7)")
    for resource in primary_resources(message):
        holders = items.get(resource.findtext("ResourceReference") or "", [])
        if not any(item.find("SequenceNumber") is not None or _is_bonus(item) for item in holders):
            text = "the resource stands in no group with a sequence number"
            yield finding("ITEM_SEQUENCE_MISSING", text, resource, clause="RP 2.1, 5.3.1.2(5.4)")


def _is_bonus(item: _Element) -> bool:
    return item.findtext("IsBonusResource") == "true"


def check_defaults(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offset 14: among sisters of one name, one default only."""
    for parent in {element.getparent() for element in message.root.iterfind(".//*[@IsDefault='true']")}:
        if parent is None:
            continue
        defaults = [child for child in parent if child.get("IsDefault") == "true"]
        times = Counter(tag_of(child) for child in defaults)
        for child in defaults:
            if times[tag_of(child)] > 1:
                text = f"{tag_of(child)} has {times[tag_of(child)]} defaults"
                yield finding("DEFAULT_DOUBLED", text, child, clause="RP 2.1, 5.3.1.1(7.2)")


def check_user_defined(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Rule X-10: a value of one's own stands where the value is UserDefined, and says whose it is."""
    for element in message.root.iterfind(".//*[@UserDefinedValue]"):
        values = (element.text, element.get("LinkDescription"), element.get("LabelType"), element.get("PriceType"))
        if "UserDefined" not in values or not element.get("Namespace"):
            text = "UserDefinedValue needs the value UserDefined and a Namespace"
            yield finding("USER_DEFINED_UNFIT", text, element, clause="RP 2.1, 5.3.1.1(5)")


def check_shares(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offset 13: a share lies between 0 and 100."""
    for element in message.root.iter("RightSharePercentage"):
        try:
            fits = 0 <= Decimal(element.text or "") <= 100
        except InvalidOperation:
            fits = False
        if not fits:
            text = f"the share {element.text} is not between 0 and 100"
            yield finding("SHARE_UNFIT", text, element, clause="RP 2.1, 5.3.1.1(6)")


def check_cues(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offset 24: a cue has a start or a duration."""
    for cue in message.root.iter("Cue"):
        if not cue.findtext("StartTime") and not cue.findtext("Duration"):
            text = "the cue has neither StartTime nor Duration"
            yield finding("CUE_WITHOUT_TIME", text, cue, clause="RP 2.1, 5.3.1.2(6)")


def check_resource_ids(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Offset 29: supplemental recordings and all images are identified by a ProprietaryId with its namespace."""
    recordings = message.root.findall("ResourceList/SoundRecording[@IsSupplemental='true']")
    for resource in (*recordings, *message.root.findall("ResourceList/Image")):
        ids = resource.findall(".//ResourceId/ProprietaryId[@Namespace]")
        dj_mix_part = resource.tag == "SoundRecording" and resource.find(".//ResourceId/ISRC") is not None
        if not any((identity.text or "").strip() for identity in ids) and not dj_mix_part:
            text = f"the {tag_of(resource)} has no ProprietaryId with a namespace"
            yield finding("RESOURCE_ID_MISSING", text, resource, clause="RP 2.1, 5.3.1.4(2a)")


def check_hashes(message: ParsedMessage) -> Iterator[ValidationIssue]:
    """Row AST-07: every file that travels has its hash, or nobody can tell whether it arrived whole."""
    for file in message.root.iter("File"):
        holder = file.getparent()
        travels = holder is None or holder.findtext("IsProvidedInDelivery") != "false"
        if travels and not (file.findtext("HashSum/HashSumValue") or "").strip():
            text = f"the file {file.findtext('URI')} has no hash"
            yield finding("FILE_HASH_MISSING", text, file, severity=Severity.WARNING)
