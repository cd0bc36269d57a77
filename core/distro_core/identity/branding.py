"""How a tenant's pages look: its colours, its logo and the kind of its letters (row WHL-01)."""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum

from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.base import Model

COLOUR = re.compile(r"#[0-9a-f]{6}")
MAX_LOGO_BYTES = 64 * 1024
LOGO = re.compile(r"data:image/(?P<type>png|jpeg|webp);base64,(?P<content>[A-Za-z0-9+/]+={0,2})")
MAX_LOGO_LENGTH = MAX_LOGO_BYTES * 4 // 3 + 40
BEGINNINGS = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
"""How files of these kinds begin; SVG is not among them, because it can hold scripts."""


class BrandFont(StrEnum):
    """Which of a machine's own letters are used: none are fetched from elsewhere."""

    SYSTEM = "system"
    SERIF = "serif"
    ROUNDED = "rounded"
    MONOSPACE = "monospace"


class Branding(Model):
    """A tenant's look. Colours: `#rrggbb`; `logo`: a data URL; None is as the product looks by itself."""

    primary_colour: str | None = None
    secondary_colour: str | None = None
    logo: str | None = None
    font: BrandFont = BrandFont.SYSTEM


def read_branding(
    primary_colour: str | None, secondary_colour: str | None, logo: str | None, font: BrandFont
) -> Branding:
    """A tenant's look as it is stored; raises COLOUR_INVALID and LOGO_INVALID, all at once.

    `primary_colour`, `secondary_colour`: `#rrggbb`; `logo`: a data URL of a PNG, JPEG or WebP file, at most 64 KiB.
    """
    colours = {"primary_colour": primary_colour, "secondary_colour": secondary_colour}
    faults = [
        DomainError("COLOUR_INVALID", f"{colour!r} is not a colour: # and six hexadecimal digits", ("branding", name))
        for name, colour in colours.items()
        if colour is not None and not COLOUR.fullmatch(colour.lower())
    ]
    if logo is not None and (reason := _logo_fault(logo)):
        faults.append(DomainError("LOGO_INVALID", reason, ("branding", "logo")))
    if faults:
        raise DomainErrors(faults)
    lowered = {name: colour.lower() if colour else None for name, colour in colours.items()}
    return Branding(logo=logo, font=font, **lowered)


def _logo_fault(logo: str) -> str | None:
    if len(logo) > MAX_LOGO_LENGTH:
        return f"the logo has more than {MAX_LOGO_BYTES // 1024} KiB"
    found = LOGO.fullmatch(logo)
    if found is None:
        return "the logo is not a data URL of a PNG, JPEG or WebP file in base64"
    try:
        content = base64.b64decode(found["content"], validate=True)
    except binascii.Error:
        return "the logo is not base64"
    if len(content) > MAX_LOGO_BYTES:
        return f"the logo has more than {MAX_LOGO_BYTES // 1024} KiB"
    if not BEGINNINGS[found["type"]].match(content):
        return f"the logo is not a {found['type'].upper()} file"
    return None
