"""DDEX's own schemas and checker, loaded with the scripts that lie beside them."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from lxml import etree


@cache
def official_schema(folder: Path, version: str) -> etree.XMLSchema:
    """A schema set. `version`: such as ``ern/4.3``."""
    standard, _, number = version.partition("/")
    schema: etree.XMLSchema = script(folder / "ddex_xsd.py").load(standard, number)
    return schema


def schema_errors(folder: Path, version: str, root: etree._Element) -> list[str]:
    """What the schema says against a message, each cut to what a person reads."""
    schema = official_schema(folder, version)
    return [] if schema.validate(root) else [entry.message[:200] for entry in schema.error_log]


@cache
def script(path: Path) -> ModuleType:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
