"""The plugin that registers one genre mapper for each provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_plugins.genres.dictionary import load_dictionary, load_mappings
from distro_plugins.genres.mapper import TableMapper
from distro_sdk.genres import GenreMapper
from distro_sdk.plugin import Plugin

TRUTH_VERSION = "1.0.0"
PROVIDER_VERSIONS = {"apple": "5.3.9", "beatport": "2025-05", "amazon": "2018-05"}


class GenresPlugin(Plugin):
    """Mappers for the providers `truth`, `apple`, `beatport` and `amazon`."""

    id: ClassVar[str] = "genres"

    def register_genre_mappers(self) -> Sequence[GenreMapper]:
        """One mapper for each dictionary in the folder `data`."""
        truth = load_dictionary("truth", TRUTH_VERSION)
        mappings = load_mappings()
        identity = {code: code for code in truth.entries}
        return (
            TableMapper(truth, truth, identity),
            *(
                TableMapper(truth, load_dictionary(provider, version), mappings.get(provider, identity))
                for provider, version in PROVIDER_VERSIONS.items()
            ),
        )
