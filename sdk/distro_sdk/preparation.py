"""Making another file of an asset where a receiver takes no file such as it is (rows WFL-05, WFL-07, TGT-03)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import Field

from distro_sdk.models.assets import Asset, AssetKind, AudioFormat, ImageFormat
from distro_sdk.models.base import Model


class AudioRecipe(Model):
    """What a recording is to become. `sample_rate` (Hz) and `bit_depth`: lower ones, None where they stay as they are.

    Channels and duration always stay.
    """

    kind: Literal[AssetKind.AUDIO] = AssetKind.AUDIO
    format: AudioFormat
    sample_rate: int | None = None
    bit_depth: int | None = None


class ImageRecipe(Model):
    """What an image is to become, in the proportions that it has.

    `longest_side`: pixels that no side may exceed, and that none is enlarged to, None for any; `colour_mode`: as
    encoded; `quality`: of a JPEG file, from 1 to 95, lower where the file would be larger than `largest_file` bytes.
    """

    kind: Literal[AssetKind.IMAGE] = AssetKind.IMAGE
    format: ImageFormat
    longest_side: int | None = Field(default=None, ge=1)
    colour_mode: str = "RGB"
    quality: int = Field(default=95, ge=1, le=95)
    largest_file: int = Field(ge=1)


Recipe = Annotated[AudioRecipe | ImageRecipe, Field(discriminator="kind")]
"""What a file is to become. A file that is so already is never prepared."""


class AssetPreparer(Protocol):
    """Makes files of assets. Prepared files are kept and used again for the same bytes and the same recipe.

    `name`: unique among all plugins; `version`: another one makes all files anew.
    """

    name: str
    version: str

    def can_prepare(self, asset: Asset, recipe: Recipe) -> bool:
        """Whether it knows how, as far as the asset's properties tell. Without side effects, and quick."""
        ...

    def prepare(self, asset: Asset, recipe: Recipe, source: Path, result: Path) -> None:
        """Read `source` and write `result`, which does not exist yet; blocks, and is called in a thread.

        The platform reads the result's properties and compares them with the recipe; that nothing else has changed is
        for the preparer to prove. Memory must not grow with the length of a recording. Raises `DomainError`.
        """
        ...
