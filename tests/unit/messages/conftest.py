"""DDEX's schemas and rules, for the tests of messages."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from lxml import etree

from distro_core.messages.order import MessageOrder
from distro_core.messages.planner import plan_message
from distro_plugins.ern43 import Ern43Builder
from distro_sdk.models.catalogue import CompleteRelease
from distro_sdk.xml import ParsedMessage, parse_message
from tests.catalogue_examples import example_order

SchematronRules = Callable[[str, bytes], list[tuple[str, str]]]


def written(complete: CompleteRelease, order: MessageOrder | None = None) -> ParsedMessage:
    """The ERN 4.3 message of a release, read back."""
    return parse_message(Ern43Builder().build(plan_message(complete, order or example_order())))


@pytest.fixture(scope="session")
def official_schemas(ddex_folder: Path) -> tuple[etree.XMLSchema, ...]:
    """ERN 4.3 under both states of the allowed values, compiled by DDEX material's own loader."""
    loader = _module(ddex_folder / "ddex_xsd.py")
    return loader.load("ern", "4.3"), loader.load("ern", "4.3", avs="avs-2022")


@pytest.fixture(scope="session")
def schematron(ddex_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> SchematronRules:
    """DDEX's release profile rules: role and text of each that fires on a message."""
    rules = _module(ddex_folder / "schematron" / "run.py").Rules()
    path = tmp_path_factory.mktemp("schematron") / "message.xml"

    def judge(profile: str, content: bytes) -> list[tuple[str, str]]:
        path.write_bytes(content)
        return [(role, text) for role, _, text, _ in rules.check("2.1", profile, str(path))]

    return judge


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
