"""True technical data of images (row AST-13): decoded whole, because a header outlives a broken upload."""

from __future__ import annotations

from pathlib import Path

from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from distro_core.assets.content import ContentType
from distro_sdk.errors import DomainError
from distro_sdk.models.assets import ImageFormat, ImageProperties

MAX_PIXELS = 64_000_000
"""8000 × 8000 pixels: what an image may unpack to, whatever its file's size."""

_SHOWN_MODES = frozenset({"RGB", "RGBA", "L", "LA", "P"})
_PNG_END = b"IEND\xaeB`\x82"


def probe_image(path: Path, content: ContentType) -> ImageProperties:
    """The properties of a JPEG or PNG file, after decoding it whole; blocks for up to half a second.

    Raises `DomainError` FILE_TRUNCATED, FILE_DAMAGED, IMAGE_TOO_LARGE or IMAGE_COLOUR_MODE_UNSUPPORTED.
    """
    # The two classes are used directly: `Image.open` would try every format it knows, and warn of large images.
    opener = JpegImageFile if content is ContentType.JPEG else PngImageFile
    try:
        with path.open("rb") as file, opener(file) as image:
            width, height = image.size
            mode = image.mode
            _check(width, height, mode)
            resolution = image.info.get("dpi")
            # A JPEG may be decoded at an eighth of its size: every block is still read, with little memory.
            image.draft(None, (max(1, width // 8), max(1, height // 8)))
            image.load()
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise DomainError(
            "FILE_TRUNCATED" if "truncated" in str(error).lower() else "FILE_DAMAGED",
            f"the image cannot be decoded to its end: {error}",
            ("file",),
        ) from error
    if content is ContentType.PNG and not _has_png_end(path):
        raise DomainError("FILE_TRUNCATED", "the PNG file has no end chunk", ("file",))
    return ImageProperties(
        format=ImageFormat.JPEG if content is ContentType.JPEG else ImageFormat.PNG,
        width=width,
        height=height,
        colour_mode=mode,
        resolution=round(resolution[0]) if resolution else None,
    )


def _check(width: int, height: int, mode: str) -> None:
    if width * height > MAX_PIXELS:
        raise DomainError(
            "IMAGE_TOO_LARGE", f"{width} × {height} pixels are more than the {MAX_PIXELS} an image may have", ("file",)
        )
    if mode not in _SHOWN_MODES:
        raise DomainError(
            "IMAGE_COLOUR_MODE_UNSUPPORTED",
            f"the image's colours are {mode}, as for print; screens show RGB, so save it as RGB",
            ("file",),
        )


def _has_png_end(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        return _PNG_END in file.read()
