"""Looks albums and recordings up at a source of the tenant's plugins (rows API-33, API-34 and IMP-15)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog
from pydantic import ValidationError

from distro_core.catalogue.drafts import ReleaseDraft
from distro_core.catalogue.identifiers import check_icpn, check_isrc
from distro_core.metadata.drafts import draft_of
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, Path, TransportError
from distro_sdk.metadata_sources import AlbumWanted, FoundAlbum, FoundRecording, MetadataSource, RecordingWanted

T = TypeVar("T")

MOST_ISRCS: Final = 100
AT_ONCE: Final = 10
"""Recordings of one request that a source is asked for side by side."""

log = structlog.get_logger("distro.metadata")


@dataclass(frozen=True)
class RecordingLookup:
    """What became of one ISRC, as it was given. `error`: why nothing was found."""

    isrc: str
    recording: FoundRecording | None = None
    error: DomainError | None = None


class MetadataLookup:
    """Asks the metadata sources of one tenant. Changes nothing."""

    def __init__(self, scope: Scope) -> None:
        self._sources = scope.plugins.metadata_sources
        self._patience = scope.settings.plugin_timeout

    @property
    def sources(self) -> Sequence[MetadataSource]:
        """What can be asked."""
        return tuple(self._sources.values())

    async def album(
        self, source: str, *, icpn: str | None = None, title: str | None = None, artist: str | None = None
    ) -> FoundAlbum | None:
        """An album, by its ICPN or by title and artist, or None where the source has none.

        Raises METADATA_SOURCE_UNKNOWN, METADATA_QUERY_INVALID, those of `check_icpn`, or METADATA_SOURCE_UNAVAILABLE.
        """
        asked = self._source(source)
        number = None if icpn is None else check_icpn(icpn, ("icpn",))
        try:
            wanted = AlbumWanted(icpn=number, title=title, artist=artist)
        except ValidationError as error:
            message = "name an album by its ICPN, or by title and artist"
            raise DomainError("METADATA_QUERY_INVALID", message) from error
        return await self._asked(asked, asked.find_album(wanted))

    async def recordings(self, source: str, isrcs: Sequence[str]) -> list[RecordingLookup]:
        """Recordings by ISRC, each with what was found or why nothing was, in the order of the ISRCs.

        Raises METADATA_SOURCE_UNKNOWN, or METADATA_QUERY_INVALID for none or more than 100.
        """
        asked = self._source(source)
        if not 1 <= len(isrcs) <= MOST_ISRCS:
            raise DomainError("METADATA_QUERY_INVALID", f"ask for 1 to {MOST_ISRCS} ISRCs", ("isrcs",))
        places = asyncio.Semaphore(AT_ONCE)

        async def one(place: int, isrc: str) -> RecordingLookup:
            async with places:
                try:
                    return RecordingLookup(isrc, await self._recording(asked, isrc, ("isrcs", place)))
                except DomainError as error:
                    return RecordingLookup(isrc, error=error)

        return list(await asyncio.gather(*(one(place, isrc) for place, isrc in enumerate(isrcs))))

    async def draft(self, source: str, icpn: str) -> ReleaseDraft:
        """A draft release of an album; raises what `album` raises, and METADATA_NOT_FOUND."""
        found = await self.album(source, icpn=icpn)
        if found is None:
            raise _missing(self._source(source), icpn, ("icpn",))
        return draft_of(found, icpn)

    async def _recording(self, source: MetadataSource, isrc: str, path: Path) -> FoundRecording:
        number = check_isrc(isrc, path)
        found = await self._asked(source, source.find_recording(RecordingWanted(isrc=number)))
        if found is None:
            raise _missing(source, number, path)
        return found

    def _source(self, key: str) -> MetadataSource:
        source = self._sources.get(key)
        if source is None:
            known = ", ".join(sorted(self._sources)) or "none"
            raise DomainError("METADATA_SOURCE_UNKNOWN", f"there is no metadata source {key}: {known}", ("source",))
        return source

    async def _asked(self, source: MetadataSource, call: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await call
        except TransportError as error:
            reason = error.message
        except TimeoutError:
            reason = f"it gave no answer within {self._patience:g} s"
        except Exception as error:
            log.exception("metadata_source_failed", source=source.key)
            reason = f"its plugin failed with {type(error).__name__}"
        message = f"{source.title} cannot be asked now: {reason}"
        raise DomainError("METADATA_SOURCE_UNAVAILABLE", message, ("source",))


def _missing(source: MetadataSource, wanted: str, path: Path) -> DomainError:
    return DomainError("METADATA_NOT_FOUND", f"{source.title} has nothing for {wanted}", path)
