"""What judges MEAD messages: DDEX's schema, and our own grammar."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from lxml import etree

from distro_plugins.mead11 import Mead11Builder
from distro_sdk.xml import parse_message


@pytest.fixture(scope="session")
def official_schema(ddex_folder: Path) -> etree.XMLSchema:
    """MEAD 1.1, compiled by DDEX material's own loader."""
    spec = importlib.util.spec_from_file_location("ddex_xsd", ddex_folder / "ddex_xsd.py")
    if spec is None or spec.loader is None:
        raise ImportError(str(ddex_folder))
    loader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loader)
    schema: etree.XMLSchema = loader.load("mead", "1.1")
    return schema


@pytest.fixture(scope="session")
def grammar_root() -> etree._Element:
    """Our own grammar of MEAD 1.1, as XML."""
    path = Mead11Builder.grammar
    assert path is not None
    return parse_message(path.read_bytes()).root


@pytest.fixture(scope="session")
def grammar(grammar_root: etree._Element) -> etree.RelaxNG:
    """Our own grammar of MEAD 1.1, compiled."""
    return etree.RelaxNG(grammar_root)
