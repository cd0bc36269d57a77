"""Covers as platforms take them: format, colours and size, never enlarged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from distro_core.assets.description import describe_file
from distro_plugins.media_preparation import CoverImages
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import Asset, ImageFormat
from distro_sdk.preparation import ImageRecipe

LARGE = 10_000_000


def recipe(format: ImageFormat = ImageFormat.JPEG, **others: object) -> ImageRecipe:
    return ImageRecipe.model_validate({"format": format, "largest_file": LARGE, **others})


def picture(path: Path, mode: str = "RGB", side: int = 400, **options: Any) -> Asset:
    """A picture with a gradient, so that scaling has something to do."""
    gradient = Image.linear_gradient("L").resize((side, side))
    image = Image.merge("RGB", [gradient, gradient.transpose(Image.Transpose.ROTATE_90), gradient]).convert(mode)
    image.save(path, **options)
    return describe_file(path)


def prepared(asset: Asset, wanted: ImageRecipe, source: Path) -> tuple[Asset, Image.Image]:
    result = source.with_name(f"prepared.{wanted.format.value.lower()}")
    assert CoverImages().can_prepare(asset, wanted)
    CoverImages().prepare(asset, wanted, source, result)
    with Image.open(result) as image:
        image.load()
        return describe_file(result), image


def failure(asset: Asset, wanted: ImageRecipe, source: Path) -> str:
    with pytest.raises(DomainError) as caught:
        CoverImages().prepare(asset, wanted, source, source.with_name("prepared"))
    return caught.value.code


@pytest.mark.proves("WFL-07")
def test_a_png_of_4000_pixels_becomes_a_jpeg_of_3000_in_rgb(tmp_path: Path) -> None:
    asset = picture(tmp_path / "cover.png", side=4000)

    made, image = prepared(asset, recipe(longest_side=3000), tmp_path / "cover.png")

    assert made.image is not None
    assert (made.image.format, made.image.width, made.image.height) == (ImageFormat.JPEG, 3000, 3000)
    assert made.image.colour_mode == "RGB"
    with Image.open(tmp_path / "cover.png") as original:
        expected = original.convert("RGB").resize((30, 30))
    found = image.resize((30, 30))
    worst = max(abs(a - b) for a, b in zip(found.tobytes(), expected.tobytes(), strict=True))
    assert worst <= 6


def test_nothing_is_enlarged(tmp_path: Path) -> None:
    asset = picture(tmp_path / "cover.png", side=200)

    made, _ = prepared(asset, recipe(longest_side=3000), tmp_path / "cover.png")

    assert made.image is not None
    assert (made.image.width, made.image.height) == (200, 200)


def test_proportions_stay(tmp_path: Path) -> None:
    Image.new("RGB", (400, 200)).save(tmp_path / "wide.png")

    made, _ = prepared(describe_file(tmp_path / "wide.png"), recipe(longest_side=100), tmp_path / "wide.png")

    assert made.image is not None
    assert (made.image.width, made.image.height) == (100, 50)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA"])
def test_other_colours_become_rgb(tmp_path: Path, mode: str) -> None:
    asset = picture(tmp_path / "cover.png", mode)

    made, _ = prepared(asset, recipe(), tmp_path / "cover.png")

    assert made.image is not None
    assert made.image.colour_mode == "RGB"


def test_jpeg_becomes_png(tmp_path: Path) -> None:
    asset = picture(tmp_path / "cover.jpg")

    made, image = prepared(asset, recipe(ImageFormat.PNG), tmp_path / "cover.jpg")

    assert made.image is not None
    assert made.image.format is ImageFormat.PNG
    with Image.open(tmp_path / "cover.jpg") as original:
        assert image.tobytes() == original.tobytes()


def test_resolution_and_colour_profile_stay(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    asset = picture(tmp_path / "cover.png", dpi=(300, 300), icc_profile=profile)

    made, image = prepared(asset, recipe(), tmp_path / "cover.png")

    assert made.image is not None
    assert made.image.resolution == 300
    assert image.info["icc_profile"] == profile


def test_a_photograph_that_lies_on_its_side_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200)).save(tmp_path / "cover.jpg", exif=exif)

    made, _ = prepared(describe_file(tmp_path / "cover.jpg"), recipe(ImageFormat.PNG), tmp_path / "cover.jpg")

    assert made.image is not None
    assert (made.image.width, made.image.height) == (200, 400)


def test_quality_falls_until_the_file_is_small_enough(tmp_path: Path) -> None:
    noise = Image.effect_noise((400, 400), 60).convert("RGB")
    noise.save(tmp_path / "cover.png")
    asset = describe_file(tmp_path / "cover.png")

    best, _ = prepared(asset, recipe(), tmp_path / "cover.png")
    smaller, _ = prepared(asset, recipe(largest_file=best.size * 3 // 4), tmp_path / "cover.png")

    assert smaller.size <= best.size * 3 // 4
    assert failure(asset, recipe(largest_file=1000), tmp_path / "cover.png") == "IMAGE_STAYS_TOO_LARGE"


def test_what_shows_through_is_refused(tmp_path: Path) -> None:
    Image.new("RGBA", (300, 300), (200, 10, 10, 254)).save(tmp_path / "cover.png")

    assert failure(describe_file(tmp_path / "cover.png"), recipe(), tmp_path / "cover.png") == "IMAGE_TRANSPARENT"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    asset = picture(tmp_path / "cover.png")
    (tmp_path / "cover.png").write_bytes(b"no picture")

    assert failure(asset, recipe(), tmp_path / "cover.png") == "IMAGE_UNREADABLE"


def test_print_colours_are_not_offered(tmp_path: Path) -> None:
    asset = picture(tmp_path / "cover.png")
    assert asset.image is not None
    print_colours = asset.image.model_copy(update={"colour_mode": "CMYK"})

    assert not CoverImages().can_prepare(asset.model_copy(update={"image": print_colours}), recipe())
    assert not CoverImages().can_prepare(asset, recipe(colour_mode="CMYK"))
