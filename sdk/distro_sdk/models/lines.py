"""P-lines and C-lines."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from distro_sdk.models.base import Model


class RightsLine(Model):
    """A P-line or C-line as it is printed, with the year that was stored (row CAT-32)."""

    year: int = Field(ge=1850, le=2200)
    text: Annotated[str, Field(min_length=1, max_length=500)]
    company: Annotated[str, Field(min_length=1, max_length=255)] | None = None
