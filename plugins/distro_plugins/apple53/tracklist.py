"""Tracks in playing order, with volume and number, as the groups of the plan say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_releases import PlannedGroup, PlannedItem, PlannedTrackRelease
from distro_sdk.models.planned_resources import PlannedSoundRecording


@dataclass(frozen=True)
class Place:
    """A track with its place. `position`: among all tracks of the album, `number`: on its volume, both from 1.

    `release`: the track as a release of its own, None where it is not one.
    """

    recording: PlannedSoundRecording
    position: int
    volume: int
    number: int
    instant_gratification: bool
    release: PlannedTrackRelease | None


def track_list(plan: MessagePlan) -> tuple[Place, ...]:
    """Every sound recording of the release in playing order; volumes are counted from 1."""
    recordings = {recording.reference: recording for recording in plan.sound_recordings}
    releases = {release.resource_reference: release for release in plan.track_releases}
    early = {reference for deal in plan.deals for reference in deal.instant_gratification}
    places: list[Place] = []
    for volume, items in enumerate(_volumes(plan.release.group), start=1):
        played = [item for item in items if item.resource_reference in recordings]
        for number, item in enumerate(played, start=1):
            reference = item.resource_reference
            places.append(
                Place(
                    recording=recordings[reference],
                    position=len(places) + 1,
                    volume=volume,
                    number=number,
                    instant_gratification=item.instant_gratification or reference in early,
                    release=releases.get(reference),
                )
            )
    return tuple(places)


def _volumes(group: PlannedGroup) -> Iterator[tuple[PlannedItem, ...]]:
    """The items of each disc; a release without discs is one volume."""
    discs = tuple(_discs(group))
    if discs:
        yield from (disc.all_items() for disc in discs)
    else:
        yield group.all_items()


def _discs(group: PlannedGroup) -> Iterator[PlannedGroup]:
    for inner in group.groups:
        if inner.disc_number is not None:
            yield inner
        else:
            yield from _discs(inner)
