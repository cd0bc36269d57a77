"""Looks albums and recordings up at Deezer: by identifier, and by search where that leads nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

from distro_plugins.deezer.cache import Cache
from distro_plugins.deezer.documents import Album, Hit, Page, Track
from distro_plugins.deezer.drafts import as_album, as_recording
from distro_plugins.deezer.quota import Quota
from distro_plugins.deezer.settings import DeezerSettings
from distro_sdk.metadata_sources import MOST_TRACKS, AlbumWanted, FoundAlbum, FoundRecording, RecordingWanted

if TYPE_CHECKING:
    from distro_plugins.deezer.client import Session

TRACKS_AT_ONCE: Final = 100
HITS: Final = 5
"""Search results that are looked at."""


class DeezerSource:
    """Deezer's public catalogue, which needs no account."""

    key = "deezer"
    title = "Deezer"

    def __init__(self, settings: DeezerSettings, quota: Quota | None = None) -> None:
        self._settings = settings
        self._quota = quota or Quota(settings.calls, settings.window)
        self._albums: Cache[FoundAlbum] = Cache(settings.cache_lifetime)
        self._recordings: Cache[FoundRecording] = Cache(settings.cache_lifetime)

    async def find_album(self, wanted: AlbumWanted) -> FoundAlbum | None:
        """The album with its recordings; raises `TransportError`."""
        return await self._albums.get(wanted.model_dump_json(), partial(self._find_album, wanted))

    async def find_recording(self, wanted: RecordingWanted) -> FoundRecording | None:
        """The recording; raises `TransportError`."""
        return await self._recordings.get(wanted.model_dump_json(), partial(self._find_recording, wanted))

    async def _find_album(self, wanted: AlbumWanted) -> FoundAlbum | None:
        async with self._session() as session:
            album = await _by_icpn(session, wanted.icpn) if wanted.icpn else await _by_name(session, wanted)
            return None if album is None else as_album(album, await _tracks(session, album))

    async def _find_recording(self, wanted: RecordingWanted) -> FoundRecording | None:
        async with self._session() as session:
            if wanted.isrc is not None:
                track = await session.get(Track, f"track/isrc:{wanted.isrc}")
                return as_recording(track) if track is not None and track.isrc == wanted.isrc else None
            query = f'artist:"{_quoted(wanted.artist)}" track:"{_quoted(wanted.title)}"'
            hit = await _search(session, "search/track", query, wanted)
            track = None if hit is None else await session.get(Track, f"track/{hit.id}")
            return None if track is None else as_recording(track)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        """Connections that live as long as one lookup. aiohttp takes 8 MB: only those who use it have it."""
        await asyncio.to_thread(import_module, "distro_plugins.deezer.client")
        from distro_plugins.deezer.client import open_session  # noqa: PLC0415

        async with open_session(self._settings, self._quota) as session:
            yield session


async def _by_icpn(session: Session, icpn: str) -> Album | None:
    """The album of an ICPN; where Deezer does not know it directly, what a search finds and has that ICPN (ECO-05)."""
    album = await session.get(Album, f"album/upc:{icpn}")
    if album is not None and _same_icpn(album.upc, icpn):
        return album
    found = await session.get(Page[Hit], "search/album", q=icpn, limit=HITS)
    for hit in found.data[:HITS] if found is not None else ():
        album = await session.get(Album, f"album/{hit.id}")
        if album is not None and _same_icpn(album.upc, icpn):
            return album
    return None


async def _by_name(session: Session, wanted: AlbumWanted) -> Album | None:
    query = f'artist:"{_quoted(wanted.artist)}" album:"{_quoted(wanted.title)}"'
    hit = await _search(session, "search/album", query, wanted)
    return None if hit is None else await session.get(Album, f"album/{hit.id}")


async def _search(session: Session, path: str, query: str, wanted: AlbumWanted | RecordingWanted) -> Hit | None:
    """The first hit of the wanted title and artist: what is only similar is none."""
    found = await session.get(Page[Hit], path, q=query, limit=HITS)
    for hit in found.data if found is not None else ():
        if _same(hit.title, wanted.title) and _same(hit.artist.name, wanted.artist):
            return hit
    return None


async def _tracks(session: Session, album: Album) -> list[Track]:
    """All recordings of an album, page by page. Deezer's own `next` is never followed: it is an address."""
    tracks: list[Track] = []
    while len(tracks) < MOST_TRACKS:
        limit = min(TRACKS_AT_ONCE, MOST_TRACKS - len(tracks))
        page = await session.get(Page[Track], f"album/{album.id}/tracks", index=len(tracks), limit=limit)
        told = page.data[:limit] if page is not None else []
        tracks += told
        if page is None or not told or len(tracks) >= (page.total or 0):
            break
    return tracks


def _same_icpn(found: str | None, wanted: str) -> bool:
    """A UPC with 12 digits and the EAN with a zero before it are one."""
    return found is not None and found.lstrip("0") == wanted.lstrip("0")


def _same(found: str | None, wanted: str | None) -> bool:
    return " ".join((found or "").casefold().split()) == " ".join((wanted or "").casefold().split())


def _quoted(text: str | None) -> str:
    """A phrase of Deezer's search, which knows no escape."""
    return (text or "").replace('"', " ")
