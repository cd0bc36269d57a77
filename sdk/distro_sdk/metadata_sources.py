"""Where metadata of released music can be looked up (rows ECO-05, API-33, API-34 and IMP-15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Protocol, Self

from pydantic import Field, model_validator

from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import ReleaseType

MOST_TRACKS = 1000
Name = Annotated[str, Field(min_length=1, max_length=1000)]


class AlbumWanted(Model):
    """Which album: by its ICPN, or by title and artist."""

    icpn: Annotated[str, Field(pattern=r"^[0-9]{8,14}$")] | None = None
    title: Name | None = None
    artist: Name | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if (self.icpn is None) == (self.title is None or self.artist is None):
            raise ValueError("an album is wanted by its ICPN, or by title and artist")
        return self


class RecordingWanted(Model):
    """Which recording: by its ISRC, or by title and artist."""

    isrc: Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$")] | None = None
    title: Name | None = None
    artist: Name | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if (self.isrc is None) == (self.title is None or self.artist is None):
            raise ValueError("a recording is wanted by its ISRC, or by title and artist")
        return self


class FieldOrigin(Model):
    """Where a value comes from. `record`: as the source names it, such as `album/302127`; `name`: its field there."""

    record: Annotated[str, Field(max_length=200)]
    name: Annotated[str, Field(max_length=200)]


class Found(Model):
    """What a source knows. `origins`: by field of this model that holds a value, where that comes from."""

    title: Name
    version: Name | None = None
    artists: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    explicit: bool | None = None
    origins: Mapping[str, FieldOrigin] = Field(default_factory=dict)


class FoundRecording(Found):
    """A recording. `duration`: seconds; `disc_number`, `number`: its place on the album, from 1."""

    isrc: str | None = None
    duration: Annotated[Decimal, Field(gt=0)] | None = None
    disc_number: Annotated[int, Field(ge=1)] | None = None
    number: Annotated[int, Field(ge=1)] | None = None


class FoundAlbum(Found):
    """An album. `track_count`: as the source says it, which may be more than the `tracks` that it tells;
    `cover_address`: where its cover is shown.
    """

    icpn: str | None = None
    label: Name | None = None
    type: ReleaseType | None = None
    release_date: date | None = None
    genres: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    cover_address: Annotated[str, Field(max_length=2000)] | None = None
    track_count: Annotated[int, Field(ge=0)] | None = None
    tracks: Annotated[tuple[FoundRecording, ...], Field(max_length=MOST_TRACKS)] = ()


class MetadataSource(Protocol):
    """Looks up what is released. It changes nothing anywhere.

    `key`: unique among all plugins; `title`: for people.
    """

    key: str
    title: str

    async def find_album(self, wanted: AlbumWanted) -> FoundAlbum | None:
        """The album, or None where the source has none.

        What has another ICPN than was asked for is none. Raises `TransportError` where the source gives no answer.
        """
        ...

    async def find_recording(self, wanted: RecordingWanted) -> FoundRecording | None:
        """The recording, or None where the source has none.

        What has another ISRC than was asked for is none. Raises `TransportError` where the source gives no answer.
        """
        ...
