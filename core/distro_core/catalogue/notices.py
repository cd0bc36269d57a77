"""What messages will tell that nobody said outright, and what may be a mistake: warnings, nothing more."""

from __future__ import annotations

from collections.abc import Iterator

from distro_sdk.models.catalogue import Release
from distro_sdk.models.validation import Severity, ValidationIssue


def find_notices(release: Release) -> Iterator[ValidationIssue]:
    """Lines that stand in for others, and dates that contradict each other without being wrong."""
    yield from _cue_notices(release)
    yield from _date_notices(release)


def _cue_notices(release: Release) -> Iterator[ValidationIssue]:
    """The P-line of a cue is told with its ISRC (RP 2.1, 5.4.3(4.4)): where nobody gave it, that of the video is."""
    for place, track in enumerate(release.tracks):
        for number, cue in enumerate(track.cues):
            if cue.isrc and cue.p_line is None:
                message = f"the cue {cue.title!r} of track {place + 1} has no P-line; messages tell that of the video"
                yield _warning("CUE_P_LINE_TAKEN_OVER", message, f"tracks.{place}.cues.{number}.p_line")


def _date_notices(release: Release) -> Iterator[ValidationIssue]:
    """A release that is on offer in some territories before its release date."""
    day = release.release_date
    for place, group in enumerate(release.territory_groups):
        if day and group.start_date < day:
            message = f"the release date {day} is after {group.start_date}, from when these territories may use it"
            yield _warning("RELEASE_DATE_AFTER_OFFER", message, f"territory_groups.{place}.start_date")


def _warning(code: str, message: str, path: str) -> ValidationIssue:
    return ValidationIssue(code=code, message=message, severity=Severity.WARNING, path=path)
