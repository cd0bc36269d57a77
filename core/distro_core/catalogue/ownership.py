"""Whether the tenant's own catalogue says two things about who owns a recording (row WFL-04)."""

from __future__ import annotations

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.store.stores import TenantStore
from distro_sdk.models.catalogue import Release, ReleaseStatus, Track
from distro_sdk.models.validation import ValidationIssue

TOLD = (ReleaseStatus.READY, ReleaseStatus.DELIVERED)
"""What is or may be told to platforms: a draft with a slip of the pen keeps no delivery."""


async def find_owner_conflicts(store: TenantStore, release: Release) -> list[ValidationIssue]:
    """An error for each track whose ISRC another release of the tenant gives to another owner, by their P-lines.

    An ISRC names one recording (ISO 3901), which has one owner at a time. Names count as the same whatever their case,
    spaces and punctuation.
    """
    isrcs = sorted({track.isrc for track in release.tracks if track.isrc})
    if not isrcs:
        return []
    where = {"tracks.isrc": {"$in": isrcs}, "status": {"$in": list(TOLD)}, "id": {"$ne": release.id}}
    others = await store.collection(ReleaseDocument).list(where)
    return [
        issue
        for place, track in enumerate(release.tracks)
        if track.isrc and (issue := _conflict(release, track, place, others)) is not None
    ]


def _conflict(release: Release, track: Track, place: int, others: list[ReleaseDocument]) -> ValidationIssue | None:
    owner = _owner(release, track)
    for other in others:
        for found in other.tracks:
            theirs = _owner(other, found)
            if found.isrc == track.isrc and owner and theirs and _plain(owner) != _plain(theirs):
                message = (
                    f"{track.isrc} belongs to {owner} here and to {theirs} on {other.title!r} (release {other.id})"
                )
                return ValidationIssue(code="RECORDING_OWNER_CONFLICT", message=message, path=f"tracks.{place}.p_line")
    return None


def _owner(release: Release | ReleaseDocument, track: Track) -> str:
    line = track.p_line or release.p_line
    return (line.company or "") if line is not None else ""


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
