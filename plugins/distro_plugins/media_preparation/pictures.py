"""Pictures in other colours, sizes and files, never enlarged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from distro_sdk.errors import DomainError
from distro_sdk.models.assets import ImageFormat
from distro_sdk.preparation import ImageRecipe

LEAST_QUALITY = 75
"""Below it a JPEG file shows that it was made smaller."""

STEP = 5
_OPENERS = {ImageFormat.JPEG: JpegImageFile, ImageFormat.PNG: PngImageFile}


def convert(name: str, format: ImageFormat, recipe: ImageRecipe, source: Path, result: Path) -> None:
    """Convert, scale down and write. `name`: what people call the file; `format`: of the source.

    Raises IMAGE_UNREADABLE, IMAGE_TRANSPARENT or IMAGE_STAYS_TOO_LARGE, and `OSError` for a full disk.
    """
    try:
        with source.open("rb") as file, _OPENERS[format](file) as opened:
            kept = {"dpi": opened.info.get("dpi")}
            # A profile tells the colours of the mode that it was made for.
            kept["icc_profile"] = opened.info.get("icc_profile") if opened.mode in {"RGB", "RGBA"} else None
            image = _scaled(_as_rgb(ImageOps.exif_transpose(opened), name), recipe.longest_side)
    except (OSError, SyntaxError, ValueError) as error:
        raise DomainError("IMAGE_UNREADABLE", f"{name} cannot be read as an image: {error}") from error
    _write(image, recipe, result, {key: value for key, value in kept.items() if value is not None})
    if (size := result.stat().st_size) > recipe.largest_file:
        raise DomainError(
            "IMAGE_STAYS_TOO_LARGE",
            f"{name} has {size} bytes as {recipe.format.value}, {recipe.largest_file} are taken",
        )


def _as_rgb(image: Image.Image, name: str) -> Image.Image:
    """Without its opaque alpha channel; what shows through somewhere would show another background anywhere else."""
    if image.mode in {"RGBA", "LA"} or "transparency" in image.info:
        alpha = image.convert("RGBA").getchannel("A")
        if alpha.getextrema() != (255, 255):
            raise DomainError("IMAGE_TRANSPARENT", f"{name} is transparent: save it with its background")
    return image if image.mode == "RGB" else image.convert("RGB")


def _scaled(image: Image.Image, longest_side: int | None) -> Image.Image:
    image.load()
    if longest_side is None or max(image.size) <= longest_side:
        return image
    factor = longest_side / max(image.size)
    width, height = (max(1, round(side * factor)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _write(image: Image.Image, recipe: ImageRecipe, result: Path, kept: dict[str, Any]) -> None:
    if recipe.format is ImageFormat.PNG:
        image.save(result, "PNG", **kept)
        return
    quality = recipe.quality
    while True:
        image.save(result, "JPEG", quality=quality, subsampling=0, optimize=True, **kept)
        if result.stat().st_size <= recipe.largest_file or quality - STEP < LEAST_QUALITY:
            return
        quality -= STEP
