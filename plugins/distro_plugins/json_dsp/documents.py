"""A delivery in the words of the JSON interface (row ADI-12)."""

from __future__ import annotations

from typing import Any

from distro_sdk.adapters import Content
from distro_sdk.models.catalogue import Track


def describe_content(content: Content) -> dict[str, Any]:
    """What the interface takes of a delivery; see the plugin's README."""
    release = content.release
    return {
        "messageId": content.message_id,
        "batchId": content.batch_id,
        "subtype": content.subtype.value,
        "test": content.test,
        "release": {
            "icpn": release.icpn,
            "grid": release.grid,
            "title": release.title,
            "version": release.version,
            "artist": release.display_artist or ", ".join(content.artists),
            "label": content.label,
            "releaseDate": release.release_date.isoformat() if release.release_date else None,
            "tracks": [_track(track) for track in release.tracks],
        },
        "files": [file.model_dump(mode="json") for file in content.files],
    }


def _track(track: Track) -> dict[str, Any]:
    return {"isrc": track.isrc, "title": track.title, "version": track.version}
