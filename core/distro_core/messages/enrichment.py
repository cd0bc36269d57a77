"""What is told of a release and its recordings beyond the message itself (rows MEA-01 to MEA-27)."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from distro_sdk.models.catalogue import Release, Track
from distro_sdk.models.enrichment import Enrichment, TrackEnrichment
from distro_sdk.models.message import MessagePlan
from distro_sdk.models.planned_enrichment import PlannedFocus
from distro_sdk.models.planned_resources import PlannedRecording

R = TypeVar("R", bound=PlannedRecording)
T = TypeVar("T", bound=TrackEnrichment)

INHERITED: Final[tuple[tuple[str, ...], ...]] = (
    ("tempo", "tempo_description"),
    ("time_signature",),
    ("key",),
    ("vocal_registers",),
    ("instrumentation",),
)
"""What only a recording can have: a track that says none of a group takes the release's (row MEA-21).

Tempo and its description go together, so that a track's own tempo never stands beside the release's description.
"""


def enrich_plan(plan: MessagePlan, release: Release) -> MessagePlan:
    """The plan with the enrichment of its release and of each of its recordings; the same plan where there is none."""
    if release.enrichment is None and not any(track.enrichment for track in release.tracks):
        return plan
    tracks = {track.id: track for track in release.tracks}
    focus = _plan_focus(release.enrichment or Enrichment())

    def enriched(recording: R) -> R:
        track = tracks.get(recording.track_id)
        told = plan_track_enrichment(release, track) if track else None
        return recording.model_copy(update={"enrichment": told, "focus": focus.get(recording.track_id)})

    return plan.model_copy(
        update={
            "release": plan.release.model_copy(update={"enrichment": _told(release.enrichment)}),
            "sound_recordings": tuple(enriched(recording) for recording in plan.sound_recordings),
            "videos": tuple(enriched(video) for video in plan.videos),
        }
    )


def plan_track_enrichment(release: Release, track: Track) -> TrackEnrichment | None:
    """A track's own enrichment, completed by what the release says of all its tracks; None where there is none."""
    own = track.enrichment or TrackEnrichment()
    above = release.enrichment or Enrichment()
    taken: dict[str, Any] = {}
    for group in INHERITED:
        if not any(getattr(own, name) for name in group):
            taken |= {name: getattr(above, name) for name in group}
    return _told(own.model_copy(update=taken))


def _plan_focus(enrichment: Enrichment) -> dict[str, PlannedFocus]:
    """By track; only several focus tracks are numbered, as MEAD wants it."""
    several = len(enrichment.focus_tracks) > 1
    return {
        focus.track_id: PlannedFocus(
            sequence=number if several else None,
            territories=focus.territories,
            period=focus.period,
            comment=focus.comment,
        )
        for number, focus in enumerate(enrichment.focus_tracks, start=1)
    }


def _told(enrichment: T | None) -> T | None:
    return enrichment if enrichment and enrichment.says_something else None
