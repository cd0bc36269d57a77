"""ResourceGroup: discs, releases of a box, works of several parts, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml.etree import SubElement, _Element

from distro_sdk.ern4.writing.dialect import Writing
from distro_sdk.ern4.writing.elements import add, add_titles
from distro_sdk.ern4.writing.vocabulary import LINK_DESCRIPTIONS
from distro_sdk.models.planned_releases import GroupType, PlannedGroup, PlannedItem

Links = Mapping[str, str]


def add_resource_group(release: _Element, writing: Writing) -> None:
    """Write the tree of groups (RP 2.1, 5.3.1.2(5))."""
    plan = writing.plan
    links = {image.reference: LINK_DESCRIPTIONS[image.type] for image in plan.images if image.type in LINK_DESCRIPTIONS}
    _fill(SubElement(release, "ResourceGroup"), plan.release.group, links, writing)


def _fill(element: _Element, group: PlannedGroup, links: Links, writing: Writing) -> None:
    if group.title:
        add_titles(element, group.title, None)
        if group.type is GroupType.MULTI_WORK_PART:
            writing.dialect.add_formal_title(element, group.title)
    if group.sequence is not None:
        add(element, "SequenceNumber", str(group.sequence))
    if group.icpn or group.grid:
        ids = SubElement(element, "ReleaseId")
        if group.grid:
            add(ids, "GRid", group.grid)
        if group.icpn:
            add(ids, "ICPN", group.icpn)
    for inner in group.groups:
        kind = inner.type or GroupType.COMPONENT
        _fill(SubElement(element, "ResourceGroup", {"ResourceGroupType": kind.value}), inner, links, writing)
    for item in group.items:
        _add_item(element, item, links)
    _add_links(element, group.linked, links)


def _add_item(element: _Element, item: PlannedItem, links: Links) -> None:
    entry = SubElement(element, "ResourceGroupContentItem")
    if item.sequence is not None:
        add(entry, "SequenceNumber", str(item.sequence))
    add(entry, "ReleaseResourceReference", item.resource_reference)
    _add_links(entry, item.linked, links)
    if item.bonus:
        add(entry, "IsBonusResource", "true")
    if item.instant_gratification:
        add(entry, "IsInstantGratificationResource", "true")


def _add_links(element: _Element, references: Iterable[str], links: Links) -> None:
    """Images that are shown with a group or an item, with what they are."""
    for reference in references:
        description = links.get(reference)
        told = {"LinkDescription": description} if description else None
        SubElement(element, "LinkedReleaseResourceReference", told).text = reference
