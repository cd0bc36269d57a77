"""What a tenant says of the deliverables of its masters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from distro_sdk.models.base import Model

TargetId = Annotated[str, Field(min_length=1, max_length=64)]


class AtmosChoices(Model):
    """Which deliverables go where."""

    metadata_targets: Annotated[tuple[TargetId, ...], Field(max_length=100)] = Field(
        default=(), description="Ids of the targets that get the ADM metadata of each master as a file of its own."
    )
