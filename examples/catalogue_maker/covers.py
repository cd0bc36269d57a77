"""Covers of 3000 × 3000 pixels: a gradient, shapes that overlap, and type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = 3000
MARGIN = 210
Colour: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """How a cover is painted, the colour of its type, and whether the title stands at its top or its foot."""

    paint: Callable[[], Image.Image]
    ink: Colour
    title_at_top: bool = False


def paint_cover(genre: str, title: str, artist: str, path: Path) -> None:
    """Write a cover as JPEG at 300 dots per inch; the look follows the genre."""
    look = _LOOKS[genre]
    image = look.paint()
    _set_type(image, title, artist, look)
    image.save(path, "JPEG", quality=90, dpi=(300, 300))


def _gradient(*stops: Colour) -> Image.Image:
    """Colours from the top to the bottom, with just enough noise to hide their bands."""
    places = np.linspace(0, len(stops) - 1, SIZE)
    column = np.stack([np.interp(places, range(len(stops)), [stop[c] for stop in stops]) for c in range(3)], axis=1)
    noise = np.random.default_rng(1).uniform(-1.2, 1.2, (SIZE, 300, 1)).astype(np.float32)
    strip = column.astype(np.float32)[:, None, :] + noise
    pixels = np.tile(np.clip(strip, 0, 255).astype(np.uint8), (1, SIZE // 300, 1))
    return Image.fromarray(pixels, "RGB")


def _paint_sea() -> Image.Image:
    image = _gradient((28, 30, 66), (140, 70, 110), (244, 148, 108), (252, 206, 150))
    draw = ImageDraw.Draw(image, "RGBA")
    for ring in range(7):
        radius = 430 + ring * 120
        draw.ellipse(_around(1900, 1480, radius), fill=(255, 226, 178, 26))
    draw.ellipse(_around(1900, 1480, 430), fill=(255, 232, 190, 255))
    for band in range(9):
        base = 1690 + band * 155
        height = 34 + band * 8
        crests = [
            (x, base + height * sin(x / (310 + 34 * band) + band * 1.7) + 0.4 * height * sin(x / 131 + band))
            for x in range(0, SIZE + 20, 20)
        ]
        shade = 1 - band / 11
        colour = (int(40 + 50 * shade), int(44 + 38 * shade), int(84 + 50 * shade), 150 + 10 * band)
        draw.polygon([(0, SIZE), *crests, (SIZE, SIZE)], fill=colour)
    return image


def _paint_glasshouse() -> Image.Image:
    image = _gradient((8, 38, 40), (14, 70, 64), (32, 104, 84))
    draw = ImageDraw.Draw(image, "RGBA")
    leaves: tuple[Colour, ...] = ((122, 214, 160), (236, 244, 196), (74, 168, 158), (246, 196, 130))
    for ring in range(4):
        count = 9 + 3 * ring
        for leaf in range(count):
            angle = 2 * pi * leaf / count + ring * 0.35
            distance = 300 + 250 * ring
            radius = 250 - 26 * ring
            centre = (1500 + distance * cos(angle), 1330 + distance * sin(angle))
            draw.ellipse(_around(*centre, radius), fill=(*leaves[(leaf + ring) % 4], 46))
            draw.ellipse(_around(*centre, radius), outline=(240, 255, 240, 70), width=5)
    for pane in range(0, SIZE + 1, 500):
        draw.line([(pane, 0), (pane, SIZE)], fill=(230, 255, 240, 26), width=6)
        draw.line([(0, pane), (SIZE, pane)], fill=(230, 255, 240, 26), width=6)
    return image


def _paint_night() -> Image.Image:
    image = _gradient((9, 11, 30), (20, 30, 72), (44, 64, 112))
    draw = ImageDraw.Draw(image, "RGBA")
    chance = np.random.default_rng(4)
    for x, y, radius in zip(
        chance.uniform(0, SIZE, 240), chance.uniform(0, 1900, 240), chance.uniform(2, 8, 240), strict=True
    ):
        draw.ellipse(_around(x, y, radius), fill=(255, 250, 225, 190))
    draw.ellipse(_around(2330, 1330, 250), fill=(250, 240, 205, 255))
    draw.ellipse(_around(2225, 1275, 228), fill=(24, 35, 80, 255))
    draw.polygon(
        [(0, 2180), (760, 1690), (1380, 2060), (2080, 1560), (SIZE, 2140), (SIZE, SIZE), (0, SIZE)], (14, 20, 44)
    )
    for side in (-1, 1):
        draw.line([(1500 + side * 40, 2020), (1500 + side * 900, SIZE)], fill=(214, 180, 120), width=26)
    for tie in range(14):
        depth = (tie / 13) ** 2
        y = 2060 + depth * 920
        half = 70 + depth * 1010
        draw.line([(1500 - half, y), (1500 + half, y)], fill=(150, 112, 78, 210), width=int(12 + 44 * depth))
    return image


def _set_type(image: Image.Image, title: str, artist: str, look: Look) -> None:
    draw = ImageDraw.Draw(image, "RGBA")
    ink = look.ink
    width = SIZE - 2 * MARGIN
    small = ImageFont.load_default(105)
    draw.text((MARGIN, MARGIN), artist.upper(), font=small, fill=(*ink, 235))
    size = 330.0
    lines = _lines(title)
    while max(draw.textlength(line, ImageFont.load_default(size)) for line in lines) > width:
        size *= 0.94
    font = ImageFont.load_default(size)
    step = size * 1.12
    top = MARGIN + 290 if look.title_at_top else SIZE - MARGIN - step * len(lines)
    for place, line in enumerate(lines):
        draw.text((MARGIN, top + step * place), line, font=font, fill=(*ink, 255))
    draw.line([(MARGIN, MARGIN + 190), (MARGIN + 420, MARGIN + 190)], fill=(*ink, 235), width=14)


def _lines(title: str) -> list[str]:
    """A long title in two lines, parted where it has a comma or near its middle."""
    if len(title) < 16:
        return [title]
    first, comma, rest = title.partition(", ")
    if comma:
        return [f"{first},", rest]
    words = title.split()
    half = (len(words) + 1) // 2
    return [" ".join(words[:half]), " ".join(words[half:])]


def _around(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return (x - radius, y - radius, x + radius, y + radius)


_LOOKS = {
    "Pop": Look(_paint_sea, (255, 246, 230)),
    "Electronic": Look(_paint_glasshouse, (240, 252, 236)),
    "Jazz": Look(_paint_night, (250, 236, 206), title_at_top=True),
}
