"""The receiver as a running DSP: what it records, answers, and keeps over a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from lxml import etree

from distro_api.receiver import (
    PackageReport,
    Receiver,
    ReceiverOptions,
    ReceiverUser,
    Rejection,
    Rules,
    SchemaFolder,
)
from distro_api.receiver.inspection import Arrival, inspect_package
from tests.exchange_servers import wait_until
from tests.receiver_packages import BATCH, ICPN, HandMadePackage, HandMadeRelease, hand_made_package

LABEL_A = ReceiverUser("label-a", password="correct horse")
LABEL_B = ReceiverUser("label-b", password="battery staple")
ANSWER = f"acknowledgements/ACK_{BATCH}.xml"


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with Receiver(tmp_path, [LABEL_A, LABEL_B]) as running:
        yield running


@asynccontextmanager
async def signed_in(receiver: Receiver, user: ReceiverUser = LABEL_A) -> AsyncIterator[asyncssh.SFTPClient]:
    """A sender that is not ours."""
    pinned = asyncssh.import_known_hosts(f"[{receiver.host}]:{receiver.port} {receiver.host_key}\n")
    async with (
        asyncssh.connect(
            receiver.host,
            receiver.port,
            username=user.name,
            password=user.password,
            known_hosts=pinned,
            client_keys=None,
            config=None,
        ) as connection,
        connection.start_sftp_client() as client,
    ):
        yield client


async def send(client: asyncssh.SFTPClient, package: HandMadePackage, below: str = "") -> None:
    for path, content in package.files.items():
        file = f"{below}{package.batch}/{path}"
        await client.makedirs(file.rpartition("/")[0], exist_ok=True)
        async with client.open(file, "wb") as stream:
            await stream.write(content)


async def deliver(receiver: Receiver, package: HandMadePackage, user: ReceiverUser = LABEL_A) -> PackageReport:
    async with signed_in(receiver, user) as client:
        await send(client, package)
    return await receiver.wait_for_report(package.batch, user=user.name)


def answer(receiver: Receiver, user: ReceiverUser = LABEL_A, path: str = ANSWER) -> etree._Element:
    return etree.fromstring((receiver.user_folder(user.name) / path).read_bytes())  # noqa: TID251 (just written)


def statuses(root: etree._Element) -> list[tuple[str | None, str | None]]:
    return [
        (each.findtext("Acknowledgement/MessageId"), each.findtext("ReleaseStatus"))
        for each in root.iterfind("ReleaseStatus")
    ]


async def test_a_package_is_judged_and_answered_when_its_marker_has_come(receiver: Receiver) -> None:
    package = hand_made_package(
        [HandMadeRelease("M1"), HandMadeRelease("M2", icpn="4006381333948", delivery_type="TakeDown")]
    )

    report = await deliver(receiver, package)

    assert (report.codes, report.accepted, report.acknowledgement) == ([], True, f"/{ANSWER}")
    assert statuses(answer(receiver)) == [
        ("M1", "ReleaseMadeAvailableToConsumers"),
        ("M2", "ReleaseNotAvailable"),
    ]


async def test_a_package_of_which_a_file_is_renamed_while_it_is_looked_at_is_looked_at_again(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Arrival] = []

    def look(arrival: Arrival, rules: Rules) -> PackageReport:
        looks.append(arrival)
        if len(looks) == 1:
            raise FileNotFoundError(".message.xml.part")
        return inspect_package(arrival, rules)

    monkeypatch.setattr("distro_api.receiver.receiver.inspect_package", look)

    report = await deliver(receiver, hand_made_package())

    assert (report.codes, report.accepted, len(looks)) == ([], True, 2)


async def test_nothing_is_said_before_the_marker(receiver: Receiver) -> None:
    package = hand_made_package()
    marker = package.files.pop("BatchComplete.txt")
    async with signed_in(receiver) as client:
        await send(client, package)
        assert list(receiver.reports) == []

        await send(client, HandMadePackage(BATCH, {"BatchComplete.txt": marker}))

    assert (await receiver.wait_for_report(BATCH)).accepted


async def test_everything_that_is_done_is_recorded_in_order(receiver: Receiver, tmp_path: Path) -> None:
    async with signed_in(receiver) as client:
        await client.mkdir("in")
        async with client.open("in/a.part", "wb") as stream:
            await stream.write(b"12345")
        await client.posix_rename("in/a.part", "in/a.xml")
        async with client.open("in/a.xml", "rb") as stream:
            await stream.read()
        await client.truncate("in/a.xml", 2)
        await client.remove("in/a.xml")
        await client.rmdir("in")

    seen = [
        (event.sequence, event.user, event.action.value, event.path, event.target, event.size)
        for event in receiver.events
    ]
    assert seen == [
        (1, "label-a", "folder_made", "/in", None, None),
        (2, "label-a", "opened", "/in/a.part", None, None),
        (3, "label-a", "written", "/in/a.part", None, 5),
        (4, "label-a", "renamed", "/in/a.part", "/in/a.xml", 5),
        (5, "label-a", "read", "/in/a.xml", None, 5),
        (6, "label-a", "truncated", "/in/a.xml", None, 2),
        (7, "label-a", "removed", "/in/a.xml", None, None),
        (8, "label-a", "folder_removed", "/in", None, None),
    ]
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [(line["sequence"], line["action"], line["path"]) for line in lines] == [
        (sequence, action, path) for sequence, _, action, path, _, _ in seen
    ]


async def test_the_answer_is_valid_by_the_official_schema(tmp_path: Path, ddex_folder: Path) -> None:
    schemas = SchemaFolder(ddex_folder)
    package = hand_made_package([HandMadeRelease("M1"), HandMadeRelease("M2", icpn="4006381333948")])
    del package.files[f"Release1/images/{ICPN}.jpg"]
    package.files[f"Release1/audio/{ICPN}_01_001.wav"] += b"more"
    manifest = package.files.pop("BatchManifest.xml")
    package.files = {"BatchManifest.xml": manifest, "Release1/unnamed.txt": b"x"} | package.files
    async with Receiver(tmp_path, [LABEL_A], options=ReceiverOptions(rules=Rules(schemas=schemas))) as receiver:
        report = await deliver(receiver, package)

        assert report.codes == ["FILE_HASH", "FILE_MISSING", "FILE_UNNAMED"]
        root = answer(receiver)
        assert list(schemas.judge(root, ANSWER, "ACK")) == []
        first = root.find("ReleaseStatus")
        assert first is not None
        assert first.findtext("ReleaseStatus") == "ProcessingErrorAtReleaseDistributor"
        assert first.findtext("ProposedActionType") == "ResendXmlAndResources"
        assert [
            each.findtext("ISRC") or each.findtext("ProprietaryId") for each in first.iterfind("AffectedResource")
        ] == [
            "ESA012600001",
            f"{ICPN}-cover",
        ]
        assert [each.text for each in first.iterfind("Acknowledgement/MessageStatus/Status")] == [
            "SignatureOrHashSumWrongOrMissing",
            "ResourceMissing",
            "UserDefined",
        ]


async def test_a_rejection_on_purpose_is_answered_as_one(tmp_path: Path) -> None:
    rules = Rules(rejections=(Rejection("we have this already", ICPN),))
    async with Receiver(tmp_path, [LABEL_A], options=ReceiverOptions(rules=rules)) as receiver:
        await deliver(receiver, hand_made_package())

        root = answer(receiver)
        assert root.findtext("ReleaseStatus/ErrorText") == "we have this already"
        assert root.findtext("ReleaseStatus/ProposedActionType") == "DoNotResendRelease"


async def test_senders_see_their_own_folder_only(receiver: Receiver) -> None:
    report_a = await deliver(receiver, hand_made_package())
    report_b = await deliver(receiver, hand_made_package(), LABEL_B)

    assert (report_a.codes, report_b.codes) == ([], [])
    async with signed_in(receiver, LABEL_B) as client:
        assert sorted(await client.listdir("/")) == [".", "..", BATCH, "acknowledgements"]
        for path in ("../label-a", "/../label-a", "/../../host_key"):
            assert not await client.exists(path)
        with pytest.raises(asyncssh.SFTPOpUnsupported):
            await client.symlink("/etc", "etc")
        with pytest.raises(asyncssh.SFTPOpUnsupported):
            await client.link(f"{BATCH}/BatchComplete.txt", "hard")


async def test_a_package_may_lie_in_a_folder_of_the_target(receiver: Receiver) -> None:
    async with signed_in(receiver) as client:
        await send(client, hand_made_package(), "incoming/")

    report = await receiver.wait_for_report(BATCH)

    assert (report.codes, report.acknowledgement) == ([], f"/incoming/{ANSWER}")
    assert statuses(answer(receiver, path=f"incoming/{ANSWER}")) == [("M1", "ReleaseMadeAvailableToConsumers")]


async def test_a_file_after_the_verdict_is_noted_and_not_answered_again(receiver: Receiver) -> None:
    package = hand_made_package()
    await deliver(receiver, package)
    before = (receiver.user_folder("label-a") / ANSWER).stat()

    late = HandMadePackage(BATCH, {"Release1/late.wav": b"x", "BatchComplete.txt": b"again"})
    async with signed_in(receiver) as client:
        await send(client, late)
    await wait_until(lambda: "MARKER_TWICE" in receiver.reports[0].codes)

    assert receiver.reports[0].codes == ["MARKER_NOT_LAST", "MARKER_NOT_LAST", "MARKER_TWICE"]
    assert len(receiver.reports) == 1
    assert (receiver.user_folder("label-a") / ANSWER).stat() == before


async def test_a_message_that_comes_again_in_another_batch_is_rejected(receiver: Receiver) -> None:
    await deliver(receiver, hand_made_package())

    report = await deliver(receiver, hand_made_package(batch="20260928130000000"))

    assert report.codes == ["MESSAGE_REPEATED"]


async def test_a_wrong_order_is_found_from_the_events(receiver: Receiver) -> None:
    package = hand_made_package()
    package.files = {"Release1/M1.xml": package.files["Release1/M1.xml"]} | package.files
    package.files = dict(sorted(package.files.items(), key=lambda entry: entry[0] != "Release1/M1.xml"))

    assert (await deliver(receiver, package)).codes == ["MANIFEST_NOT_FIRST"]


# Signing in.


@pytest.mark.parametrize(("name", "password"), [("label-a", "wrong"), ("nobody", "correct horse"), ("label-a", "")])
async def test_only_known_senders_come_in(receiver: Receiver, name: str, password: str) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        async with signed_in(receiver, ReceiverUser(name, password=password)):
            pass


async def test_a_user_without_a_password_cannot_come_in_with_an_empty_one(tmp_path: Path) -> None:
    user = ReceiverUser(
        "label", public_keys=(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode(),)
    )
    async with Receiver(tmp_path, [user]) as receiver:
        with pytest.raises(asyncssh.PermissionDenied):
            async with signed_in(receiver, ReceiverUser("label", password="")):
                pass


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a b"])
def test_a_user_name_must_be_a_folder_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a user name"):
        Receiver(tmp_path, [ReceiverUser(name)])


def test_the_host_key_is_kept_and_closed_to_others(tmp_path: Path) -> None:
    first = Receiver(tmp_path, [LABEL_A])
    second = Receiver(tmp_path, [LABEL_A])
    first.events.close()
    second.events.close()

    assert first.host_key == second.host_key
    assert (tmp_path / "host_key").stat().st_mode & 0o777 == 0o600


# Room.


async def test_the_quota_counts_what_is_there_and_gives_back_what_goes(tmp_path: Path) -> None:
    small = ReceiverOptions(quota=1000)
    async with Receiver(tmp_path, [LABEL_A], options=small) as receiver, signed_in(receiver) as client:
        await put(client, "a", 600)
        await put(client, "a", 900)
        with pytest.raises(asyncssh.SFTPFailure, match="No space left"):
            await put(client, "b", 200)
        room = await client.statvfs("/")
        assert (room.bavail, room.frsize) == (0, 4096)
        await client.remove("b")
        await client.remove("a")
        await put(client, "c", 1000)

    async with Receiver(tmp_path, [LABEL_A], options=small) as receiver, signed_in(receiver) as client:
        with pytest.raises(asyncssh.SFTPFailure, match="No space left"):
            await put(client, "d", 1)


async def put(client: asyncssh.SFTPClient, path: str, size: int) -> None:
    async with client.open(path, "wb") as file:
        await file.write(b"x" * size)


# Restarts.


async def test_a_restart_neither_loses_nor_doubles_an_answer(tmp_path: Path) -> None:
    """The receiver stops between the verdict and the answer, answers after the restart, and is then silent."""
    slow = ReceiverOptions(delay=3600)
    async with Receiver(tmp_path, [LABEL_A], options=slow) as receiver:
        async with signed_in(receiver) as client:
            await send(client, hand_made_package())
        await wait_until(lambda: len(receiver.reports) == 1)
        assert receiver.reports[0].acknowledged_at is None

    async with Receiver(tmp_path, [LABEL_A]) as receiver:
        report = await receiver.wait_for_report(BATCH)
        assert (report.codes, report.accepted) == ([], True)
        file = receiver.user_folder("label-a") / ANSWER
        assert statuses(answer(receiver)) == [("M1", "ReleaseMadeAvailableToConsumers")]
        last = max(event.sequence for event in receiver.events)
        file.unlink()

    answered: list[PackageReport] = []
    async with Receiver(tmp_path, [LABEL_A], on_report=answered.append) as receiver:
        other = await deliver(receiver, hand_made_package([HandMadeRelease("M2")], batch="20260928130000000"))
        assert not file.exists()
        assert [report.batch_id for report in answered] == [other.batch_id]
        assert next(iter(receiver.events)).sequence == 1
        assert max(event.sequence for event in receiver.events) > last


async def test_a_package_that_was_complete_before_the_verdict_is_judged_after_the_restart(tmp_path: Path) -> None:
    async with Receiver(tmp_path, [LABEL_A]) as receiver:
        folder = receiver.user_folder("label-a")
    hand_made_package().write(folder)

    async with Receiver(tmp_path, [LABEL_A]) as receiver:
        report = await receiver.wait_for_report(BATCH)

    assert (report.codes, report.warnings.count("ORDER_UNKNOWN")) == ([], 1)


async def test_half_a_line_in_the_log_does_not_keep_the_receiver_from_starting(tmp_path: Path) -> None:
    async with Receiver(tmp_path, [LABEL_A]) as receiver, signed_in(receiver) as client:
        await client.mkdir("in")
    with (tmp_path / "events.jsonl").open("a") as log:
        log.write('{"sequence": 2, "at": "2026-0')

    async with Receiver(tmp_path, [LABEL_A]) as receiver:
        async with signed_in(receiver) as client:
            await client.mkdir("out")
        assert [(event.sequence, event.path) for event in receiver.events] == [(1, "/in"), (2, "/out")]

    async with Receiver(tmp_path, [LABEL_A]) as receiver:
        assert [event.path for event in receiver.events] == ["/in", "/out"]


async def test_a_verdict_that_does_not_come_is_a_timeout(receiver: Receiver) -> None:
    with pytest.raises(TimeoutError):
        await receiver.wait_for_report(BATCH, within=0.05)


async def test_every_operation_can_be_made_slower(tmp_path: Path) -> None:
    options = ReceiverOptions(latency=3600)
    async with Receiver(tmp_path, [LABEL_A], options=options) as receiver, signed_in(receiver) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.mkdir("folder"), 0.1)
        await receiver.cut()

        assert list(receiver.events) == []
