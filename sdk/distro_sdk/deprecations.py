"""Every name of the SDK that is deprecated: since when, when it leaves, and what takes its place.

A name stays for one minor version at least after it was deprecated. It works as ever, and warns once in each process.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Deprecation:
    """A name that leaves. `since`, `leaves`: versions of the SDK; `instead`: the full name of what takes its place."""

    since: str
    leaves: str
    instead: str


DEPRECATIONS: Mapping[str, Deprecation] = {}
"""By full name, as it was imported before. Nothing is deprecated before the first release."""

_warned: set[str] = set()


def deprecated_names(module: str, known: Mapping[str, Deprecation] = DEPRECATIONS) -> Callable[[str], Any]:
    """What a module whose names are deprecated in part assigns to `__getattr__`.

    `module`: its full name, `__name__`; `known`: for tests. A name warns with `DeprecationWarning` at its first use.
    """

    def look_up(name: str) -> Any:
        full = f"{module}.{name}"
        found = known.get(full)
        if found is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        if full not in _warned:
            _warned.add(full)
            text = f"{full} is deprecated since {found.since} and leaves with {found.leaves}: use {found.instead}"
            warnings.warn(text, DeprecationWarning, stacklevel=2)
        home, _, attribute = found.instead.rpartition(".")
        return getattr(import_module(home), attribute)

    return look_up
