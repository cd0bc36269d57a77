"""A server that speaks like Deezer's API: errors with the status 200, its quota, pages, and broken or slow answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

ICPN = "4006381333931"
ISRC = "DEA122600101"


def track(id: int, isrc: str | None, position: int, **changes: Any) -> dict[str, Any]:
    """A recording as `album/ID/tracks` tells it."""
    return {
        "id": id,
        "readable": True,
        "title": f"Song {position} (Live)",
        "title_short": f"Song {position}",
        "title_version": "(Live)",
        "isrc": isrc or "",
        "link": f"https://www.deezer.com/track/{id}",
        "duration": 180 + position,
        "track_position": position,
        "disk_number": 1,
        "explicit_lyrics": position == 2,
        "artist": {"id": 7, "name": "The Example", "type": "artist"},
        "type": "track",
        **changes,
    }


def album(id: int = 302127, upc: str = ICPN, tracks: int = 3, **changes: Any) -> dict[str, Any]:
    """An album as `album/ID` tells it."""
    return {
        "id": id,
        "title": "Night Drive",
        "upc": upc,
        "label": "Northern Lights",
        "record_type": "ep",
        "release_date": "2026-01-30",
        "genres": {"data": [{"id": 106, "name": "Electro", "type": "genre"}]},
        "cover_xl": f"https://cdn.example/{id}/1000x1000.jpg",
        "nb_tracks": tracks,
        "explicit_lyrics": True,
        "artist": {"id": 7, "name": "The Example", "type": "artist"},
        "contributors": [{"id": 7, "name": "The Example"}, {"id": 8, "name": "A Guest"}],
        "type": "album",
        **changes,
    }


class DeezerServer:
    """`albums`, `tracks`: by id; `direct`: whether `album/upc:…` knows its albums; `delay`: seconds before each answer;
    `faults`: what it answers instead, one for each call; `asked`: paths and parameters, in order.
    """

    def __init__(self) -> None:
        self.albums = {302127: album()}
        self.tracks = {place: track(place, f"DEA1226001{place:02d}", place) for place in (1, 2, 3)}
        self.direct = True
        self.delay = 0.0
        self.faults: list[web.Response | str | bytes | Mapping[str, Any]] = []
        self.asked: list[str] = []
        self.url = ""

    @property
    def settings(self) -> dict[str, Any]:
        """What an operator sets who has it in a private network."""
        return {"address": self.url, "allow_plain": True, "private_networks": ["127.0.0.0/8"], "timeout": 30}

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        await asyncio.sleep(self.delay)
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, web.Response):
                return fault
            if isinstance(fault, Mapping):
                return web.json_response(fault)
            return web.Response(body=fault if isinstance(fault, bytes) else fault.encode())
        return web.json_response(self.record(request))

    def record(self, request: web.Request) -> Mapping[str, Any]:
        kind, _, rest = request.match_info["path"].partition("/")
        if kind == "search":
            return self.search(rest, request.query["q"])
        if rest.startswith("upc:"):
            found = [each for each in self.albums.values() if self.direct and each["upc"] == rest[4:]]
            return found[0] if found else missing()
        if rest.startswith("isrc:"):
            recordings = [each for each in self.tracks.values() if each["isrc"] == rest[5:]]
            return recordings[0] if recordings else missing()
        id, _, part = rest.partition("/")
        if part == "tracks":
            return page(list(self.tracks.values()), request.query)
        known = self.albums if kind == "album" else self.tracks
        return known.get(int(id)) or missing()

    def search(self, kind: str, query: str) -> Mapping[str, Any]:
        known = self.albums if kind == "album" else self.tracks
        # Deezer finds what is only similar, too.
        hits = [
            each
            for each in known.values()
            if query in each.get("upc", "") or each["title"].split()[0].casefold() in query.casefold()
        ]
        return {"data": hits, "total": len(hits)}


def page(found: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    index, limit = int(query.get("index", 0)), int(query.get("limit", 25))
    answer: dict[str, Any] = {"data": found[index : index + limit], "total": len(found)}
    if index + limit < len(found):
        answer["next"] = "http://127.0.0.1:1/never-follow-me"
    return answer


def error(code: int, type: str = "Exception", message: str = "it is so") -> dict[str, Any]:
    return {"error": {"type": type, "message": message, "code": code}}


def missing() -> dict[str, Any]:
    return error(800, "DataException", "no data")


def quota_exceeded() -> dict[str, Any]:
    return error(4, "Exception", "Quota limit exceeded")


@asynccontextmanager
async def serve_deezer() -> AsyncIterator[DeezerServer]:
    """The server, running."""
    server = DeezerServer()
    app = web.Application()
    app.router.add_get("/{path:.+}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


LARGE = json.dumps({"title": "x" * 5_000_000})
