"""File names as people gave them, made harmless (row AST-08). They are shown, and never used as a path."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 255
UNNAMED = "unnamed"

_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,5})$", re.ASCII)


def sanitise_file_name(name: str) -> str:
    """The last part of a path without control, format and unassigned characters, in NFC, of at most 255 characters."""
    shown = "".join(
        character for character in unicodedata.normalize("NFC", name) if unicodedata.category(character)[0] != "C"
    )
    last = re.split(r"[/\\]", shown)[-1].strip().lstrip(".").strip()
    if len(last) > LONGEST_NAME:
        extension = _EXTENSION.search(last)
        ending = extension.group() if extension else ""
        last = last[: LONGEST_NAME - len(ending)].rstrip() + ending
    return last or UNNAMED


def file_extension(name: str) -> str | None:
    """The extension in lower case without its dot; None where the name has none, or only digits as in `No.1`."""
    extension = _EXTENSION.search(name)
    if extension is None or extension.group(1).isdigit():
        return None
    return extension.group(1).lower()
