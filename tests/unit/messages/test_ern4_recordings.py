"""What messages of ERN 4 say of sound recordings, in each version's own form."""

from __future__ import annotations

from pathlib import Path

import pytest

from distro_sdk.models.catalogue import ContributorRole
from distro_sdk.models.message import HashAlgorithm, MessageOptions
from distro_sdk.models.planned_resources import PlannedContributor
from distro_sdk.testing.plans import example_plan
from tests.unit.messages.ern4_plans import rich_plan, with_recording
from tests.unit.messages.ern4_written import BUILDERS, LATER, first, root_of, schema_faults, tags, texts

every_version = pytest.mark.parametrize("format", BUILDERS)
later = pytest.mark.parametrize("format", LATER)
RECORDING = "ResourceList/SoundRecording"


@pytest.mark.proves("ERN-02", "ERN-07")
def test_a_recording_of_4_2_names_its_isrc_first_and_its_file_last() -> None:
    recording = first(root_of("ern/4.2", example_plan()), RECORDING)

    assert tags(recording) == [
        "ResourceReference",
        "Type",
        "ResourceId",
        "DisplayTitleText",
        "DisplayTitle",
        "DisplayArtistName",
        "DisplayArtist",
        "Contributor",
        "PLine",
        "Duration",
        "ParentalWarningType",
        "IsInstrumental",
        "LanguageOfPerformance",
        "TechnicalDetails",
    ]
    assert tags(first(recording, "TechnicalDetails")) == [
        "TechnicalResourceDetailsReference",
        "AudioCodecType",
        "NumberOfChannels",
        "SamplingRate",
        "BitsPerSample",
        "Duration",
        "BitDepth",
        "PreviewDetails",
        "File",
        "IsProvidedInDelivery",
    ]


@pytest.mark.proves("ERN-01", "ERN-07", "ERN-24")
@later
def test_a_recording_of_4_3_and_later_keeps_them_in_its_edition(format: str) -> None:
    recording = first(root_of(format, example_plan()), RECORDING)

    assert tags(recording)[:4] == ["ResourceReference", "Type", "SoundRecordingEdition", "DisplayTitleText"]
    edition = first(recording, "SoundRecordingEdition")
    assert tags(edition) == ["Type", "ResourceId", "PLine", "TechnicalDetails"]
    assert tags(first(edition, "TechnicalDetails")) == [
        "TechnicalResourceDetailsReference",
        "DeliveryFile",
        "ClipDetails",
    ]
    assert recording.find("PLine") is None


@later
def test_an_immersive_twin_is_a_second_edition_with_its_own_isrc(format: str) -> None:
    _, twin = root_of(format, rich_plan()).findall(f"{RECORDING}[1]/SoundRecordingEdition")

    assert [twin.findtext(name) for name in ("Type", "ResourceId/ISRC", "RecordingMode")] == [
        "ImmersiveEdition",
        "SEAYD7900301",
        "ImmersiveAudio",
    ]
    file = first(twin, "TechnicalDetails/DeliveryFile")
    assert [file.findtext(name) for name in ("NumberOfChannels", "File/URI", "IsProvidedInDelivery")] == [
        "12",
        "audio/immersive.wav",
        "true",
    ]


def test_an_immersive_twin_of_4_2_is_a_second_encoding_with_its_own_isrc() -> None:
    _, twin = root_of("ern/4.2", rich_plan()).findall(f"{RECORDING}[1]/TechnicalDetails")

    assert [twin.findtext(name) for name in ("EncodingId/ISRC", "NumberOfChannels", "EncodingDescription")] == [
        "SEAYD7900301",
        "12",
        "Immersive audio",
    ]
    assert twin.findtext("File/URI") == "audio/immersive.wav"


def test_a_preview_of_4_2_starts_at_a_second_and_lasts() -> None:
    preview = first(root_of("ern/4.2", example_plan()), f"{RECORDING}/TechnicalDetails/PreviewDetails")

    assert [(child.tag, child.text) for child in preview] == [
        ("StartPoint", "30"),
        ("Duration", "PT0M30S"),
        ("ExpressionType", "Instructive"),
    ]


@every_version
def test_a_work_is_told_by_all_its_numbers(format: str) -> None:
    work = first(root_of(format, rich_plan()), f"{RECORDING}/WorkId")

    assert [(child.tag, child.text) for child in work] == [
        ("ISWC", "T0345246801"),
        ("OpusNumber", "Op. 67"),
        ("ComposerCatalogNumber", "BWV 1007"),
    ]


@every_version
def test_a_title_is_told_in_every_language_and_one_is_the_default(format: str) -> None:
    recording = first(root_of(format, rich_plan()), RECORDING)

    told = [(title.get("LanguageAndScriptCode"), title.text) for title in recording.findall("DisplayTitleText")]
    assert told == [(None, "Ænima & <Fjörd>"), ("ja", "アニマ (ライブ)")]
    titles = recording.findall("DisplayTitle")
    assert [title.get("IsDefault") for title in titles] == ["true", None]
    assert [title.findtext("SubTitle") for title in titles] == [None, "ライブ"]


