"""Lets tests use the plugins of this folder from their sources: none of them is installed beside the platform.

Each is a distribution of its own. Inside its folder, `pytest` tests it as its author does, installed.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, DistributionFinder
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent


class SourceDistribution(Distribution):
    """What a distribution's metadata would say, from its pyproject.toml."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]

    def read_text(self, filename: str) -> str | None:
        """The metadata and the entry points."""
        if filename == "METADATA":
            return f"Metadata-Version: 2.4\nName: {self.project['name']}\nVersion: {self.project['version']}\n"
        if filename == "entry_points.txt":
            groups = self.project["entry-points"].items()
            return "".join(
                f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
                for group, points in groups
            )
        return None

    def locate_file(self, path: str | PathLike[str]) -> Path:
        """Where a file of it lies."""
        return self.folder / "src" / path


class SourceFinder(DistributionFinder):
    """Finds the packages of this folder while tests are collected, and with their metadata while `told` is set."""

    def __init__(self) -> None:
        self.distributions = [SourceDistribution(path.parent) for path in sorted(HERE.glob("*/pyproject.toml"))]
        self.packages = {
            package.name: str(package.parent)
            for distribution in self.distributions
            for package in (distribution.folder / "src").iterdir()
            if (package / "__init__.py").is_file()
        }
        self.collecting = True
        self.told = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a top-level package lies."""
        folder = self.packages.get(fullname) if self.collecting or self.told else None
        return None if path is not None or folder is None else PathFinder.find_spec(fullname, [folder], target)

    def find_distributions(self, context: DistributionFinder.Context | None = None) -> Iterable[Distribution]:
        """The distributions, or that of one name."""
        wanted = context.name if context is not None else None
        named = [each for each in self.distributions if wanted is None or each.name == wanted]
        return named if self.told else []


FINDER = SourceFinder()
sys.meta_path.append(FINDER)


def pytest_collection_finish() -> None:
    """From now on these packages are for the tests of this folder alone."""
    FINDER.collecting = False


@pytest.fixture(autouse=True)
def _as_if_installed() -> Iterator[None]:
    """What is installed changes for these tests alone: every other suite knows no plugin of the marketplace."""
    FINDER.told = True
    yield
    FINDER.told = False


@pytest.fixture
def plugin_id(request: pytest.FixtureRequest) -> str:
    """The plugin in whose folder the test stands."""
    return request.path.relative_to(HERE).parts[0].replace("_", "-")
