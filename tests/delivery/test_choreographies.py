"""One package per choreography over real SFTP to the receiver, and answers of every status that come back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from distro_api.receiver import PackageReport, Receiver, ReceiverOptions, Reply, Rules, SchemaFolder
from distro_api.receiver.verdicts import FILE_STATUSES, RELEASE_STATUSES, reply_with
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.platform import Platform
from distro_sdk.choreography.statuses import RELEASE_STATUSES as MEANINGS
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import AcknowledgementStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.models.message import MessageOptions, TakedownForm
from tests.conftest import REPOSITORY
from tests.delivery.dsp import receiver_at, sftp_target
from tests.delivery.label import Label
from tests.delivery.workers import worker

CHOREOGRAPHIES: Sequence[tuple[str, dict[str, Any]]] = (
    ("batch", {}),
    ("ddex-sftp", {}),
    ("ddex-sftp", {"priority": "P", "folder_id": "icpn"}),
    ("ddex-cloud", {}),
    ("ddex-cloud", {"completion": "empty_file", "priority": "M"}),
    ("release-by-release", {}),
    ("flat", {}),
)
NAMES = [" ".join([key, *map(str, settings.values())]) for key, settings in CHOREOGRAPHIES]

OUTCOMES = {
    AcknowledgementStatus.RECEIVED: Status.PROCESSING_BY_PLATFORM,
    AcknowledgementStatus.INGESTED: Status.DISTRIBUTED,
    AcknowledgementStatus.LIVE: Status.LIVE,
    AcknowledgementStatus.REMOVED: Status.PROCESSING_BY_PLATFORM,
    AcknowledgementStatus.REJECTED: Status.REJECTED,
}
"""Where an answer brings a first delivery; that something was removed which never was live changes nothing."""


DDEX = Path(os.environ.get("DISTRO_DDEX_SCHEMAS") or REPOSITORY.parent / "shared" / "ddex").resolve()
"""Where DDEX's schemas are, if anywhere: without them the receiver judges everything but these."""


async def answered(label: Label, made: Sequence[DeliveryDocument]) -> list[DeliveryDocument]:
    """The deliveries once each has its answer."""
    async with asyncio.timeout(90):
        while True:
            current = [await label.deliveries.get(delivery.id) for delivery in made]
            if all(delivery.acknowledgement is not None or delivery.error is not None for delivery in current):
                return current
            await asyncio.sleep(0.05)


async def send(label: Label, target: TargetDocument, *release_ids: str) -> list[DeliveryDocument]:
    return await answered(label, await label.deliveries.create(release_ids, target.id))


def verdicts(receiver: Receiver, delivery: DeliveryDocument) -> list[PackageReport]:
    return [report for report in receiver.reports if report.batch_id == delivery.batch_id]


@pytest.mark.proves("CHO-01", "CHO-02", "CHO-07", "CHO-08", "RCP-03", "WFL-08")
@pytest.mark.parametrize(("choreography", "chosen"), CHOREOGRAPHIES, ids=NAMES)
async def test_two_releases_travel_in_every_choreography_and_end_with_a_takedown(
    label: Label, platform: Platform, tmp_path: Path, choreography: str, chosen: dict[str, Any]
) -> None:
    releases = [await label.release(), await label.release()]
    options = ReceiverOptions(rules=Rules(schemas=SchemaFolder(DDEX if DDEX.is_dir() else None)))
    async with receiver_at(tmp_path / "dsp", options=options) as receiver:
        target = await sftp_target(label, receiver, choreography=choreography, choreography_settings=chosen)
        async with worker(platform):
            initial = await send(label, target, *(release.id for release in releases))
            await label.releases.take_down(releases[0].id)
            [takedown] = await send(label, target, releases[0].id)

    version_16 = choreography == "ddex-sftp"
    assert [delivery.status for delivery in initial] == [Status.DISTRIBUTED if version_16 else Status.LIVE] * 2
    assert takedown.status is Status.REMOVED
    for delivery in (initial[0], takedown):
        found = [finding for report in verdicts(receiver, delivery) for finding in report.all_findings]
        told = {(finding.code, finding.path, finding.message[:200]) for finding in found}
        assert {code for code, *_ in told} <= ({"SCHEMA_UNAVAILABLE"} if not DDEX.is_dir() else set()), told
    assert {report.answer_version for report in receiver.reports} == {"1.6" if version_16 else "1.8"}
    judged = {message.message_id for report in receiver.reports for message in report.messages}
    assert judged == {delivery.message_id for delivery in (*initial, takedown)}


