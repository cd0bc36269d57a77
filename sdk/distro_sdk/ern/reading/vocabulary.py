"""DDEX's words and what they are in our model, for all versions of ERN."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from distro_sdk.ern.reading.nodes import Node
from distro_sdk.models.catalogue import (
    ContributorRole,
    ImageType,
    ParentalWarning,
    ReleaseType,
    VideoType,
)
from distro_sdk.models.message import HashAlgorithm

E = TypeVar("E", bound=StrEnum)

ROLES: Final[Mapping[str, ContributorRole]] = {role.value: role for role in ContributorRole} | {
    "MusicGroup": ContributorRole.BAND,
    "Publisher": ContributorRole.MUSIC_PUBLISHER,
    "OriginalPublisher": ContributorRole.MUSIC_PUBLISHER,
}
IMAGE_TYPES: Final[Mapping[str, ImageType]] = {
    "FrontCoverImage": ImageType.FRONT_COVER,
    "BackCoverImage": ImageType.BACK_COVER,
    "BookletFrontImage": ImageType.BOOKLET,
    "Photograph": ImageType.ARTIST,
    "Logo": ImageType.LABEL,
    "VideoScreenCapture": ImageType.SCREEN_CAPTURE,
}
SOUND_TYPES: Final = frozenset({"MusicalWorkSoundRecording"})
VIDEO_TYPES: Final[Mapping[str, VideoType]] = {kind.value: kind for kind in VideoType}
AUDIO_RELEASE_TYPES: Final[Mapping[str, ReleaseType]] = {
    "Single": ReleaseType.SINGLE,
    "EP": ReleaseType.EP,
    "Album": ReleaseType.ALBUM,
    "ClassicalAlbum": ReleaseType.ALBUM,
    "DigitalBoxSetRelease": ReleaseType.ALBUM,
    "ClassicalDigitalBoxedSet": ReleaseType.ALBUM,
}
"""What a release of sound recordings alone is."""

VIDEO_RELEASE_TYPES: Final[Mapping[str, ReleaseType]] = {
    "Single": ReleaseType.SINGLE,
    "EP": ReleaseType.EP,
    "VideoSingle": ReleaseType.VIDEO,
    "VideoAlbum": ReleaseType.VIDEO,
    "SingleResourceRelease": ReleaseType.VIDEO,
    "LongFormMusicalWorkVideoRelease": ReleaseType.VIDEO,
    "DigitalBoxSetRelease": ReleaseType.VIDEO,
    "ClassicalDigitalBoxedSet": ReleaseType.VIDEO,
}
"""What a release of videos alone is."""

MIXED_RELEASE_TYPES: Final[Mapping[str, ReleaseType]] = {
    "Single": ReleaseType.SINGLE,
    "EP": ReleaseType.EP,
    "Album": ReleaseType.ALBUM,
    "Bundle": ReleaseType.MIXED,
    "MultimediaSingle": ReleaseType.SINGLE,
    "MultimediaAlbum": ReleaseType.ALBUM,
    "MultimediaDigitalBoxedSet": ReleaseType.MIXED,
    "DigitalBoxSetRelease": ReleaseType.MIXED,
    "ClassicalDigitalBoxedSet": ReleaseType.MIXED,
}
"""What a release of both is."""

NEAREST_RELEASE_TYPES: Final[Mapping[str, ReleaseType]] = {
    "MaxiSingle": ReleaseType.SINGLE,
    "SingleResourceRelease": ReleaseType.SINGLE,
    "MiniAlbum": ReleaseType.EP,
}
"""Types of music that our model does not tell from others."""

HASHES: Final[Mapping[str, tuple[HashAlgorithm, int]]] = {
    "MD5": (HashAlgorithm.MD5, 32),
    "SHA1": (HashAlgorithm.SHA1, 40),
    "SHA": (HashAlgorithm.SHA1, 40),
    "SHA-1": (HashAlgorithm.SHA1, 40),
    "SHA-256": (HashAlgorithm.SHA256, 64),
    "SHA256": (HashAlgorithm.SHA256, 64),
}
"""Algorithms with the number of their hexadecimal digits."""


def read_word(node: Node | None, words: Mapping[str, E]) -> E | None:
    """What an element's word is in our model; one that we do not have is left."""
    if node is None:
        return None
    found = words.get(node.value)
    if found is None:
        node.leave()
    return found


def read_warning(nodes: list[Node]) -> ParentalWarning | None:
    """The parental warning that is the default, else the first; others, for single territories, are left."""
    known = {warning.value: warning for warning in ParentalWarning}
    chosen = next((node for node in nodes if node.flag("IsDefault")), nodes[0] if nodes else None)
    for node in nodes:
        if node is not chosen:
            node.leave()
    return read_word(chosen, known)
