"""The plugin that registers Deezer as a metadata source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from distro_plugins.deezer.settings import DeezerSettings
from distro_plugins.deezer.source import DeezerSource
from distro_sdk.metadata_sources import MetadataSource
from distro_sdk.plugin import Plugin


class DeezerPlugin(Plugin):
    """The metadata source `deezer` (row ECO-05)."""

    id: ClassVar[str] = "deezer"

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._source = DeezerSource(DeezerSettings.model_validate(self.settings))

    def register_metadata_sources(self) -> Sequence[MetadataSource]:
        """The one source."""
        return (self._source,)