@pytest.mark.parametrize("choreography", ["release-by-release", "flat"])
async def test_a_purge_travels_without_a_manifest(
    label: Label, platform: Platform, receiver: Receiver, choreography: str
) -> None:
    release = await label.release()
    purging = MessageOptions(takedown_form=TakedownForm.PURGE)
    target = await sftp_target(label, receiver, choreography=choreography, options=purging)
    async with worker(platform):
        await send(label, target, release.id)
        await label.releases.take_down(release.id)
        [purge] = await send(label, target, release.id)

    [report] = verdicts(receiver, purge)
    assert (purge.status, report.codes) == (Status.REMOVED, [])
    assert [message.type for message in report.messages] == ["PurgeReleaseMessage"]


async def test_a_purge_that_no_manifest_can_name_is_refused_with_the_target(label: Label, receiver: Receiver) -> None:
    purging = MessageOptions(takedown_form=TakedownForm.PURGE)

    with pytest.raises(DomainError) as refused:
        await sftp_target(label, receiver, choreography="ddex-cloud", options=purging)

    assert refused.value.code == "MESSAGE_TYPE_UNLISTED"
    assert "PurgeReleaseMessage" in refused.value.message


def meaning(status: str) -> AcknowledgementStatus:
    if status in FILE_STATUSES:
        # A word of the platform's own is a refusal where it is about a file.
        return AcknowledgementStatus.INGESTED if status == "FileOK" else AcknowledgementStatus.REJECTED
    return MEANINGS[status]


@pytest.mark.proves("RCP-03")
@pytest.mark.parametrize(
    ("choreography", "statuses"),
    [
        ("ddex-sftp", sorted(FILE_STATUSES)),
        ("ddex-cloud", sorted((FILE_STATUSES - {"FileOK"}) | (RELEASE_STATUSES - {"UserDefined"}))),
    ],
    ids=["1.6", "1.8"],
)
async def test_answers_of_every_status_come_back_and_move_the_delivery(
    label: Label, platform: Platform, tmp_path: Path, choreography: str, statuses: Sequence[str]
) -> None:
    releases = [await label.release() for _ in statuses]
    replies = tuple(reply_with(status, release.icpn) for status, release in zip(statuses, releases, strict=True))
    async with receiver_at(tmp_path / "dsp", options=ReceiverOptions(rules=Rules(replies=replies))) as receiver:
        target = await sftp_target(label, receiver, choreography=choreography)
        async with worker(platform):
            ended = await send(label, target, *(release.id for release in releases))

    found = {
        status: (delivery.acknowledgement.code, delivery.acknowledgement.status, delivery.status)
        for status, delivery in zip(statuses, ended, strict=True)
        if delivery.acknowledgement is not None
    }
    assert found == {status: (status, meaning(status), OUTCOMES[meaning(status)]) for status in statuses}


RESEND = "Mend what the platform names and deliver again with all files."
LOOK = "The platform asks that a person looks at it first."


@pytest.mark.proves("RCP-03")
@pytest.mark.parametrize("version", ["1.6", "1.8"])
@pytest.mark.parametrize("manual", [True, False])
async def test_a_refusal_says_on_the_delivery_what_to_do(
    label: Label, platform: Platform, tmp_path: Path, version: str, manual: bool
) -> None:
    reply = Reply(
        file_status="ResourceCorrupt",
        text="track 1 is noise",
        proposed_action="ResendXmlAndResources",
        manual_check=manual,
        affected=("ESA012600001",),
    )
    release = await label.release()
    rules = Rules(replies=(reply,), answer_version=version)
    async with receiver_at(tmp_path / "dsp", options=ReceiverOptions(rules=rules)) as receiver:
        target = await sftp_target(label, receiver, choreography="flat")
        async with worker(platform):
            [delivery] = await send(label, target, release.id)

    assert delivery.status is Status.REJECTED
    assert delivery.error is not None
    assert delivery.error.code == "PLATFORM_REFUSED"
    assert delivery.error.action == (f"{RESEND} {LOOK}" if manual else RESEND)
    assert "track 1 is noise" in delivery.error.message
    assert delivery.acknowledgement is not None
    assert delivery.acknowledgement.manual_check is manual
    assert delivery.acknowledgement.proposed_action == "ResendXmlAndResources"
    assert delivery.acknowledgement.affected == ("ESA012600001",)


@pytest.mark.parametrize(("choreography", "last"), [("release-by-release", ".xml"), ("flat", ".xml")])
async def test_without_a_marker_the_message_commits_the_delivery(
    label: Label, platform: Platform, receiver: Receiver, choreography: str, last: str
) -> None:
    release = await label.release()
    target = await sftp_target(label, receiver, choreography=choreography)
    async with worker(platform):
        [delivery] = await send(label, target, release.id)

    arrived = [event.place for event in receiver.events if event.target and event.user == "label"]
    assert arrived[-1].endswith(last)
    assert delivery.committed_at is not None
