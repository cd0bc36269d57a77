"""The modules that a wheel brings: pure Python, and of names that nothing else has."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.machinery import PathFinder
from importlib.metadata import packages_distributions

from distro_core.marketplace.wheels.archive import Archive, invalid
from distro_sdk.errors import DomainError

_NATIVE_NAME = re.compile(r"\.(so(\.[0-9.]+)?|pyd|dll|dylib|a|o|obj|lib|exe|com|node|wasm|jar|class)$", re.IGNORECASE)
_COMPILED = re.compile(r"(\.(pyc|pyo)$)|((^|/)__pycache__/)", re.IGNORECASE)
_STARTED_BY_ITSELF = re.compile(r"^[^/]+\.(pth|egg-link)$|^(site|user)customize(\.py$|/)", re.IGNORECASE)
_NATIVE_BEGINNINGS = (
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\x00asm",
    b"!<arch>\n",
)


def check_pure(archive: Archive) -> None:
    """Raises PLUGIN_NATIVE_CODE for compiled code, by name or content, or PLUGIN_WHEEL_INVALID for files that Python
    runs by itself.
    """
    for name in archive.names:
        if _STARTED_BY_ITSELF.search(name):
            raise invalid(f"{name} would be run by Python itself")
        if _NATIVE_NAME.search(name) or _COMPILED.search(name):
            raise _native(name)
        beginning = next(archive.blocks(name), b"")[:8]
        if beginning.startswith(_NATIVE_BEGINNINGS) and not name.lower().endswith((".txt", ".md", ".py")):
            raise _native(name)


def top_levels(archive: Archive, information: str) -> tuple[str, ...]:
    """The names under which the wheel's modules and packages are imported.

    `information`: the `.dist-info` folder. Raises PLUGIN_WHEEL_INVALID for files that are no part of a module.
    """
    names = set()
    for path in archive.names:
        top, _, rest = path.partition("/")
        if top == information:
            continue
        name = top if rest else top.removesuffix(".py")
        if not name.isidentifier() or not (rest or top.endswith(".py")):
            raise invalid(f"{path} is no part of a module or package")
        names.add(name)
    return tuple(sorted(names))


def check_shadows(names: Iterable[str], others: Mapping[str, Iterable[str]]) -> None:
    """Raises PLUGIN_SHADOWS_MODULE for a module that Python, the host or another plugin has.

    `others`: the names that each other installed plugin brings, by plugin id.
    """
    taken = {name.casefold(): f"plugin {plugin}" for plugin, brought in others.items() for name in brought}
    for name in names:
        owner = taken.get(name.casefold()) or _owner(name)
        if owner is not None:
            raise DomainError("PLUGIN_SHADOWS_MODULE", f"the plugin's module {name} has the name of one of {owner}")


def _owner(name: str) -> str | None:
    if name.casefold() in _standard_names():
        return "Python's own"
    if name.casefold() in _host_names() or PathFinder.find_spec(name) is not None:
        return "the platform"
    return None


@cache
def _standard_names() -> frozenset[str]:
    return frozenset(name.casefold() for name in (*sys.stdlib_module_names, *sys.builtin_module_names, "test", "tests"))


@cache
def _host_names() -> frozenset[str]:
    """What the host's distributions bring: they do not change while it runs."""
    return frozenset(name.casefold() for name in packages_distributions())


def _native(name: str) -> DomainError:
    return DomainError("PLUGIN_NATIVE_CODE", f"the plugin has compiled code: {name}; only Python source is installed")
