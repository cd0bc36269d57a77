"""Rules about order and repetition in ERN 3.8.2: groups, items, artists, contributors (RP 1.4, 3.3.1 and 4.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from distro_plugins.ern382.rules.common import BLOCKS, ITEMS, MAIN
from distro_sdk.ern.rules import Hit, Judged, Rule
from distro_sdk.models.validation import Severity

CREDITS = ("DisplayArtist", "ResourceContributor", "IndirectResourceContributor")
# What is not in its place: only then it is worth a look whether the numbers are 1 to n all the same.
_PLACES = (
    f"{BLOCKS}/DisplayArtist",
    *(
        f"ResourceList/{kind}/{kind}DetailsByTerritory/{name}"
        for kind in ("SoundRecording", "Video")
        for name in CREDITS
    ),
)
_OUT_OF_PLACE = " | ".join(f"{place}[@SequenceNumber != position()]" for place in _PLACES)
_MEMBERS = "*[self::ResourceGroup or self::ResourceGroupContentItem]"
_ODD_MEMBERS = " | ".join(
    f"{BLOCKS}/ResourceGroup/descendant-or-self::ResourceGroup/{name}[SequenceNumber != position()]"
    for name in ("ResourceGroup", "ResourceGroupContentItem")
)


def _broken_members(message: Judged) -> Iterator[_Element]:
    groups = {member.getparent(): None for member in message.select(_ODD_MEMBERS)}
    for group in groups:
        if group is not None and not _counts_up(message.texts(f"{_MEMBERS}/SequenceNumber/text()", group)):
            yield group


def _broken_credits(message: Judged) -> Iterator[Hit]:
    seen = set()
    for credit in message.select(_OUT_OF_PLACE):
        block = credit.getparent()
        if block is None or (block, credit.tag) in seen:
            continue
        seen.add((block, credit.tag))
        sisters = block.findall(str(credit.tag))
        if not _counts_up([sister.get("SequenceNumber") or "" for sister in sisters]):
            yield credit


def _counts_up(numbers: list[str]) -> bool:
    """Whether the numbers are those from 1 to n in any order."""
    return sorted(numbers) == sorted(str(number) for number in range(1, len(numbers) + 1))


def _doubled(name: str, message: Judged) -> Iterator[Hit]:
    for block in message.select(f"ResourceList/*/*/{name}[2]/.."):
        known = message.texts(f"{name}/PartyId/text() | {name}/PartyName/FullName/text()", block)
        if len(set(known)) == len(known):
            continue
        entries = [(entry, _party(entry)) for entry in block.findall(name)]
        times = Counter(party for _, party in entries)
        for entry, party in entries:
            if party and times[party] > 1:
                yield entry, f"{party} stands {times[party]} times"


def _party(entry: _Element) -> str:
    """Who it is: the first id, else the name."""
    return (entry.findtext("PartyId") or entry.findtext("PartyName/FullName") or "").strip()


def _doubled_contributors(message: Judged) -> Iterator[Hit]:
    yield from _doubled("ResourceContributor", message)


def _doubled_writers(message: Judged) -> Iterator[Hit]:
    yield from _doubled("IndirectResourceContributor", message)


SEQUENCES: tuple[Rule, ...] = (
    Rule(
        "GROUP_SEQUENCE_MISSING",
        f"{MAIN}/ReleaseDetailsByTerritory/ResourceGroup/ResourceGroup[not(SequenceNumber)]",
        "the group has no SequenceNumber",
        "RP 1.4, 3.3.1(2)",
    ),
    Rule(
        "ITEM_SEQUENCE_MISSING",
        f"{ITEMS}[ReleaseResourceReference/@ReleaseResourceType='PrimaryResource'][not(SequenceNumber)]",
        "the item of a primary resource has no SequenceNumber",
        "RP 1.4, 3.3.1(3)",
    ),
    Rule(
        "SECONDARY_SEQUENCED",
        f"{BLOCKS}/ResourceGroup/descendant::ResourceGroupContentItem"
        "[ReleaseResourceReference/@ReleaseResourceType='SecondaryResource'][SequenceNumber]",
        "the item of a secondary resource has a SequenceNumber",
        "RP 1.4, 3.3.1(4)",
    ),
    Rule(
        "SEQUENCE_BROKEN",
        _broken_members,
        "the sequence numbers in the group do not count up from 1",
        "RP 1.4, 3.3.1(5) and 4.3(35)",
    ),
    Rule(
        "CREDIT_SEQUENCE_BROKEN",
        _broken_credits,
        "the sequence numbers of {name} do not count up from 1",
        "RP 1.4, 4.3(35)",
    ),
    Rule(
        "ARTIST_SEQUENCE_MISSING",
        f"{BLOCKS}/DisplayArtist[not(@SequenceNumber)]",
        "the display artist has no SequenceNumber",
        "RP 1.4, 4.3(34)",
    ),
    Rule(
        "CONTRIBUTOR_DOUBLED",
        _doubled_contributors,
        "{detail} among the contributors of one resource",
        "RP 1.4, 4.3(13)",
    ),
    Rule(
        "CONTRIBUTOR_DOUBLED",
        _doubled_writers,
        "{detail} among the writers and publishers of one resource",
        "RP 1.4, 4.3(21)",
        severity=Severity.WARNING,
    ),
)
