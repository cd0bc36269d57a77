"""What every domain model has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An immutable value: unknown fields are refused, so that a misspelt one is never lost silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