@pytest.mark.parametrize("format", ["ern/4.2", "ern/4.3"])
def test_a_formal_title_is_an_additional_title_up_to_4_3(format: str) -> None:
    title = first(root_of(format, rich_plan()), f"{RECORDING}/AdditionalTitle")

    assert title.get("TitleType") == "FormalTitle"
    assert title.findtext("TitleText") == "Łukasz Ćwik: Symfonia: Ænima & <Fjörd>"


def test_a_formal_title_is_an_element_of_its_own_in_4_3_2() -> None:
    recording = first(root_of("ern/4.3.2", rich_plan()), RECORDING)

    assert recording.findtext("FormalTitle/TitleText") == "Łukasz Ćwik: Symfonia: Ænima & <Fjörd>"
    assert recording.find("AdditionalTitle") is None


@pytest.mark.parametrize(("format", "mark"), [("ern/4.2", None), ("ern/4.3", "true"), ("ern/4.3.2", "true")])
def test_classical_recordings_are_marked_where_the_version_can(format: str, mark: str | None) -> None:
    recordings = root_of(format, rich_plan()).findall(RECORDING)

    assert {recording.get("ApplyClassicalProfileVariant") for recording in recordings} == {mark}


@pytest.mark.proves("ERN-18")
@every_version
def test_every_role_is_a_role_of_the_version(ddex_folder: Path, format: str) -> None:
    everything = PlannedContributor(party_reference="P2", roles=tuple(ContributorRole), sequence=1)
    root = root_of(format, with_recording(example_plan(), contributors=(everything,)))

    path = "Role/Value" if format == "ern/4.3.2" else "Role"
    roles = set(texts(root, f"{RECORDING}[1]/Contributor/{path}"))
    assert {role.value for role in ContributorRole} - roles == {"Band", "Producer"}
    assert {"MusicGroup", "StudioProducer", "MusicPublisher", "Composer"} <= roles
    assert schema_faults(ddex_folder, format, root) == []


@every_version
def test_an_instrument_without_a_word_is_told_as_the_senders_own(format: str) -> None:
    played = root_of(format, rich_plan()).findall(f"{RECORDING}[1]/Contributor[2]/InstrumentType")

    assert [(one.text, one.get("UserDefinedValue"), one.get("Namespace")) for one in played] == [
        ("Violin", None, None),
        ("UserDefined", "Nyckelharpa", "PADPIDA2014120301U"),
    ]


@every_version
def test_artists_are_billed_in_order(format: str) -> None:
    artists = root_of(format, rich_plan()).findall(f"{RECORDING}[1]/DisplayArtist")

    told = [
        (one.get("SequenceNumber"), one.findtext("ArtistPartyReference"), one.findtext("DisplayArtistRole"))
        for one in artists
    ]
    assert told == [("1", "P1", "MainArtist"), ("2", "P2", "FeaturedArtist")]


@pytest.mark.proves("ERN-17")
@every_version
def test_a_party_is_told_by_every_identifier_it_has(format: str) -> None:
    identity = first(root_of(format, rich_plan()), "PartyList/Party/PartyId")

    assert [(child.tag, child.text) for child in identity] == [
        ("ISNI", "0000000121354578"),
        ("DPID", "PADPIDA2014120301U"),
        ("IPN", "00012345"),
        ("ProprietaryId", "4711"),
    ]
    assert first(identity, "ProprietaryId").get("Namespace") == "apple"


@pytest.mark.proves("ERN-19")
@every_version
@pytest.mark.parametrize("algorithm", HashAlgorithm)
def test_every_file_is_told_by_the_hash_that_the_partner_wants(format: str, algorithm: HashAlgorithm) -> None:
    plan = example_plan().model_copy(update={"options": MessageOptions(hash_algorithm=algorithm)})

    root = root_of(format, plan)

    name = {"MD5": "md5", "SHA1": "sha1", "SHA-256": "sha256"}[algorithm.value]
    told = {file.findtext("URI"): file.findtext("HashSum/HashSumValue") for file in root.iter("File")}
    assert told == {file.uri: getattr(file.hashes, name) for file in plan.files()}
    assert {element.text for element in root.iter("Algorithm")} == {algorithm.value}


@every_version
def test_a_file_that_stays_behind_has_no_address(format: str) -> None:
    plan = example_plan()
    kept = plan.sound_recordings[0].file.model_copy(update={"provided": False})

    recording = first(root_of(format, with_recording(plan, file=kept)), RECORDING)

    assert [element.text for element in recording.iter("IsProvidedInDelivery")] == ["false"]
    assert list(recording.iter("File")) == []


@every_version
def test_when_a_recording_was_first_published_is_told(format: str) -> None:
    assert first(root_of(format, rich_plan()), f"{RECORDING}/FirstPublicationDate").text == "2020-03-01"


@every_version
def test_an_instrumental_recording_has_no_language(format: str) -> None:
    recording = first(root_of(format, with_recording(example_plan(), instrumental=True)), RECORDING)

    assert recording.findtext("IsInstrumental") == "true"
    assert recording.find("LanguageOfPerformance") is None
