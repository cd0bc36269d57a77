"""What messages of ERN 4 say of a release: its type, its dates, its groups."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import etree

from distro_sdk.models.catalogue import ReleaseType
from distro_sdk.models.commerce import Territories
from distro_sdk.models.message import MessagePlan, ProfileVariant, ReleaseProfile
from distro_sdk.models.planned_releases import TerritoryDate
from distro_sdk.testing.plans import example_plan
from tests.unit.messages.ern4_plans import rich_plan, territory_date, with_release
from tests.unit.messages.ern4_written import BUILDERS, first, root_of, texts

every_version = pytest.mark.parametrize("format", BUILDERS)
RELEASE = "ReleaseList/Release"
BOX, CLASSICAL = ProfileVariant.BOXED_SET, ProfileVariant.CLASSICAL


@pytest.mark.proves("ERN-14", "ERN-05")
@pytest.mark.parametrize(("format", "set_number"), [("ern/4.2", None), ("ern/4.3", "3"), ("ern/4.3.2", "9")])
def test_the_root_tells_what_its_version_wants(format: str, set_number: str | None) -> None:
    root = root_of(format, example_plan(variants=(BOX, CLASSICAL)))

    assert dict(root.attrib) == {
        "ReleaseProfileVersionId": "Audio",
        "ReleaseProfileVariantVersionId": "BoxedSet Classical",
        "LanguageAndScriptCode": "sv",
        **({"AvsVersionId": set_number} if set_number else {}),
    }
    assert root.find("UpdateIndicator") is None


@pytest.mark.proves("ERN-12")
@every_version
@pytest.mark.parametrize(("test", "control"), [(True, "TestMessage"), (False, "LiveMessage")])
def test_the_target_alone_decides_live_or_test(format: str, test: bool, control: str) -> None:
    root = root_of(format, example_plan().model_copy(update={"test": test}))

    assert root.findtext("MessageHeader/MessageControlType") == control


@pytest.mark.proves("ERN-05")
@every_version
@pytest.mark.parametrize(
    ("profile", "variants", "type", "word"),
    [
        (ReleaseProfile.AUDIO, (), ReleaseType.EP, "EP"),
        (ReleaseProfile.AUDIO, (), ReleaseType.COMPILATION, "Album"),
        (ReleaseProfile.AUDIO, (CLASSICAL,), ReleaseType.ALBUM, "Album"),
        (ReleaseProfile.AUDIO, (BOX,), ReleaseType.ALBUM, "DigitalBoxSetRelease"),
        (ReleaseProfile.AUDIO, (BOX, CLASSICAL), ReleaseType.ALBUM, "ClassicalDigitalBoxedSet"),
        (ReleaseProfile.SIMPLE_AUDIO_SINGLE, (), ReleaseType.SINGLE, "Single"),
        (ReleaseProfile.VIDEO, (), ReleaseType.VIDEO, "VideoAlbum"),
        (ReleaseProfile.VIDEO, (), ReleaseType.SINGLE, "VideoSingle"),
        (ReleaseProfile.VIDEO, (BOX,), ReleaseType.VIDEO, "DigitalBoxSetRelease"),
        (ReleaseProfile.SIMPLE_VIDEO_SINGLE, (), ReleaseType.VIDEO, "SingleResourceRelease"),
        (ReleaseProfile.MIXED_MEDIA, (), ReleaseType.MIXED, "Bundle"),
        (ReleaseProfile.MIXED_MEDIA, (), ReleaseType.ALBUM, "MultimediaAlbum"),
        (ReleaseProfile.MIXED_MEDIA, (BOX,), ReleaseType.MIXED, "MultimediaDigitalBoxedSet"),
        (ReleaseProfile.LONG_FORM_VIDEO, (), ReleaseType.VIDEO, "LongFormMusicalWorkVideoRelease"),
    ],
)
def test_a_release_type_is_told_in_the_words_of_its_profile(
    format: str, profile: ReleaseProfile, variants: tuple[ProfileVariant, ...], type: ReleaseType, word: str
) -> None:
    root = root_of(format, with_release(example_plan(profile=profile, variants=variants), type=type))

    assert texts(root, f"{RELEASE}/ReleaseType") == [word]


@every_version
def test_one_video_with_more_beside_it_is_a_video_single(format: str) -> None:
    plan = example_plan(profile=ReleaseProfile.VIDEO)

    root = root_of(format, plan.model_copy(update={"videos": plan.videos[:1]}))

    assert texts(root, f"{RELEASE}/ReleaseType") == ["VideoSingle"]


@every_version
@pytest.mark.parametrize(
    ("several", "flag"), [(False, "IsSingleArtistCompilation"), (True, "IsMultiArtistCompilation")]
)
def test_a_compilation_says_whether_it_has_several_artists(format: str, several: bool, flag: str) -> None:
    plan = with_release(example_plan(), type=ReleaseType.COMPILATION, several_artists=several)

    assert root_of(format, plan).findtext(f"{RELEASE}/{flag}") == "true"


@every_version
def test_a_release_is_told_by_all_its_identifiers(format: str) -> None:
    ids = first(root_of(format, rich_plan()), f"{RELEASE}/ReleaseId")

    assert [(child.tag, child.text) for child in ids] == [
        ("GRid", "A12425GABC1234002M"),
        ("ICPN", "4006381333931"),
        ("CatalogNumber", "SÖD-001"),
    ]


@pytest.mark.parametrize(
    ("format", "element"), [("ern/4.2", "Genre"), ("ern/4.3", "Genre"), ("ern/4.3.2", "DisplayGenre")]
)
def test_a_genre_stands_in_the_element_of_its_version(format: str, element: str) -> None:
    root = root_of(format, example_plan())

    for path in (RELEASE, "ReleaseList/TrackRelease"):
        genre = first(root, f"{path}/{element}")
        assert (genre.findtext("GenreText"), genre.findtext("SubGenre")) == ("Pop", "Indie Pop")


@every_version
def test_a_release_title_is_told_in_every_language(format: str) -> None:
    titles = root_of(format, rich_plan()).findall(f"{RELEASE}/DisplayTitle")

    assert [(title.get("LanguageAndScriptCode"), title.findtext("TitleText")) for title in titles] == [
        (None, "Ænima & <Fjörd>"),
        ("ja", "アニマ"),
    ]
    assert [title.findtext("SubTitle") for title in titles] == ["Deluxe", "ライブ"]


def dates(root: etree._Element) -> list[tuple[str | None, str | None, str | None]]:
    """Territory, whether it is the default, and day of each release date."""
    found = root.findall(f"{RELEASE}/ReleaseDate")
    return [(one.get("ApplicableTerritoryCode"), one.get("IsDefault"), one.text) for one in found]


@every_version
def test_one_release_date_is_told_without_a_territory(format: str) -> None:
    assert dates(root_of(format, example_plan())) == [(None, None, "2026-02-20")]


@every_version
def test_a_date_that_differs_in_a_territory_follows_the_default(format: str) -> None:
    plan = with_release(
        example_plan(),
        territory_dates=(territory_date("NO", date(2026, 3, 1)), territory_date("DK", date(2026, 2, 27))),
    )

    assert dates(root_of(format, plan)) == [
        ("Worldwide", "true", "2026-02-20"),
        ("DK", None, "2026-02-27"),
        ("NO", None, "2026-03-01"),
    ]


@every_version
def test_a_date_for_everywhere_but_some_becomes_the_default(format: str) -> None:
    elsewhere = TerritoryDate(territories=Territories(excluded=("US", "CA")), release_date=date(2026, 4, 1))
    plan = with_release(example_plan(), territory_dates=(elsewhere, territory_date("CA", date(2026, 5, 1))))

    assert dates(root_of(format, plan)) == [
        ("Worldwide", "true", "2026-04-01"),
        ("CA", None, "2026-05-01"),
        ("US", None, "2026-02-20"),
    ]


def groups(format: str, plan: MessagePlan) -> list[etree._Element]:
    """The groups on the second level."""
    return root_of(format, plan).findall(f"{RELEASE}/ResourceGroup/ResourceGroup")


@every_version
def test_discs_are_components_that_number_their_tracks_each_from_1(format: str) -> None:
    discs = groups(format, example_plan())

    assert [(disc.get("ResourceGroupType"), disc.findtext("SequenceNumber")) for disc in discs] == [
        ("Component", "1"),
        ("Component", "2"),
    ]
    assert [texts(disc, "ResourceGroupContentItem/SequenceNumber") for disc in discs] == [["1", "2"], ["1"]]


@every_version
def test_each_release_of_a_box_tells_its_title_and_its_own_identifier(format: str) -> None:
    parts = groups(format, example_plan(variants=(BOX,)))

    assert [part.get("ResourceGroupType") for part in parts] == ["ReleaseComponent", "ReleaseComponent"]
    assert [part.findtext("DisplayTitle/TitleText") for part in parts] == ["Del 1", "Del 2"]
    assert [part.findtext("ReleaseId/ICPN") for part in parts] == ["7350000000016", "7350000000023"]


@pytest.mark.parametrize(
    ("format", "formal"),
    [
        ("ern/4.2", "AdditionalTitle[@TitleType='FormalTitle']"),
        ("ern/4.3", "AdditionalTitle[@TitleType='FormalTitle']"),
        ("ern/4.3.2", "FormalTitle"),
    ],
)
def test_a_work_of_several_parts_is_a_group_within_its_disc(format: str, formal: str) -> None:
    disc, _ = groups(format, example_plan(variants=(CLASSICAL,)))

    work = first(disc, "ResourceGroup")
    assert work.get("ResourceGroupType") == "MultiWorkPart"
    assert (work.findtext("DisplayTitleText"), work.findtext(f"{formal}/TitleText")) == ("Symfonia <V>",) * 2
    assert texts(work, "ResourceGroupContentItem/ReleaseResourceReference") == ["A1", "A2"]


@pytest.mark.proves("ERN-16")
@every_version
def test_a_track_release_says_nothing_that_its_recording_says_already(format: str) -> None:
    tracks = root_of(format, example_plan()).findall("ReleaseList/TrackRelease")

    assert [track.findtext("ReleaseId/ProprietaryId") for track in tracks] == [f"4006381333931_{n}" for n in (1, 2, 3)]
    assert all(track.find("DisplayTitle") is None for track in tracks)


@every_version
@pytest.mark.parametrize(
    "profile",
    [ReleaseProfile.SIMPLE_AUDIO_SINGLE, ReleaseProfile.SIMPLE_VIDEO_SINGLE, ReleaseProfile.LONG_FORM_VIDEO],
)
def test_profiles_without_track_releases_have_none(format: str, profile: ReleaseProfile) -> None:
    assert root_of(format, example_plan(profile=profile)).findall("ReleaseList/TrackRelease") == []


@every_version
def test_a_message_beside_this_one_is_named_with_its_hash(format: str) -> None:
    plan = rich_plan()

    (document,) = root_of(format, plan).findall("SupplementalDocumentList/SupplementalDocument")

    assert [document.findtext(path) for path in ("URI", "HashSum/HashSumValue", "FileSize")] == [
        "MEAD.xml",
        plan.companions[0].file.hashes.sha256,
        "12.345",
    ]
