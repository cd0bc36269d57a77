"""Every fault that the receiver must find in a package, each with its exact code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from distro_api.receiver import Arrival, PackageReport, Rejection, Rules, SchemaFolder, inspect_package
from tests.receiver_packages import BATCH, ICPN, HandMadePackage, HandMadeRelease, hand_made_package, md5

MANIFEST = "BatchManifest.xml"
MESSAGE = "Release1/M1.xml"
FIRST = f"Release1/audio/{ICPN}_01_001.wav"
SECOND = f"Release1/audio/{ICPN}_01_002.wav"
COVER = f"Release1/images/{ICPN}.jpg"

Break = Callable[[HandMadePackage], None]


@pytest.fixture(scope="module")
def schemas(ddex_folder: Path) -> SchemaFolder:
    return SchemaFolder(ddex_folder)


def inspect(
    package: HandMadePackage,
    root: Path,
    schemas: SchemaFolder | None = None,
    *,
    lenient: bool = False,
    rejections: tuple[Rejection, ...] = (),
    known: dict[str, str] | None = None,
) -> PackageReport:
    folder = package.write(root)
    rules = Rules(schemas=schemas or SchemaFolder(None), lenient=lenient, rejections=rejections)
    return inspect_package(Arrival("label", folder, f"/{folder.name}", [], known or {}), rules)


def broken(change: Break, *releases: HandMadeRelease) -> HandMadePackage:
    package = hand_made_package(releases or None)
    change(package)
    return package


def test_a_package_without_a_fault_is_accepted(tmp_path: Path, schemas: SchemaFolder) -> None:
    other = HandMadeRelease("M2", icpn="4006381333948")

    report = inspect(hand_made_package([HandMadeRelease("M1"), other]), tmp_path, schemas)

    assert (report.codes, report.warnings) == ([], ["ORDER_UNKNOWN"])
    assert report.accepted
    assert (report.batch_id, report.sender, report.recipient) == (BATCH, "PADPIDA2026010101A", "PADPIDA2026010102B")
    assert [(message.message_id, message.icpn, message.title, message.status) for message in report.messages] == [
        ("M1", ICPN, "Ríos", "ReleaseMadeAvailableToConsumers"),
        ("M2", "4006381333948", "Ríos", "ReleaseMadeAvailableToConsumers"),
    ]
    assert len(report.files) == 10
    assert next(file.md5 for file in report.files if file.path == COVER) == md5(b"\xff\xd8 cover" * 900)


def test_a_takedown_is_accepted_without_files(tmp_path: Path, schemas: SchemaFolder) -> None:
    report = inspect(hand_made_package([HandMadeRelease("M1", delivery_type="TakeDown")]), tmp_path, schemas)

    assert report.codes == []
    assert [(message.takedown, message.status) for message in report.messages] == [(True, "ReleaseNotAvailable")]


# Files.


def flip_a_byte(package: HandMadePackage) -> None:
    package.files[FIRST] = b"RIFX" + package.files[FIRST][4:]


def cut_a_file(package: HandMadePackage) -> None:
    package.files[FIRST] = package.files[FIRST][:-2000]


def leave_a_file_out(package: HandMadePackage) -> None:
    del package.files[SECOND]


def add_a_file(package: HandMadePackage) -> None:
    package.files["Release1/audio/.bonus.wav.part"] = b"left behind"


def add_a_message_that_nobody_lists(package: HandMadePackage) -> None:
    package.files["Release1/M9.xml"] = package.files[MESSAGE]


def swap_two_files(package: HandMadePackage) -> None:
    package.files[FIRST], package.files[SECOND] = package.files[SECOND], package.files[FIRST]


def announce_another_size(package: HandMadePackage) -> None:
    package.replace(MESSAGE, "<FileSize>50.000</FileSize>", "<FileSize>50000</FileSize>")
    package.agree()


def announce_no_number(package: HandMadePackage) -> None:
    package.replace(MESSAGE, "<FileSize>50.000</FileSize>", "<FileSize>many</FileSize>")
    package.agree()


def name_a_file_oddly(package: HandMadePackage) -> None:
    package.files["Release1/audio/track1.wav"] = package.files.pop(FIRST)
    package.replace(MESSAGE, f"audio/{ICPN}_01_001.wav", "audio/track1.wav")
    package.agree()


def put_a_file_elsewhere(package: HandMadePackage) -> None:
    package.files[f"Release1/{ICPN}_01_001.wav"] = package.files.pop(FIRST)
    package.replace(MESSAGE, f"audio/{ICPN}_01_001.wav", f"{ICPN}_01_001.wav")
    package.agree()


def name_a_file_outside(package: HandMadePackage) -> None:
    package.replace(MESSAGE, f"audio/{ICPN}_01_001.wav", "../../../etc/passwd")
    package.agree()


def name_a_file_by_address(package: HandMadePackage) -> None:
    package.replace(MESSAGE, f"audio/{ICPN}_01_001.wav", "https://label.example/1.wav")
    package.agree()


def hash_in_an_unknown_way(package: HandMadePackage) -> None:
    package.replace(
        MESSAGE,
        f"<Algorithm>MD5</Algorithm><HashSumValue>{md5(package.files[COVER])}",
        f"<Algorithm>CRC32</Algorithm><HashSumValue>{md5(package.files[COVER])}",
    )
    package.agree()


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (flip_a_byte, ["FILE_HASH"]),
        (cut_a_file, ["FILE_HASH", "FILE_SIZE"]),
        (leave_a_file_out, ["FILE_MISSING"]),
        (add_a_file, ["FILE_UNNAMED"]),
        (add_a_message_that_nobody_lists, ["FILE_UNNAMED"]),
        (swap_two_files, ["FILE_HASH", "FILE_HASH", "FILE_SIZE", "FILE_SIZE"]),
        (announce_another_size, ["FILE_SIZE"]),
        (announce_no_number, ["FILE_SIZE"]),
        (name_a_file_oddly, ["FILE_NAME"]),
        (put_a_file_elsewhere, ["FILE_NAME"]),
        (name_a_file_outside, ["FILE_PATH", "FILE_UNNAMED"]),
        (name_a_file_by_address, ["FILE_PATH", "FILE_UNNAMED"]),
        (hash_in_an_unknown_way, ["HASH_ALGORITHM"]),
    ],
)
def test_every_fault_of_a_file_is_found(tmp_path: Path, change: Break, codes: list[str]) -> None:
    report = inspect(broken(change), tmp_path)

    assert report.codes == codes
    assert not report.accepted
    assert [message.status for message in report.messages] == ["ProcessingErrorAtReleaseDistributor"]


def test_a_fault_says_which_file_and_which_resource(tmp_path: Path) -> None:
    [finding] = inspect(broken(flip_a_byte), tmp_path).messages[0].findings[1:]

    assert (finding.code, finding.path) == ("FILE_HASH", FIRST)
    assert finding.resource is not None
    assert (finding.resource.kind, finding.resource.value) == ("ISRC", "ESA012600001")
    assert finding.line is not None


def test_a_link_is_not_a_file(tmp_path: Path) -> None:
    folder = hand_made_package().write(tmp_path)
    (folder / COVER).unlink()
    (folder / COVER).symlink_to("/etc/hostname")

    report = inspect_package(Arrival("label", folder, f"/{folder.name}", []), Rules())

    assert report.codes == ["FILE_MISSING", "FILE_NOT_REGULAR"]


# Messages.


def dangling_party(package: HandMadePackage) -> None:
    package.replace(MESSAGE, "<ReleaseLabelReference>P2<", "<ReleaseLabelReference>P3<")
    package.agree()


def dangling_deal(package: HandMadePackage) -> None:
    package.replace(MESSAGE, "<DealReleaseReference>R0<", "<DealReleaseReference>R1<")
    package.agree()


def dangling_resource(package: HandMadePackage) -> None:
    package.replace(MESSAGE, "<ReleaseResourceReference>A2<", "<ReleaseResourceReference>A3<")
    package.agree()


def anchor_twice(package: HandMadePackage) -> None:
    package.replace(MESSAGE, "<PartyReference>P2<", "<PartyReference>P1<")
    package.agree()


def broken_xml(package: HandMadePackage) -> None:
    package.replace(MESSAGE, "</MessageHeader>", "")
    package.agree()


def entity_in_a_message(package: HandMadePackage) -> None:
    package.replace(MESSAGE, "<ern:NewReleaseMessage ", "<!DOCTYPE a [<!ENTITY e 'x'>]><ern:NewReleaseMessage ")
    package.agree()


def foreign_message(package: HandMadePackage) -> None:
    package.files[MESSAGE] = b"<html/>"
    package.agree()


def changed_message(package: HandMadePackage) -> None:
    package.files[MESSAGE] += b"<!-- -->"


def another_message_id(package: HandMadePackage) -> None:
    package.replace(MESSAGE, "<MessageId>M1<", "<MessageId>M7<")
    package.agree()


def another_release(package: HandMadePackage) -> None:
    package.replace(MANIFEST, f"<ICPN>{ICPN}<", "<ICPN>4006381333948<")


def takedown_with_a_deal(package: HandMadePackage) -> None:
    package.replace(MANIFEST, "NewReleaseDelivery", "TakeDown")


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (dangling_party, ["REFERENCE_DANGLING"]),
        (dangling_deal, ["REFERENCE_DANGLING"]),
        (dangling_resource, ["REFERENCE_DANGLING"]),
        (anchor_twice, ["ANCHOR_TWICE", "REFERENCE_DANGLING"]),
        (broken_xml, ["FILE_UNNAMED", "FILE_UNNAMED", "FILE_UNNAMED", "MESSAGE_NOT_WELL_FORMED"]),
        (entity_in_a_message, ["FILE_UNNAMED", "FILE_UNNAMED", "FILE_UNNAMED", "MESSAGE_DOCTYPE"]),
        (foreign_message, ["FILE_UNNAMED", "FILE_UNNAMED", "FILE_UNNAMED", "MESSAGE_FOREIGN"]),
        (changed_message, ["MESSAGE_HASH"]),
        (another_message_id, ["MESSAGE_ID"]),
        (another_release, ["RELEASE_ID"]),
        (takedown_with_a_deal, ["TAKEDOWN_WITH_DEALS"]),
    ],
)
def test_every_fault_of_a_message_is_found(tmp_path: Path, change: Break, codes: list[str]) -> None:
    report = inspect(broken(change), tmp_path)

    assert report.codes == codes
    assert not report.accepted


def test_a_message_is_judged_by_the_official_schema(tmp_path: Path, schemas: SchemaFolder) -> None:
    package = hand_made_package()
    package.replace(MESSAGE, "<ReleaseType>Album<", "<ReleaseType>Record<")
    package.agree()

    [finding] = [each for each in inspect(package, tmp_path, schemas).all_findings if each.code == "MESSAGE_SCHEMA"]

    assert "Record" in finding.message
    assert (finding.path, finding.line is not None) == (MESSAGE, True)


def test_without_schemas_that_is_said_and_nothing_refused(tmp_path: Path) -> None:
    report = inspect(hand_made_package(), tmp_path)

    assert report.accepted
    assert report.warnings == ["ORDER_UNKNOWN", "SCHEMA_UNAVAILABLE", "SCHEMA_UNAVAILABLE"]


def test_a_message_that_came_in_another_batch_is_doubled(tmp_path: Path) -> None:
    report = inspect(hand_made_package(), tmp_path, known={"M1": "20260928110000000"})

    assert report.codes == ["MESSAGE_REPEATED"]


def test_only_the_message_with_the_fault_is_rejected(tmp_path: Path) -> None:
    package = broken(leave_a_file_out, HandMadeRelease("M1"), HandMadeRelease("M2", icpn="4006381333948"))

    report = inspect(package, tmp_path)

    assert [(message.message_id, message.accepted) for message in report.messages] == [("M1", False), ("M2", True)]


# The manifest and the layout.


def no_manifest(package: HandMadePackage) -> None:
    del package.files[MANIFEST]


def broken_manifest(package: HandMadePackage) -> None:
    package.replace(MANIFEST, "</MessageHeader>", "")


def foreign_manifest(package: HandMadePackage) -> None:
    package.files[MANIFEST] = package.files[MESSAGE]


def wrong_count(package: HandMadePackage) -> None:
    package.replace(MANIFEST, "<NumberOfMessages>1<", "<NumberOfMessages>2<")


def wrong_root(package: HandMadePackage) -> None:
    package.replace(MANIFEST, f"<RootDirectory>{BATCH}<", "<RootDirectory>20260928120000124<")


def listed_but_not_there(package: HandMadePackage) -> None:
    del package.files[MESSAGE]


def outside_the_package(package: HandMadePackage) -> None:
    package.replace(MANIFEST, "./Release1/M1.xml", "../M1.xml")


def two_markers(package: HandMadePackage) -> None:
    package.files["BatchComplete_2.txt"] = b""


def listed_twice(package: HandMadePackage) -> None:
    manifest = package.files[MANIFEST].decode()
    start, end = manifest.index("  <MessageInBatch>"), manifest.index("</c:ManifestMessage>")
    package.files[MANIFEST] = (manifest[:end] + manifest[start:end] + manifest[end:]).encode()
    package.replace(MANIFEST, "<NumberOfMessages>1<", "<NumberOfMessages>2<")


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (no_manifest, ["MANIFEST_MISSING"]),
        (broken_manifest, ["MANIFEST_NOT_WELL_FORMED"]),
        (foreign_manifest, ["MANIFEST_FOREIGN"]),
        (wrong_count, ["MANIFEST_COUNT"]),
        (wrong_root, ["MANIFEST_ROOT_DIRECTORY"]),
        (listed_but_not_there, ["FILE_UNNAMED", "FILE_UNNAMED", "FILE_UNNAMED", "MESSAGE_MISSING"]),
        (outside_the_package, ["FILE_UNNAMED"] * 4 + ["MANIFEST_URL"]),
        (two_markers, ["MARKER_TWICE"]),
        (listed_twice, ["MANIFEST_MESSAGE_TWICE", "MANIFEST_MESSAGE_TWICE"]),
    ],
)
def test_every_fault_of_the_layout_is_found(tmp_path: Path, change: Break, codes: list[str]) -> None:
    report = inspect(broken(change), tmp_path)

    assert report.codes == codes
    assert not report.accepted


def test_a_manifest_is_judged_by_the_official_schema(tmp_path: Path, schemas: SchemaFolder) -> None:
    package = hand_made_package()
    package.replace(MANIFEST, "<ProductType>AudioProduct<", "<ProductType>Record<")

    assert inspect(package, tmp_path, schemas).codes == ["MANIFEST_SCHEMA"]


def test_without_a_manifest_each_message_still_gets_its_verdict(tmp_path: Path) -> None:
    report = inspect(broken(no_manifest), tmp_path)

    assert report.sender == "PADPIDA2026010101A"
    assert [(message.message_id, message.icpn, message.accepted) for message in report.messages] == [
        ("M1", ICPN, False)
    ]


def test_habits_of_other_senders_only_warn_where_that_is_wished(tmp_path: Path) -> None:
    package = broken(name_a_file_oddly)
    package.batch = "delivery-7"
    package.replace(MANIFEST, f"<RootDirectory>{BATCH}<", "<RootDirectory>delivery-7<")

    strict = inspect(package, tmp_path)
    lenient = inspect(package, tmp_path, lenient=True)

    assert strict.codes == ["FILE_NAME", "FOLDER_NAME"]
    assert (lenient.codes, lenient.accepted) == ([], True)
    assert {"FILE_NAME", "FOLDER_NAME"} <= set(lenient.warnings)


def test_ddexs_own_layout_is_read_too(tmp_path: Path, schemas: SchemaFolder) -> None:
    """Release folders by ICPN, files in resources/, and a manifest that is the completion marker."""
    package = hand_made_package(batch=f"N_{BATCH}")
    manifest = package.files.pop(MANIFEST)
    del package.files["BatchComplete.txt"]
    package.files = {
        path.replace("Release1/audio", f"{ICPN}/resources")
        .replace("Release1/images", f"{ICPN}/resources")
        .replace("Release1/M1", f"{ICPN}/{ICPN}"): content.replace(b"<URI>audio/", b"<URI>resources/").replace(
            b"<URI>images/", b"<URI>resources/"
        )
        for path, content in package.files.items()
    }
    message = package.files[f"{ICPN}/{ICPN}.xml"]
    package.files[f"BatchComplete_{BATCH}.xml"] = manifest.replace(
        b"Release1/M1.xml", f"{ICPN}/{ICPN}.xml".encode()
    ).replace(md5(hand_made_package().files[MESSAGE]).encode(), md5(message).encode())

    report = inspect(package, tmp_path, schemas, lenient=True)

    assert (report.codes, report.accepted) == ([], True)


# On purpose.


@pytest.mark.parametrize(
    ("rejection", "accepted"),
    [
        (Rejection("not today"), [False, False]),
        (Rejection("not this one", "4006381333948"), [True, False]),
        (Rejection("nobody's", "4006381333955"), [True, True]),
    ],
)
def test_a_release_can_be_rejected_on_purpose(tmp_path: Path, rejection: Rejection, accepted: list[bool]) -> None:
    package = hand_made_package([HandMadeRelease("M1"), HandMadeRelease("M2", icpn="4006381333948")])

    report = inspect(package, tmp_path, rejections=(rejection,))

    assert report.codes == []
    assert [message.accepted for message in report.messages] == accepted
    assert {message.reason for message in report.messages if not message.accepted} <= {rejection.reason}
