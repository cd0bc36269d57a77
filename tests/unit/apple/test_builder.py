"""What Apple's metadata says of a release: every field of the table, in its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from distro_plugins.apple53 import AppleBuilder
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.assets import AudioFormat
from distro_sdk.models.catalogue import (
    ArtistRole,
    ContributorRole,
    ParentalWarning,
    Preview,
    ProprietaryId,
    TitleTranslation,
)
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import MessagePlan, MessageSubtype, ReleaseProfile
from distro_sdk.models.planned_releases import PlannedGenre
from distro_sdk.models.planned_resources import PlannedArtist, PlannedContributor
from distro_sdk.testing.messages import MessageBuilderConformance
from tests.unit.apple.plans import (
    GENRE,
    SETTINGS,
    apple_plan,
    built,
    every,
    offers,
    text,
    texts,
    twin,
    with_recording,
    with_release,
)

SINGLE = """<?xml version='1.0' encoding='UTF-8'?>
<package xmlns="http://apple.com/itunes/importer" version="music5.3">
  <language>sv</language>
  <provider>SoederMusic</provider>
  <album>
    <vendor_id>4006381333931</vendor_id>
    <upc>4006381333931</upc>
    <title>Ænima &amp; &lt;Fjörd&gt;</title>
    <original_release_date>2026-02-20</original_release_date>
    <label_name>Söder &amp; Söner</label_name>
    <genres>
      <genre code="POP-00"/>
      <genre code="INDIE-POP-00"/>
    </genres>
    <copyright_pline>2025 Söder &amp; Söner</copyright_pline>
    <copyright_cline>2026 Söder &amp; Söner</copyright_cline>
    <artwork_files>
      <file>
        <file_name>4006381333931_IMG1.jpg</file_name>
        <size>1200000</size>
        <checksum type="md5">{cover_md5}</checksum>
      </file>
    </artwork_files>
    <track_count>1</track_count>
    <volume_count>1</volume_count>
    <products>
      <product>
        <territory>WW</territory>
        <wholesale_price_tier>3</wholesale_price_tier>
        <sales_start_date>2026-02-20</sales_start_date>
        <cleared_for_sale>true</cleared_for_sale>
        <cleared_for_stream>true</cleared_for_stream>
        <stream_start_date>2026-02-20</stream_start_date>
      </product>
    </products>
    <artists>
      <artist>
        <artist_name>Åsa &amp; the &lt;Norns&gt;</artist_name>
        <roles>
          <role>Performer</role>
        </roles>
        <primary>true</primary>
      </artist>
    </artists>
    <tracks>
      <track>
        <vendor_id>SEAYD7900101</vendor_id>
        <isrc>SEAYD7900101</isrc>
        <title>Ænima &amp; &lt;Fjörd&gt;</title>
        <label_name>Söder &amp; Söner</label_name>
        <copyright_pline>2025 Söder &amp; Söner</copyright_pline>
        <genres>
          <genre code="POP-00"/>
          <genre code="INDIE-POP-00"/>
        </genres>
        <explicit_content>none</explicit_content>
        <volume_number>1</volume_number>
        <track_number>1</track_number>
        <audio_file>
          <file_name>4006381333931_01_01.flac</file_name>
          <size>40000001</size>
          <checksum type="md5">{audio_md5}</checksum>
        </audio_file>
        <artists>
          <artist>
            <artist_name>Åsa &amp; the &lt;Norns&gt;</artist_name>
            <roles>
              <role>Performer</role>
            </roles>
            <primary>true</primary>
          </artist>
          <artist>
            <artist_name>Łukasz Ćwik</artist_name>
            <roles>
              <role>Composer</role>
              <role>Lyricist</role>
            </roles>
            <primary>false</primary>
          </artist>
        </artists>
        <audio_language>sv</audio_language>
        <preview_start_index>30</preview_start_index>
      </track>
    </tracks>
  </album>
