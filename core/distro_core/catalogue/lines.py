"""Reads P-lines and C-lines."""

from __future__ import annotations

from typing import Final

from distro_core.catalogue.drafts import RightsLineDraft
from distro_core.catalogue.reading import FieldReader, Reading
from distro_sdk.errors import Path
from distro_sdk.models.lines import RightsLine

LONGEST_LINE: Final = 500
LONGEST_COMPANY: Final = 255
P_SIGN: Final = "℗"
C_SIGN: Final = "©"


def read_line(sign: str) -> FieldReader:
    """How a line is read. `sign`: the letter in a circle that begins a line which is made from year and company."""

    def read(reading: Reading, draft: RightsLineDraft, path: Path) -> RightsLine | None:
        company = reading.text(draft.company, (*path, "company"), LONGEST_COMPANY) if draft.company else None
        text = reading.text(draft.text, (*path, "text"), LONGEST_LINE) if draft.text else None
        if draft.year is None:
            reading.fault("RIGHTS_YEAR_MISSING", "the line needs a year", (*path, "year"))
        elif not 1850 <= draft.year <= 2200:
            reading.fault("RIGHTS_YEAR_INVALID", f"{draft.year} is not between 1850 and 2200", (*path, "year"))
        if not draft.text and not draft.company:
            reading.fault("RIGHTS_TEXT_MISSING", "the line needs a text or a company", (*path, "text"))
        line = text or f"{sign} {draft.year} {company}"
        return reading.build(RightsLine, path, year=draft.year, text=line, company=company)

    return read
