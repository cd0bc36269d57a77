"""What is wrong with the enrichment of a release as a whole, and what becomes of it when a track goes."""

from __future__ import annotations

from collections.abc import Iterator

from distro_sdk.models.catalogue import ParentalWarning, Release, Track
from distro_sdk.models.enrichment import Enrichment
from distro_sdk.models.enrichment_words import ContentAdvisory
from distro_sdk.models.validation import Severity, ValidationIssue

_WITHOUT_ADVICE = frozenset({None, ParentalWarning.NOT_EXPLICIT, ParentalWarning.NO_ADVICE_AVAILABLE})


def find_enrichment_errors(release: Release) -> Iterator[ValidationIssue]:
    """Tracks in focus that are not on the release (row MEA-15)."""
    there = {track.id for track in release.tracks}
    for place, focus in enumerate(release.enrichment.focus_tracks if release.enrichment else ()):
        if focus.track_id not in there:
            message = f"the track in focus, {focus.track_id}, is not on the release"
            path = f"enrichment.focus_tracks.{place}.track_id"
            yield ValidationIssue(code="FOCUS_TRACK_UNKNOWN", message=message, path=path)


def find_advisory_gaps(release: Release) -> Iterator[ValidationIssue]:
    """Explicit lyrics that no parental warning tells of: messages tell it by that warning (rows MEA-03 and MEA-04)."""
    for place, track in enumerate(release.tracks):
        if _has_explicit_lyrics(track) and track.parental_warning in _WITHOUT_ADVICE:
            message = f"track {place + 1} has explicit lyrics and no parental warning that says so"
            yield _warning(message, f"tracks.{place}.parental_warning")
    warnings = {release.parental_warning, *(track.parental_warning for track in release.tracks)}
    if _has_explicit_lyrics(release) and warnings <= _WITHOUT_ADVICE:
        yield _warning("the release has explicit lyrics and no parental warning that says so", "parental_warning")


def without_focus(enrichment: Enrichment | None, track_id: str) -> Enrichment | None:
    """The enrichment of a release that loses a track."""
    if enrichment is None:
        return None
    kept = tuple(focus for focus in enrichment.focus_tracks if focus.track_id != track_id)
    left = enrichment.model_copy(update={"focus_tracks": kept})
    return left if left.says_something else None


def _has_explicit_lyrics(holder: Release | Track) -> bool:
    enrichment = holder.enrichment
    return enrichment is not None and ContentAdvisory.EXPLICIT_LYRICS in enrichment.content_advisories


def _warning(message: str, path: str) -> ValidationIssue:
    return ValidationIssue(code="ADVISORY_WITHOUT_WARNING", message=message, severity=Severity.WARNING, path=path)
