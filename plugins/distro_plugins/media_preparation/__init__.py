"""Files as platforms take them: lossless audio in another container, covers in another format and size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.media_preparation.audio import LosslessAudio
from distro_plugins.media_preparation.images import CoverImages
from distro_sdk.plugin import Plugin
from distro_sdk.preparation import AssetPreparer

__all__ = ["CoverImages", "LosslessAudio", "MediaPreparationPlugin"]


class MediaPreparationPlugin(Plugin):
    """Adds the preparers `lossless-audio` and `cover-images` (rows WFL-05, WFL-07, ADI-12)."""

    id: ClassVar[str] = "media-preparation"

    def register_asset_preparers(self) -> Sequence[AssetPreparer]:
        """Return both preparers."""
        return (LosslessAudio(), CoverImages())
