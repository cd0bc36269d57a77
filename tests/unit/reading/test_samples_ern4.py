"""Official samples of ERN 4: every one is read, and what they say is known by heart."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from distro_sdk.messages import FileDetails
from distro_sdk.models.assets import AssetKind
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ImageType,
    ParentalWarning,
    Preview,
    ReleaseType,
    ResourceType,
    TitleTranslation,
    VideoType,
)
from distro_sdk.models.commerce import CommercialModel, Rights, Territories, UseType, Visibility
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import HashAlgorithm, MessageType
from tests.unit.reading.conftest import ReadSample, read

SAMPLES = {
    "4.1.1/1_Audio.xml": ("Yume no Hajmari", ReleaseType.ALBUM, 21, 22),
    "4.1.1/3_MixedMedia.xml": ("Einfach Anna!", ReleaseType.MIXED, 17, 22),
    "4.1.1/5_SimpleVideoSingle.xml": ("Been Waiting", ReleaseType.VIDEO, 1, 2),
    "4.1.1/7_LongformMusicalWorkVideo.xml": ("The Italian - Live In Concert", ReleaseType.VIDEO, 2, 0),
    "4.2/2_Video.xml": ("La Première Fois", ReleaseType.VIDEO, 2, 5),
    "4.2/4_SimpleAudioSingle.xml": ("I Love You", ReleaseType.SINGLE, 1, 1),
    "4.2/6_Ringtone.xml": ("Middle of a Memory", ReleaseType.SINGLE, 1, 2),
    "4.2/8_DjMix.xml": ("MMix", ReleaseType.SINGLE, 1, 2),
    "4.2/Variant_BoxedSet.xml": ("The Complete Recollection: 1999 - 2010", ReleaseType.MIXED, 121, 150),
    "4.2/kazhs_album.xml": ("Yume no Hajmari", ReleaseType.ALBUM, 2, 3),
    "4.3/1_Audio.xml": ("Yume no Hajmari", ReleaseType.ALBUM, 21, 22),
    "4.3/3_MixedMedia.xml": ("Einfach Anna!", ReleaseType.MIXED, 17, 22),
    "4.3/5_SimpleVideoSingle.xml": ("Been Waiting", ReleaseType.VIDEO, 1, 2),
    "4.3/7_LongformMusicalWorkVideo.xml": ("The Italian - Live In Concert", ReleaseType.VIDEO, 2, 0),
    "4.3/Variant_Classical.xml": ("Antonio Vivaldi: The Four Seasons", ReleaseType.ALBUM, 12, 13),
    "4.3.1/2_Video.xml": ("La Première Fois", ReleaseType.VIDEO, 2, 5),
    "4.3.1/4_SimpleAudioSingle.xml": ("I Love You", ReleaseType.SINGLE, 1, 0),
    "4.3.1/6_Ringtone.xml": ("Middle of a Memory", ReleaseType.SINGLE, 1, 1),
    "4.3.1/8_DjMix.xml": ("MMix", ReleaseType.SINGLE, 1, 1),
}
"""Title, type, number of tracks, number of files that come along."""


@pytest.mark.proves("IMP-04")
@pytest.mark.parametrize("name", SAMPLES)
def test_every_official_sample_is_read(read_sample: ReadSample, name: str) -> None:
    message = read_sample(name)

    (release,) = message.releases
    told = release.complete.release
    assert message.type is MessageType.NEW_RELEASE
    assert (told.title, told.type, len(told.tracks), len(release.files)) == SAMPLES[name]
    assert told.party_ids() == {party.id for party in release.complete.parties}
    assert told.asset_ids() == set(release.details)
    assert set(release.files) <= set(release.details)


def test_no_sample_was_forgotten(ddex_folder: Path) -> None:
    there = {f"{path.parent.name}/{path.name}" for path in (ddex_folder / "samples").glob("4*/*.xml")}

    assert there == set(SAMPLES)


def test_an_audio_album_with_titles_in_two_scripts(read_sample: ReadSample) -> None:
    message = read_sample("4.3/1_Audio.xml")

    (read_release,) = message.releases
    complete = read_release.complete
    release, first = complete.release, complete.release.tracks[0]
    assert (message.format, message.message_id, message.profile) == ("ern/4.3", "Test1.1", "Audio")
    assert (message.sender, message.recipients) == ("PADPIDA2013042401U", ("PADPIDA2009101501Y",))
    assert message.created_at is not None
    assert message.created_at.isoformat() == "2014-09-24T14:57:25+01:00"
    assert (release.icpn, release.language, release.display_artist) == ("00094631432057", "en", "Saeko Shu")
    assert release.translations == (
        TitleTranslation(language="ja-Jpan", title="夢のはじまり"),
        TitleTranslation(language="ja-Kana", title="ﾕﾒﾉﾊｼﾞﾏﾘ"),
    )
    assert release.genre is not None
    assert release.genre.name == "J-Pop"
    assert release.parental_warning is ParentalWarning.NO_ADVICE_AVAILABLE
    artist = complete.party(release.artists[0].party_id)
    assert (artist.name, artist.name_indexed) == ("Saeko Shu", "Shu, Saeko")
    assert complete.party(release.label_party_id or "").name == "EMI MUSIC JAPAN INC."
    assert (first.title, first.isrc, first.language) == ("Yume no Lullaby", "JPTO09404900", "ja")
    assert first.p_line == RightsLine(year=1994, text="(P) 1994 EMI Music Japan Inc.")
    assert first.preview == Preview(start_time=Decimal(45))
    assert read_release.files["audio-1"] == "0094631432057_01_001.wav"
    assert read_release.details["audio-1"] == FileDetails(kind=AssetKind.AUDIO, duration=Decimal(148))
    assert read_release.files["image-1"] == "0094631432057.jpg"
    assert "/ern:NewReleaseMessage/ResourceList/SoundRecording/CreationDate" in message.unread


def test_where_when_and_on_which_terms_it_is_offered(read_sample: ReadSample) -> None:
    (read_release,) = read_sample("4.3/1_Audio.xml").releases

    release = read_release.complete.release
    (terms,) = read_release.terms
    assert release.territories == Territories(included=("JP",))
    assert release.rights == Rights(start_date=date(2004, 4, 1), price_code="AAAA", track_price_code="AAAA")
    assert terms.commercial_model is CommercialModel.PAY_AS_YOU_GO
    assert terms.use_types == (UseType.PERMANENT_DOWNLOAD, UseType.CONDITIONAL_DOWNLOAD)


def test_a_video_album_with_screen_captures(read_sample: ReadSample) -> None:
    (read_release,) = read_sample("4.2/2_Video.xml").releases

    release = read_release.complete.release
    first, second = release.tracks
    assert (first.title, first.version, second.version) == ("La Première Fois", "Video 2D", "Video 3D")
    assert (first.resource_type, first.video_type) == (ResourceType.VIDEO, VideoType.SHORT_FORM)
    assert read_release.files[first.video_asset_id or ""] == "5099962136853_01_001.mpg"
    assert read_release.files[first.screen_capture_asset_id or ""] == "5099962136853_01_001.jpg"
    assert [image.type for image in release.images] == [ImageType.FRONT_COVER]
    assert release.c_line is not None
    assert release.c_line.year == 2012
    assert release.territories.included == ("AT", "CH", "DE")


def test_a_mixed_release_on_two_discs_with_a_booklet(read_sample: ReadSample) -> None:
    message = read_sample("4.3/3_MixedMedia.xml")

    (read_release,) = message.releases
    release = read_release.complete.release
    kinds = [track.resource_type for track in release.tracks]
    assert kinds == [ResourceType.SOUND_RECORDING] * 14 + [ResourceType.VIDEO] * 3
    assert [track.disc_number for track in release.tracks] == [1] * 14 + [2] * 3
    assert read_release.files[release.booklet_asset_id or ""] == "5099907138655_00.pdf"
    # Prices of single tracks in a past campaign have no place: a track is offered as its release is.
    assert "/ern:NewReleaseMessage/DealList/ReleaseDeal/Deal" in message.unread
    p_line = release.tracks[0].p_line
    assert p_line is not None
    assert "owned by Frömelt/Zimmermann" in p_line.text


def test_a_boxed_set_of_ten_releases(read_sample: ReadSample) -> None:
    (read_release,) = read_sample("4.2/Variant_BoxedSet.xml").releases

    release = read_release.complete.release
    components = [(one.title, one.grid, one.disc_numbers) for one in release.components]
    assert len(components) == 10
    assert components[0] == ("Under Feet Like Ours", "A10302B00009564871", (1,))
    assert components[9] == ("The Con: The Movie", "A10302B00009564870", (10,))
    assert release.visibility == Visibility(
        display_start=date(2013, 4, 4),
        cover_art_start=date(2013, 4, 4),
        track_listing_start=date(2013, 4, 4),
        clip_start=date(2013, 4, 4),
    )
    assert read_release.details["audio-1"] == FileDetails(
        kind=AssetKind.AUDIO,
        hashes={HashAlgorithm.MD5: "f2cf7e49ad5d8ab92b6f0c85b2864632"},
        codec="MP3",
        duration=Decimal("184.933"),
        channels=2,
        sample_rate=44_100,
        bit_rate=128,
    )
    film = read_release.details["video-121"]
    assert (film.width, film.height, film.frame_rate, film.bit_rate) == (1920, 1080, Decimal("29.97"), 50_000)
    credited = release.tracks[120].contributors
    assert [entry.roles for entry in credited] == [(ContributorRole.STUDIO_PRODUCER,)] * 3


def test_a_classical_album_with_works_of_several_parts(read_sample: ReadSample) -> None:
    message = read_sample("4.3/Variant_Classical.xml")

    (read_release,) = message.releases
    complete = read_release.complete
    spring, *others = complete.release.works
    assert spring.title == 'Concerto For Violin And Strings In E Major, Op.8, No.1, RV 269 "La Primavera"'
    assert spring.track_ids == ("track-1", "track-2", "track-3")
    assert len(others) == 3
    first = complete.release.tracks[0]
    shown = [complete.party(artist.party_id).name for artist in first.artists]
    assert shown == ["The English Concert", "Simon Standage", "Trevor Pinnock"]
    assert {artist.role for artist in first.artists} == {ArtistRole.MAIN_ARTIST}
    soloist = first.contributors[2]
    assert complete.party(soloist.party_id).name == "Trevor Pinnock"
    assert (soloist.roles, soloist.instruments) == ((ContributorRole.SOLOIST,), ("Harpsichord",))
    assert first.preview == Preview(start_time=Decimal(0), duration=Decimal(60))
    assert message.created_at == datetime(2017, 4, 25, 15, 0, 29, 947000, tzinfo=UTC)
    # How a movement is cited is told without its composer, which is not how we would.
    assert message.unread == ("/ern:NewReleaseMessage/ResourceList/SoundRecording/AdditionalTitle",)


def test_a_concert_film_with_a_trailer_and_a_cue_sheet(read_sample: ReadSample) -> None:
    message = read_sample("4.3/7_LongformMusicalWorkVideo.xml")

    (read_release,) = message.releases
    film, trailer = read_release.complete.release.tracks
    assert (film.video_type, trailer.version) == (VideoType.LONG_FORM, "Trailer")
    assert (film.cues[0].title, film.cues[0].duration, film.cues[0].isrc) == ("Il Mondo", Decimal(184), "GBUV71200495")
    # Two of fifteen cues do not say when they begin.
    assert len(film.cues) == 13
    assert "/ern:NewReleaseMessage/CueSheetList/CueSheet/Cue" in message.unread
    assert "/ern:NewReleaseMessage/ChapterList" in message.unread


def test_parts_of_a_mix_are_no_tracks(read_sample: ReadSample) -> None:
    message = read_sample("4.3.1/8_DjMix.xml")

    assert message.format == "ern/4.3.2"
    assert "/ern:NewReleaseMessage/ResourceList/SoundRecording" in message.unread


def test_the_same_in_every_version_is_read_as_the_same(read_sample: ReadSample) -> None:
    older, newer = (read_sample(f"{version}/2_Video.xml").releases[0] for version in ("4.2", "4.3.1"))

    assert older.complete == newer.complete
    assert older.terms == newer.terms


def test_reading_twice_gives_the_same(ddex_folder: Path) -> None:
    content = (ddex_folder / "samples" / "4.3" / "Variant_Classical.xml").read_bytes()

    assert read(content) == read(content)
