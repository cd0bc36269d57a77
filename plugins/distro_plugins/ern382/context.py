"""What every part of a message is written from: the plan, the partner's settings, and what follows from both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from distro_plugins.ern382.profiles import Profile, profile_of
from distro_plugins.ern382.settings import Ern382Settings
from distro_sdk.models.catalogue import ImageType
from distro_sdk.models.commerce import CommercialModel
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_releases import GroupType, PlannedGenre, PlannedGroup, PlannedItem
from distro_sdk.models.planned_resources import PlannedParty, PlannedRecording, PlannedVideo


@dataclass(frozen=True)
class Component:
    """A component release: one recording that is also a release of its own (RP 1.4, 3.1)."""

    reference: str
    proprietary_id: str | None
    recording: PlannedRecording
    label_reference: str
    genre: PlannedGenre


@dataclass(frozen=True)
class Context:
    """A message about to be written.

    `components`: one for each recording, none in a long-form video; `added`: references of those that the plan does
    not have; `genres`: of the recordings, by reference; `works`: titles of works of several parts by the reference of
    a resource; `captures`: references of the images that stand for videos.
    """

    plan: MessagePlan
    settings: Ern382Settings
    profile: Profile
    parties: Mapping[str, PlannedParty]
    components: tuple[Component, ...]
    added: tuple[str, ...]
    genres: Mapping[str, PlannedGenre]
    works: Mapping[str, str]
    captures: frozenset[str]

    @classmethod
    def of(cls, plan: MessagePlan) -> Context:
        """The beginning of a message."""
        profile = profile_of(plan)
        components = () if profile is Profile.LONG_FORM_VIDEO else tuple(_components(plan))
        planned = {track.reference for track in plan.track_releases}
        return cls(
            plan=plan,
            settings=Ern382Settings.model_validate(plan.settings),
            profile=profile,
            parties={party.reference: party for party in plan.parties},
            components=components,
            added=tuple(component.reference for component in components if component.reference not in planned),
            genres={component.recording.reference: component.genre for component in components},
            works=dict(_works(plan.release.group)),
            captures=frozenset(_captures(plan)),
        )

    @cached_property
    def sells(self) -> bool:
        """Whether anything is sold one by one."""
        return any(deal.terms.commercial_model is CommercialModel.PAY_AS_YOU_GO for deal in self.plan.deals)

    @property
    def namespace(self) -> str:
        """The namespace of the sender's own values and ids."""
        return self.plan.namespace


def in_playing_order(group: PlannedGroup) -> Iterator[PlannedItem]:
    """The numbered items of a group and of all within it; groups and items of one parent share a sequence."""
    members: list[PlannedGroup | PlannedItem] = [*group.groups, *group.items]
    for member in sorted(members, key=lambda member: member.sequence or 0):
        if isinstance(member, PlannedGroup):
            yield from in_playing_order(member)
        elif member.sequence is not None:
            yield member


def resource_type(recording: PlannedRecording) -> str:
    """What DDEX calls the kind of a recording."""
    return "Video" if isinstance(recording, PlannedVideo) else "SoundRecording"


def _components(plan: MessagePlan) -> Iterator[Component]:
    """The plan's track releases; the simple profiles of ERN 4 have none, so that theirs are made here."""
    tracks = {track.resource_reference: track for track in plan.track_releases}
    taken = {track.reference for track in plan.track_releases} | {plan.release.reference}
    for number, recording in enumerate(plan.recordings, start=1):
        track = tracks.get(recording.reference)
        if track:
            yield Component(track.reference, track.proprietary_id, recording, track.label_reference, track.genre)
        else:
            reference = f"R{number}" if f"R{number}" not in taken else f"R{number}-{recording.reference}"
            yield Component(reference, None, recording, plan.release.label_reference, plan.release.genre)


def _captures(plan: MessagePlan) -> Iterator[str]:
    """An image of the release stands for a video too, where the item of that video links it."""
    yield from (video.screen_capture_reference for video in plan.videos if video.screen_capture_reference)
    captures = {image.reference for image in plan.images if image.type is ImageType.SCREEN_CAPTURE}
    for item in in_playing_order(plan.release.group):
        yield from (reference for reference in item.linked if reference in captures)


def _works(group: PlannedGroup, title: str | None = None) -> Iterator[tuple[str, str]]:
    title = group.title if group.type is GroupType.MULTI_WORK_PART else title
    if title:
        yield from ((item.resource_reference, title) for item in group.items)
    for inner in group.groups:
        yield from _works(inner, title)
