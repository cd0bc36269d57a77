"""Which files a target takes: what its platform says, unless the target says otherwise (row TGT-03)."""

from __future__ import annotations

from dataclasses import dataclass

from distro_core.delivery.targets.documents import TargetDocument
from distro_core.platforms.titles import quote_title
from distro_sdk.models.assets import AudioFormat
from distro_sdk.platforms import AudioRequirements, ImageRequirements, PlatformProfile


@dataclass(frozen=True)
class FileRequirements:
    """What files must be. `name`: who asks for it, in quotation marks; what is None is not asked for.

    `minimum_cover`: pixels of either side of the front cover.
    """

    name: str
    audio_formats: tuple[AudioFormat, ...] | None = None
    audio: AudioRequirements | None = None
    images: ImageRequirements | None = None
    minimum_cover: int | None = None


def requirements_of(target: TargetDocument, profile: PlatformProfile | None) -> FileRequirements:
    """What a target asks for; one without a platform asks for nothing that it does not say itself."""
    asked = FileRequirements(
        name=quote_title(profile.name if profile else target.name),
        audio_formats=target.audio_formats or (profile.audio_formats or None if profile else None),
        audio=profile.audio if profile else None,
        images=target.images or (profile.images if profile else None),
    )
    if asked.images is None:
        return asked
    return FileRequirements(**{**vars(asked), "minimum_cover": target.minimum_cover})
