"""What a message plan decides about enrichment beyond what the catalogue says."""

from __future__ import annotations

from distro_sdk.models.base import Model
from distro_sdk.models.commerce import TerritoryCode
from distro_sdk.models.enrichment import Period


class PlannedFocus(Model):
    """That a recording is in focus. `sequence`: from 1, None for the only one; `territories`: empty for everywhere."""

    sequence: int | None = None
    territories: tuple[TerritoryCode, ...] = ()
    period: Period | None = None
    comment: str | None = None
