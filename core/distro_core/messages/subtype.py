"""Why a release is told about (rows MSG-01 to MSG-03)."""

from __future__ import annotations

from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.message import MessageSubtype


def decide_subtype(release_status: ReleaseStatus, completed_before: bool) -> MessageSubtype:
    """Takedown for what is taken down, update after a completed delivery to the same target, initial otherwise."""
    if release_status is ReleaseStatus.TAKEN_DOWN:
        return MessageSubtype.TAKEDOWN
    return MessageSubtype.UPDATE if completed_before else MessageSubtype.INITIAL
