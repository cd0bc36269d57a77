"""File names as people send them, and what is left of them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distro_core.assets.names import LONGEST_NAME, file_extension, sanitise_file_name


@pytest.mark.proves("AST-08")
@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("song.wav", "song.wav"),
        ("../../x.wav", "x.wav"),
        ("..\\..\\windows\\x.wav", "x.wav"),
        ("/etc/passwd", "passwd"),
        ("a\0b\r\n.wav", "ab.wav"),
        ("cover\u202egpj.exe", "covergpj.exe"),
        ("Cafe\u0301.flac", "Café.flac"),
        ("海.wav", "海.wav"),
        ("  spaced  .wav  ", "spaced  .wav"),
        (".hidden", "hidden"),
        ("...", "unnamed"),
        ("folder/", "unnamed"),
        ("", "unnamed"),
        ("\ud800.wav", "wav"),
    ],
)
def test_a_name_keeps_what_people_read_and_loses_what_harms(given_name: str, kept: str) -> None:
    assert sanitise_file_name(given_name) == kept


@pytest.mark.proves("AST-08")
def test_a_long_name_keeps_its_extension() -> None:
    name = sanitise_file_name("x" * 400 + ".flac")

    assert len(name) == LONGEST_NAME
    assert name.endswith("x.flac")


@pytest.mark.proves("AST-08")
@given(st.text(max_size=400))
def test_any_name_becomes_one_harmless_line(name: str) -> None:
    kept = sanitise_file_name(name)

    assert 1 <= len(kept) <= LONGEST_NAME
    assert "/" not in kept
    assert "\\" not in kept
    assert not kept.startswith(".")
    assert all(unicodedata.category(character)[0] != "C" for character in kept)
    assert sanitise_file_name(kept) == kept
    kept.encode("utf-8")


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("a.WAV", "wav"),
        ("a.tar.gz", "gz"),
        ("no extension", None),
        ("Symphony No.5", None),
        ("feat. Nobody", None),
        ("ends with a dot.", None),
        ("a.verylongending", None),
    ],
)
def test_an_extension_is_a_short_word_behind_the_last_dot(name: str, extension: str | None) -> None:
    assert file_extension(name) == extension
