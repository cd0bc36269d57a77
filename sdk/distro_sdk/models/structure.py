"""The inner structure of releases that are more than a list of tracks: box sets, classical works, long videos."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from distro_sdk.models.base import Model
from distro_sdk.models.lines import RightsLine

Identity = Annotated[str, Field(min_length=1, max_length=64)]
StructureTitle = Annotated[str, Field(min_length=1, max_length=500)]


class ReleaseComponent(Model):
    """A release within a box set: some of its discs, sold before or elsewhere under an identifier of their own.

    `disc_numbers`: discs of the box, in playing order; one of `icpn` and `grid` is there.
    """

    title: StructureTitle
    icpn: str | None = None
    grid: str | None = None
    disc_numbers: tuple[Annotated[int, Field(ge=1, le=99)], ...] = Field(min_length=1, max_length=99)

    @model_validator(mode="after")
    def _is_identified(self) -> Self:
        if not self.icpn and not self.grid:
            raise ValueError("a release within a box has an ICPN or a GRid of its own")
        return self


class MusicalWork(Model):
    """A work of several parts, such as a symphony, whose movements stand on tracks of their own, one after the other.

    `track_ids`: at least two tracks of one disc; `opus_number` such as `Op. 67`; `composer_catalog_number` such as
    `BWV 1007`.
    """

    title: StructureTitle
    track_ids: tuple[Identity, ...] = Field(min_length=2, max_length=200)
    opus_number: Annotated[str, Field(max_length=100)] | None = None
    composer_catalog_number: Annotated[str, Field(max_length=100)] | None = None


class Cue(Model):
    """A recording that is heard in a long video. `start_time`, `duration`: seconds; identified by ISRC or ISWC.

    `p_line`, `c_line`: of that recording; a message that needs one and finds none tells that of the video.
    """

    title: StructureTitle
    start_time: Decimal = Field(ge=0)
    duration: Decimal = Field(gt=0)
    isrc: str | None = None
    iswc: str | None = None
    display_artist: Annotated[str, Field(max_length=255)] | None = None
    p_line: RightsLine | None = None
    c_line: RightsLine | None = None

    @model_validator(mode="after")
    def _is_identified(self) -> Self:
        if not self.isrc and not self.iswc:
            raise ValueError("a cue is identified by an ISRC or an ISWC")
        return self
