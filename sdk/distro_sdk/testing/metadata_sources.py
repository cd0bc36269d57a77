"""What every metadata source must be able to do, as a suite to subclass."""

from __future__ import annotations

import pytest

from distro_sdk.errors import TransportError
from distro_sdk.metadata_sources import AlbumWanted, Found, MetadataSource, RecordingWanted

UNKNOWN_ICPN = "0000000000000"
UNKNOWN_ISRC = "ZZZZZ0000000"
WITHOUT_ORIGIN = frozenset({"origins", "tracks"})


class MetadataSourceConformance:
    """Subclass it as `Test…` and override the fixtures; the source's service runs, or one that speaks like it."""

    @pytest.fixture
    def source(self) -> MetadataSource:
        """The source under test."""
        raise NotImplementedError("override the fixture `source` with the source under test")

    @pytest.fixture
    def unreachable(self) -> MetadataSource:
        """The same source, whose service does not answer."""
        raise NotImplementedError("override the fixture `unreachable` with the source, whose service does not answer")

    @pytest.fixture
    def album(self) -> AlbumWanted:
        """An album that it has, by its ICPN."""
        raise NotImplementedError("override the fixture `album` with an album that it has, by its ICPN")

    @pytest.fixture
    def recording(self) -> RecordingWanted:
        """A recording that it has, by its ISRC."""
        raise NotImplementedError("override the fixture `recording` with a recording that it has, by its ISRC")

    def test_says_what_it_is(self, source: MetadataSource) -> None:
        assert source.key
        assert source.title

    async def test_finds_an_album_and_says_where_each_value_comes_from(
        self, source: MetadataSource, album: AlbumWanted
    ) -> None:
        found = await source.find_album(album)

        assert found is not None
        assert (found.icpn or "").lstrip("0") == (album.icpn or "").lstrip("0")
        assert found.tracks
        for each in (found, *found.tracks):
            _check_origins(each)

    async def test_finds_an_album_by_what_it_is_called(self, source: MetadataSource, album: AlbumWanted) -> None:
        named = await source.find_album(album)
        assert named is not None

        again = await source.find_album(AlbumWanted(title=named.title, artist=named.artists[0]))

        assert again is not None
        assert (again.title, again.icpn) == (named.title, named.icpn)

    async def test_finds_a_recording_and_says_where_each_value_comes_from(
        self, source: MetadataSource, recording: RecordingWanted
    ) -> None:
        found = await source.find_recording(recording)

        assert found is not None
        assert found.isrc == recording.isrc
        _check_origins(found)

    async def test_answers_the_same_each_time(self, source: MetadataSource, album: AlbumWanted) -> None:
        assert await source.find_album(album) == await source.find_album(album)

    async def test_has_nothing_of_what_it_does_not_know(self, source: MetadataSource) -> None:
        assert await source.find_album(AlbumWanted(icpn=UNKNOWN_ICPN)) is None
        assert await source.find_recording(RecordingWanted(isrc=UNKNOWN_ISRC)) is None

    async def test_raises_where_it_gets_no_answer(
        self, unreachable: MetadataSource, album: AlbumWanted, recording: RecordingWanted
    ) -> None:
        with pytest.raises(TransportError):
            await unreachable.find_album(album)
        with pytest.raises(TransportError):
            await unreachable.find_recording(recording)


def _check_origins(found: Found) -> None:
    told = {name for name, value in found if value is not None and value != ()}
    assert told - WITHOUT_ORIGIN == set(found.origins)
    for origin in found.origins.values():
        assert origin.record
        assert origin.name
