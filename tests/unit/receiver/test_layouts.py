"""Packages of every layout at the receiver: found, judged, and answered in the version that they came in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from lxml import etree

from distro_api.receiver import (
    Arrival,
    PackageReport,
    Receiver,
    ReceiverOptions,
    ReceiverUser,
    Rejection,
    Reply,
    Rules,
    SchemaFolder,
    inspect_package,
)
from distro_api.receiver.layouts import Unit, completed_by
from distro_api.receiver.verdicts import FILE_STATUSES, REFUSING, RELEASE_STATUSES, reply_with
from tests.exchange_servers import wait_until
from tests.receiver_layouts import ddex_batch, flat_folder, moved, purge, release_folder
from tests.receiver_packages import BATCH, ICPN, HandMadePackage, HandMadeRelease, hand_made_package

OTHER = "4006381333948"
LABEL = ReceiverUser("label", password="correct horse")
MEAD = b'<m:MeadMessage xmlns:m="http://ddex.net/xml/mead/11"/>'


@pytest.fixture(scope="module")
def schemas(ddex_folder: Path) -> SchemaFolder:
    return SchemaFolder(ddex_folder)


@asynccontextmanager
async def signed_in(receiver: Receiver) -> AsyncIterator[asyncssh.SFTPClient]:
    pinned = asyncssh.import_known_hosts(f"[{receiver.host}]:{receiver.port} {receiver.host_key}\n")
    async with (
        asyncssh.connect(
            receiver.host,
            receiver.port,
            username=LABEL.name,
            password=LABEL.password,
            known_hosts=pinned,
            client_keys=None,
            config=None,
        ) as connection,
        connection.start_sftp_client() as client,
    ):
        yield client


async def send(receiver: Receiver, package: HandMadePackage) -> None:
    async with signed_in(receiver) as client:
        for path, content in package.files.items():
            file = f"{package.batch}/{path}"
            await client.makedirs(file.rpartition("/")[0], exist_ok=True)
            async with client.open(file, "wb") as stream:
                await stream.write(content)


async def judged(receiver: Receiver, package: HandMadePackage, count: int = 1) -> Sequence[PackageReport]:
    """The answered verdicts on a package, of which each message may be one."""
    await send(receiver, package)
    await wait_until(lambda: sum(each.acknowledged_at is not None for each in receiver.reports) == count)
    return receiver.reports


def answers(receiver: Receiver) -> list[tuple[str, etree._Element]]:
    folder = receiver.user_folder("label") / "acknowledgements"
    return [(file.name, etree.fromstring(file.read_bytes())) for file in sorted(folder.iterdir())]  # noqa: TID251


def inspect(
    package: HandMadePackage, root: Path, rules: Rules | None = None, message: str | None = None
) -> PackageReport:
    folder = package.write(root)
    return inspect_package(Arrival("label", folder, f"/{folder.name}", [], message=message), rules or Rules())


@pytest.mark.parametrize(
    ("place", "unit"),
    [
        (f"/{BATCH}/BatchComplete.txt", Unit(f"/{BATCH}")),
        (f"/in/{BATCH}/BatchComplete.txt", Unit(f"/in/{BATCH}")),
        (f"/N_{BATCH}/BatchComplete_{BATCH}.xml", Unit(f"/N_{BATCH}")),
        (f"/N_{ICPN}_{BATCH}/{ICPN}.xml", Unit(f"/N_{ICPN}_{BATCH}", f"{ICPN}.xml")),
        (f"/{ICPN}_{BATCH}/{ICPN}.xml", Unit(f"/{ICPN}_{BATCH}", f"{ICPN}.xml")),
        (f"/{BATCH}/M1.xml", Unit(f"/{BATCH}", "M1.xml")),
        (f"/{BATCH}/BatchManifest.xml", None),
        (f"/{BATCH}/.M1.xml", None),
        (f"/{BATCH}/M1.xml.part", None),
        (f"/{BATCH}/Release1/M1.xml", None),
        (f"/N_{BATCH}/{ICPN}/{ICPN}.xml", None),
        (f"/N_{ICPN}_{BATCH}/resources/a.wav", None),
        ("/acknowledgements/ACK_1.xml", None),
    ],
)
def test_what_a_file_completes_is_told_by_where_it_lies(place: str, unit: Unit | None) -> None:
    assert completed_by(place) == unit


@pytest.mark.parametrize(
    ("package", "layout", "version"),
    [
        (ddex_batch(version="16"), "ddex", "1.6"),
        (ddex_batch(version="18", letter=""), "ddex", "1.8"),
        (ddex_batch(version="18", letter="P_"), "ddex", "1.8"),
        (ddex_batch(empty=True), "ddex", "1.8"),
        (release_folder(), "release", "1.8"),
        (flat_folder(), "flat", "1.8"),
        (hand_made_package(), "batch", "1.8"),
    ],
    ids=["sftp 1.6", "cloud 1.8", "letter", "empty file", "release", "flat", "batch"],
)
async def test_every_layout_is_found_judged_strictly_and_answered(
    tmp_path: Path, schemas: SchemaFolder, package: HandMadePackage, layout: str, version: str
) -> None:
    options = ReceiverOptions(rules=Rules(schemas=schemas))
    async with Receiver(tmp_path, [LABEL], options=options) as receiver:
        [report] = await judged(receiver, package)

        assert (report.codes, report.warnings, report.accepted) == ([], [], True)
        assert (report.layout, report.answer_version, report.batch_id) == (layout, version, BATCH)
        assert [message.message_id for message in report.messages] == ["M1"]
        assert {file.path for file in report.files} == set(package.files)
        [(name, root)] = answers(receiver)
        assert [each.message[:200] for each in schemas.judge(root, name, "ACK")] == []
        assert (
            etree.QName(root).localname
            == {"1.6": "FtpAcknowledgementMessage", "1.8": "AcknowledgementMessage"}[version]
        )


async def test_version_16_answers_each_release_under_its_own_name(tmp_path: Path) -> None:
    package = ddex_batch([HandMadeRelease("M1"), HandMadeRelease("M2", icpn=OTHER)], version="16")
    del package.files[f"{OTHER}/resources/{OTHER}_01_001.wav"]
    async with Receiver(tmp_path, [LABEL]) as receiver:
        await judged(receiver, package)

        found = [
            (
                name.rpartition("_")[2],
                root.findtext("AcknowledgedFile/ReleaseId"),
                root.findtext("AcknowledgedFile/Date"),
                root.findtext("FileStatus"),
                root.findtext("ProposedActionType"),
                root.findtext("AffectedResource/ISRC"),
            )
            for name, root in answers(receiver)
        ]
        assert found == [
            (f"{ICPN}.xml", ICPN, "2026-09-28", "FileOK", None, None),
            (f"{OTHER}.xml", OTHER, "2026-09-28", "ResourceMissing", "ResendXmlAndResources", "ESA012600001"),
        ]


async def test_each_message_in_a_flat_folder_is_a_package_of_its_own(tmp_path: Path) -> None:
    package = flat_folder([HandMadeRelease("M1"), HandMadeRelease("M2", icpn=OTHER)])
    package.files[f"{OTHER}_01_001.wav"] += b"more"
    package.files = {"MEAD_M1.xml": MEAD} | package.files
    async with Receiver(tmp_path, [LABEL]) as receiver:
        reports = await judged(receiver, package, 2)

        assert {report.message: report.codes for report in reports} == {"M1.xml": [], "M2.xml": ["FILE_HASH"]}
        told = {root.findtext(".//ICPN"): root.findtext("ReleaseStatus/ReleaseStatus") for _, root in answers(receiver)}
        assert told == {ICPN: "ReleaseMadeAvailableToConsumers", OTHER: "ProcessingErrorAtReleaseDistributor"}


async def test_a_message_that_travels_beside_completes_nothing(tmp_path: Path) -> None:
    package = release_folder()
    message = package.files.popitem()
    package.files["MEAD_M1.xml"] = MEAD
    async with Receiver(tmp_path, [LABEL]) as receiver:
        await send(receiver, package)
        assert list(receiver.reports) == []

        del package.files["MEAD_M1.xml"]
        [report] = await judged(receiver, HandMadePackage(package.batch, dict([message])))

        assert report.message == message[0]
        assert report.codes == ["FILE_UNNAMED"]


@pytest.mark.parametrize(
    ("package", "change"),
    [(release_folder(), f"resources/{ICPN}.jpg"), (flat_folder(), f"{ICPN}.jpg")],
    ids=["release", "flat"],
)
async def test_what_changes_after_the_message_is_noted(tmp_path: Path, package: HandMadePackage, change: str) -> None:
    async with Receiver(tmp_path, [LABEL]) as receiver:
        await judged(receiver, package)
        await send(receiver, HandMadePackage(package.batch, {change: b"another cover"}))
        await wait_until(lambda: receiver.reports[0].codes != [])

        assert set(receiver.reports[0].codes) == {"MESSAGE_NOT_LAST"}
        assert [finding.path for finding in receiver.reports[0].findings] == [change]


async def test_files_of_another_release_may_follow_in_a_flat_folder(tmp_path: Path) -> None:
    async with Receiver(tmp_path, [LABEL]) as receiver:
        await judged(receiver, flat_folder())
        await judged(receiver, flat_folder([HandMadeRelease("M2", icpn=OTHER)]), 2)

        assert [report.codes for report in receiver.reports] == [[], []]


async def test_a_message_that_comes_before_its_files_is_refused(tmp_path: Path) -> None:
    package = release_folder()
    package.files = dict(reversed(package.files.items()))
    async with Receiver(tmp_path, [LABEL]) as receiver:
        [report, *_] = await judged(receiver, package)

        assert not report.accepted
        assert set(report.codes) <= {"FILE_MISSING", "MESSAGE_NOT_LAST", "FILE_HASH", "FILE_SIZE"}


async def test_what_was_complete_before_the_start_is_judged_then(tmp_path: Path) -> None:
    async with Receiver(tmp_path, [LABEL]) as receiver:
        folder = receiver.user_folder("label")
    for package in (
        release_folder(HandMadeRelease("R1")),
        flat_folder([HandMadeRelease("F1")]),
        ddex_batch([HandMadeRelease("D1")]),
    ):
        package.write(folder)

    async with Receiver(tmp_path, [LABEL]) as receiver:
        await wait_until(lambda: sum(each.acknowledged_at is not None for each in receiver.reports) == 3)

        assert sorted(report.layout for report in receiver.reports) == ["ddex", "flat", "release"]
        assert all(report.codes == [] for report in receiver.reports)


@pytest.mark.parametrize("message", [purge(ICPN), moved(HandMadeRelease("P1", delivery_type="TakeDown"), "resources/")])
def test_a_purge_and_a_takedown_without_a_manifest_remove_the_release(
    tmp_path: Path, schemas: SchemaFolder, message: bytes
) -> None:
    package = HandMadePackage(f"N_{ICPN}_{BATCH}", {f"{ICPN}.xml": message})

    report = inspect(package, tmp_path, Rules(schemas=schemas), f"{ICPN}.xml")

    assert report.codes == []
    assert [(each.takedown, each.status, each.icpn) for each in report.messages] == [
        (True, "ReleaseNotAvailable", ICPN)
    ]


# What is wrong with a layout.


def in_another_folder(package: HandMadePackage) -> None:
    package.files = {path.replace(f"{ICPN}/", "Release1/"): content for path, content in package.files.items()}
    marker = f"BatchComplete_{BATCH}.xml"
    package.files[marker] = package.files[marker].replace(f"./{ICPN}/".encode(), b"./Release1/")


def under_another_name(package: HandMadePackage) -> None:
    package.files[f"{ICPN}/M1.xml"] = package.files.pop(f"{ICPN}/{ICPN}.xml")
    marker = f"BatchComplete_{BATCH}.xml"
    package.files[marker] = package.files[marker].replace(f"/{ICPN}.xml".encode(), b"/M1.xml")


def another_root(package: HandMadePackage) -> None:
    package.replace(f"BatchComplete_{BATCH}.xml", f"N_{BATCH}", f"P_{BATCH}")


def changed_message(package: HandMadePackage) -> None:
    package.files[f"{ICPN}/{ICPN}.xml"] += b"<!-- -->"


def unknown_letter(package: HandMadePackage) -> None:
    package.replace(f"BatchComplete_{BATCH}.xml", f"N_{BATCH}", f"X_{BATCH}")
    package.batch = f"X_{BATCH}"


def two_manifests(package: HandMadePackage) -> None:
    package.files["BatchComplete_2.xml"] = b""


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (in_another_folder, ["MESSAGE_PLACE"]),
        (under_another_name, ["MESSAGE_PLACE"]),
        (another_root, ["MANIFEST_ROOT_DIRECTORY"]),
        (changed_message, ["MESSAGE_HASH"]),
        (unknown_letter, ["FOLDER_NAME"]),
        (two_manifests, ["MARKER_TWICE"]),
    ],
)
@pytest.mark.parametrize("version", ["16", "18"])
def test_every_fault_of_ddexs_batch_is_found(
    tmp_path: Path, change: Callable[[HandMadePackage], None], codes: list[str], version: str
) -> None:
    package = ddex_batch(version=version)
    change(package)

    assert inspect(package, tmp_path).codes == codes


def test_files_belong_where_the_layout_has_them(tmp_path: Path) -> None:
    elsewhere = HandMadeRelease("M1")
    package = HandMadePackage(f"N_{ICPN}_{BATCH}", {**elsewhere.files, f"{ICPN}.xml": elsewhere.message().encode()})

    report = inspect(package, tmp_path, message=f"{ICPN}.xml")

    assert report.codes == ["FILE_NAME"] * 3


def test_a_message_that_cannot_be_read_is_refused_where_it_is_the_whole_package(tmp_path: Path) -> None:
    package = HandMadePackage(f"N_{ICPN}_{BATCH}", {f"{ICPN}.xml": b"<broken"})

    report = inspect(package, tmp_path, message=f"{ICPN}.xml")

    assert report.codes == ["MESSAGE_NOT_WELL_FORMED"]
    assert [(each.icpn, each.accepted) for each in report.messages] == [(ICPN, False)]


# Every status on demand.


@pytest.mark.parametrize("version", ["1.6", "1.8"])
@pytest.mark.parametrize("status", sorted(FILE_STATUSES | RELEASE_STATUSES))
async def test_every_status_is_answered_on_demand(
    tmp_path: Path, schemas: SchemaFolder, status: str, version: str
) -> None:
    rules = Rules(schemas=schemas, replies=(reply_with(status, ICPN),), answer_version=version)
    async with Receiver(tmp_path, [LABEL], options=ReceiverOptions(rules=rules)) as receiver:
        [report] = await judged(receiver, ddex_batch())
        [(name, root)] = answers(receiver)

    assert report.codes == []
    assert [each.message[:200] for each in schemas.judge(root, name, "ACK")] == []
    file_status = status if status in FILE_STATUSES else "FileOK"
    if version == "1.6":
        assert root.findtext("FileStatus") == file_status
    else:
        assert root.findtext("ReleaseStatus/Acknowledgement/MessageStatus/Status") == file_status
        assert status in FILE_STATUSES or root.findtext("ReleaseStatus/ReleaseStatus") == status
    refused = status in REFUSING or (status in FILE_STATUSES and status != "FileOK")
    assert report.accepted == (not refused)


@pytest.mark.parametrize("version", ["1.6", "1.8"])
async def test_an_answer_on_demand_says_everything_that_an_answer_can(
    tmp_path: Path, schemas: SchemaFolder, version: str
) -> None:
    reply = Reply(
        file_status="ResourceCorrupt",
        text="track 1 is noise",
        proposed_action="DoNotResendAffectedResource",
        manual_check=False,
        affected=("ESA012600001", "ESA012600002"),
    )
    rules = Rules(schemas=schemas, replies=(reply,), answer_version=version)
    async with Receiver(tmp_path, [LABEL], options=ReceiverOptions(rules=rules)) as receiver:
        await judged(receiver, flat_folder())
        [(name, root)] = answers(receiver)

    parent = root if version == "1.6" else root.find("ReleaseStatus")
    assert parent is not None
    assert [each.message[:200] for each in schemas.judge(root, name, "ACK")] == []
    action = parent.find("ProposedActionType")
    assert action is not None
    assert action.get("UserDefinedValue", action.text) == "DoNotResendAffectedResource"
    assert parent.findtext("ErrorText") == "track 1 is noise"
    assert parent.findtext("ManualCheckRequired") == "false"
    assert [each.text for each in parent.iterfind("AffectedResource/ISRC")] == ["ESA012600001", "ESA012600002"]


async def test_a_rejection_on_purpose_is_answered_in_version_16_too(tmp_path: Path, schemas: SchemaFolder) -> None:
    rules = Rules(schemas=schemas, rejections=(Rejection("not for us", ICPN),))
    async with Receiver(tmp_path, [LABEL], options=ReceiverOptions(rules=rules)) as receiver:
        await judged(receiver, ddex_batch(version="16"))
        [(name, root)] = answers(receiver)

    status = root.find("FileStatus")
    assert status is not None
    assert [each.message[:200] for each in schemas.judge(root, name, "ACK")] == []
    assert (status.text, status.get("UserDefinedValue")) == ("UserDefined", "REJECTED_ON_PURPOSE")
    assert root.findtext("ErrorText") == "not for us"


async def test_a_fault_is_told_whatever_was_wished_for(tmp_path: Path) -> None:
    package = flat_folder()
    del package.files[f"{ICPN}.jpg"]
    rules = Rules(replies=(reply_with("ReleaseMadeAvailableToConsumers"),))
    async with Receiver(tmp_path, [LABEL], options=ReceiverOptions(rules=rules)) as receiver:
        [report] = await judged(receiver, package)

    assert report.codes == ["FILE_MISSING"]
    assert [each.status for each in report.messages] == ["ProcessingErrorAtReleaseDistributor"]


def test_a_word_that_ddex_does_not_have_is_no_reply() -> None:
    with pytest.raises(ValueError, match="neither a file status nor a release status"):
        reply_with("Perfect")
