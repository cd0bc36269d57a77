"""Which of our types a release has."""

from __future__ import annotations

from collections.abc import Sequence

from distro_sdk.ern.reading.found import FoundRelease, ResourceKind
from distro_sdk.ern.reading.structure import TrackPlace
from distro_sdk.ern.reading.vocabulary import (
    AUDIO_RELEASE_TYPES,
    MIXED_RELEASE_TYPES,
    NEAREST_RELEASE_TYPES,
    VIDEO_RELEASE_TYPES,
)
from distro_sdk.models.catalogue import ReleaseType


def release_type(found: FoundRelease, places: Sequence[TrackPlace]) -> ReleaseType:
    """The type that a release tells, or that comes nearest, else the one that its content has.

    Of several words the last holds: the first may be the one that a profile asks for (RP 1.4, 4.4(3)). Words that say
    more than our types are left.
    """
    kinds = {place.resource.kind for place in places}
    if ResourceKind.VIDEO not in kinds:
        words, nearest = AUDIO_RELEASE_TYPES, NEAREST_RELEASE_TYPES
        otherwise = ReleaseType.SINGLE if len(places) == 1 else ReleaseType.ALBUM
    elif ResourceKind.SOUND_RECORDING in kinds:
        words, nearest, otherwise = MIXED_RELEASE_TYPES, {}, ReleaseType.MIXED
    else:
        words, nearest, otherwise = VIDEO_RELEASE_TYPES, {}, ReleaseType.VIDEO
    told = [words[node.value] for node in found.types if node.value in words]
    near = [nearest[node.value] for node in found.types if node.value in nearest]
    for node in found.types:
        if node.value not in words:
            node.leave()
    if found.compilation:
        return ReleaseType.COMPILATION
    return next(iter((*reversed(told), *near)), otherwise)
