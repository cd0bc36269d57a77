"""Looking up metadata over GraphQL, at a source that a plugin of the tenant brings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from distro_core.catalogue.releases import ReleaseService
from distro_core.identity.documents import TenantDocument
from distro_core.metadata.lookup import MetadataLookup
from distro_core.platform import Platform
from distro_core.plugins.enablement import PluginService
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_plugins.deezer.settings import DeezerSettings
from distro_plugins.deezer.source import DeezerSource
from distro_sdk.errors import DomainError
from distro_sdk.metadata_sources import AlbumWanted, FoundAlbum, FoundRecording, MetadataSource, RecordingWanted
from tests.api.conftest import Staff
from tests.deezer_server import ICPN, DeezerServer, serve_deezer, track

SOURCES = "{ metadataSources { key title } }"
ALBUM = """query($source: String!, $icpn: String, $title: String, $artist: String) {
  metadataLookupAlbum(source: $source, icpn: $icpn, title: $title, artist: $artist) {
    title artists icpn label type releaseDate explicit trackCount
    tracks { title version isrc number duration origins { field record name } }
    origins { field record name } } }"""
RECORDINGS = """query($isrcs: [String!]!) { metadataLookupRecordings(source: "deezer", isrcs: $isrcs) {
  isrc recording { title isrc artists } error { code path } } }"""
CREATE = """mutation($input: ReleaseCreateFromMetadataInput!) { releaseCreateFromMetadata(input: $input) {
  release { title status icpn type tracks { title version isrc parentalWarning } } errors { code path } } }"""


@pytest.fixture
async def deezer(platform: Platform) -> AsyncIterator[DeezerServer]:
    """Deezer, as the plugin of this platform reaches it."""
    async with serve_deezer() as server:
        offers = platform.runtimes.current.registries.metadata_sources.offered_by(["deezer"])
        source = offers["deezer"]
        assert isinstance(source, DeezerSource)
        kept = dict(vars(source))
        vars(source).update(vars(DeezerSource(DeezerSettings.model_validate(server.settings))))
        yield server
        vars(source).update(kept)


@pytest.mark.proves("API-33")
@pytest.mark.hook("register_metadata_sources")
async def test_an_album_is_looked_up_and_nothing_is_stored(
    staff_a: Staff, deezer: DeezerServer, label_a: Scope
) -> None:
    sources = await staff_a.viewer.data(SOURCES)
    found = (await staff_a.viewer.data(ALBUM, source="deezer", icpn=ICPN))["metadataLookupAlbum"]
    named = await staff_a.viewer.data(ALBUM, source="deezer", title="Night Drive", artist="The Example")
    missing = await staff_a.viewer.data(ALBUM, source="deezer", icpn="4006381333948")

    assert {"key": "deezer", "title": "Deezer"} in sources["metadataSources"]
    assert found | {"tracks": [], "origins": []} == {
        "title": "Night Drive",
        "artists": ["The Example", "A Guest"],
        "icpn": ICPN,
        "label": "Northern Lights",
        "type": "EP",
        "releaseDate": "2026-01-30",
        "explicit": True,
        "trackCount": 3,
        "tracks": [],
        "origins": [],
    }
    assert {"field": "releaseDate", "record": "album/302127", "name": "release_date"} in found["origins"]
    first = found["tracks"][0]
    assert (first["title"], first["version"], first["isrc"], first["number"]) == ("Song 1", "Live", "DEA122600101", 1)
    assert {"field": "isrc", "record": "track/1", "name": "isrc"} in first["origins"]
    assert named["metadataLookupAlbum"] == found
    assert missing["metadataLookupAlbum"] is None
    assert (await ReleaseService(label_a).page()).documents == []


@pytest.mark.proves("API-34", "IMP-15")
async def test_fifty_isrcs_have_fifty_answers_each_with_its_own_error(staff_a: Staff, deezer: DeezerServer) -> None:
    deezer.tracks = {place: track(place, f"DEA1226001{place:02d}", place) for place in range(48)}
    isrcs = [f"DEA1226001{place:02d}" for place in range(48)] + ["DEA122600199", "no isrc"]

    found = (await staff_a.viewer.data(RECORDINGS, isrcs=isrcs))["metadataLookupRecordings"]

    assert [each["isrc"] for each in found] == isrcs
    assert [each["recording"]["isrc"] for each in found[:48]] == isrcs[:48]
    assert {each["error"] for each in found[:48]} == {None}
    assert [each["recording"] for each in found[48:]] == [None, None]
    assert [each["error"] for each in found[48:]] == [
        {"code": "METADATA_NOT_FOUND", "path": ["isrcs", "48"]},
        {"code": "ISRC_INVALID", "path": ["isrcs", "49"]},
    ]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"source": "spotify", "icpn": ICPN}, "METADATA_SOURCE_UNKNOWN"),
        ({"source": "deezer"}, "METADATA_QUERY_INVALID"),
        ({"source": "deezer", "title": "Night Drive"}, "METADATA_QUERY_INVALID"),
        ({"source": "deezer", "icpn": "4006381333932"}, "ICPN_CHECK_DIGIT_WRONG"),
    ],
)
async def test_a_lookup_that_says_too_little_is_refused(
    staff_a: Staff, deezer: DeezerServer, variables: Mapping[str, str], code: str
) -> None:
    assert await staff_a.viewer.refused(ALBUM, **variables) == code
    assert deezer.asked == []


async def test_a_request_asks_for_a_hundred_isrcs_at_most(staff_a: Staff, deezer: DeezerServer) -> None:
    assert await staff_a.viewer.refused(RECORDINGS, isrcs=[]) == "METADATA_QUERY_INVALID"
    assert await staff_a.viewer.refused(RECORDINGS, isrcs=["x"] * 101) == "METADATA_QUERY_INVALID"


async def test_a_source_that_does_not_answer_is_told(staff_a: Staff, deezer: DeezerServer) -> None:
    deezer.faults = ["nonsense"]

    assert await staff_a.viewer.refused(ALBUM, source="deezer", icpn=ICPN) == "METADATA_SOURCE_UNAVAILABLE"


@pytest.mark.proves("ECO-05")
async def test_a_draft_release_is_made_of_an_album(
    staff_a: Staff, staff_b: Staff, deezer: DeezerServer, label_a: Scope, label_b: Scope
) -> None:
    made = await staff_a.manager.data(CREATE, input={"source": "deezer", "icpn": ICPN})
    again = await staff_a.manager.data(CREATE, input={"source": "deezer", "icpn": ICPN})
    missing = await staff_b.manager.data(CREATE, input={"source": "deezer", "icpn": "4006381333948"})

    answer = made["releaseCreateFromMetadata"]
    assert answer["errors"] == []
    assert (answer["release"]["title"], answer["release"]["status"]) == ("Night Drive", "draft")
    assert (answer["release"]["icpn"], answer["release"]["type"]) == (ICPN, "EP")
    assert answer["release"]["tracks"][1] == {
        "title": "Song 2",
        "version": "Live",
        "isrc": "DEA122600102",
        "parentalWarning": "Explicit",
    }
    assert [each["code"] for each in again["releaseCreateFromMetadata"]["errors"]] == ["ICPN_TAKEN"]
    assert missing["releaseCreateFromMetadata"]["errors"] == [{"code": "METADATA_NOT_FOUND", "path": ["icpn"]}]
    assert len((await ReleaseService(label_a).page()).documents) == 1
    assert (await ReleaseService(label_b).page()).documents == []


async def test_a_tenant_without_the_plugin_has_no_such_source(
    platform: Platform, staff_a: Staff, staff_b: Staff, deezer: DeezerServer, tenant_a: TenantDocument
) -> None:
    scope = await platform.scope(tenant_a.id, SYSTEM_ACTOR)
    await PluginService(scope, platform.control, platform.runtimes).disable("deezer")

    assert await staff_a.viewer.refused(ALBUM, source="deezer", icpn=ICPN) == "METADATA_SOURCE_UNKNOWN"
    assert (await staff_a.viewer.data(SOURCES))["metadataSources"] == []
    assert (await staff_b.viewer.data(ALBUM, source="deezer", icpn=ICPN))["metadataLookupAlbum"]["icpn"] == ICPN


class Broken:
    """A source that breaks."""

    key = "broken"
    title = "Broken"

    async def find_album(self, wanted: AlbumWanted) -> FoundAlbum | None:
        raise ZeroDivisionError

    async def find_recording(self, wanted: RecordingWanted) -> FoundRecording | None:
        raise ZeroDivisionError


class WithSource:
    """A tenant's plugins that bring one source."""

    def __init__(self, source: MetadataSource) -> None:
        self.metadata_sources: Mapping[str, MetadataSource] = {source.key: source}


async def test_a_source_that_breaks_takes_nothing_with_it(label_a: Scope) -> None:
    broken: Any = WithSource(Broken())
    lookup = MetadataLookup(replace(label_a, plugins=broken))

    with pytest.raises(DomainError) as refused:
        await lookup.album("broken", icpn=ICPN)
    answers = await lookup.recordings("broken", ["DEA122600101"])

    assert refused.value.code == "METADATA_SOURCE_UNAVAILABLE"
    assert [each.error.code for each in answers if each.error] == ["METADATA_SOURCE_UNAVAILABLE"]
