"""What a partner who takes ERN 4 may want otherwise than others."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Ern4Settings(BaseModel):
    """The settings of a target for these formats. `price_code_namespace`: who controls price codes, else the sender."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    price_code_namespace: Annotated[str, Field(min_length=1, max_length=100)] | None = None
