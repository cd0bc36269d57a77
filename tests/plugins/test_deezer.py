"""Deezer as a metadata source, on a server that speaks its protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from distro_plugins.deezer import DeezerPlugin
from distro_plugins.deezer.cache import Cache
from distro_plugins.deezer.quota import Quota
from distro_plugins.deezer.settings import DeezerSettings
from distro_plugins.deezer.source import DeezerSource
from distro_sdk.errors import TransportError
from distro_sdk.metadata_sources import AlbumWanted, FieldOrigin, MetadataSource, RecordingWanted
from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.testing.metadata_sources import MetadataSourceConformance
from tests.deezer_server import (
    ICPN,
    ISRC,
    LARGE,
    DeezerServer,
    album,
    error,
    quota_exceeded,
    serve_deezer,
    track,
)

ALBUM = AlbumWanted(icpn=ICPN)
RECORDING = RecordingWanted(isrc=ISRC)


@pytest.fixture
async def deezer() -> AsyncIterator[DeezerServer]:
    async with serve_deezer() as server:
        yield server


def source_of(server: DeezerServer, quota: Quota | None = None, **changes: Any) -> DeezerSource:
    return DeezerSource(DeezerSettings.model_validate(server.settings | changes), quota)


@pytest.mark.hook("register_metadata_sources")
class TestDeezer(MetadataSourceConformance):
    @pytest.fixture
    def source(self, deezer: DeezerServer) -> MetadataSource:
        (source,) = DeezerPlugin(deezer.settings).register_metadata_sources()
        return source

    @pytest.fixture
    def unreachable(self, deezer: DeezerServer, unused_tcp_port: int) -> MetadataSource:
        return source_of(deezer, address=f"http://127.0.0.1:{unused_tcp_port}")

    @pytest.fixture
    def album(self) -> AlbumWanted:
        return ALBUM

    @pytest.fixture
    def recording(self) -> RecordingWanted:
        return RECORDING


@pytest.mark.proves("ECO-05")
async def test_an_album_is_told_with_its_recordings_and_their_origins(deezer: DeezerServer) -> None:
    found = await source_of(deezer).find_album(ALBUM)

    assert found is not None
    assert (found.title, found.icpn, found.label) == ("Night Drive", ICPN, "Northern Lights")
    assert (found.artists, found.type) == (("The Example", "A Guest"), ReleaseType.EP)
    assert (found.release_date, found.genres, found.explicit) == (date(2026, 1, 30), ("Electro",), True)
    assert found.track_count == len(found.tracks) == 3
    second = found.tracks[1]
    assert (second.title, second.version, second.isrc) == ("Song 2", "Live", "DEA122600102")
    assert (second.duration, second.disc_number, second.number, second.explicit) == (Decimal(182), 1, 2, True)
    assert found.origins["icpn"] == FieldOrigin(record="album/302127", name="upc")
    assert second.origins["title"] == FieldOrigin(record="track/2", name="title_short")
    assert deezer.asked == [f"/album/upc:{ICPN}", "/album/302127/tracks?index=0&limit=100"]


@pytest.mark.proves("ECO-05")
async def test_what_deezer_does_not_know_by_icpn_is_searched_for_and_must_have_that_icpn(deezer: DeezerServer) -> None:
    deezer.direct = False
    deezer.albums = {1: album(1, upc="4006381333948"), 2: album(2, upc=f"0{ICPN}")}
    deezer.albums[1]["title"] = ICPN

    found = await source_of(deezer).find_album(ALBUM)
    deezer.albums.pop(2)
    nothing = await source_of(deezer).find_album(ALBUM)

    assert found is not None
    assert found.origins["title"].record == "album/2"
    assert nothing is None
    assert f"/search/album?q={ICPN}&limit=5" in deezer.asked


async def test_a_missing_page_means_that_there_is_none(deezer: DeezerServer) -> None:
    deezer.faults = [web.Response(status=404)]

    found = await source_of(deezer).find_album(ALBUM)

    assert found is not None
    assert deezer.asked[1].startswith("/search/album")


async def test_long_albums_are_read_page_by_page_and_no_address_of_the_answer_is_followed(
    deezer: DeezerServer,
) -> None:
    deezer.tracks = {place: track(place, None, place) for place in range(1, 231)}

    found = await source_of(deezer).find_album(ALBUM)

    assert found is not None
    assert [each.number for each in found.tracks] == list(range(1, 231))
    assert [each.isrc for each in found.tracks] == [None] * 230
    assert [path.partition("?")[2] for path in deezer.asked[1:]] == [
        "index=0&limit=100",
        "index=100&limit=100",
        "index=200&limit=100",
    ]


async def test_only_what_is_called_the_same_is_found_by_name(deezer: DeezerServer) -> None:
    source = source_of(deezer)

    found = await source.find_album(AlbumWanted(title="night  DRIVE", artist="the example"))
    similar = await source.find_album(AlbumWanted(title="Night Drives", artist="The Example"))
    recording = await source.find_recording(RecordingWanted(title="Song 1 (Live)", artist="The Example"))
    other = await source.find_recording(RecordingWanted(title="Song 1 (Live)", artist="Somebody"))

    assert found is not None
    assert found.icpn == ICPN
    assert similar is None
    assert recording is not None
    assert recording.isrc == ISRC
    assert other is None


async def test_a_recording_of_another_isrc_is_none(deezer: DeezerServer) -> None:
    deezer.faults = [track(9, "DEA122600999", 1)]

    assert await source_of(deezer).find_recording(RECORDING) is None


@pytest.mark.parametrize(
    "fault", [quota_exceeded(), error(700, message="busy"), web.Response(status=503), web.Response(status=429)]
)
async def test_a_refusal_that_passes_is_asked_again(deezer: DeezerServer, fault: Any) -> None:
    deezer.faults = [fault]

    found = await source_of(deezer, calls=3, window=0.05).find_recording(RECORDING)

    assert found is not None
    assert len(deezer.asked) == 2


async def test_the_quota_of_deezer_is_waited_for_and_in_the_end_told(deezer: DeezerServer) -> None:
    waits: list[float] = []
    now = 100.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += seconds

    deezer.faults = [quota_exceeded() for _ in range(3)]
    source = source_of(deezer, Quota(50, 5.0, lambda: now, sleep))

    with pytest.raises(TransportError) as refused:
        await source.find_recording(RECORDING)

    assert (refused.value.code, refused.value.retryable) == ("RATE_LIMITED", True)
    assert waits == [5.0, 5.0]
    assert len(deezer.asked) == 3


async def test_calls_wait_for_their_turn_and_none_waits_too_long() -> None:
    waits: list[float] = []
    now = 0.0

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    quota = Quota(2, 5.0, lambda: now, sleep)
    for _ in range(4):
        await quota.turn(patience=6.0)
    with pytest.raises(TransportError) as refused:
        await quota.turn(patience=6.0)
    now = 10.0
    await quota.turn(patience=0.0)

    assert waits == [5.0, 5.0]
    assert (refused.value.code, refused.value.retry_after) == ("RATE_LIMITED", 10.0)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("<html>not here</html>", "METADATA_ANSWER_UNCLEAR"),
        ("[]", "METADATA_ANSWER_UNCLEAR"),
        ('{"id": 1}', "METADATA_ANSWER_UNCLEAR"),
        ('{"error": "yes"}', "METADATA_ANSWER_UNCLEAR"),
        ("[" * 100_000, "METADATA_ANSWER_UNCLEAR"),
        (LARGE, "METADATA_ANSWER_UNCLEAR"),
        (b"\xff\xfe\xff", "METADATA_ANSWER_UNCLEAR"),
        (error(300, "OAuthException", "token"), "METADATA_REQUEST_REFUSED"),
        (web.Response(status=403), "METADATA_REQUEST_REFUSED"),
        (web.Response(status=302, headers={"Location": "http://169.254.169.254/"}), "METADATA_REQUEST_REFUSED"),
    ],
    ids=["html", "list", "no title", "odd error", "deep", "large", "bytes", "token", "403", "redirect"],
)
async def test_an_answer_that_is_none_is_no_metadata(deezer: DeezerServer, fault: Any, code: str) -> None:
    deezer.faults = [fault]

    with pytest.raises(TransportError) as refused:
        await source_of(deezer).find_recording(RECORDING)

    assert refused.value.code == code
    assert len(deezer.asked) == 1


async def test_a_slow_answer_is_not_waited_for(deezer: DeezerServer) -> None:
    deezer.delay = 5

    with pytest.raises(TransportError) as refused:
        await source_of(deezer, timeout=0.1).find_album(ALBUM)

    assert refused.value.code == "TRANSFER_STALLED"


@pytest.mark.proves("SEC-17")
async def test_an_address_of_the_operators_network_is_refused_unless_allowed(deezer: DeezerServer) -> None:
    with pytest.raises(TransportError) as refused:
        await source_of(deezer, private_networks=()).find_album(ALBUM)

    assert refused.value.code == "ADDRESS_FORBIDDEN"
    assert deezer.asked == []


async def test_what_was_found_is_kept_and_what_failed_is_not(deezer: DeezerServer) -> None:
    source = source_of(deezer)
    deezer.faults = ["nonsense"]

    with pytest.raises(TransportError):
        await source.find_recording(RECORDING)
    first = await source.find_recording(RECORDING)
    again = await source.find_recording(RECORDING)
    nothing = [await source.find_recording(RecordingWanted(isrc="DEA122600199")) for _ in range(2)]

    assert first == again
    assert nothing == [None, None]
    assert len(deezer.asked) == 3


async def test_kept_answers_grow_old() -> None:
    moments, asked = iter((0.0, 599.0, 601.0, 601.0, 4000.0, 4202.0, 4202.0)), 0

    async def ask() -> str | None:
        nonlocal asked
        asked += 1
        return "there" if asked > 1 else None

    cache: Cache[str] = Cache(3600.0, lambda: next(moments))
    answers = [await cache.get("q", ask) for _ in range(5)]

    assert answers == [None, None, "there", "there", "there"]
    assert asked == 3


@pytest.mark.proves("IMP-14", "PER-09")
async def test_an_album_takes_less_than_three_seconds_where_each_answer_takes_half_a_second(
    deezer: DeezerServer,
) -> None:
    deezer.tracks = {place: track(place, None, place) for place in range(1, 41)}
    deezer.delay = 0.5
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    found = await source_of(deezer, Quota(50, 5.0, lambda: 100.0, sleep)).find_album(ALBUM)

    assert found is not None
    assert len(found.tracks) == 40
    # Two answers one after the other, and nothing else is waited for, whatever the machine is busy with.
    assert len(deezer.asked) == 2
    assert len(deezer.asked) * deezer.delay + sum(waits) < 3


async def test_many_at_once_share_one_quota(deezer: DeezerServer) -> None:
    deezer.tracks = {place: track(place, f"DEA1226001{place:02d}", place) for place in range(1, 31)}
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    source = source_of(deezer, Quota(10, 0.2, lambda: 100.0, sleep))

    found = await asyncio.gather(
        *(source.find_recording(RecordingWanted(isrc=f"DEA1226001{place:02d}")) for place in range(1, 31))
    )

    assert [each.number for each in found if each] == list(range(1, 31))
    assert sorted(waits) == pytest.approx([0.2] * 10 + [0.4] * 10)


@pytest.mark.parametrize(
    "settings",
    [
        {"address": "http://api.deezer.com"},
        {"address": "ftp://api.deezer.com"},
        {"address": "https://me@api.deezer.com"},
        {"private_networks": ["home"]},
        {"cache_lifetime": 31 * 86_400},
        {"adress": "https://api.deezer.com"},
    ],
)
def test_wrong_settings_are_refused(settings: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DeezerPlugin(settings)
