"""What a message says is what the release holds: planned by the core, written as ERN 4.3."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from distro_core.messages.planner import plan_message, resource_files
from distro_plugins.ern43 import Ern43Builder
from distro_sdk.ern4.writing.elements import duration
from distro_sdk.errors import DomainErrors
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.catalogue import Contributor, ContributorRole, DisplayArtist, Genre, ImageType, ReleaseType
from tests.catalogue_examples import (
    audio_asset,
    example_order,
    example_release,
    simple_single,
    two_disc_album,
)
from tests.unit.messages.conftest import written


@pytest.mark.proves("TRK-06", "SEC-02")
def test_titles_and_names_survive_exactly() -> None:
    message = written(example_release())

    release = message.root.find("ReleaseList/Release")
    assert release is not None
    assert release.findtext("DisplayTitle/TitleText") == 'AC<DC> & "Co"'
    assert release.findtext("DisplayTitle/SubTitle") == "Deluxe"
    assert release.findtext("DisplayArtistName") == "Åsa & The <Tides>"


@pytest.mark.proves("ERN-08")
def test_a_file_address_with_special_characters_parses_back() -> None:
    order = example_order()
    odd = 'a b/%20"&ü.flac'

    message = written(example_release(), replace(order, resource_uri=lambda kind, name: odd))

    assert {element.text for element in message.root.iter("URI")} == {odd}


@pytest.mark.proves("AST-16")
def test_a_24_bit_96_khz_file_shows_its_true_values() -> None:
    message = written(example_release())

    file = message.root.find("ResourceList/SoundRecording/SoundRecordingEdition/TechnicalDetails/DeliveryFile")
    assert file is not None
    assert [
        file.findtext(name) for name in ("AudioCodecType", "SamplingRate", "BitsPerSample", "NumberOfChannels")
    ] == [
        "FLAC",
        "96000",
        "24",
        "2",
    ]


def test_an_mp3_shows_its_bit_rate_and_no_bits_per_sample() -> None:
    complete = example_release(tracks=1)
    mp3 = audio_asset("audio-1", format=AudioFormat.MP3)
    complete = complete.model_copy(update={"assets": (mp3, *complete.assets[1:])})

    message = written(complete)

    assert message.root.findtext(".//AudioCodecType") == "MP3"
    assert message.root.findtext(".//BitRate") == "320"
    assert message.root.find(".//BitsPerSample") is None


@pytest.mark.proves("ERN-19")
def test_every_file_is_named_with_its_own_hash_and_its_size_in_kilobytes() -> None:
    complete = example_release(tracks=3)

    message = written(complete)

    said = [
        (file.findtext("HashSum/Algorithm"), file.findtext("HashSum/HashSumValue"), file.findtext("FileSize"))
        for file in message.root.iter("File")
    ]
    assert said == [("MD5", asset.hashes.md5, str(asset.size // 1000)) for asset in complete.assets]


@pytest.mark.proves("CAT-32")
def test_lines_carry_the_stored_years() -> None:
    release = written(example_release()).root.find("ReleaseList/Release")

    assert release is not None
    assert (release.findtext("PLine/Year"), release.findtext("CLine/Year")) == ("2019", "2018")


@pytest.mark.proves("CAT-28", "CAT-29", "CAT-31")
def test_dates_catalogue_number_and_language_are_told() -> None:
    root = written(example_release()).root

    assert root.findtext("ReleaseList/Release/OriginalReleaseDate") == "2019-03-01"
    number = root.find("ReleaseList/Release/ReleaseId/CatalogNumber")
    assert number is not None
    assert (number.text, number.get("Namespace")) == ("NLR 12/26", "PADPIDA2014120301L")
    assert root.findtext("ResourceList/SoundRecording/LanguageOfPerformance") == "sv"


@pytest.mark.proves("ERN-17", "TRK-08")
def test_each_party_stands_once_with_its_identifiers() -> None:
    root = written(example_release(tracks=5)).root

    names = [party.findtext("PartyName/FullName") for party in root.findall("PartyList/Party")]
    assert sorted(str(name) for name in names) == sorted(
        ["Åsa & The <Tides>", "しゅうさえこ", "W. Riter", "Paper Publishing", "Northern Light"]
    )
    artist = root.find("PartyList/Party[1]")
    assert artist is not None
    assert (artist.findtext("PartyId/ISNI"), artist.findtext("PartyId/IpiNameNumber")) == (
        "0000000121032683",
        "00014107338",
    )


@pytest.mark.proves("CAT-33", "TRK-09", "ERN-18")
def test_writers_publishers_and_producers_are_contributors() -> None:
    recording = written(example_release()).root.find("ResourceList/SoundRecording")

    assert recording is not None
    roles = [[role.text for role in entry.findall("Role")] for entry in recording.findall("Contributor")]
    assert roles == [["Composer", "Lyricist", "StudioProducer"], ["MusicPublisher"], ["Vocalist"]]


@pytest.mark.proves("TRK-10", "GEN-11")
def test_a_track_genre_overrides_the_release_genre_and_both_have_subgenres() -> None:
    complete = example_release(tracks=2)
    jazz = Genre(name="Jazz", subgenre_name="Bebop")
    tracks = (complete.release.tracks[0].model_copy(update={"genre": jazz}), complete.release.tracks[1])
    complete = complete.model_copy(update={"release": complete.release.model_copy(update={"tracks": tracks})})

    root = written(complete).root

    genres = root.findall("ReleaseList/TrackRelease/Genre")
    told = [(genre.findtext("GenreText"), genre.findtext("SubGenre")) for genre in genres]
    assert told == [("Jazz", "Bebop"), ("Pop", "Indie Pop")]


@pytest.mark.proves("TRK-12")
def test_a_preview_is_told_as_a_clip() -> None:
    clip = written(example_release()).root.find(".//ClipDetails")

    assert clip is not None
    assert (clip.findtext("Timing/StartPoint"), clip.findtext("Timing/DurationUsed")) == ("30.5", "PT0M30S")


@pytest.mark.proves("TRK-13")
def test_each_track_has_its_own_warning_and_the_release_the_strongest() -> None:
    root = written(example_release(tracks=3)).root

    warnings = [element.text for element in root.findall("ResourceList/SoundRecording/ParentalWarningType")]
    assert warnings == ["NotExplicit", "Explicit", "NotExplicit"]
    assert root.findtext("ReleaseList/Release/ParentalWarningType") == "Explicit"


@pytest.mark.proves("ERN-20", "CAT-34")
def test_every_image_is_a_resource_of_its_own() -> None:
    complete = example_release(tracks=2, images=(ImageType.FRONT_COVER, ImageType.BACK_COVER, ImageType.ARTIST))

    root = written(complete).root

    images = root.findall("ResourceList/Image")
    told = [(image.findtext("ResourceReference"), image.findtext(".//URI")) for image in images]
    assert told == [
        ("A3", "image/0094631432057.jpg"),
        ("A4", "image/0094631432057_02.jpg"),
        ("A5", "image/0094631432057_03.jpg"),
    ]
    assert len({image.findtext("Type") for image in images}) == 3


@pytest.mark.proves("TRK-14", "NAM-01", "NAM-02", "NAM-03")
def test_a_two_disc_album_numbers_files_and_groups_by_disc() -> None:
    complete = two_disc_album()

    root = written(complete).root

    files = [file.name for file in resource_files(plan_message(complete, example_order()), complete)]
    assert files[:2] == ["0094631432057_01_001.flac", "0094631432057_01_002.flac"]
    assert files[6:8] == ["0094631432057_02_001.flac", "0094631432057_02_002.flac"]
    groups = root.findall("ReleaseList/Release/ResourceGroup/ResourceGroup")
    assert [group.findtext("SequenceNumber") for group in groups] == ["1", "2"]
    assert [len(group.findall("ResourceGroupContentItem")) for group in groups] == [6, 6]


@pytest.mark.proves("ERN-16")
def test_one_track_release_per_track_but_none_in_a_simple_single() -> None:
    album, single = written(two_disc_album()).root, written(simple_single()).root

    ids = [element.text for element in album.findall("ReleaseList/TrackRelease/ReleaseId/ProprietaryId")]
    assert len(ids) == len(set(ids)) == 12
    assert single.findall("ReleaseList/TrackRelease") == []
    assert single.get("ReleaseProfileVersionId") == "SimpleAudioSingle"


@pytest.mark.proves("ERN-18")
def test_every_role_of_the_catalogue_is_a_role_of_the_format(official_schemas: tuple[etree.XMLSchema, ...]) -> None:
    everything = (Contributor(party_id="writer", roles=tuple(ContributorRole)),)
    complete = example_release(tracks=1)
    release = complete.release.model_copy(update={"contributors": everything})

    message = written(complete.model_copy(update={"release": release}))

    roles = {element.text for element in message.root.iter("Role")}
    assert {role.value for role in ContributorRole} - roles == {"Band", "Producer"}
    assert {"MusicGroup", "StudioProducer"} <= roles
    for schema in official_schemas:
        assert schema.validate(message.root), str(schema.error_log)


def test_an_instrument_without_a_word_in_the_format_is_told_as_the_senders_own() -> None:
    played = (Contributor(party_id="writer", roles=(ContributorRole.MUSICIAN,), instruments=("Violin", "Nyckelharpa")),)
    complete = example_release(tracks=1)
    release = complete.release.model_copy(update={"contributors": played})

    root = written(complete.model_copy(update={"release": release})).root

    told = [
        (element.text, element.get("UserDefinedValue"), element.get("Namespace"))
        for element in root.findall("ResourceList/SoundRecording/Contributor/InstrumentType")
    ]
    assert ("Violin", None, None) in told
    assert ("UserDefined", "Nyckelharpa", "PADPIDA2014120301L") in told


def test_images_are_told_by_what_they_show_and_linked_from_the_release() -> None:
    root = written(example_release(images=(ImageType.LABEL, ImageType.FRONT_COVER, ImageType.BOOKLET))).root

    assert [image.findtext("Type") for image in root.findall("ResourceList/Image")] == [
        "FrontCoverImage",
        "Logo",
        "BookletFrontImage",
    ]
    links = root.findall("ReleaseList/Release/ResourceGroup/LinkedReleaseResourceReference")
    assert [(link.text, link.get("LinkDescription")) for link in links] == [
        ("A3", "CoverArt"),
        ("A4", None),
        ("A5", None),
    ]


def test_the_cover_of_a_simple_single_is_linked_from_its_one_item() -> None:
    root = written(simple_single()).root

    items = root.findall("ReleaseList/Release/ResourceGroup/ResourceGroupContentItem")
    assert [item.findtext("LinkedReleaseResourceReference") for item in items] == ["A2"]


def test_a_single_with_more_than_its_cover_follows_the_profile_audio() -> None:
    root = written(example_release(tracks=1, images=(ImageType.FRONT_COVER, ImageType.BACK_COVER))).root

    assert root.get("ReleaseProfileVersionId") == "Audio"
    assert len(root.findall("ReleaseList/TrackRelease")) == 1


@pytest.mark.parametrize(
    ("others", "flag"), [((), "IsSingleArtistCompilation"), (("guest",), "IsMultiArtistCompilation")]
)
def test_a_compilation_says_whether_it_has_several_artists(others: tuple[str, ...], flag: str) -> None:
    complete = example_release(tracks=2, type=ReleaseType.COMPILATION)
    artists = tuple(DisplayArtist(party_id=party_id) for party_id in ("artist", *others))
    first = complete.release.tracks[0].model_copy(update={"artists": artists})
    release = complete.release.model_copy(update={"tracks": (first, complete.release.tracks[1])})

    element = written(complete.model_copy(update={"release": release})).root.find(f"ReleaseList/Release/{flag}")

    assert element is not None
    assert element.text == "true"


def test_a_wav_file_names_its_container() -> None:
    complete = example_release(tracks=1)
    wav = audio_asset("audio-1", format=AudioFormat.WAV)

    file = written(complete.model_copy(update={"assets": (wav, *complete.assets[1:])})).root.find(".//DeliveryFile")

    assert file is not None
    assert [file.findtext(name) for name in ("ContainerFormat", "AudioCodecType", "BitsPerSample", "BitDepth")] == [
        "WAV",
        "PCM",
        "24",
        "24",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [("0.0004", "PT0M0S"), ("59.9996", "PT1M0S"), ("60", "PT1M0S"), ("3599.9999", "PT1H0M0S"), ("61.050", "PT1M1.05S")],
)
def test_durations_are_rounded_to_the_millisecond(seconds: str, told: str) -> None:
    assert duration(Decimal(seconds)) == told


@pytest.mark.proves("TRK-07")
def test_durations_come_from_the_audio() -> None:
    root = written(example_release(tracks=2)).root

    assert root.findtext("ResourceList/SoundRecording/Duration") == "PT3M25.5S"
    assert root.findtext("ReleaseList/Release/Duration") == "PT6M51S"


@pytest.mark.parametrize("type", [ReleaseType.VIDEO, ReleaseType.MIXED])
def test_a_release_type_that_the_format_cannot_say_is_refused(type: ReleaseType) -> None:
    plan = plan_message(example_release(), example_order())
    video = plan.model_copy(update={"release": plan.release.model_copy(update={"type": type})})

    with pytest.raises(DomainErrors) as refused:
        Ern43Builder().build(video)

    assert [(error.code, error.path) for error in refused.value.errors] == [("RELEASE_TYPE_UNSUPPORTED", ("type",))]


def test_a_character_that_xml_cannot_carry_is_refused_with_its_place() -> None:
    plan = plan_message(example_release(), example_order())
    broken = plan.model_copy(update={"release": plan.release.model_copy(update={"title": "a\x00b"})})

    with pytest.raises(DomainErrors) as refused:
        Ern43Builder().build(broken)

    assert [(error.code, error.path) for error in refused.value.errors] == [("CHARACTER_ILLEGAL", ("release", "title"))]


def test_durations_of_hours_are_written_with_hours() -> None:
    complete = example_release(tracks=1)
    long = audio_asset("audio-1", duration=str(Decimal("7384.25")))
    complete = complete.model_copy(update={"assets": (long, *complete.assets[1:])})

    assert written(complete).root.findtext("ResourceList/SoundRecording/Duration") == "PT2H3M4.25S"
