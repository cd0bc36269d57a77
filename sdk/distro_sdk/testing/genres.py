"""What every genre mapper must be able to do, as a suite to subclass."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from distro_sdk.genres import GenreMapper
from distro_sdk.models.catalogue import Genre
from distro_sdk.models.planned_releases import PlannedGenre

STRANGE = (
    Genre(name="\u97f3\u697d"),
    Genre(name="No Such Genre", subgenre_name="Nor This One"),
    Genre(name="House", code="NO-SUCH-CODE"),
    Genre(name="House", subgenre_code="NO-SUCH-CODE"),
    Genre(name="A" * 255),
)


class GenreMapperConformance:
    """Subclass it as `Test…` and override the two fixtures."""

    @pytest.fixture
    def mapper(self) -> GenreMapper:
        """The mapper under test."""
        raise NotImplementedError("override the fixture `mapper` with the mapper under test")

    @pytest.fixture
    def examples(self) -> Mapping[str, tuple[Genre, PlannedGenre | None]]:
        """By title, genres with what they become: at least one that is mapped."""
        raise NotImplementedError("override the fixture `examples` with genres and what they become")

    def test_says_for_whom_it_maps(self, mapper: GenreMapper) -> None:
        assert mapper.provider
        assert mapper.version

    def test_maps_its_examples(
        self, mapper: GenreMapper, examples: Mapping[str, tuple[Genre, PlannedGenre | None]]
    ) -> None:
        assert any(expected for _, expected in examples.values()), "name at least one genre that is mapped"
        for title, (genre, expected) in examples.items():
            assert mapper.map(genre) == expected, title

    def test_says_the_same_each_time(
        self, mapper: GenreMapper, examples: Mapping[str, tuple[Genre, PlannedGenre | None]]
    ) -> None:
        for genre, _ in examples.values():
            assert mapper.map(genre) == mapper.map(genre)

    def test_a_genre_that_nobody_knows_is_no_error(self, mapper: GenreMapper) -> None:
        for genre in STRANGE:
            mapped = mapper.map(genre)
            assert mapped is None or mapped.name
