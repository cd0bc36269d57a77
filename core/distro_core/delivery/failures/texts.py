"""Text of servers and plugins, made fit to be stored: bounded, and without signs that no document or page can show."""

from __future__ import annotations

from typing import Final

LONGEST_MESSAGE: Final = 2_000
"""Characters of a message that a server, a library or a plugin has put into words."""

LONGEST_FAULTS: Final = 20_000
"""The same of a list of faults: a person must be able to mend them all in one go."""

LONGEST_CODE: Final = 100
"""Characters of a code."""

LONGEST_REFERENCE: Final = 200
"""Characters of what a receiver calls a package."""


def bounded(text: object, most: int = LONGEST_MESSAGE) -> str:
    """A text of at most `most` characters, all of them printable or the end of a line; says where it was cut."""
    whole = str(text)
    kept = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in whole[:most])
    if len(whole) <= most:
        return kept
    note = f" … (cut, {len(whole)} characters in all)"
    return f"{kept[: max(most - len(note), 0)]}{note}"[:most]
