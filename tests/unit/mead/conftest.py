"""What judges MEAD messages: DDEX's schema, and our own grammar."""

from __future__ import annotations

import importlib.util
from importlib.resources import files
from pathlib import Path

import pytest
from lxml import etree

from distro_core.validation.grammars import grammar_findings, grammar_judge
from distro_core.validation.judges import Finding
from distro_plugins.mead11 import Mead11Builder
from distro_plugins.mead101 import Mead101Builder
from distro_sdk.mead.builder import MeadBuilder
from distro_sdk.xml import parse_message


class OwnGrammar:
    """Our own grammar of a version, with what it found in the last message."""

    def __init__(self, builder: MeadBuilder) -> None:
        assert builder.grammar is not None
        self._judge = grammar_judge(builder.grammar)
        self.error_log: list[Finding] = []

    def validate(self, root: etree._Element) -> bool:
        """Whether it accepts a message."""
        self.error_log = grammar_findings(self._judge, root)
        return not self.error_log


def _schema(ddex_folder: Path, version: str) -> etree.XMLSchema:
    """A version's schema, compiled by DDEX material's own loader."""
    spec = importlib.util.spec_from_file_location("ddex_xsd", ddex_folder / "ddex_xsd.py")
    if spec is None or spec.loader is None:
        raise ImportError(str(ddex_folder))
    loader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loader)
    schema: etree.XMLSchema = loader.load("mead", version)
    return schema


@pytest.fixture(scope="session")
def official_schema(ddex_folder: Path) -> etree.XMLSchema:
    """DDEX's schema of MEAD 1.1."""
    return _schema(ddex_folder, "1.1")


@pytest.fixture(scope="session")
def official_schema_101(ddex_folder: Path) -> etree.XMLSchema:
    """DDEX's schema of MEAD 1.0.1."""
    return _schema(ddex_folder, "1.0.1")


@pytest.fixture(scope="session")
def grammar_root() -> etree._Element:
    """The words of our grammars, as XML."""
    return parse_message(files("distro_sdk").joinpath("mead/grammar/words.rng").read_bytes()).root


@pytest.fixture(scope="session")
def grammar() -> OwnGrammar:
    """Our own grammar of MEAD 1.1."""
    return OwnGrammar(Mead11Builder())


@pytest.fixture(scope="session")
def grammar_101() -> OwnGrammar:
    """Our own grammar of MEAD 1.0.1."""
    return OwnGrammar(Mead101Builder())
