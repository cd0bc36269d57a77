"""What an ERN 3.8.2 message says of a release: every field in the place that this version has for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml.etree import _Element

from distro_plugins.ern382 import Ern382Builder, Ern382Plugin
from distro_sdk.manifest import PluginManifest
from distro_sdk.messages import MessageBuilder
from distro_sdk.models.catalogue import (
    WRITER_ROLES,
    ArtistRole,
    ContributorRole,
    ImageType,
    ProprietaryId,
    ReleaseType,
    TitleTranslation,
)
from distro_sdk.models.commerce import Territories
from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import (
    CompanionFile,
    HashAlgorithm,
    MessageOptions,
    MessagePlan,
    MessageSubtype,
    ProfileVariant,
    ReleaseProfile,
)
from distro_sdk.models.planned_releases import TerritoryDate
from distro_sdk.models.planned_resources import PlannedArtist, PlannedContributor, PlannedParty, PlannedWork
from distro_sdk.plugin import Plugin
from distro_sdk.testing.example_resources import example_file, example_image
from distro_sdk.testing.messages import MessageBuilderConformance
from distro_sdk.testing.plans import example_plan
from distro_sdk.testing.plugins import PluginConformance
from distro_sdk.xml import parse_message

FIRST = "ResourceList/SoundRecording[1]"
FIRST_DETAILS = f"{FIRST}/SoundRecordingDetailsByTerritory"
MAIN = "ReleaseList/Release[1]"
MAIN_DETAILS = f"{MAIN}/ReleaseDetailsByTerritory"


class TestErn382Builder(MessageBuilderConformance):
    """The suite of the SDK for message builders."""

    @pytest.fixture
    def builder(self) -> MessageBuilder:
        return Ern382Builder()


class TestErn382Plugin(PluginConformance):
    """The suite of the SDK for plugins."""

    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return Ern382Plugin

    def test_brings_the_format(self, plugin_class: type[Plugin], manifest: PluginManifest) -> None:
        assert [builder.format for builder in plugin_class().register_message_builders()] == ["ern/3.8.2"]
        assert "register_message_builders" in manifest.hooks


def _root(plan: MessagePlan) -> _Element:
    return parse_message(Ern382Builder().build(plan)).root


def _texts(root: _Element, path: str) -> list[str | None]:
    return [element.text for element in root.iterfind(path)]


def _shape(element: _Element | None) -> list[tuple[str, str | None]]:
    """The children of an element and what they say."""
    assert element is not None
    return [(str(child.tag), child.text) for child in element]


def _with_first(plan: MessagePlan, **fields: Any) -> MessagePlan:
    first, *others = plan.sound_recordings
    return plan.model_copy(update={"sound_recordings": (first.model_copy(update=fields), *others)})


def _with_release(plan: MessagePlan, **fields: Any) -> MessagePlan:
    return plan.model_copy(update={"release": plan.release.model_copy(update=fields)})


def _of_type(kind: ReleaseType, profile: ReleaseProfile, *variants: ProfileVariant) -> MessagePlan:
    return _with_release(example_plan(profile=profile, variants=variants), type=kind)


@pytest.mark.proves("ERN-05", "CAT-10")
@pytest.mark.parametrize(
    ("plan", "profile", "types"),
    [
        (_of_type(ReleaseType.SINGLE, ReleaseProfile.SIMPLE_AUDIO_SINGLE), "AudioSingle", ["Single"]),
        (_of_type(ReleaseType.SINGLE, ReleaseProfile.AUDIO), "AudioSingle", ["Single"]),
        (_of_type(ReleaseType.ALBUM, ReleaseProfile.AUDIO), "AudioAlbum", ["Album"]),
        (_of_type(ReleaseType.EP, ReleaseProfile.AUDIO), "AudioAlbum", ["Album", "EP"]),
        (
            _of_type(ReleaseType.ALBUM, ReleaseProfile.AUDIO, ProfileVariant.CLASSICAL),
            "DigitalClassicalAudioAlbum",
            ["ClassicalAlbum"],
        ),
        (
            _of_type(ReleaseType.ALBUM, ReleaseProfile.AUDIO, ProfileVariant.BOXED_SET),
            "DigitalBoxedSet",
            ["DigitalBoxSetRelease"],
        ),
        (_of_type(ReleaseType.VIDEO, ReleaseProfile.SIMPLE_VIDEO_SINGLE), "VideoSingle", ["VideoSingle"]),
        (_of_type(ReleaseType.SINGLE, ReleaseProfile.VIDEO), "VideoSingle", ["VideoSingle"]),
        (_of_type(ReleaseType.VIDEO, ReleaseProfile.VIDEO), "VideoAlbum", ["VideoAlbum"]),
        (
            _of_type(ReleaseType.VIDEO, ReleaseProfile.LONG_FORM_VIDEO),
            "LongformMusicVideo",
            ["LongFormMusicalWorkVideoRelease"],
        ),
        (_of_type(ReleaseType.MIXED, ReleaseProfile.MIXED_MEDIA), "MixedMediaBundle", ["Bundle"]),
        (_of_type(ReleaseType.ALBUM, ReleaseProfile.MIXED_MEDIA), "MixedMediaBundle", ["Bundle", "MultimediaAlbum"]),
    ],
)
def test_a_release_follows_the_profile_of_its_kind(plan: MessagePlan, profile: str, types: list[str]) -> None:
    root = _root(plan)

    assert root.get("ReleaseProfileVersionId") == f"CommonReleaseTypes/14/{profile}"
    assert _texts(root, f"{MAIN}/ReleaseType") == types
    assert root.get("MessageSchemaVersionId") == "ern/382"


@pytest.mark.proves("ERN-05")
@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"profile_version": "13"}, "CommonReleaseTypes/13/AudioAlbum"),
        ({"profile_prefix": "CommonReleaseTypesTypes"}, "CommonReleaseTypesTypes/14/AudioAlbum"),
        ({"audio_album_name": "AudioAlbumMusicOnly"}, "CommonReleaseTypes/14/AudioAlbumMusicOnly"),
    ],
)
def test_a_partner_may_want_the_profile_named_otherwise(settings: Mapping[str, str], named: str) -> None:
    plan = example_plan().model_copy(update={"settings": settings})

    assert _root(plan).get("ReleaseProfileVersionId") == named


@pytest.mark.proves("ERN-14")
@pytest.mark.parametrize(
    ("subtype", "said"),
    [
        (MessageSubtype.INITIAL, "OriginalMessage"),
        (MessageSubtype.UPDATE, "UpdateMessage"),
        (MessageSubtype.TAKEDOWN, "UpdateMessage"),
    ],
)
def test_the_update_indicator_follows_the_header_where_the_partner_wants_it(subtype: MessageSubtype, said: str) -> None:
    plan = example_plan(subtype)
    asked = plan.model_copy(update={"options": MessageOptions(update_indicator=True)})

    assert _shape(_root(asked))[1] == ("UpdateIndicator", said)
    assert _root(plan).find("UpdateIndicator") is None


@pytest.mark.parametrize("several", [True, False])
def test_a_compilation_says_whether_it_has_several_artists(several: bool) -> None:
    plan = _with_release(example_plan(), type=ReleaseType.COMPILATION, several_artists=several)

    assert _texts(_root(plan), f"{MAIN_DETAILS}/IsMultiArtistCompilation") == [str(several).lower()]
    assert _texts(_root(example_plan()), f"{MAIN_DETAILS}/IsMultiArtistCompilation") == []


def test_a_party_stands_inline_with_every_id_that_this_version_knows() -> None:
    party = PlannedParty(
        reference="P1",
        name="Åsa",
        name_indexed="Åsa, the",
        isni="0000000121354578",
        ipi="00014107338",
        ipn="10000001",
        dpid="PADPIDA2014120301U",
        proprietary_ids=(ProprietaryId(namespace="apple", value="4711"),),
    )
    plan = example_plan()
    root = _root(plan.model_copy(update={"parties": (party, *plan.parties[1:])}))

    artist = root.find(f"{FIRST_DETAILS}/DisplayArtist")
    assert artist is not None
    assert artist.get("SequenceNumber") == "1"
    assert _shape(artist.find("PartyName")) == [("FullName", "Åsa"), ("FullNameIndexed", "Åsa, the")]
    assert [(dict(element.attrib), element.text) for element in artist.iterfind("PartyId")] == [
        ({"IsISNI": "true"}, "0000000121354578"),
        ({"IsDPID": "true"}, "PADPIDA2014120301U"),
        ({"Namespace": "IPI"}, "00014107338"),
        ({"Namespace": "IPN"}, "10000001"),
        ({"Namespace": "apple"}, "4711"),
    ]
    assert _texts(artist, "ArtistRole") == ["MainArtist"]


@pytest.mark.proves("ERN-18")
def test_who_wrote_or_published_is_told_apart_from_who_made_the_recording() -> None:
    everything = PlannedContributor(
        party_reference="P2", roles=tuple(ContributorRole), instruments=("Kora",), sequence=1
    )
    singer = PlannedContributor(party_reference="P1", roles=(ContributorRole.SOLOIST,), sequence=2)
    root = _root(_with_first(example_plan(), contributors=(everything, singer)))

    direct, indirect = (
        root.findall(f"{FIRST_DETAILS}/{name}") for name in ("ResourceContributor", "IndirectResourceContributor")
    )
    assert [entry.get("SequenceNumber") for entry in direct] == ["1", "2"]
    assert [entry.get("SequenceNumber") for entry in indirect] == ["1"]
    written = {str(role) for role in (*WRITER_ROLES, ContributorRole.MUSIC_PUBLISHER)}
    assert set(_texts(indirect[0], "IndirectResourceContributorRole")) == written
    told = {role.get("UserDefinedValue") or role.text for role in direct[0].iterfind("ResourceContributorRole")}
    assert told == {str(role) for role in ContributorRole} - written - {"StudioProducer"}
    assert _texts(direct[0], "InstrumentType") == ["Kora"]


@pytest.mark.proves("ERN-18")
def test_a_role_that_old_partners_do_not_know_is_told_as_our_own_value_until_they_do() -> None:
    mixer = PlannedContributor(party_reference="P2", roles=(ContributorRole.MIXER,), sequence=1)
    plan = _with_first(example_plan(), contributors=(mixer,))
    path = f"{FIRST_DETAILS}/ResourceContributor/ResourceContributorRole"

    old = _root(plan).find(path)
    new = _root(plan.model_copy(update={"settings": {"allowed_values": "2025"}})).find(path)

    assert old is not None
    assert new is not None
    own = {"Namespace": plan.namespace, "UserDefinedValue": "Mixer"}
    assert (old.text, dict(old.attrib)) == ("UserDefined", own)
    assert (new.text, dict(new.attrib)) == ("Mixer", {})


def test_a_recording_says_title_work_language_dates_and_lines() -> None:
    work = PlannedWork(iswc="T0345246801", opus_number="Op. 67", composer_catalog_number="BWV 1007")
    plan = _with_first(
        example_plan(),
        version="Live",
        translations=(TitleTranslation(language="ja", title="光", version="影"),),
        work=work,
        language="pt-BR",
        first_publication_date=date(2020, 5, 1),
        display_artist="Somebody else",
    )
    root = _root(plan)

    assert _shape(root.find(f"{FIRST}/IndirectSoundRecordingId")) == [
        ("ISWC", "T0345246801"),
        ("OpusNumber", "Op. 67"),
        ("ComposerCatalogNumber", "BWV 1007"),
    ]
    assert _texts(root, f"{FIRST}/LanguageOfPerformance") == ["pt"]
    assert _texts(root, f"{FIRST}/Duration") == ["PT3M8.25S"]
    title = plan.sound_recordings[0].title
    assert _shape(root.find(f"{FIRST}/ReferenceTitle")) == [("TitleText", title), ("SubTitle", "Live")]
    titles = root.findall(f"{FIRST_DETAILS}/Title")
    assert [(entry.get("TitleType"), entry.get("LanguageAndScriptCode"), _shape(entry)) for entry in titles] == [
        ("FormalTitle", None, [("TitleText", title), ("SubTitle", "Live")]),
        ("DisplayTitle", None, [("TitleText", f"{title} (Live)")]),
        ("TranslatedTitle", "ja", [("TitleText", "光"), ("SubTitle", "影")]),
    ]
    assert _texts(root, f"{FIRST_DETAILS}/DisplayArtistName") == ["Somebody else"]
    assert _texts(root, "ResourceList/SoundRecording[2]//DisplayArtistName") == []
    assert _texts(root, f"{FIRST_DETAILS}/OriginalResourceReleaseDate") == ["2020-05-01"]
    assert _shape(root.find(f"{FIRST_DETAILS}/PLine")) == [
        ("Year", "2025"),
        ("PLineCompany", "Söder & Söner"),
        ("PLineText", "2025 Söder & Söner"),
    ]
    assert _shape(root.find(f"{FIRST_DETAILS}/Genre")) == [("GenreText", "Pop"), ("SubGenre", "Indie Pop")]
    assert _texts(root, "ResourceList/*/*/ParentalWarningType")[:3] == ["NotExplicit", "NotExplicit", "Explicit"]


@pytest.mark.proves("ERN-19")
@pytest.mark.parametrize("algorithm", HashAlgorithm)
def test_a_file_has_its_name_its_folder_and_the_hash_that_the_partner_wants(algorithm: HashAlgorithm) -> None:
    plan = example_plan().model_copy(
        update={"options": MessageOptions(hash_algorithm=algorithm), "settings": {"allowed_values": "2025"}}
    )
    hashes = plan.sound_recordings[0].file.hashes

    file = _root(plan).find(f"{FIRST_DETAILS}/TechnicalSoundRecordingDetails/File")

    assert _shape(file)[:2] == [("FileName", "4006381333931_01_01.flac"), ("FilePath", "audio/")]
    assert file is not None
    assert _shape(file.find("HashSum")) == [
        ("HashSum", {"MD5": hashes.md5, "SHA1": hashes.sha1, "SHA-256": hashes.sha256}[algorithm.value]),
        ("HashSumAlgorithmType", algorithm.value),
    ]


def test_technical_details_are_true_and_a_preview_is_an_instruction() -> None:
    details = _root(example_plan()).find(f"{FIRST_DETAILS}/TechnicalSoundRecordingDetails")

    assert _shape(details)[:-1] == [
        ("TechnicalResourceDetailsReference", "T1"),
        ("AudioCodecType", "FLAC"),
        ("NumberOfChannels", "2"),
        ("SamplingRate", "96000"),
        ("BitsPerSample", "24"),
        ("IsPreview", "false"),
        ("PreviewDetails", None),
    ]
    assert details is not None
    assert _shape(details.find("PreviewDetails")) == [
        ("StartPoint", "30"),
        ("Duration", "PT0M30S"),
        ("ExpressionType", "Instructive"),
    ]


def test_a_file_that_does_not_travel_is_not_named_but_its_preview_is() -> None:
    plan = example_plan(MessageSubtype.UPDATE)
    unsent = tuple(
        recording.model_copy(update={"file": recording.file.model_copy(update={"provided": False})})
        for recording in plan.sound_recordings
    )
    root = _root(plan.model_copy(update={"sound_recordings": unsent}))

    assert root.findall("ResourceList/SoundRecording//File") == []
    assert len(root.findall("ResourceList/SoundRecording//PreviewDetails")) == 1
    assert len(root.findall("ResourceList/SoundRecording//TechnicalSoundRecordingDetails")) == 1


def test_a_video_says_what_is_in_its_file_and_names_codecs_that_have_no_word() -> None:
    plan = example_plan(profile=ReleaseProfile.VIDEO)
    first, second = plan.videos
    odd = second.model_copy(
        update={"video": second.video.model_copy(update={"video_codec": "ProRes 422", "audio_codec": "pcm_s24le"})}
    )
    root = _root(plan.model_copy(update={"videos": (first, odd)}))

    details = root.findall("ResourceList/Video/VideoDetailsByTerritory/TechnicalVideoDetails")
    assert _shape(details[0])[1:-1] == [
        ("OverallBitRate", "12000"),
        ("ContainerFormat", "QuickTime"),
        ("VideoCodecType", "AVC"),
        ("FrameRate", "23.976"),
        ("ImageHeight", "1080"),
        ("ImageWidth", "1920"),
        ("AudioCodecType", "AAC"),
        ("NumberOfAudioChannels", "2"),
        ("AudioSamplingRate", "48000"),
    ]
    codec = details[1].find("VideoCodecType")
    assert codec is not None
    assert (codec.text, codec.get("UserDefinedValue")) == ("UserDefined", "ProRes 422")
    assert _texts(details[1], "AudioCodecType") == ["PCM"]
    assert _texts(root, "ResourceList/Video/VideoDetailsByTerritory/CLine/Year") == ["2026", "2026"]


def test_the_main_release_says_ids_label_dates_and_lines() -> None:
    plan = _with_release(
        example_plan(),
        grid="A12425GABC1234002M",
        original_release_date=date(1999, 9, 9),
        territory_dates=(
            TerritoryDate(territories=Territories(included=("JP", "KR")), release_date=date(2026, 3, 1)),
            TerritoryDate(territories=Territories(excluded=("SE",)), release_date=date(2026, 4, 1)),
        ),
    )
    root = _root(plan)

    ids = root.find(f"{MAIN}/ReleaseId")
    assert _shape(ids) == [
        ("GRid", "A12425GABC1234002M"),
        ("ICPN", "4006381333931"),
        ("CatalogNumber", "SÖD-001"),
    ]
    assert [element.get("IsEan") for element in root.iterfind(f"{MAIN}/ReleaseId/ICPN")] == ["true"]
    blocks = root.findall(MAIN_DETAILS)
    assert _texts(blocks[0], "LabelName") == ["Söder & Söner"]
    assert [_texts(block, "ReleaseDate") for block in blocks] == [["2026-02-20"], ["2026-03-01"], ["2026-04-01"]]
    assert _texts(blocks[0], "OriginalReleaseDate") == ["1999-09-09"]
    assert _texts(blocks[1], "TerritoryCode") == ["JP", "KR"]
    assert (_texts(blocks[2], "TerritoryCode"), _texts(blocks[2], "ExcludedTerritoryCode")) == ([], ["SE"])
    assert all(len(block.findall("Title[@TitleType='DisplayTitle']")) == 1 for block in blocks)
    assert (_texts(root, f"{MAIN}/PLine/Year"), _texts(root, f"{MAIN}/CLine/Year")) == (["2025"], ["2026"])
    assert _texts(root, f"{MAIN}/Duration") == ["PT9M27.75S"]


def test_discs_are_components_and_the_cover_stands_beside_them_without_a_number() -> None:
    top = _root(example_plan()).find(f"{MAIN_DETAILS}/ResourceGroup")

    assert top is not None
    discs = top.findall("ResourceGroup")
    assert [_texts(disc, "Title/TitleText") + _texts(disc, "SequenceNumber") for disc in discs] == [
        ["Component 1", "1"],
        ["Component 2", "2"],
    ]
    numbered = "ResourceGroupContentItem/SequenceNumber"
    assert [_texts(disc, numbered) for disc in discs] == [["1", "2"], ["1"]]
    beside = top.findall("ResourceGroupContentItem")
    assert [_shape(item) for item in beside] == [[("ResourceType", "Image"), ("ReleaseResourceReference", "A4")]]
    assert beside[0][1].get("ReleaseResourceType") == "SecondaryResource"


def test_music_on_one_disc_stands_on_a_component_too() -> None:
    top = _root(example_plan(profile=ReleaseProfile.SIMPLE_AUDIO_SINGLE)).find(f"{MAIN_DETAILS}/ResourceGroup")

    assert top is not None
    assert _texts(top, "ResourceGroup/ResourceGroupContentItem/ReleaseResourceReference") == ["A1"]
    assert _texts(top, "ResourceGroupContentItem/ReleaseResourceReference") == ["A2"]


def test_a_box_names_the_releases_within_it() -> None:
    root = _root(example_plan(variants=(ProfileVariant.BOXED_SET,)))

    groups = root.findall(f"{MAIN_DETAILS}/ResourceGroup/ResourceGroup")
    assert [_texts(group, "Title/TitleText") for group in groups] == [["Del 1"], ["Del 2"]]
    assert [_texts(group, "ReleaseId/ICPN") for group in groups] == [["7350000000016"], ["7350000000023"]]


def test_a_classical_release_tells_works_from_carriers_by_the_type_of_their_titles() -> None:
    root = _root(example_plan(variants=(ProfileVariant.CLASSICAL,)))

    carrier = root.find(f"{MAIN_DETAILS}/ResourceGroup/ResourceGroup")
    assert carrier is not None
    assert [title.get("TitleType") for title in carrier.iterfind("Title")] == [None]
    assert _texts(carrier, "ResourceGroup/Title[@TitleType='GroupingTitle']/TitleText") == ["Symfonia <V>"]
    titles = f"{FIRST_DETAILS}/Title[@TitleType='{{}}']/TitleText"
    assert _texts(root, titles.format("GroupingTitle")) == ["Symfonia <V>"]
    assert _texts(root, titles.format("FormalTitle")) == ["Łukasz Ćwik: Symfonia: Ænima & <Fjörd>"]
    tracks = root.findall("ReleaseList/Release")[1:]
    grouping = "ReleaseDetailsByTerritory/ResourceGroup/Title[@TitleType='GroupingTitle']/TitleText"
    assert [_texts(track, grouping) for track in tracks] == [["Symfonia <V>"], ["Symfonia <V>"], ["Zażółć — gęślą 🎵"]]


@pytest.mark.parametrize(
    ("profile", "kinds"),
    [
        (ReleaseProfile.SIMPLE_AUDIO_SINGLE, ["TrackRelease"]),
        (ReleaseProfile.MIXED_MEDIA, ["TrackRelease", "TrackRelease", "TrackRelease", "VideoTrackRelease"]),
        (ReleaseProfile.LONG_FORM_VIDEO, []),
    ],
)
def test_each_recording_has_a_component_release_but_in_a_long_form_video(
    profile: ReleaseProfile, kinds: list[str]
) -> None:
    plan = example_plan(profile=profile)
    root = _root(plan)

    tracks = root.findall("ReleaseList/Release")[1:]
    assert [_texts(track, "ReleaseType") for track in tracks] == [[kind] for kind in kinds]
    expected = [recording.isrc for recording in plan.recordings] if kinds else []
    assert [track.findtext("ReleaseId/ISRC") for track in tracks] == expected
    references = _texts(root, "ReleaseList/Release/ReleaseReference")
    assert references == [f"R{number}" for number in range(len(kinds) + 1)]
    assert set(_texts(root, ".//DealReleaseReference")) == set(references)


def test_a_screen_capture_is_linked_from_its_video_and_belongs_to_its_component_release() -> None:
    root = _root(example_plan(profile=ReleaseProfile.MIXED_MEDIA))

    links = root.findall(f"{MAIN_DETAILS}//LinkedReleaseResourceReference")
    assert [(link.text, link.get("LinkDescription")) for link in links] == [("A6", "VideoScreenCapture")]
    track = root.findall("ReleaseList/Release")[-1]
    assert _texts(track, "ReleaseResourceReferenceList/ReleaseResourceReference") == ["A4", "A6"]
    beside = f"{MAIN_DETAILS}/ResourceGroup/ResourceGroupContentItem/ReleaseResourceReference"
    assert _texts(root, beside) == ["A5", "A7"]


def test_a_booklet_is_a_bonus_text() -> None:
    root = _root(example_plan(profile=ReleaseProfile.MIXED_MEDIA))

    assert _texts(root, "ResourceList/Text/TextType") == ["NonInteractiveBooklet"]
    item = root.find(f"{MAIN_DETAILS}/ResourceGroup/ResourceGroupContentItem[ResourceType='Text']")
    assert item is not None
    assert _texts(item, "IsBonusResource") == ["true"]


def test_several_images_are_told_where_the_partner_takes_them() -> None:
    plan = example_plan()
    types = {
        ImageType.BACK_COVER: "BackCoverImage",
        ImageType.BOOKLET: "BookletFrontImage",
        ImageType.ARTIST: "Photograph",
        ImageType.LABEL: "Logo",
    }
    more = tuple(example_image(10 + place, 10 + place, kind) for place, kind in enumerate(types))
    asked = plan.model_copy(update={"images": (*plan.images, *more), "settings": {"several_images": True}})

    assert _texts(_root(asked), "ResourceList/Image/ImageType") == ["FrontCoverImage", *types.values()]


def test_a_long_form_video_has_a_cue_sheet() -> None:
    root = _root(example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO))

    assert _texts(root, "CueSheetList/CueSheet/CueSheetReference") == ["Q1"]
    assert _texts(root, "ResourceList/Video/VideoCueSheetReference/VideoCueSheetReference") == ["Q1"]
    cues = root.findall("CueSheetList/CueSheet/Cue")
    assert [_texts(cue, "ReferencedCreationId/*") for cue in cues] == [["SEAYD7900101"], ["T0345246801"]]
    artists = "ReferencedCreationContributor/PartyName/FullName"
    assert [_texts(cue, artists) for cue in cues] == [["Åsa & the <Norns>"], ["A <Guest>"]]
    times = [(cue.findtext("StartTime"), cue.findtext("Duration")) for cue in cues]
    assert times == [("PT0M0S", "PT3M0.5S"), ("PT3M20S", "PT1M30S")]


def test_a_cue_tells_both_its_numbers_and_its_own_lines() -> None:
    plan = example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO)
    p_line, c_line = RightsLine(year=1999, text="1999 Other"), RightsLine(year=1998, text="1998 Other")
    changes = {"iswc": "T0345246801", "p_line": p_line, "c_line": c_line}
    cues = (plan.videos[0].cues[0].model_copy(update=changes), plan.videos[0].cues[1])
    video = plan.videos[0].model_copy(update={"cues": cues})

    own, other = _root(plan.model_copy(update={"videos": (video,)})).findall("CueSheetList/CueSheet/Cue")

    assert _texts(own, "ReferencedCreationId/*") == ["T0345246801", "SEAYD7900101"]
    assert (own.findtext("PLine/PLineText"), own.findtext("CLine/CLineText")) == ("1999 Other", "1998 Other")
    assert (other.findtext("PLine/Year"), other.findtext("CLine/Year")) == ("2025", "2026")


def test_a_cue_names_the_parties_that_are_heard_and_not_how_they_are_printed() -> None:
    plan = example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO)
    guest = PlannedArtist(party_reference="P2", role=ArtistRole.FEATURED_ARTIST, sequence=2)
    film = plan.videos[0]
    cues = (film.cues[0], film.cues[1].model_copy(update={"display_artist": plan.parties[1].name}))
    shown = film.model_copy(
        update={"artists": (*film.artists, guest), "display_artist": "The Norns feat. Ćwik", "cues": cues}
    )

    both, one = _root(plan.model_copy(update={"videos": (shown,)})).findall("CueSheetList/CueSheet/Cue")

    heard = "ReferencedCreationContributor"
    names = [party.name for party in plan.parties[:2]]
    assert _texts(both, f"{heard}/PartyName/FullName") == names
    assert _texts(both, f"{heard}/ResourceContributorRole") == ["MainArtist", "FeaturedArtist"]
    assert _texts(one, f"{heard}/PartyName/FullName") == names[1:]


@pytest.mark.parametrize(("values", "told"), [("2020", ["Producer"]), ("2025", ["StudioProducer", "Producer"])])
def test_who_produces_in_a_studio_is_a_producer_to_old_partners(values: str, told: list[str]) -> None:
    roles = (ContributorRole.STUDIO_PRODUCER, ContributorRole.PRODUCER)
    maker = PlannedContributor(party_reference="P2", roles=roles, sequence=1)
    plan = _with_first(example_plan(), contributors=(maker,))
    plan = plan.model_copy(update={"settings": {"allowed_values": values}})

    assert _texts(_root(plan), f"{FIRST}//ResourceContributorRole") == told


def test_a_mead_message_beside_is_a_text_of_our_own_type() -> None:
    file = example_file("", "MEAD.xml", 100)
    beside = CompanionFile(format="mead/1.1", uri="MEAD.xml", file=file.model_copy(update={"uri": "MEAD.xml"}))
    root = _root(example_plan().model_copy(update={"companions": (beside,)}))

    text = root.find("ResourceList/Text")
    assert text is not None
    kind = text.find("TextType")
    assert kind is not None
    assert (kind.text, kind.get("UserDefinedValue")) == ("UserDefined", "MeadMessage")
    assert [child.tag for child in text.iterfind(".//File/*")] == ["FileName", "HashSum"]
    references = _texts(root, f"{MAIN}/ReleaseResourceReferenceList/ReleaseResourceReference")
    assert text.findtext("ResourceReference") == references[-1]


def test_seconds_are_told_to_the_millisecond() -> None:
    long = _with_first(example_plan(), duration=Decimal("3723.0405"))

    assert _texts(_root(long), f"{FIRST}/Duration") == ["PT1H2M3.04S"]
