"""Lets Python import the modules of installed plugins, each from its own folder.

Their folders do not stand on `sys.path`: nothing of them can come before a module of the host, and their metadata is
no part of the host's environment.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType


class PluginImports(MetaPathFinder):
    """Finds the top-level modules that it was told of; asked last, when Python's own finders know none."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def offer(self, names: Iterable[str], folder: Path) -> None:
        """Let modules of these names be imported from a folder."""
        if self not in sys.meta_path:
            sys.meta_path.append(self)
        self._folders.update(dict.fromkeys(names, str(folder)))

    def withdraw(self, names: Iterable[str]) -> None:
        """Let them not be imported any more; what was imported stays in the process."""
        for name in names:
            self._folders.pop(name, None)
        if not self._folders and self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a top-level module lies; packages know themselves where theirs lie."""
        folder = self._folders.get(fullname)
        if path is not None or folder is None:
            return None
        return PathFinder.find_spec(fullname, [folder], target)


def imported_from(names: Iterable[str], folder: Path) -> bool:
    """Whether this process has imported one of these modules from a folder."""
    return any(_lies_in(sys.modules[name], folder) for name in names if name in sys.modules)


def _lies_in(module: ModuleType, folder: Path) -> bool:
    places = [module.__file__] if getattr(module, "__file__", None) else list(getattr(module, "__path__", ()))
    return any(place is not None and Path(place).is_relative_to(folder) for place in places)
