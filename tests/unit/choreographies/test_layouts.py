"""Where each choreography puts what, and in which order."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from lxml import etree
from pydantic import ValidationError

from distro_plugins.batch import BatchChoreography
from distro_plugins.ddex_cloud import DdexCloud
from distro_plugins.ddex_sftp import DdexSftp
from distro_plugins.flat import Flat
from distro_plugins.release_by_release import ReleaseByRelease
from distro_sdk.errors import DomainErrors
from distro_sdk.messages import Choreography
from distro_sdk.models.delivery import BatchedRelease, FileKind, Package
from distro_sdk.models.message import MessageSubtype, MessageType, ReleaseProfile
from distro_sdk.testing.batches import BATCH_ID, DSP, LABEL, example_batch, example_companion, example_release

GRID = "A10302B0000114450H"


def paths(package: Package) -> list[str]:
    return [file.path for file in package.files]


def manifest(package: Package) -> etree._Element:
    content = next(file.content for file in package.files if file.kind in {FileKind.MANIFEST, FileKind.COMPLETION})
    assert content is not None
    return etree.fromstring(content)  # noqa: TID251 (our own manifest)


def delivery_types(choreography: Choreography, *releases: BatchedRelease, **settings: Any) -> list[str]:
    root = manifest(choreography.lay_out(example_batch(*releases, settings=settings)))
    return [str(element.text) for element in root.iter("DeliveryType")]


@pytest.mark.proves("CHO-05", "CHO-06")
def test_a_batch_has_a_folder_for_each_kind_of_file() -> None:
    release = example_release(
        1, (FileKind.VIDEO, FileKind.DOCUMENT, FileKind.IMAGE, FileKind.AUDIO), companions=(example_companion(1),)
    )

    package = BatchChoreography().lay_out(example_batch(release))

    assert [path.removeprefix(f"{BATCH_ID}/") for path in paths(package)] == [
        "BatchManifest.xml",
        "Release1/M1.xml",
        "Release1/MEAD_M1.xml",
        "Release1/audio/4006381000001_audio_001.wav",
        "Release1/audio/4006381000001_audio_002.wav",
        "Release1/videos/4006381000001_video_001.mp4",
        "Release1/videos/4006381000001_video_002.mp4",
        "Release1/images/4006381000001_image_001.jpg",
        "Release1/images/4006381000001_image_002.jpg",
        "Release1/documents/4006381000001_document_001.pdf",
        "Release1/documents/4006381000001_document_002.pdf",
        "BatchComplete.txt",
    ]


@pytest.mark.parametrize(
    ("choreography", "folder"), [(DdexSftp(), f"N_{BATCH_ID}"), (DdexCloud(), BATCH_ID)], ids=["sftp", "cloud"]
)
def test_a_ddex_batch_names_folders_and_messages_by_the_release_and_ends_with_its_manifest(
    choreography: Choreography, folder: str
) -> None:
    releases = (example_release(1, grid=GRID, companions=(example_companion(1),)), example_release(2, ()))

    package = choreography.lay_out(example_batch(*releases))

    assert package.folder == folder
    assert [path.removeprefix(f"{folder}/") for path in paths(package)] == [
        f"{GRID}/MEAD_M1.xml",
        f"{GRID}/resources/4006381000001_audio_001.wav",
        f"{GRID}/resources/4006381000001_audio_002.wav",
        f"{GRID}/resources/4006381000001_image_001.jpg",
        f"{GRID}/resources/4006381000001_image_002.jpg",
        f"{GRID}/{GRID}.xml",
        "4006381000002/4006381000002.xml",
        f"BatchComplete_{BATCH_ID}.xml",
    ]
    assert package.files[-1].kind is FileKind.COMPLETION


@pytest.mark.parametrize(
    ("settings", "folder"),
    [
        ({"priority": "P"}, f"P_{BATCH_ID}"),
        ({"priority": "M"}, f"M_{BATCH_ID}"),
        ({"priority": "N"}, f"N_{BATCH_ID}"),
        ({"priority": None}, BATCH_ID),
    ],
)
@pytest.mark.parametrize("choreography", [DdexSftp(), DdexCloud()], ids=["sftp", "cloud"])
def test_the_letter_is_the_partners_choice(choreography: Choreography, settings: dict[str, Any], folder: str) -> None:
    package = choreography.lay_out(example_batch(example_release(1), settings=settings))

    assert {path.partition("/")[0] for path in paths(package)} == {folder}
    assert manifest(package).findtext("RootDirectory") == folder


def test_a_partner_may_want_the_icpn_though_there_is_a_grid() -> None:
    release = example_release(1, (), grid=GRID)

    package = DdexSftp().lay_out(example_batch(release, settings={"folder_id": "icpn"}))

    assert paths(package)[0] == f"N_{BATCH_ID}/4006381000001/4006381000001.xml"


@pytest.mark.parametrize("choreography", [DdexSftp(), DdexCloud()], ids=["sftp", "cloud"])
def test_an_empty_file_may_close_the_batch_in_place_of_the_manifest(choreography: Choreography) -> None:
    batch = example_batch(example_release(1), example_release(2), settings={"completion": "empty_file"})

    marker = choreography.lay_out(batch).files[-1]

    assert (marker.kind, marker.size, marker.content) == (FileKind.COMPLETION, 0, b"")
    assert marker.path.endswith(f"/BatchComplete_{BATCH_ID}.xml")


def test_the_manifest_of_version_16_says_what_its_schema_has() -> None:
    release = example_release(1, grid=GRID)

    root = manifest(DdexSftp().lay_out(example_batch(release, test=True)))

    assert etree.QName(root).text == "{http://ddex.net/xml/ern-c-sftp/16}ManifestMessage"
    assert dict(root.attrib) == {"MessageVersionId": "ern-c-sftp/16"}
    assert root.findtext("MessageHeader/MessageSender/PartyId") == LABEL.dpid
    assert root.findtext("MessageHeader/MessageRecipient/PartyName/FullName") == DSP.name
    assert root.findtext("IsTestFlag") == "true"
    entry = root.find("MessageInBatch")
    assert entry is not None
    assert entry.findtext("MessageType") == "NewReleaseMessage"
    assert entry.findtext("URL") == f"./{GRID}/{GRID}.xml"
    assert (entry.findtext("IncludedReleaseId/GRid"), entry.findtext("IncludedReleaseId/ICPN")) == (GRID, release.icpn)
    assert entry.findtext("HashSum/HashSum") == hashlib.md5(release.message).hexdigest()
    assert entry.findtext("HashSum/HashSumAlgorithmType") == "MD5"


def test_the_manifest_of_version_18_has_its_own_spelling_of_a_hash() -> None:
    release = example_release(1)

    root = manifest(DdexCloud().lay_out(example_batch(release)))

    assert dict(root.attrib) == {"MessageVersionId": "ern-c-sftp/18", "AvsVersionId": "9"}
    assert root.findtext("MessageInBatch/HashSum/HashSumValue") == hashlib.md5(release.message).hexdigest()


def test_release_by_release_gives_each_its_own_folder_and_sends_messages_last() -> None:
    package = ReleaseByRelease().lay_out(example_batch(example_release(1, grid=GRID), example_release(2)))

    first, second = f"N_{GRID}_{BATCH_ID}", f"N_4006381000002_{BATCH_ID}"
    assert package.folder == ""
    assert paths(package)[0] == f"{first}/resources/4006381000001_audio_001.wav"
    assert paths(package)[-2:] == [f"{first}/{GRID}.xml", f"{second}/4006381000002.xml"]
    assert {path.partition("/")[0] for path in paths(package)} == {first, second}
    assert not [file for file in package.files if file.kind in {FileKind.MANIFEST, FileKind.COMPLETION}]


@pytest.mark.parametrize(("priority", "start"), [("P", f"P_{GRID}_"), ("N", f"N_{GRID}_"), (None, f"{GRID}_")])
def test_release_by_release_has_a_letter_too(priority: str | None, start: str) -> None:
    batch = example_batch(example_release(1, (), grid=GRID), settings={"priority": priority})

    assert paths(ReleaseByRelease().lay_out(batch)) == [f"{start}{BATCH_ID}/{GRID}.xml"]


def test_flat_is_one_folder_with_the_messages_last() -> None:
    releases = (example_release(1, (FileKind.AUDIO,), companions=(example_companion(1),)), example_release(2, ()))

    package = Flat().lay_out(example_batch(*releases))

    assert paths(package) == [
        f"{BATCH_ID}/MEAD_M1.xml",
        f"{BATCH_ID}/4006381000001_audio_001.wav",
        f"{BATCH_ID}/4006381000001_audio_002.wav",
        f"{BATCH_ID}/M1.xml",
        f"{BATCH_ID}/M2.xml",
    ]
    assert Flat().resource_uri(FileKind.AUDIO, "a.wav") == "a.wav"


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        ({}, "NewReleaseDelivery"),
        ({"priority": "P"}, "HighPriorityDelivery"),
        ({"priority": "M"}, "NewReleaseDelivery"),
        ({"delivery_type": "BackCatalogDelivery"}, "BackCatalogDelivery"),
        ({"delivery_type": "HighPriorityDelivery"}, "HighPriorityDelivery"),
        ({"priority": "P", "delivery_type": "BackCatalogDelivery"}, "BackCatalogDelivery"),
    ],
)
@pytest.mark.parametrize("choreography", [DdexSftp(), DdexCloud()], ids=["sftp", "cloud"])
def test_the_manifest_announces_first_messages_by_setting_and_priority(
    choreography: Choreography, settings: dict[str, Any], first: str
) -> None:
    releases = [example_release(number, (), subtype=each) for number, each in enumerate(MessageSubtype, 1)]

    assert delivery_types(choreography, *releases, **settings) == [first, "ReDelivery", "TakeDown"]


def test_the_documents_batch_announces_by_setting() -> None:
    assert delivery_types(BatchChoreography(), example_release(1), delivery_type="HighPriorityDelivery") == [
        "HighPriorityDelivery"
    ]


@pytest.mark.parametrize(
    ("profile", "product"),
    [
        (ReleaseProfile.AUDIO, "AudioProduct"),
        (ReleaseProfile.SIMPLE_AUDIO_SINGLE, "AudioProduct"),
        (ReleaseProfile.VIDEO, "VideoProduct"),
        (ReleaseProfile.SIMPLE_VIDEO_SINGLE, "VideoProduct"),
        (ReleaseProfile.LONG_FORM_VIDEO, "VideoProduct"),
        (ReleaseProfile.MIXED_MEDIA, "MixedMediaBundleProduct"),
    ],
)
def test_the_profile_tells_the_product_type(profile: ReleaseProfile, product: str) -> None:
    for choreography in (BatchChoreography(), DdexSftp(), DdexCloud()):
        root = manifest(choreography.lay_out(example_batch(example_release(1, profile=profile))))

        assert root.findtext("MessageInBatch/ProductType") == product


@pytest.mark.parametrize("choreography", [BatchChoreography(), DdexSftp(), DdexCloud()], ids=lambda each: each.key)
def test_a_manifest_refuses_what_it_has_no_word_for_and_says_all_of_it(choreography: Choreography) -> None:
    batch = example_batch(
        example_release(1),
        example_release(2, (), type=MessageType.PURGE_RELEASE, subtype=MessageSubtype.TAKEDOWN),
        example_release(3, profile=ReleaseProfile.VIDEO),
        example_release(4, type=MessageType.CATALOG_LIST),
    )

    with pytest.raises(DomainErrors) as caught:
        choreography.lay_out(batch)

    assert [(fault.code, fault.path) for fault in caught.value.errors] == [
        ("MESSAGE_TYPE_UNLISTED", ("releases", 1, "type")),
        ("BATCH_PRODUCTS_MIXED", ("releases", 2, "profile")),
        ("MESSAGE_TYPE_UNLISTED", ("releases", 3, "type")),
    ]
    assert "PurgeReleaseMessage" in caught.value.errors[0].message


@pytest.mark.parametrize(
    ("choreography", "settings"),
    [
        (ReleaseByRelease(), {}),
        (Flat(), {}),
        (DdexSftp(), {"completion": "empty_file"}),
        (DdexCloud(), {"completion": "empty_file"}),
    ],
)
def test_without_a_manifest_a_purge_and_mixed_products_travel(
    choreography: Choreography, settings: dict[str, Any]
) -> None:
    purge = example_release(1, (), type=MessageType.PURGE_RELEASE, subtype=MessageSubtype.TAKEDOWN)
    video = example_release(2, (FileKind.VIDEO,), profile=ReleaseProfile.VIDEO)

    package = choreography.lay_out(example_batch(purge, video, settings=settings))

    messages = [file.content for file in package.files if file.kind is FileKind.MESSAGE]
    assert messages == [purge.message, video.message]


@pytest.mark.parametrize("choreography", [DdexSftp(), DdexCloud(), ReleaseByRelease()], ids=lambda each: each.key)
@pytest.mark.parametrize(
    ("ids", "source"), [({"icpn": ""}, "icpn"), ({"icpn": "../1"}, "icpn"), ({"grid": "A1 1"}, "grid")]
)
def test_a_release_without_a_safe_id_has_no_folder(
    choreography: Choreography, ids: dict[str, str], source: str
) -> None:
    with pytest.raises(DomainErrors) as caught:
        choreography.lay_out(example_batch(example_release(1, (), **ids)))

    assert [(fault.code, fault.path) for fault in caught.value.errors] == [
        ("PACKAGE_NAME_UNSAFE", ("releases", 0, source))
    ]


@pytest.mark.parametrize("choreography", [DdexSftp(), ReleaseByRelease()], ids=lambda each: each.key)
def test_two_messages_about_one_release_do_not_travel_in_one_batch(choreography: Choreography) -> None:
    twice = example_release(2, ()).model_copy(update={"icpn": example_release(1).icpn})

    with pytest.raises(DomainErrors) as caught:
        choreography.lay_out(example_batch(example_release(1), twice))

    assert [(fault.code, fault.path) for fault in caught.value.errors] == [
        ("PACKAGE_PATH_DOUBLED", ("releases", 1, "icpn"))
    ]


def test_a_name_that_no_xml_can_carry_is_refused_with_its_place() -> None:
    batch = example_batch(example_release(1), sender=LABEL.model_copy(update={"name": "Luz\x00"}))

    with pytest.raises(DomainErrors) as caught:
        DdexSftp().lay_out(batch)

    assert [(fault.code, fault.path) for fault in caught.value.errors] == [("CHARACTER_ILLEGAL", ("sender", "name"))]


@pytest.mark.parametrize(
    ("choreography", "settings"),
    [
        (DdexSftp(), {"priority": "X"}),
        (DdexCloud(), {"marker": "manifest"}),
        (ReleaseByRelease(), {"priority": "M"}),
        (Flat(), {"priority": "N"}),
        (BatchChoreography(), {"delivery_type": "TakeDown"}),
    ],
)
def test_a_setting_that_does_not_exist_is_refused(choreography: Choreography, settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        choreography.configuration.model_validate(settings)
