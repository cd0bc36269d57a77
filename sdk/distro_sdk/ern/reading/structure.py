"""From the tree of resource groups to tracks in playing order, discs, releases within a box, and works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from distro_sdk.ern.reading.found import FoundGroup, FoundItem, FoundResource, GroupKind, ResourceKind
from distro_sdk.models.structure import MusicalWork, ReleaseComponent


@dataclass
class TrackPlace:
    """A resource where it stands on the release. `id`: of the track that is made of it."""

    id: str
    resource: FoundResource
    item: FoundItem
    disc: int


@dataclass
class Structure:
    """What stands where. `images`, `texts`: of the release, in the order in which they are first named."""

    places: list[TrackPlace] = field(default_factory=list)
    components: list[ReleaseComponent] = field(default_factory=list)
    works: list[MusicalWork] = field(default_factory=list)
    images: dict[str, FoundResource] = field(default_factory=dict)
    texts: dict[str, FoundResource] = field(default_factory=dict)


class GroupReader:
    """Walks through the groups of one release. Discs are numbered as they come."""

    def __init__(self, resources: Mapping[str, FoundResource]) -> None:
        self._resources = resources
        self._structure = Structure()
        self._placed: set[str] = set()
        self._disc = 1
        self._used = False

    def read(self, group: FoundGroup) -> Structure:
        """The structure of a release; items that dangle become faults."""
        self._walk(group)
        self._link(group.linked)
        return self._structure

    def _walk(self, group: FoundGroup) -> None:
        for member in group.members:
            if isinstance(member, FoundItem):
                self._place(member)
            elif member.kind is GroupKind.COMPONENT:
                self._component(member)
            elif member.kind is GroupKind.WORK:
                self._work(member)
            elif member.kind is GroupKind.DISC:
                self._begin_disc()
                self._walk(member)
            else:
                self._walk(member)
            if isinstance(member, FoundGroup):
                self._link(member.linked)

    def _begin_disc(self) -> None:
        """Go on to the next disc, unless nothing stands on this one yet."""
        if self._used:
            self._disc += 1
            self._used = False

    def _component(self, group: FoundGroup) -> None:
        self._begin_disc()
        first = len(self._structure.places)
        self._walk(group)
        discs = tuple(dict.fromkeys(place.disc for place in self._structure.places[first:]))
        if discs and (group.icpn or group.grid):
            component = group.node.build(
                ReleaseComponent,
                title=group.title or group.icpn or group.grid,
                icpn=group.icpn,
                grid=group.grid,
                disc_numbers=discs,
            )
            self._structure.components.append(component)
        elif group.title_node is not None:
            group.title_node.leave()
        # What follows a release within a box never stands on its last disc.
        self._used = self._used or bool(discs)

    def _work(self, group: FoundGroup) -> None:
        first = len(self._structure.places)
        self._walk(group)
        inner = [member for member in group.members if isinstance(member, FoundGroup)]
        places = self._structure.places[first:]
        on_one_disc = len({place.disc for place in places}) == 1
        if inner or len(places) < 2 or not on_one_disc or group.title is None:
            # Our works have one level and several parts.
            if group.title_node is not None:
                group.title_node.leave()
            return
        recorded = [place.resource.work for place in places]
        opus = {work.opus_number for work in recorded}
        catalogue = {work.composer_catalog_number for work in recorded}
        self._structure.works.append(
            group.node.build(
                MusicalWork,
                title=group.title,
                track_ids=tuple(place.id for place in places),
                opus_number=opus.pop() if len(opus) == 1 else None,
                composer_catalog_number=catalogue.pop() if len(catalogue) == 1 else None,
            )
        )

    def _place(self, item: FoundItem) -> None:
        resource = self._resources.get(item.reference)
        if resource is None:
            item.node.fault("REFERENCE_DANGLING", f"there is no resource {item.reference}")
        elif not resource.primary:
            self._collect(resource)
        elif item.reference in self._placed:
            # A recording stands on a release of ours once.
            item.node.leave()
        else:
            self._placed.add(item.reference)
            self._used = True
            places = self._structure.places
            places.append(TrackPlace(f"track-{len(places) + 1}", resource, item, self._disc))
        if resource is not None and resource.kind is not ResourceKind.VIDEO:
            self._link(item.linked)
        elif resource is not None:
            self._link(tuple(link for link in item.linked if not self._is_capture(link[0])))

    def _is_capture(self, reference: str) -> bool:
        resource = self._resources.get(reference)
        return resource is not None and resource.type == "VideoScreenCapture"

    def _link(self, linked: tuple[tuple[str, str | None], ...]) -> None:
        for reference, _ in linked:
            if (resource := self._resources.get(reference)) is not None:
                self._collect(resource)

    def _collect(self, resource: FoundResource) -> None:
        if resource.kind is ResourceKind.IMAGE:
            self._structure.images.setdefault(resource.reference, resource)
        elif resource.kind is ResourceKind.TEXT:
            self._structure.texts.setdefault(resource.reference, resource)


def captures(place: TrackPlace, resources: Mapping[str, FoundResource]) -> Iterator[FoundResource]:
    """The screen captures that stand for a video."""
    for reference, _ in place.item.linked:
        resource = resources.get(reference)
        if resource is not None and resource.kind is ResourceKind.IMAGE and resource.type == "VideoScreenCapture":
            yield resource
