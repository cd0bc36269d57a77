"""What Deezer's API answers, as far as it is read: https://developers.deezer.com/api."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


def _or_none(value: Any) -> Any:
    """Deezer says `""`, and `0000-00-00` of a date, for what it does not know."""
    return None if value in {"", "0000-00-00"} else value


Text = Annotated[str | None, BeforeValidator(_or_none)]


class Answer(BaseModel):
    """Anything that Deezer answers; what is not named here is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Named(Answer):
    """An artist or a genre."""

    name: Text = None


class Page(Answer, Generic[T]):
    """A part of a list. `total`: of the whole list."""

    data: list[T] = Field(default_factory=list, max_length=1000)
    total: int | None = None


class Track(Answer):
    """A recording. `duration`: seconds; `title_short`: without `title_version`."""

    id: int
    title: str = Field(min_length=1)
    title_short: Text = None
    title_version: Text = None
    isrc: Text = None
    duration: int | None = None
    disk_number: int | None = None
    track_position: int | None = None
    explicit_lyrics: bool | None = None
    artist: Named = Named()
    contributors: list[Named] = Field(default_factory=list, max_length=100)


class Album(Answer):
    """An album. `upc`: its ICPN."""

    id: int
    title: str = Field(min_length=1)
    upc: Text = None
    label: Text = None
    record_type: Text = None
    release_date: Annotated[date | None, BeforeValidator(_or_none)] = None
    genres: Page[Named] = Page[Named]()
    cover_xl: Text = None
    nb_tracks: int | None = None
    explicit_lyrics: bool | None = None
    artist: Named = Named()
    contributors: list[Named] = Field(default_factory=list, max_length=100)


class Hit(Answer):
    """What a search finds: an album or a recording, with its artist."""

    id: int
    title: str
    artist: Named = Named()


class Refusal(Answer):
    """What stands in `error` of an answer, whose status is 200 all the same."""

    code: int = 0
    type: str = ""
    message: str = ""
