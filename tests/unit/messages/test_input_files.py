"""Messages and release files from a folder: never read further than one can be long, and parsed once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from distro_core.messages.input_files import (
    MAX_RELEASE_FILE_BYTES,
    load_either,
    load_message,
    load_release_file,
)
from distro_core.messages.reading import read_message
from distro_core.messages.standalone import judge_message, open_plugins
from distro_core.validation.schemas import SchemaLibrary
from distro_plugins.ern43 import Ern43Builder
from distro_sdk import xml
from distro_sdk.errors import DomainError
from distro_sdk.testing.plans import example_plan
from distro_sdk.xml import MAX_MESSAGE_BYTES, ParsedMessage, parse_message

CONTENT = Ern43Builder().build(example_plan())
ENDLESS = Path("/dev/zero")


@pytest.mark.parametrize(
    ("load", "most", "code"),
    [
        (load_message, MAX_MESSAGE_BYTES, "XML_TOO_LARGE"),
        (load_release_file, MAX_RELEASE_FILE_BYTES, "RELEASE_FILE_TOO_LARGE"),
    ],
)
def test_a_file_is_taken_up_to_its_limit_and_no_further(
    load: Callable[[Path], bytes], most: int, code: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b" " * most)
    assert len(load(file)) == most

    for large in (most + 1, 50 * 1024 * 1024):
        with file.open("r+b") as opened:
            opened.truncate(large)
        with pytest.raises(DomainError) as refused:
            load(file)
        assert refused.value.code == code


@pytest.mark.skipif(not ENDLESS.exists(), reason="this system has no endless file")
@pytest.mark.parametrize("load", [load_message, load_release_file])
def test_a_file_without_an_end_is_not_read_for_ever(load: Callable[[Path], bytes]) -> None:
    with pytest.raises(DomainError):
        load(ENDLESS)


def test_the_content_says_whether_it_is_a_message(tmp_path: Path) -> None:
    message, release = tmp_path / "a", tmp_path / "b"
    message.write_bytes(b"\xef\xbb\xbf\r\n" + CONTENT)
    release.write_bytes(b' {"release": {}}')

    assert load_either(message) == (b"\xef\xbb\xbf\r\n" + CONTENT, True)
    assert load_either(release) == (b' {"release": {}}', False)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is parsed in a test."""
    contents: list[bytes] = []

    def counted(content: bytes, *, max_size: int = MAX_MESSAGE_BYTES) -> ParsedMessage:
        contents.append(content)
        return parse_message(content, max_size=max_size)

    monkeypatch.setattr(xml, "parse_message", counted)
    return contents


async def test_a_message_is_parsed_once_to_be_judged_or_read(parsed: list[bytes]) -> None:
    async with open_plugins() as plugins:
        assert judge_message(CONTENT, plugins, SchemaLibrary()).valid
        assert parsed == [CONTENT]
        assert read_message(CONTENT, plugins.message_readers.values()).releases
        assert parsed == [CONTENT, CONTENT]


async def test_what_is_parsed_already_is_not_parsed_again(parsed: list[bytes]) -> None:
    message = parse_message(CONTENT)
    async with open_plugins() as plugins:
        verdict = judge_message(message, plugins, SchemaLibrary())
        told = read_message(message, plugins.message_readers.values())

    assert verdict.valid
    assert len(told.releases) == 1
    assert parsed == []


async def test_what_is_no_xml_gets_a_verdict_as_well() -> None:
    async with open_plugins() as plugins:
        verdict = judge_message(b"<a", plugins, SchemaLibrary())

    assert (verdict.xml_valid, [error.code for error in verdict.errors]) == (False, ["XML_NOT_WELL_FORMED"])
