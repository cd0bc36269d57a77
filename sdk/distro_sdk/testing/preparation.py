"""What everything that prepares files must be able to do, as a suite to subclass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset
from distro_sdk.preparation import AssetPreparer, Recipe


@dataclass(frozen=True)
class PreparationCase:
    """A file and what it is to become. `source`: where it lies; the suite never changes it."""

    title: str
    asset: Asset
    recipe: Recipe
    source: Path


class AssetPreparerConformance:
    """Subclass it as `Test…` and override the three fixtures."""

    @pytest.fixture
    def preparer(self) -> AssetPreparer:
        """The preparer under test."""
        raise NotImplementedError("override the fixture `preparer` with the preparer under test")

    @pytest.fixture
    def prepared(self) -> Sequence[PreparationCase]:
        """What it prepares: at least one."""
        raise NotImplementedError("override the fixture `prepared` with files that it prepares")

    @pytest.fixture
    def left(self) -> Sequence[PreparationCase]:
        """What it leaves to others: at least one."""
        raise NotImplementedError("override the fixture `left` with files that it leaves to others")

    def test_says_what_it_is(self, preparer: AssetPreparer) -> None:
        assert preparer.name
        assert preparer.version

    def test_says_what_it_can_and_what_not(
        self, preparer: AssetPreparer, prepared: Sequence[PreparationCase], left: Sequence[PreparationCase]
    ) -> None:
        assert prepared, "name at least one file that it prepares"
        assert left, "name at least one file that it leaves to others"
        for case in prepared:
            assert preparer.can_prepare(case.asset, case.recipe), case.title
        for case in left:
            assert not preparer.can_prepare(case.asset, case.recipe), case.title

    def test_makes_the_same_bytes_each_time_and_leaves_the_source_alone(
        self, preparer: AssetPreparer, prepared: Sequence[PreparationCase], tmp_path: Path
    ) -> None:
        for number, case in enumerate(prepared):
            before = case.source.read_bytes()
            results = [tmp_path / f"result-{number}-{time}" for time in range(2)]

            for result in results:
                preparer.prepare(case.asset, case.recipe, case.source, result)

            first, second = (result.read_bytes() for result in results)
            assert first == second, case.title
            assert first, case.title
            assert first != before, case.title
            assert case.source.read_bytes() == before, case.title

    def test_a_damaged_file_is_refused_with_a_reason(
        self, preparer: AssetPreparer, prepared: Sequence[PreparationCase], tmp_path: Path
    ) -> None:
        for number, case in enumerate(prepared):
            damaged = tmp_path / f"damaged-{number}{case.source.suffix}"
            damaged.write_bytes(b"this is no such file" * 50)

            with pytest.raises(DomainError) as refused:
                preparer.prepare(case.asset, case.recipe, damaged, tmp_path / f"nothing-{number}")

            assert refused.value.code, case.title
            assert refused.value.message, case.title
