"""docs/release-file.md shows what the commands take."""

from __future__ import annotations

import json
import re
from pathlib import Path

from distro_core.messages.release_file import read_release_file
from tests.unit.assets.corpus import picture, sound
from tests.unit.release_file.field_tables import PAGE, field_tables


def test_the_tables_are_those_of_the_schema() -> None:
    assert field_tables() in PAGE.read_text("utf-8"), "run python -m tests.unit.release_file.field_tables"


def test_the_first_file_of_the_page_is_read_with_its_files(tmp_path: Path) -> None:
    shown = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0]
    for asset in json.loads(shown)["assets"]:
        (tmp_path / asset["file"]).write_bytes(sound() if asset["kind"] == "audio" else picture())

    complete = read_release_file(shown.encode(), tmp_path)

    assert complete.release.title == "Harbour Lights"


def test_every_link_of_the_page_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE.read_text("utf-8"))

    assert links
    assert [link for link in links if not (PAGE.parent / link).is_file()] == []
