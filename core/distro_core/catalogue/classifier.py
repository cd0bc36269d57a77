"""Which type a release has when nobody says (decision C12, row CAT-36)."""

from __future__ import annotations

from distro_sdk.models.catalogue import ReleaseType


def classify(track_count: int) -> ReleaseType:
    """Single up to 3 tracks, EP up to 6, Album from 7."""
    if track_count <= 3:
        return ReleaseType.SINGLE
    return ReleaseType.EP if track_count <= 6 else ReleaseType.ALBUM
