"""The page of the format says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from lxml import etree

from distro_core.delivery.targets.drafts import TargetDraft
from distro_plugins.apple53 import AppleBuilder, AppleSettings, ItmspSettings
from distro_plugins.apple53.settings import Omission
from distro_plugins.apple53.tables import role_table
from distro_sdk.models.catalogue import ArtistRole, ContributorRole

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "formats" / "apple-5.3.md").read_text("utf-8")


def test_every_setting_stands_on_the_page() -> None:
    named = set(re.findall(r"`([a-z_0-9]+)`", PAGE))

    assert {*AppleSettings.model_fields, *ItmspSettings.model_fields} <= named
    assert {omission.value for omission in Omission} <= named


def test_every_role_stands_in_the_table_and_on_the_page() -> None:
    table = role_table()

    assert set(table.display) == {role.value for role in ArtistRole}
    assert set(table.contributors) == {role.value for role in ContributorRole}
    assert {entry.mark for entry in (*table.display.values(), *table.contributors.values())} <= {"A", "P", "?"}
    words = set(re.findall(r"[A-Za-z]+", PAGE))
    assert {*table.display, *table.contributors} <= words


def test_every_element_of_the_grammar_stands_on_the_page() -> None:
    grammar = etree.parse(str(AppleBuilder.grammar))  # noqa: TID251 (our own grammar)
    parts = {"file_name", "size", "checksum", "role", "roles", "artist_name", "primary", "territory"}

    names = {element.get("name") for element in grammar.iter("{*}element")} - parts

    assert {name for name in names if name and not re.search(rf"\b{name}\b", PAGE)} == set()


def test_the_example_is_a_target_whose_settings_are_valid() -> None:
    example = json.loads(PAGE.partition("```json")[2].partition("```")[0])

    draft = TargetDraft.model_validate(example)

    assert AppleSettings.model_validate(draft.message_settings).provider == "NorthernLights"
    assert ItmspSettings.model_validate(draft.choreography_settings).batch_folder is True
