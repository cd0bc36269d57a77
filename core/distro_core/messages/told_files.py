"""Where a message tells of a file: what stands around it."""

from __future__ import annotations

from lxml import etree


def nearest(place: etree._Element, name: str) -> str | None:
    """The text of the nearest child of that name of an element around `place`, within its resource."""
    for around in place.iterancestors():
        if text := around.findtext(f"{{*}}{name}"):
            return text.strip()
    return None
