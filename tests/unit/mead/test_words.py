"""The closed lists are as long as was promised, and every word of theirs has a place in MEAD."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from distro_sdk.mead import words
from distro_sdk.models import enrichment_words
from distro_sdk.models.enrichment_words import (
    INSTRUMENTS,
    MOODS,
    TEMPO_LIMITS,
    Instrument,
    Mood,
    MusicalKey,
    PlaylistSuitability,
    Season,
    TempoDescription,
    VocalRegister,
)
from distro_sdk.xml import parse_message

RNG = "{http://relaxng.org/ns/structure/1.0}"
XSD = "{http://www.w3.org/2001/XMLSchema}"

Mapped = tuple[Mapping[Any, str | None], type[StrEnum], str, str]

TABLES: list[Mapped] = [
    (words.MOODS, Mood, "Mood", "mood.values"),
    (words.ACTIVITIES, PlaylistSuitability, "Activity", "activity.values"),
    (words.SEASONS, Season, "Theme", "theme.values"),
    (words.TEMPI, TempoDescription, "Tempo", "tempo.values"),
    (words.REGISTERS, VocalRegister, "VocalRegister", "register.values"),
    (words.INSTRUMENTS, Instrument, "InstrumentType", "instrument.values"),
]
"""Tables of the plugin, the words that each must hold, DDEX's set of values, and our grammar's."""


@pytest.fixture(scope="session")
def allowed(ddex_folder: Path) -> dict[str, set[str]]:
    """DDEX's allowed values, by the name of their set."""
    content = (ddex_folder / "xsd" / "mead" / "allowed-value-sets.xsd").read_bytes()
    root = parse_message(content).root
    return {
        str(kind.get("name")): {str(value.get("value")) for value in kind.iter(f"{XSD}enumeration")}
        for kind in root.iter(f"{XSD}simpleType")
    }


def grammar_values(grammar: etree._Element, name: str) -> set[str]:
    """The values of a definition of our grammar."""
    definition = grammar.find(f"{RNG}define[@name='{name}']")
    assert definition is not None
    named = [grammar_values(grammar, str(ref.get("name"))) for ref in definition.iter(f"{RNG}ref")]
    return {str(value.text) for value in definition.iter(f"{RNG}value")}.union(*named)


@pytest.mark.proves("MEA-01", "MEA-11")
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("TimeSignature", 11),
        ("MusicalKey", 24),
        ("VocalRegister", 10),
        ("VocalCharacteristic", 10),
        ("Instrument", 55),
        ("RecordingTechnique", 8),
        ("AudioCharacteristic", 8),
        ("PlaylistSuitability", 12),
        ("Season", 9),
        ("ContentAdvisory", 6),
        ("TempoDescription", 5),
    ],
)
def test_a_list_is_as_long_as_promised(name: str, count: int) -> None:
    assert len(getattr(enrichment_words, name)) == count


def test_moods_and_instruments_stand_in_groups() -> None:
    assert sum(len(group) for group in MOODS.values()) == 66
    assert {mood for group in MOODS.values() for mood in group} == set(Mood)
    assert len(INSTRUMENTS) == 5
    assert sorted(instrument for group in INSTRUMENTS.values() for instrument in group) == sorted(Instrument)


def test_the_bands_of_tempo_follow_each_other() -> None:
    limits = list(TEMPO_LIMITS.values())

    assert list(TEMPO_LIMITS) == list(TempoDescription)
    assert [slowest for slowest, _ in limits[1:]] == [fastest for _, fastest in limits[:-1]]


@pytest.mark.parametrize("mapping", TABLES, ids=lambda mapping: mapping[2])
def test_every_word_is_mapped_to_an_allowed_value_or_to_one_of_our_own(
    mapping: Mapped, allowed: dict[str, set[str]], grammar_root: etree._Element
) -> None:
    table, kind, set_name, definition = mapping
    told = {word for word in table.values() if word is not None}

    assert set(table) == set(kind)
    assert told - allowed[set_name] == set()
    assert "UserDefined" not in told
    assert told - grammar_values(grammar_root, definition) == set()


def test_every_other_word_is_allowed(allowed: dict[str, set[str]], grammar_root: etree._Element) -> None:
    assert words.THEMES - allowed["Theme"] == set()
    assert words.THEMES - grammar_values(grammar_root, "theme.values") == set()
    assert set(words.MOOD_ACTIVITIES.values()) - allowed["Activity"] == set()
    assert set(words.MOOD_ACTIVITIES.values()) - grammar_values(grammar_root, "activity.values") == set()


@pytest.mark.parametrize("key", MusicalKey)
def test_every_key_has_a_root_note_that_is_allowed(
    key: MusicalKey, allowed: dict[str, set[str]], grammar_root: etree._Element
) -> None:
    root, mode = words.root_and_mode(key)

    assert root in allowed["RootChordNote"]
    assert root in grammar_values(grammar_root, "note.values")
    assert f"{mode}Triad" in allowed["RootChordQuality"]


def test_two_moods_never_become_one() -> None:
    told = [word for word in words.MOODS.values() if word]

    assert len(told) == len(set(told))


@pytest.mark.parametrize(("theme", "word"), [("Road trip", "RoadTrip"), ("LOVE", "Love"), ("Loveliness", None)])
def test_a_theme_is_found_whatever_its_case_and_blanks(theme: str, word: str | None) -> None:
    assert words.theme_word(theme, words.folded(words.THEMES)) == word
