"""ResourceGroup: carriers, releases within a box, works of several parts; told apart by their titles."""

from __future__ import annotations

import re

from distro_sdk.ern.reading.found import FoundGroup, FoundItem, GroupKind
from distro_sdk.ern.reading.nodes import Node, leave_all
from distro_sdk.ern.reading.values import read_truth, read_whole_number

_CARRIER = re.compile(r"(component|disc|disk|cd|dvd|volume|vol\.?|side|part) *[0-9a-z]{1,3}", re.IGNORECASE)
_LAST = 100_000


class GroupTree:
    """Reads the groups of a release. `classical`: whether works have a title of their own type (RP 1.4)."""

    def __init__(self, *, classical: bool) -> None:
        self._classical = classical

    def read(self, node: Node, parent: GroupKind | None = None) -> FoundGroup:
        """A group with everything in it. `parent`: what it stands in, None for the whole release."""
        titles = node.children("Title")
        leave_all(titles[1:])
        title = titles[0] if titles else None
        ids = node.child("ReleaseId")
        kind = self._kind(title, parent, identified=ids is not None)
        text = title.text("TitleText") if title is not None else None
        if title is not None and kind in {GroupKind.WHOLE, GroupKind.DISC} and not _CARRIER.fullmatch(text or ""):
            title.leave()
        members: list[FoundGroup | FoundItem] = [
            self.read(child, kind) if child.name == "ResourceGroup" else read_item(child)
            for child in node.children("ResourceGroup", "ResourceGroupContentItem")
        ]
        listed = node.child("ResourceGroupResourceReferenceList")
        members += [
            FoundItem(reference, reference.value)
            for reference in (listed.children("ResourceGroupResourceReference") if listed else ())
        ]
        return FoundGroup(
            node=node,
            kind=kind,
            sequence=node.parsed(read_whole_number, "SequenceNumber"),
            title=text,
            title_node=title,
            icpn=ids.text("ICPN") if ids else None,
            grid=ids.text("GRid") if ids else None,
            members=tuple(sorted(members, key=lambda member: _LAST if member.sequence is None else member.sequence)),
        )

    def _kind(self, title: Node | None, parent: GroupKind | None, *, identified: bool) -> GroupKind:
        """A GroupingTitle that does not name a carrier is that of a work, deep down or where the profile says so."""
        if parent is None:
            return GroupKind.WHOLE
        if identified:
            return GroupKind.COMPONENT
        if parent is GroupKind.WORK:
            return GroupKind.WORK
        grouping = title is not None and title.attribute("TitleType") == "GroupingTitle"
        carrier = _CARRIER.fullmatch((title.text("TitleText") if title is not None else None) or "") is not None
        if grouping and not carrier and (self._classical or parent is not GroupKind.WHOLE):
            return GroupKind.WORK
        return GroupKind.WHOLE if parent is GroupKind.DISC else GroupKind.DISC


def read_item(node: Node) -> FoundItem:
    """A resource in a group."""
    node.children("ResourceType", "IsBonusResource", "Duration")
    for name in ("IsPreOrderIncentiveResource", "IsHiddenResource"):
        flag = node.child(name)
        if flag is not None and flag.parse(read_truth):
            flag.leave()
    links = node.children("LinkedReleaseResourceReference")
    return FoundItem(
        node=node,
        reference=node.need("ReleaseResourceReference").value,
        sequence=node.parsed(read_whole_number, "SequenceNumber"),
        linked=tuple((link.value, link.attribute("LinkDescription")) for link in links),
        instant_gratification=node.parsed(read_truth, "IsInstantGratificationResource") or False,
    )


def with_listed(group: FoundGroup | None, release: Node) -> FoundGroup | None:
    """A group with the resources of a release that stand in its list alone, at the end."""
    listed = release.child("ReleaseResourceReferenceList")
    references = listed.children("ReleaseResourceReference") if listed else []
    if group is None and not references:
        return None
    whole = group or FoundGroup(node=release, kind=GroupKind.WHOLE)
    named = set(_named(whole))
    rest = [FoundItem(reference, reference.value) for reference in references if reference.value not in named]
    whole.members = (*whole.members, *rest)
    return whole


def _named(group: FoundGroup) -> list[str]:
    names = []
    for member in group.members:
        if isinstance(member, FoundItem):
            names += [member.reference, *(reference for reference, _ in member.linked)]
        else:
            names += _named(member)
    return names
