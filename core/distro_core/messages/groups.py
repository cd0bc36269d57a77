"""The tree of resource groups: discs, the releases of a box, works of several parts (RP 2.1, 5.3.1.2(5))."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from distro_core.messages.planning import Planning
from distro_core.messages.profiles import SIMPLE_PROFILES
from distro_core.messages.resources import PlannedResources
from distro_sdk.models.catalogue import ImageType, Track
from distro_sdk.models.planned_releases import GroupType, PlannedGroup, PlannedItem
from distro_sdk.models.planned_resources import PlannedRecording, PlannedVideo
from distro_sdk.models.structure import ReleaseComponent

Entry = tuple[Track, PlannedRecording]


def plan_group(planning: Planning, resources: PlannedResources) -> PlannedGroup:
    """Everything on the release. A simple profile links its image from the item, any other from the top group."""
    entries = tuple(zip(planning.release.tracks, resources.of_tracks, strict=True))
    simple = planning.profile in SIMPLE_PROFILES
    of_release = tuple(
        image.reference
        for image in resources.images
        if simple or image.type is not ImageType.SCREEN_CAPTURE or not _stands_for_video(image.reference, resources)
    )
    linker = _Linker(planning, of_release if simple else ())
    discs = _discs(entries)
    items: tuple[PlannedItem, ...] = ()
    if planning.release.components:
        groups = tuple(linker.box(discs, planning.release.components))
    elif len(discs) == 1:
        groups, items = linker.members(next(iter(discs.values())))
    else:
        groups = tuple(linker.disc(number, disc, sequence=number) for number, disc in discs.items())
    bonus = tuple(PlannedItem(resource_reference=text.reference, sequence=None, bonus=True) for text in resources.texts)
    return PlannedGroup(groups=groups, items=(*items, *bonus), linked=() if simple else of_release)


def _stands_for_video(reference: str, resources: PlannedResources) -> bool:
    return any(video.screen_capture_reference == reference for video in resources.videos)


def _discs(entries: Sequence[Entry]) -> dict[int, list[Entry]]:
    discs: dict[int, list[Entry]] = {}
    for track, recording in entries:
        discs.setdefault(track.disc_number, []).append((track, recording))
    return dict(sorted(discs.items()))


class _Linker:
    """Makes groups and items. `linked`: images that every item is shown with."""

    def __init__(self, planning: Planning, linked: tuple[str, ...]) -> None:
        self._planning = planning
        self._linked = linked

    def disc(self, number: int, entries: Sequence[Entry], sequence: int) -> PlannedGroup:
        """A disc as a Component."""
        groups, items = self.members(entries)
        return PlannedGroup(type=GroupType.COMPONENT, sequence=sequence, disc_number=number, groups=groups, items=items)

    def box(self, discs: dict[int, list[Entry]], components: Sequence[ReleaseComponent]) -> Iterator[PlannedGroup]:
        """The releases of a box and its own discs, by their first disc."""
        inside = {number: component for component in components for number in component.disc_numbers}
        starts = [number for number in discs if number not in inside or inside[number].disc_numbers[0] == number]
        for sequence, number in enumerate(starts, start=1):
            component = inside.get(number)
            if component is None:
                yield self.disc(number, discs[number], sequence)
            else:
                yield self._component(component, discs, sequence)

    def _component(self, component: ReleaseComponent, discs: dict[int, list[Entry]], sequence: int) -> PlannedGroup:
        numbers = component.disc_numbers
        items: tuple[PlannedItem, ...] = ()
        if len(numbers) == 1:
            groups, items = self.members(discs[numbers[0]])
        else:
            groups = tuple(self.disc(number, discs[number], place) for place, number in enumerate(numbers, start=1))
        return PlannedGroup(
            type=GroupType.RELEASE_COMPONENT,
            sequence=sequence,
            title=component.title,
            icpn=component.icpn,
            grid=component.grid,
            groups=groups,
            items=items,
        )

    def members(self, entries: Sequence[Entry]) -> tuple[tuple[PlannedGroup, ...], tuple[PlannedItem, ...]]:
        """Tracks in playing order, those of one work in a group of their own; both share one sequence."""
        groups: list[PlannedGroup] = []
        items: list[PlannedItem] = []
        grouped: dict[str, int] = {}
        for track, recording in entries:
            sequence = len(groups) + len(items) + 1
            work = self._planning.works.get(track.id)
            if work is None:
                items.append(self._item(track, recording, sequence))
                continue
            place = grouped.setdefault(work.track_ids[0], len(groups))
            if place == len(groups):
                groups.append(PlannedGroup(type=GroupType.MULTI_WORK_PART, sequence=sequence, title=work.title))
            group = groups[place]
            item = self._item(track, recording, len(group.items) + 1)
            groups[place] = group.model_copy(update={"items": (*group.items, item)})
        return tuple(groups), tuple(items)

    def _item(self, track: Track, recording: PlannedRecording, sequence: int) -> PlannedItem:
        capture = recording.screen_capture_reference if isinstance(recording, PlannedVideo) else None
        linked = self._linked if capture is None or capture in self._linked else (*self._linked, capture)
        return PlannedItem(
            resource_reference=recording.reference,
            sequence=sequence,
            linked=linked,
            instant_gratification=track.instant_gratification_date is not None
            and self._planning.release.pre_order_date is not None,
        )
