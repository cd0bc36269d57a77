"""Covers in the format, size and colours that a platform takes (row WFL-07)."""

from __future__ import annotations

from pathlib import Path

from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset
from distro_sdk.preparation import ImageRecipe, Recipe

_CONVERTED = frozenset({"RGB", "RGBA", "L", "LA", "P"})


class CoverImages:
    """Makes RGB images in JPEG or PNG, smaller where they have to be, never larger."""

    name = "cover-images"
    version = "1"

    def can_prepare(self, asset: Asset, recipe: Recipe) -> bool:
        """Whether both sides are images whose colours screens show."""
        image = asset.image
        if image is None or not isinstance(recipe, ImageRecipe):
            return False
        return recipe.colour_mode == "RGB" and image.colour_mode in _CONVERTED

    def prepare(self, asset: Asset, recipe: Recipe, source: Path, result: Path) -> None:
        """Convert, scale down and write; raises IMAGE_UNREADABLE, IMAGE_TRANSPARENT or IMAGE_STAYS_TOO_LARGE."""
        from distro_plugins.media_preparation.pictures import convert  # noqa: PLC0415 - Pillow only where needed

        if asset.image is None or not isinstance(recipe, ImageRecipe):
            raise DomainError("IMAGE_UNREADABLE", f"{asset.file_name} is no image")
        convert(asset.file_name, asset.image.format, recipe, source, result)