</package>"""


class TestAppleBuilder(MessageBuilderConformance):
    has_header = False

    @pytest.fixture
    def builder(self) -> MessageBuilder:
        return AppleBuilder()

    @pytest.fixture
    def plans(self, builder: MessageBuilder) -> tuple[MessagePlan, ...]:
        profiles = [profile for profile in ReleaseProfile if profile in builder.profiles]
        return tuple(apple_plan(subtype, profile) for profile in profiles for subtype in MessageSubtype)


@pytest.mark.proves("APL-01")
def test_a_single_is_written_exactly_so() -> None:
    plan = apple_plan(profile=ReleaseProfile.SIMPLE_AUDIO_SINGLE)

    written = AppleBuilder().build(plan).decode()

    assert written == SINGLE.format(
        cover_md5=plan.images[0].file.hashes.md5, audio_md5=plan.sound_recordings[0].file.hashes.md5
    )


@pytest.mark.proves("APL-01")
def test_an_album_of_two_volumes_counts_tracks_on_each() -> None:
    message = built(apple_plan())

    assert (text(message, "track_count"), text(message, "volume_count")) == ("3", "2")
    places = zip(texts(message, "tracks/track/volume_number"), texts(message, "tracks/track/track_number"), strict=True)
    assert list(places) == [("1", "1"), ("1", "2"), ("2", "1")]
    assert texts(message, "tracks/track/explicit_content") == ["none", "none", "explicit"]
    assert texts(message, "tracks/track/title_version") == ["Live <Unplugged>"]
    assert texts(message, "tracks/track/isrc") == ["SEAYD7900101", "SEAYD7900102", "SEAYD7900103"]


@pytest.mark.proves("APL-04")
def test_a_takedown_closes_the_world_and_names_neither_tracks_nor_files() -> None:
    message = built(apple_plan(MessageSubtype.TAKEDOWN))

    assert offers(message) == [{"territory": "WW", "cleared_for_sale": "false", "cleared_for_stream": "false"}]
    assert every(message, "tracks") == []
    assert list(message.root.iter("{*}file_name")) == []
    assert [etree.QName(each).localname for each in every(message, "*")] == [
        "vendor_id",
        "upc",
        "title",
        "original_release_date",
        "label_name",
        "genres",
        "copyright_pline",
        "copyright_cline",
        "products",
        "artists",
    ]


@pytest.mark.proves("APL-04")
@pytest.mark.parametrize("genre", [PlannedGenre(name="Polka"), PlannedGenre(name="Polka", code="POLKA-99")])
def test_a_takedown_never_fails_for_its_genre(genre: PlannedGenre) -> None:
    message = built(with_release(apple_plan(MessageSubtype.TAKEDOWN), genre=genre))

    assert every(message, "genres") == []


@pytest.mark.proves("APL-01")
def test_an_update_without_files_is_metadata_only() -> None:
    message = built(apple_plan(MessageSubtype.UPDATE))

    assert list(message.root.iter("{*}file_name")) == []
    assert every(message, "artwork_files") == []
    assert len(every(message, "tracks/track")) == 3


@pytest.mark.parametrize(
    ("icpn", "upc"),
    [("036000291452", "0036000291452"), ("4006381333931", "4006381333931"), ("04006381333931", "4006381333931")],
)
def test_a_upc_has_13_digits(icpn: str, upc: str) -> None:
    message = built(with_release(apple_plan(), icpn=icpn))

    assert (text(message, "upc"), text(message, "vendor_id")) == (upc, upc)


@pytest.mark.parametrize(
    ("settings", "album", "tracks"),
    [
        ({}, "0036000291452", ["SEAYD7900101", "SEAYD7900102", "SEAYD7900103"]),
        ({"vendor_id": "upc"}, "036000291452", ["SEAYD7900101", "SEAYD7900102", "SEAYD7900103"]),
        (
            {"vendor_id": "grid", "track_vendor_id": "numbered"},
            "A12425GABC1234002M",
            ["A12425GABC1234002M_001", "A12425GABC1234002M_002", "A12425GABC1234002M_003"],
        ),
        (
            {"vendor_id": "catalog_number", "vendor_id_prefix": "SODER_"},
            "SODER_SOD001",
            ["SEAYD7900101", "SEAYD7900102", "SEAYD7900103"],
        ),
    ],
)
def test_vendor_ids_are_made_as_the_target_says(settings: dict[str, str], album: str, tracks: list[str]) -> None:
    plan = apple_plan(settings=settings)

    message = built(with_release(plan, icpn="036000291452", grid="A12425GABC1234002M", catalog_number="SOD001"))

    assert (text(message, "vendor_id"), texts(message, "tracks/track/vendor_id")) == (album, tracks)


def test_provider_and_team_stand_at_the_top() -> None:
    message = built(apple_plan(settings={"team_id": "ABCDE12345"}))

    top = [(etree.QName(each).localname, each.text) for each in message.root][:3]
    assert top == [("language", "sv"), ("provider", "SoederMusic"), ("team_id", "ABCDE12345")]


def test_artists_have_roles_primary_flags_and_their_ids_at_apple() -> None:
    plan = apple_plan()
    parties = list(plan.parties)
    parties[0] = parties[0].model_copy(update={"proprietary_ids": (ProprietaryId(namespace="Apple", value="4711"),)})
    plan = with_recording(
        plan.model_copy(update={"parties": tuple(parties)}),
        0,
        artists=(
            PlannedArtist(party_reference="P2", role=ArtistRole.FEATURED_ARTIST, sequence=2),
            PlannedArtist(party_reference="P1", role=ArtistRole.MAIN_ARTIST, sequence=1),
        ),
        contributors=(
            PlannedContributor(
                party_reference="P1", roles=(ContributorRole.STUDIO_PRODUCER, ContributorRole.PRODUCER), sequence=1
            ),
            PlannedContributor(party_reference="P3", roles=(ContributorRole.MUSIC_PUBLISHER,), sequence=2),
        ),
    )

    message = built(plan)

    assert [
        [(etree.QName(part).localname, part.text) for part in artist.iter() if part.text and part.text.strip()]
        for artist in every(message, "tracks/track[1]/artists/artist")
    ] == [
        [
            ("artist_name", "Åsa & the <Norns>"),
            ("apple_id", "4711"),
            ("role", "Performer"),
            ("role", "Producer"),
            ("primary", "true"),
        ],
        [("artist_name", "Łukasz Ćwik"), ("role", "Featuring"), ("primary", "false")],
    ]


def test_a_target_may_call_roles_otherwise() -> None:
    settings = {"roles": {"Composer": ["Songwriter"], "Lyricist": [], "MainArtist": ["Performer", "Vocals"]}}

    message = built(apple_plan(settings=settings))

    assert texts(message, "tracks/track[1]/artists/artist/roles/role") == ["Performer", "Vocals", "Songwriter"]


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (RightsLine(year=2025, text="2025 Söder"), "2025 Söder"),
        (RightsLine(year=2025, text="Söder"), "2025 Söder"),
        (RightsLine(year=2025, text="℗ 2025 Söder"), "2025 Söder"),
        (RightsLine(year=2025, text="(P) Söder"), "2025 Söder"),
    ],
)
def test_lines_are_year_and_owner(line: RightsLine, written: str) -> None:
    message = built(with_release(apple_plan(), p_line=line, c_line=None))

    assert text(message, "copyright_pline") == written
    assert text(message, "copyright_cline") is None


@pytest.mark.parametrize(
    ("warning", "told"),
    [
        (ParentalWarning.EXPLICIT, "explicit"),
        (ParentalWarning.EXPLICIT_CONTENT_EDITED, "clean"),
        (ParentalWarning.NOT_EXPLICIT, "none"),
        (ParentalWarning.NO_ADVICE_AVAILABLE, None),
        (ParentalWarning.UNKNOWN, None),
    ],
)
def test_advice_is_told_where_somebody_gave_it(warning: ParentalWarning, told: str | None) -> None:
    message = built(with_recording(apple_plan(), 0, parental_warning=warning))

    assert text(message, "tracks/track[1]/explicit_content") == told


def test_titles_in_other_languages_are_locales() -> None:
    translations = (
        TitleTranslation(language="ja", title="狐", version="ライブ"),
        TitleTranslation(language="en-GB", title="Fox"),
    )
    message = built(with_recording(with_release(apple_plan(), translations=translations), 0, translations=translations))

    for path in ("locales/locale", "tracks/track[1]/locales/locale"):
        assert [(each.get("name"), [part.text for part in each]) for each in every(message, path)] == [
            ("ja", ["狐", "ライブ"]),
            ("en-GB", ["Fox"]),
        ]


def test_an_instrumental_has_no_language_and_a_preview_begins_at_a_whole_second() -> None:
    plan = with_recording(
        apple_plan(),
        0,
        instrumental=True,
        preview=Preview(start_time=Decimal("44.9")),
        first_publication_date=date(2019, 3, 1),
    )

    message = built(plan)

    assert text(message, "tracks/track[1]/audio_language") is None
    assert text(message, "tracks/track[1]/preview_start_index") == "44"
    assert text(message, "tracks/track[2]/preview_start_index") is None
    assert text(message, "tracks/track[1]/original_release_date") == "2019-03-01"


@pytest.mark.proves("APL-01")
def test_an_immersive_twin_stands_beside_its_stereo_file() -> None:
    plan = apple_plan()
    edition = twin(plan.sound_recordings[0])

    message = built(with_recording(plan, 0, immersive=edition))

    asset = every(message, "tracks/track[1]/assets/asset")
    assert [each.get("type") for each in asset] == ["full"]
    assert [dict(each.attrib) for each in asset[0]] == [
        {"role": "audio.2_0"},
        {"role": "audio.object_based", "external_identifier.isrc": "SEAYD7900191"},
    ]
    assert texts(message, "tracks/track[1]/assets/asset/data_file/file_name") == [
        "4006381333931_01_01.flac",
        "4006381333931_01_01_atmos.wav",
    ]
    assert texts(message, "tracks/track[1]/assets/asset/data_file/checksum")[1] == edition.file.hashes.md5
    assert every(message, "tracks/track[1]/audio_file") == []
    assert len(every(message, "tracks/track/audio_file")) == 2


def test_stereo_files_may_all_stand_in_assets() -> None:
    message = built(apple_plan(settings={"stereo_form": "assets"}))

    assert [each.get("role") for each in every(message, "tracks/track/assets/asset/data_file")] == ["audio.2_0"] * 3
    assert every(message, "tracks/track/audio_file") == []


def test_an_update_with_stereo_in_assets_and_no_file_has_no_empty_asset() -> None:
    message = built(apple_plan(MessageSubtype.UPDATE, settings={"stereo_form": "assets"}))

    assert every(message, "tracks/track/assets") == []


@pytest.mark.proves("APL-01")
def test_an_update_brings_audio_where_the_target_lets_it() -> None:
    plan = apple_plan(MessageSubtype.UPDATE, settings={"audio_in_updates": True})
    file = plan.sound_recordings[1].file.model_copy(update={"provided": True})

    message = built(with_recording(plan, 1, file=file))

    assert texts(message, "tracks/track/audio_file/file_name") == [file.name]


def test_a_track_has_its_own_genre() -> None:
    plan = apple_plan()
    own = PlannedGenre(name="Dance", subgenre="House", code="DANCE-00", subgenre_code="HOUSE-00")
    releases = (plan.track_releases[0].model_copy(update={"genre": own}), *plan.track_releases[1:])

    message = built(plan.model_copy(update={"track_releases": releases}))

    assert [each.get("code") for each in every(message, "tracks/track/genres/genre")] == [
        "DANCE-00",
        "HOUSE-00",
        *["POP-00", "INDIE-POP-00"] * 2,
    ]
    assert [each.get("code") for each in every(message, "genres/genre")] == [GENRE.code, GENRE.subgenre_code]


def test_the_first_release_date_is_the_release_date_where_no_other_is_known() -> None:
    plan = apple_plan()

    known = built(with_release(plan, original_release_date=date(1999, 1, 2)))
    unknown = built(with_release(plan, original_release_date=None))

    assert text(known, "original_release_date") == "1999-01-02"
    assert text(unknown, "original_release_date") == plan.release.release_date.isoformat()


def test_the_same_plan_gives_the_same_bytes_and_whatever_is_not_told_changes_none() -> None:
    plan = apple_plan()
    again = MessagePlan.model_validate(plan.model_dump())
    other_id = plan.model_copy(update={"message_id": "another", "thread_id": "another"})

    first, second, third = (AppleBuilder().build(each) for each in (plan, again, other_id))

    assert first == second == third


def test_a_flac_and_a_wav_are_both_taken() -> None:
    plan = apple_plan()
    audio = plan.sound_recordings[0].audio.model_copy(update={"format": AudioFormat.WAV, "bit_depth": 16})

    assert built(with_recording(plan, 0, audio=audio)).name == "package"
    assert SETTINGS["provider"] == text_of_provider(plan)


def text_of_provider(plan: MessagePlan) -> str | None:
    return built(plan).root.findtext("{*}provider")
