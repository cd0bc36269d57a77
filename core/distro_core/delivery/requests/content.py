"""What a delivery says, as one hash: two equal hashes mean that nothing new would be told (row IDM-02)."""

from __future__ import annotations

import hashlib
import json

from distro_core.delivery.targets.documents import TargetDocument
from distro_sdk.models.catalogue import CompleteRelease

_OF_THE_TARGET = (
    "format",
    "profile",
    "choreography",
    "options",
    "message_settings",
    "choreography_settings",
    "test_mode",
    "sender",
    "sent_on_behalf_of",
    "recipient",
    "commercial_terms",
    "genre_provider",
)
_ONLY_WHERE_SET = ("audio_formats", "images")
"""Left out where they say nothing, so that what was sent before there were these fields keeps its hash."""


def content_hash(complete: CompleteRelease, target: TargetDocument) -> str:
    """SHA-256 of all that reaches the receiver: the release, its parties and files, the terms of the target.

    Status, revisions and upload times are left out: they change without anything to tell.
    """
    release = complete.release.model_dump(mode="json", exclude={"status": True, "tracks": {"__all__": {"revision"}}})
    parties = {party.id: party.model_dump(mode="json") for party in complete.parties}
    assets = {asset.id: [asset.hashes.sha256, asset.size] for asset in complete.assets}
    told = target.model_dump(mode="json", include=set(_OF_THE_TARGET))
    told |= target.model_dump(mode="json", include=set(_ONLY_WHERE_SET), exclude_none=True)
    canonical = json.dumps([release, parties, assets, told], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
