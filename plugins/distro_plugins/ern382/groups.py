"""ResourceGroups: carriers, releases within a box, works of several parts, and what stands beside the music."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from distro_plugins.ern382.context import Component, Context, resource_type
from distro_plugins.ern382.elements import add_title
from distro_plugins.ern382.profiles import Profile
from distro_sdk.ern.elements import add, add_flag
from distro_sdk.models.planned_releases import GroupType, PlannedGroup, PlannedItem
from distro_sdk.models.planned_resources import PlannedRecording, PlannedVideo


def add_main_group(details: _Element, context: Context) -> None:
    """The group of the main release: its carriers, then images and texts, not numbered (RP 1.4, 3.3.1(2) to (5))."""
    recordings = {recording.reference: recording for recording in context.plan.recordings}
    top = SubElement(details, "ResourceGroup")
    group = context.plan.release.group
    for carrier in _carriers(group):
        _add_group(top, carrier, recordings, context)
    for image in context.plan.images:
        if image.reference not in context.captures:
            _add_secondary(top, "Image", image.reference, bonus=False)
    bonus = {item.resource_reference for item in group.items if item.bonus}
    for text in context.plan.texts:
        _add_secondary(top, "Text", text.reference, bonus=text.reference in bonus)


def add_component_group(details: _Element, component: Component, context: Context) -> None:
    """The group of a component release, which the classical profile wants to have a title."""
    recording = component.recording
    group = SubElement(details, "ResourceGroup")
    if context.profile is Profile.CLASSICAL:
        add_title(group, "GroupingTitle", context.works.get(recording.reference, recording.title))
    _add_item(group, PlannedItem(resource_reference=recording.reference, sequence=1), recording, context)


def _carriers(group: PlannedGroup) -> tuple[PlannedGroup, ...]:
    """The groups of the second level: in this version, music on a single disc stands on a carrier too."""
    loose = any(item.sequence is not None for item in group.items)
    if not loose and all(inner.type is not GroupType.MULTI_WORK_PART for inner in group.groups):
        return group.groups
    numbered = tuple(item for item in group.items if item.sequence is not None)
    return (PlannedGroup(type=GroupType.COMPONENT, sequence=1, groups=group.groups, items=numbered),)


def _add_group(
    parent: _Element, group: PlannedGroup, recordings: dict[str, PlannedRecording], context: Context
) -> None:
    """Works have a GroupingTitle; carriers too, but for the classical profile, which tells both apart by it."""
    element = SubElement(parent, "ResourceGroup")
    work = group.type is GroupType.MULTI_WORK_PART
    title = group.title or f"Component {group.disc_number or group.sequence}"
    add_title(element, "GroupingTitle" if work or context.profile is not Profile.CLASSICAL else None, title)
    if group.sequence is not None:
        add(element, "SequenceNumber", str(group.sequence))
    for inner in group.groups:
        _add_group(element, inner, recordings, context)
    for item in group.items:
        _add_item(element, item, recordings[item.resource_reference], context)
    if group.icpn or group.grid:
        add_release_id(element, group.grid, group.icpn)


def _add_item(parent: _Element, item: PlannedItem, recording: PlannedRecording, context: Context) -> None:
    entry = SubElement(parent, "ResourceGroupContentItem")
    if item.sequence is not None:
        add(entry, "SequenceNumber", str(item.sequence))
    add(entry, "ResourceType", resource_type(recording))
    add(entry, "ReleaseResourceReference", recording.reference, {"ReleaseResourceType": "PrimaryResource"})
    for capture in captures_of(recording, item, context):
        add(entry, "LinkedReleaseResourceReference", capture, {"LinkDescription": "VideoScreenCapture"})
    if item.bonus:
        add_flag(entry, "IsBonusResource", value=True)
    if item.instant_gratification:
        add_flag(entry, "IsInstantGratificationResource", value=True)


def captures_of(recording: PlannedRecording, item: PlannedItem | None, context: Context) -> tuple[str, ...]:
    """The images that stand for a recording, if it is a video."""
    if not isinstance(recording, PlannedVideo):
        return ()
    linked = [reference for reference in (item.linked if item else ()) if reference in context.captures]
    own = [recording.screen_capture_reference] if recording.screen_capture_reference else []
    return tuple(dict.fromkeys([*own, *linked]))


def add_release_id(parent: _Element, grid: str | None, icpn: str | None) -> _Element:
    """ReleaseId of a product; an ICPN of 8 or 13 digits is an EAN."""
    ids = SubElement(parent, "ReleaseId")
    if grid:
        add(ids, "GRid", grid)
    if icpn:
        add(ids, "ICPN", icpn, {"IsEan": "true" if len(icpn) in {8, 13} else "false"})
    return ids


def _add_secondary(parent: _Element, kind: str, reference: str, *, bonus: bool) -> None:
    entry = SubElement(parent, "ResourceGroupContentItem")
    add(entry, "ResourceType", kind)
    add(entry, "ReleaseResourceReference", reference, {"ReleaseResourceType": "SecondaryResource"})
    if bonus:
        add_flag(entry, "IsBonusResource", value=True)
