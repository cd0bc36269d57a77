"""What targets and platforms ask of files."""

from __future__ import annotations

import strawberry

from distro_sdk.models.assets import ImageFormat


@strawberry.type(description="What a platform asks of the front cover beyond its size in pixels.")
class ImageRequirements:
    """What a platform asks of the front cover."""

    formats: list[ImageFormat] = strawberry.field(description="Image files that it takes.")
    largest_file: int = strawberry.field(description="Bytes.")
    longest_side: int | None = strawberry.field(description="Most pixels of a side; null for any.")
    colour_modes: list[str] = strawberry.field(description="As the file is encoded, such as `RGB`.")
    quality: int = strawberry.field(description="Of JPEG files that are made of others.")
