"""What messages of ERN 4 say of videos, images and booklets."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml.etree import SubElement

from distro_sdk.models.lines import RightsLine
from distro_sdk.models.message import ReleaseProfile
from distro_sdk.testing.plans import example_plan
from tests.unit.messages.ern4_plans import with_video
from tests.unit.messages.ern4_written import BUILDERS, LATER, first, root_of, schema_faults, tags, texts

every_version = pytest.mark.parametrize("format", BUILDERS)
VIDEO = "ResourceList/Video"


@pytest.mark.proves("ERN-02", "ERN-07")
def test_a_video_of_4_2_tells_its_lines_and_its_file_itself() -> None:
    video = first(root_of("ern/4.2", example_plan(profile=ReleaseProfile.VIDEO)), VIDEO)

    assert tags(video) == [
        "ResourceReference",
        "Type",
        "ResourceId",
        "DisplayTitleText",
        "DisplayTitle",
        "DisplayArtistName",
        "DisplayArtist",
        "Contributor",
        "PLine",
        "CLine",
        "Duration",
        "ParentalWarningType",
        "LanguageOfPerformance",
        "TechnicalDetails",
    ]


@pytest.mark.proves("ERN-01", "ERN-07", "ERN-24")
@pytest.mark.parametrize("format", LATER)
def test_a_video_of_4_3_and_later_keeps_them_in_its_edition(format: str) -> None:
    edition = first(root_of(format, example_plan(profile=ReleaseProfile.VIDEO)), f"{VIDEO}/VideoEdition")

    assert tags(edition) == ["Type", "ResourceId", "PLine", "CLine", "TechnicalDetails"]
    assert edition.findtext("ResourceId/ISRC") == "SEAYD7900201"
    assert edition.findtext("TechnicalDetails/DeliveryFile/Type") == "AudioVisualFile"


@every_version
def test_a_video_file_shows_its_true_values(format: str) -> None:
    video = first(root_of(format, example_plan(profile=ReleaseProfile.VIDEO)), VIDEO)

    names = (
        "OverallBitRate",
        "ContainerFormat",
        "VideoCodecType",
        "FrameRate",
        "ImageHeight",
        "ImageWidth",
        "AudioCodecType",
        "NumberOfAudioChannels",
        "AudioSamplingRate",
    )
    told = [next(video.iter(name)).text for name in names]
    assert told == ["12000", "QuickTime", "AVC", "23.976", "1080", "1920", "AAC", "2", "48000"]


@pytest.mark.parametrize(
    ("format", "codec", "word", "own"),
    [
        ("ern/4.2", "HEVC", "UserDefined", "HEVC"),
        ("ern/4.3", "HEVC", "HEVC", None),
        ("ern/4.3.2", "ProRes 422 HQ", "ProRes-422_HQ", None),
        ("ern/4.3.2", "AV1", "UserDefined", "AV1"),
    ],
)
def test_a_codec_without_a_word_in_the_version_is_told_as_the_senders_own(
    ddex_folder: Path, format: str, codec: str, word: str, own: str | None
) -> None:
    plan = example_plan(profile=ReleaseProfile.VIDEO)
    root = root_of(format, with_video(plan, video=plan.videos[0].video.model_copy(update={"video_codec": codec})))

    element = next(root.iter("VideoCodecType"))
    assert (element.text, element.get("UserDefinedValue")) == (word, own)
    assert schema_faults(ddex_folder, format, root) == []


@pytest.mark.parametrize("format", LATER)
def test_a_silent_video_is_a_visual_file(format: str) -> None:
    plan = example_plan(profile=ReleaseProfile.SIMPLE_VIDEO_SINGLE)
    silent = plan.videos[0].video.model_copy(update={"audio_codec": None, "channels": None, "sample_rate": None})

    root = root_of(format, with_video(plan, video=silent))

    assert next(root.iter("DeliveryFile")).findtext("Type") == "VisualFile"
    assert next(root.iter("AudioCodecType"), None) is None


@pytest.mark.proves("ERN-20")
@every_version
def test_what_stands_for_a_video_is_linked_from_its_item_and_the_cover_from_the_release(format: str) -> None:
    group = first(root_of(format, example_plan(profile=ReleaseProfile.VIDEO)), "ReleaseList/Release/ResourceGroup")

    def links(path: str) -> list[tuple[str | None, str | None]]:
        return [(link.text, link.get("LinkDescription")) for link in group.findall(path)]

    assert links("LinkedReleaseResourceReference") == [("A3", "CoverArt")]
    assert links("ResourceGroup/ResourceGroupContentItem/LinkedReleaseResourceReference") == [
        ("A4", "VideoScreenCapture"),
        ("A5", "VideoScreenCapture"),
    ]


@every_version
def test_the_image_of_a_simple_video_single_is_linked_from_its_one_item(format: str) -> None:
    root = root_of(format, example_plan(profile=ReleaseProfile.SIMPLE_VIDEO_SINGLE))

    group = first(root, "ReleaseList/Release/ResourceGroup")
    assert texts(group, "ResourceGroupContentItem/LinkedReleaseResourceReference") == ["A2"]
    assert group.find("LinkedReleaseResourceReference") is None
    assert root.findall("ReleaseList/TrackRelease") == []


@every_version
def test_what_is_heard_in_a_long_video_stands_in_its_cue_sheet(format: str) -> None:
    root = root_of(format, example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO))

    assert root.findtext(f"{VIDEO}/VideoCueSheetReference") == root.findtext("CueSheetList/CueSheet/CueSheetReference")
    recorded, written = root.findall("CueSheetList/CueSheet/Cue")
    assert [recorded.findtext(name) for name in ("ResourceId/ISRC", "StartTime", "Duration", "PLine/Year")] == [
        "SEAYD7900101",
        "PT0M0S",
        "PT3M0.5S",
        "2025",
    ]
    assert [written.findtext(name) for name in ("WorkId/ISWC", "StartTime", "PLine")] == [
        "T0345246801",
        "PT3M20S",
        None,
    ]


@every_version
def test_a_cue_tells_its_own_lines_in_place_of_those_of_the_video(ddex_folder: Path, format: str) -> None:
    plan = example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO)
    lines = {"p_line": RightsLine(year=1999, text="1999 Other"), "c_line": RightsLine(year=1998, text="1998 Other")}
    cues = tuple(cue.model_copy(update=lines) for cue in plan.videos[0].cues)

    root = root_of(format, with_video(plan, cues=cues))

    told = [(cue.findtext("PLine/PLineText"), cue.findtext("CLine/Year")) for cue in root.iter("Cue")]
    assert told == [("1999 Other", "1998"), ("1999 Other", "1998")]
    assert schema_faults(ddex_folder, format, root) == []


@every_version
def test_a_cue_with_both_numbers_tells_its_isrc_alone_as_the_schema_wants(ddex_folder: Path, format: str) -> None:
    plan = example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO)
    both = plan.videos[0].cues[0].model_copy(update={"iswc": "T0345246801"})

    root = root_of(format, with_video(plan, cues=(both,)))

    (cue,) = root.iter("Cue")
    assert (cue.findtext("ResourceId/ISRC"), cue.find("WorkId")) == ("SEAYD7900101", None)
    SubElement(SubElement(cue, "WorkId"), "ISWC").text = "T0345246801"
    cue.insert(1, cue[-1])
    assert schema_faults(ddex_folder, format, root) != []


@every_version
def test_a_cue_names_its_artist_or_else_those_of_the_video(format: str) -> None:
    root = root_of(format, example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO))

    assert texts(root, "CueSheetList/CueSheet/Cue/Contributor/ContributorPartyReference") == ["P1", "PCue1"]
    names = {
        party.findtext("PartyReference"): party.findtext("PartyName/FullName")
        for party in root.findall("PartyList/Party")
    }
    assert names["PCue1"] == "A <Guest>"


@every_version
def test_a_cue_of_a_party_of_the_message_names_that_party(format: str) -> None:
    plan = example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO)
    own = plan.videos[0].cues[1].model_copy(update={"display_artist": "Łukasz Ćwik"})

    root = root_of(format, with_video(plan, cues=(own,)))

    assert texts(root, "CueSheetList/CueSheet/Cue/Contributor/ContributorPartyReference") == ["P2"]
    assert len(root.findall("PartyList/Party")) == len(plan.parties)


@every_version
def test_a_long_video_without_cues_says_that_there_are_none(format: str) -> None:
    root = root_of(format, with_video(example_plan(profile=ReleaseProfile.LONG_FORM_VIDEO), cues=()))

    assert root.find("CueSheetList") is None
    assert root.findtext(f"{VIDEO}/ReasonForCueSheetAbsence") == "No cue sheet was supplied"


@every_version
def test_a_booklet_is_a_bonus_item_without_a_number(format: str) -> None:
    root = root_of(format, example_plan(profile=ReleaseProfile.MIXED_MEDIA))

    text = first(root, "ResourceList/Text")
    assert [text.findtext(name) for name in ("Type", "DisplayTitleText", "TechnicalDetails/TextCodecType")] == [
        "NonInteractiveBooklet",
        "Ænima & <Fjörd>",
        "PDF",
    ]
    (item,) = root.findall("ReleaseList/Release/ResourceGroup/ResourceGroupContentItem")
    assert [(child.tag, child.text) for child in item] == [
        ("ReleaseResourceReference", text.findtext("ResourceReference")),
        ("IsBonusResource", "true"),
    ]


@every_version
def test_each_recording_of_a_mixed_release_is_a_track_release(format: str) -> None:
    root = root_of(format, example_plan(profile=ReleaseProfile.MIXED_MEDIA))

    recorded = [
        *texts(root, "ResourceList/SoundRecording/ResourceReference"),
        *texts(root, f"{VIDEO}/ResourceReference"),
    ]
    assert texts(root, "ReleaseList/TrackRelease/ReleaseResourceReference") == recorded
