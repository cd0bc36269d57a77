"""ResourceGroup: the tree of groups and items."""

from __future__ import annotations

from distro_sdk.ern.reading.found import FoundGroup, FoundItem, GroupKind
from distro_sdk.ern.reading.nodes import Node
from distro_sdk.ern.reading.values import read_truth, read_whole_number
from distro_sdk.ern4.reading.dialects import Dialect
from distro_sdk.ern4.reading.titles import read_citations, read_titles

_KINDS = {
    "Component": GroupKind.DISC,
    "Side": GroupKind.DISC,
    "ComponentRelease": GroupKind.COMPONENT,
    "ReleaseComponent": GroupKind.COMPONENT,
    "MultiWorkPart": GroupKind.WORK,
}
_LAST = 100_000


def read_group(node: Node, dialect: Dialect, parent: GroupKind | None = None) -> FoundGroup:
    """A group with everything in it. `parent`: what it stands in, None for the whole release."""
    kind = _kind(node, parent)
    members = [_member(child, dialect, kind) for child in node.children("ResourceGroup", "ResourceGroupContentItem")]
    title, title_node = _title(node, dialect)
    if kind in {GroupKind.WHOLE, GroupKind.DISC} and title_node is not None:
        # A disc has a number and no title.
        title_node.leave()
    return FoundGroup(
        node=node,
        kind=kind,
        sequence=node.parsed(read_whole_number, "SequenceNumber"),
        title=title,
        title_node=title_node,
        icpn=node.text("ReleaseId", "ICPN"),
        grid=node.text("ReleaseId", "GRid"),
        members=tuple(sorted(members, key=lambda member: _LAST if member.sequence is None else member.sequence)),
        linked=_linked(node),
    )


def _member(node: Node, dialect: Dialect, parent: GroupKind) -> FoundGroup | FoundItem:
    if node.name == "ResourceGroup":
        return read_group(node, dialect, parent)
    node.children("IsBonusResource")
    _pass_false(node, "IsPreOrderIncentiveResource")
    return FoundItem(
        node=node,
        reference=node.need("ReleaseResourceReference").value,
        sequence=node.parsed(read_whole_number, "SequenceNumber"),
        linked=_linked(node),
        instant_gratification=node.parsed(read_truth, "IsInstantGratificationResource") or False,
    )


def _kind(node: Node, parent: GroupKind | None) -> GroupKind:
    """A side is a disc only where it does not lie on one."""
    if parent is None:
        return GroupKind.WHOLE
    group_type = node.attribute("ResourceGroupType")
    if group_type == "Side" and parent is GroupKind.DISC:
        return GroupKind.WHOLE
    return _KINDS.get(group_type or "", GroupKind.DISC)


def _title(node: Node, dialect: Dialect) -> tuple[str | None, Node | None]:
    """The title of a group and where it stands: the displayed one, else one by which it is cited, else any."""
    displayed = node.child("DisplayTitle")
    additional = node.children("AdditionalTitle")
    citations = read_citations(node, dialect)
    title = read_titles(node).title
    if title is not None:
        for citation in citations:
            if citation.text("TitleText") != title:
                citation.leave()
        return title, displayed or node.child("DisplayTitleText")
    chosen = next(iter((*citations, *additional)), None)
    for other in (*citations, *additional):
        if chosen is not None and other.element is not chosen.element:
            other.leave()
    return (chosen.text("TitleText"), chosen) if chosen else (None, None)


def _linked(node: Node) -> tuple[tuple[str, str | None], ...]:
    links = node.children("LinkedReleaseResourceReference")
    return tuple((link.value, link.attribute("LinkDescription")) for link in links)


def _pass_false(node: Node, name: str) -> None:
    """A flag without a place in our model, which loses nothing where it says no."""
    flag = node.child(name)
    if flag is not None and flag.parse(read_truth):
        flag.leave()
