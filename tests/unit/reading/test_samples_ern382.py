"""Samples of ERN 3.8: every one is read, and what they say is known by heart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from distro_sdk.errors import DomainErrors
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ReleaseStatus,
    ReleaseType,
    TitleTranslation,
    VideoType,
)
from distro_sdk.models.commerce import CommercialModel, RightsClaimPolicy, Visibility
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import MessageType
from tests.unit.reading.conftest import ReadSample

DANGLING = "3.8.2/profile-violations/006_zero_sound_recordings.xml"
PROFILES = "3.8.2/release-profiles"
BUSINESS = "3.8.2/business-profiles"


@pytest.mark.proves("IMP-04")
def test_every_valid_sample_is_read(ddex_folder: Path, read_sample: ReadSample) -> None:
    samples = ddex_folder / "samples"
    names = sorted(str(path.relative_to(samples)) for path in samples.glob("3*/**/*.xml"))

    messages = {name: read_sample(name) for name in names if name != DANGLING}

    assert len(messages) == 34
    for name, message in messages.items():
        assert message.format == "ern/3.8.2", name
        assert len(message.releases) == 1, name
        for release in message.releases:
            assert release.complete.release.asset_ids() == set(release.details), name
            assert release.complete.release.party_ids() == {party.id for party in release.complete.parties}, name


def test_a_release_of_recordings_that_are_not_there_is_refused(read_sample: ReadSample) -> None:
    with pytest.raises(DomainErrors) as refused:
        read_sample(DANGLING)

    assert {error.code for error in refused.value.errors} == {"REFERENCE_DANGLING"}
    assert "ResourceGroupContentItem[1] (line 99): there is no resource A1" in refused.value.errors[0].message


def test_an_album_of_a_classical_work_on_two_discs(read_sample: ReadSample) -> None:
    (read_release,) = read_sample(f"{PROFILES}/Profile_DigitalClassicalAudioAlbum_MulitPartWork.xml").releases

    complete = read_release.complete
    release = complete.release
    assert (release.title, release.type, release.grid) == ("The Four Seasons", ReleaseType.ALBUM, "A1UCASE0000000900X")
    assert [track.disc_number for track in release.tracks] == [1] * 6 + [2] * 6
    assert [work.track_ids for work in release.works] == [
        ("track-1", "track-2", "track-3"),
        ("track-4", "track-5", "track-6"),
        ("track-7", "track-8", "track-9"),
        ("track-10", "track-11", "track-12"),
    ]
    first = release.tracks[0]
    assert first.title.startswith("Antonio Vivaldi: The Four Seasons, Concerto No. 1 in E")
    assert (first.isrc, first.iswc) == ("CASE00000901", "T1234567890")
    roles = {complete.party(entry.party_id).name: entry.roles for entry in first.contributors}
    assert roles == {
        "Antonio Vivaldi": (ContributorRole.COMPOSER,),
        "Ludwig von Edwig": (ContributorRole.CONDUCTOR,),
        "The Streatham Philharmonic Orchestra": (ContributorRole.ORCHESTRA,),
        "Steve Albino": (ContributorRole.PRODUCER,),
    }
    assert {artist.role for artist in first.artists} == {ArtistRole.ARTIST}
    assert read_release.files["audio-1"] == "A1UCASE0000000900X_01_01.wav"


def test_an_audio_single(read_sample: ReadSample) -> None:
    (read_release,) = read_sample(f"{PROFILES}/Profile_AudioSingle.xml").releases

    complete = read_release.complete
    release = complete.release
    (track,) = release.tracks
    assert (release.type, release.icpn, release.release_date) == (ReleaseType.SINGLE, None, date(2010, 1, 1))
    assert release.original_release_date == date(1955, 1, 1)
    assert release.c_line == RightsLine(year=2010, text="(C) 2010 Iron Crown Music")
    assert [(complete.party(artist.party_id).name, artist.role) for artist in release.artists] == [
        ("Monkey Claw", ArtistRole.MAIN_ARTIST),
        ("Ape Hand", ArtistRole.FEATURED_ARTIST),
    ]
    # A recording tells who is shown only where that is another name than the release's.
    assert track.display_artist == release.display_artist == "Monkey Claw featung. Ape Hand"
    assert complete.party(release.label_party_id or "").name == "Iron Crown Music"
    assert read_release.details["audio-1"].duration == Decimal(811)


def test_a_video_single_with_its_title_in_other_scripts(read_sample: ReadSample) -> None:
    (read_release,) = read_sample(f"{PROFILES}/Profile_VideoSingle.xml").releases

    release = read_release.complete.release
    (track,) = release.tracks
    assert (release.title, release.version) == ("Can you feel ...the Monkey Claw!", "Live at Budokan")
    assert release.translations == (
        TitleTranslation(
            language="ja", title="キャン・ユー・フィール．．．ザ・モンキー・クロー！", version="ライヴ・アット・武道館"
        ),
        TitleTranslation(
            language="ja-Kana",
            title="キャン・ユー・フィール…ザ・モンキー・クロー!",
            version="ライウ゛・アット・ブドーカン",
        ),
    )
    assert track.screen_capture_asset_id == "video-1-capture"


def test_a_concert_film_with_its_cues(read_sample: ReadSample) -> None:
    (read_release,) = read_sample("3.8/Profile_LongformMusicVideo.xml").releases

    (film,) = read_release.complete.release.tracks
    assert film.video_type is VideoType.LONG_FORM
    assert len(film.cues) == 6
    assert (film.cues[1].title, film.cues[1].isrc) == ("Red top mountain, blown sky high", "CASE00000002")
    assert (film.cues[1].start_time, film.cues[1].duration) == (Decimal(1201), Decimal(427))


def test_dates_of_advance_orders_and_of_being_shown(read_sample: ReadSample) -> None:
    (read_release,) = read_sample(f"{BUSINESS}/ProfileVariant_PreOrders_Preview.xml").releases

    release = read_release.complete.release
    assert release.pre_order_date == date(2011, 9, 20)
    assert release.visibility == Visibility(
        display_start=date(2011, 10, 1),
        track_listing_start=date(2011, 10, 10),
        cover_art_start=date(2011, 10, 20),
        clip_start=date(2011, 10, 30),
    )
    assert release.rights is not None
    assert (release.rights.start_date, release.rights.price_code) == (date(2011, 11, 28), "X1")
    # DDEX's sample has no title: what has none is called by its reference.
    assert release.title == "R1"


def test_claims_on_what_users_upload(read_sample: ReadSample) -> None:
    message = read_sample(f"{BUSINESS}/Profile_RightsClaimsOnUserGeneratedContent.xml")

    (terms,) = message.releases[0].terms
    assert terms.commercial_model is CommercialModel.RIGHTS_CLAIM
    assert terms.claim_policy is RightsClaimPolicy.BLOCK_ACCESS
    assert any(path.endswith("RightsClaimPolicy/Condition") for path in message.unread)


def test_a_release_to_be_forgotten(read_sample: ReadSample) -> None:
    message = read_sample(f"{BUSINESS}/LiveCycle_PurgeReleases.xml")

    (read_release,) = message.releases
    release = read_release.complete.release
    assert message.type is MessageType.PURGE_RELEASE
    assert (release.title, release.icpn, release.status) == ("Boogie Man", "123451234509", ReleaseStatus.TAKEN_DOWN)
    assert [party.name for party in read_release.complete.parties] == ["Vince Weber"]
