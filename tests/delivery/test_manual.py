"""Deliveries that a person carries out, from pending to the end (rows MAN-01 to MAN-06)."""

from __future__ import annotations

import csv
import io
import json

import pytest

from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import BatchDocument, BatchStatus, DeliveryDocument
from distro_core.delivery.requests.wishes import Wish
from distro_core.delivery.status.projections import PlatformWord, platform_word
from distro_core.delivery.sweeper import sweep_tenant
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.manual.documents import ExportFormat
from distro_core.manual.exports import COLUMNS, ManualExportService
from distro_core.manual.status_import import MOST_ROWS, RowOutcome, import_statuses
from distro_core.manual.tables import read_table, write_table
from distro_core.manual.walk import PENDING, say_status
from distro_sdk.errors import DomainError, Path
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.delivery.label import Label

STATUS_COLUMNS = ("deliveryId", "messageId", "status", "details", "platformId_spotify")


async def manual_target(label: Label, **fields: object) -> TargetDocument:
    settings = {"portal": "https://portal.example"}
    return await label.target(transport="manual", settings=settings, platform="deezer", format="ern/4.2", **fields)


async def pending(label: Label) -> tuple[TargetDocument, ReleaseDocument, DeliveryDocument]:
    target, release = await manual_target(label), await label.release()
    return target, release, await label.deliver([release.id], target.id)


async def exported(label: Label) -> DeliveryDocument:
    target, release, delivery = await pending(label)
    await ManualExportService(label.scope).create(release.id, target.id, ExportFormat.CSV)
    return await label.deliveries.get(delivery.id)


@pytest.mark.proves("MAN-06", "MAN-03", "SVC-07", "CON-02")
async def test_a_delivery_goes_from_pending_over_its_export_to_live(label: Label) -> None:
    target, release, delivery = await pending(label)
    await sweep_tenant(label.scope)
    again = await label.work(delivery)
    with pytest.raises(DomainError) as doubled:
        await label.deliveries.create([release.id], target.id, Wish(force=True))

    export = await ManualExportService(label.scope).create(release.id, target.id, ExportFormat.EXCEL)
    under_way = await label.deliveries.get(delivery.id)
    working = await say_status(label.scope, delivery.id, Status.PROCESSING_BY_PLATFORM, "uploaded in the portal")
    live = await say_status(label.scope, delivery.id, Status.LIVE, "seen in the store", {"deezer": "302127"})

    assert (delivery.status, delivery.status_details) == (Status.QUEUED, PENDING)
    assert platform_word(delivery.status) is PlatformWord.PENDING
    assert delivery.validation is not None
    assert (again.status, doubled.value.code) == (Status.QUEUED, "DELIVERY_IN_PROGRESS")
    assert (export.delivery_id, under_way.status) == (delivery.id, Status.UPLOADING)
    assert working.status is Status.PROCESSING_BY_PLATFORM
    assert (live.status, live.status_details) == (Status.LIVE, "seen in the store")
    assert live.aftermath.platform_ids == {"deezer": "302127"}
    assert [line.status for line in live.history][-4:] == [
        Status.PREPARING,
        Status.UPLOADING,
        Status.PROCESSING_BY_PLATFORM,
        Status.LIVE,
    ]
    assert live.history[-1].by == label.scope.actor
    assert (await label.scope.store.collection(BatchDocument).get(live.batch_id)).status is BatchStatus.SENT
    assert (await label.releases.get(release.id)).status is ReleaseStatus.DELIVERED
    assert label.files() == []
    update = await label.retitle(release.id, "Night Drive (Deluxe)")
    changed = await label.deliver([update.id], target.id)
    await ManualExportService(label.scope).create(release.id, target.id, ExportFormat.JSON)
    updated = await say_status(label.scope, changed.id, Status.UPDATED)
    await label.releases.take_down(release.id)
    gone = await label.deliver([release.id], target.id)
    await ManualExportService(label.scope).create(release.id, target.id, ExportFormat.XML)
    removed = await say_status(label.scope, gone.id, Status.REMOVED)
    assert (updated.status, removed.status) == (Status.UPDATED, Status.REMOVED)


@pytest.mark.proves("MAN-06")
async def test_a_rejected_delivery_is_mended_and_walks_again(label: Label) -> None:
    delivery = await exported(label)
    rejected = await say_status(label.scope, delivery.id, Status.REJECTED, "the cover is blurred")
    failed = await exported(label)
    await say_status(label.scope, failed.id, Status.FAILED, "the portal is gone")

    walked = []
    for each in (rejected, failed):
        waiting = await label.work(await label.deliveries.retry(each.id))
        await ManualExportService(label.scope).create(each.release_id, each.target_id, ExportFormat.CSV)
        walked.append((waiting.status, (await say_status(label.scope, each.id, Status.LIVE)).status))

    assert rejected.error is not None
    assert (rejected.error.code, rejected.error.message) == ("PLATFORM_REFUSED", "the cover is blurred")
    assert walked == [(Status.QUEUED, Status.LIVE), (Status.RETRYING, Status.LIVE)]


async def test_a_delivery_that_waits_for_a_person_can_be_cancelled(label: Label) -> None:
    target, release, delivery = await pending(label)

    cancelled = await label.deliveries.cancel(delivery.id)
    anew = await label.deliver([release.id], target.id)

    assert (cancelled.status, anew.status) == (Status.CANCELLED, Status.QUEUED)


@pytest.mark.proves("MAN-06", "SVC-04")
async def test_nobody_exports_for_a_delivery_whose_release_was_taken_down_meanwhile(
    label: Label, other_label: Label
) -> None:
    target, release, delivery = await pending(label)
    others_target, others_release, _ = await pending(other_label)
    await label.releases.take_down(release.id)

    with pytest.raises(DomainError) as caught:
        await ManualExportService(label.scope).create(release.id, target.id, ExportFormat.CSV)
    others = await ManualExportService(other_label.scope).create(others_release.id, others_target.id, ExportFormat.CSV)

    assert caught.value.code == "RELEASE_STATUS_CHANGED"
    assert (await label.deliveries.get(delivery.id)).status is Status.QUEUED
    assert (await ManualExportService(label.scope).page(release.id, 10, None)).documents == []
    assert others.delivery_id is not None


@pytest.mark.proves("SVC-07", "MAN-03")
async def test_a_person_says_only_what_the_table_of_statuses_allows(label: Label, other_label: Label) -> None:
    _, _, delivery = await pending(label)
    by_machine = await label.deliver([(await label.release()).id], (await label.target()).id)

    async def refused(owner: Label, delivery_id: str, status: Status) -> tuple[str, Path]:
        with pytest.raises(DomainError) as caught:
            await say_status(owner.scope, delivery_id, status)
        return caught.value.code, caught.value.path

    assert await refused(label, delivery.id, Status.LIVE) == ("INVALID_STATUS_TRANSITION", ("status",))
    assert await refused(label, delivery.id, Status.QUEUED) == ("STATUS_NOT_SAYABLE", ("status",))
    assert await refused(label, delivery.id, Status.REMOVED) == ("STATUS_NOT_SAYABLE", ("status",))
    assert await refused(label, by_machine.id, Status.LIVE) == ("DELIVERY_NOT_MANUAL", ("id",))
    assert (await refused(other_label, delivery.id, Status.LIVE))[0] == "NOT_FOUND"
    assert (await label.deliveries.get(delivery.id)).status is Status.QUEUED


@pytest.mark.proves("MAN-01", "MAN-02", "SVC-05")
@pytest.mark.parametrize("format", list(ExportFormat))
async def test_an_export_lies_under_the_tenant_and_its_platform_and_reads_back(
    label: Label, other_label: Label, format: ExportFormat
) -> None:
    target, release, delivery = await pending(label)
    service = ManualExportService(label.scope)

    export = await service.create(release.id, target.id, format)
    rows = read_table(format, await label.scope.objects.get(export.key))
    with pytest.raises(DomainError) as foreign:
        await ManualExportService(other_label.scope).create(release.id, target.id, format)

    assert export.key.startswith(f"{label.scope.tenant_key}/exports/deezer/")
    assert export.file_name.startswith(f"deezer-{release.icpn}.")
    assert [set(row) for row in rows] == [set(COLUMNS)] * 2
    assert [(row["deliveryId"], row["releaseTitle"], row["trackTitle"], row["number"]) for row in rows] == [
        (delivery.id, "Night Drive", "Track 1", "1"),
        (delivery.id, "Night Drive", "Track 2", "2"),
    ]
    assert rows[0]["icpn"] == release.icpn
    assert (rows[0]["pLine"], rows[0]["cLine"]) == ("℗ 2026 Northern Lights", "© 2026 Northern Lights")
    assert (rows[0]["audioFile"], rows[0]["coverFile"], rows[0]["label"]) == (
        "take 1.wav",
        "cover.jpg",
        "Northern Lights",
    )
    assert foreign.value.code == "NOT_FOUND"
    assert [each.id for each in (await service.page(release.id, 10, None)).documents] == [export.id]


@pytest.mark.proves("MAN-05")
@pytest.mark.parametrize("format", [ExportFormat.CSV, ExportFormat.EXCEL, ExportFormat.JSON])
async def test_statuses_come_back_in_a_table_and_every_row_is_reported(
    label: Label, other_label: Label, format: ExportFormat
) -> None:
    live, rejected, stuck = [await exported(label) for _ in range(3)]
    foreign = await exported(other_label)
    table = [
        {"deliveryId": live.id, "status": "published", "details": "seen", "platformId_spotify": "4aaw"},
        {"messageId": rejected.message_id, "status": "rejected", "details": "the cover is blurred"},
        {"deliveryId": stuck.id, "status": ""},
        {"deliveryId": stuck.id, "status": "removed"},
        {"deliveryId": stuck.id, "status": "in orbit"},
        {"deliveryId": live.id, "status": "rejected"},
        {"deliveryId": live.id, "status": "rejected"},
        {"deliveryId": foreign.id, "status": "live"},
        {"status": "live"},
        {"deliveryId": stuck.id, "status": "live", "platformId_spotify": "x" * 201},
    ]

    report = await import_statuses(label.scope, format, write_table(format, STATUS_COLUMNS, table))

    assert [(row.row, row.outcome.value, row.code) for row in report.rows] == [
        (1, "applied", None),
        (2, "applied", None),
        (3, "skipped", None),
        (4, "refused", "STATUS_NOT_SAYABLE"),
        (5, "refused", "STATUS_UNKNOWN"),
        (6, "applied", None),
        (7, "refused", "INVALID_STATUS_TRANSITION"),
        (8, "refused", "NOT_FOUND"),
        (9, "refused", "DELIVERY_UNNAMED"),
        (10, "refused", "PLATFORM_ID_INVALID"),
    ]
    assert {outcome: report.count(outcome) for outcome in RowOutcome} == {
        RowOutcome.APPLIED: 3,
        RowOutcome.SKIPPED: 1,
        RowOutcome.REFUSED: 6,
    }
    after = [await label.deliveries.get(each.id) for each in (live, rejected, stuck)]
    assert [each.status for each in after] == [Status.REJECTED, Status.REJECTED, Status.UPLOADING]
    assert after[0].aftermath.platform_ids == {"spotify": "4aaw"}
    assert after[1].status_details == "the cover is blurred"
    assert (await other_label.deliveries.get(foreign.id)).status is Status.UPLOADING


@pytest.mark.proves("MAN-05", "MAN-01")
async def test_an_export_comes_back_with_a_status_written_into_it(label: Label) -> None:
    target, release, delivery = await pending(label)
    export = await ManualExportService(label.scope).create(release.id, target.id, ExportFormat.CSV)
    text = (await label.scope.objects.get(export.key)).decode("utf-8-sig")
    header, first, *others = csv.reader(io.StringIO(text))
    filled = [[*header, "status"], [*first, "Live"], *([*line, ""] for line in others)]
    table = io.StringIO()
    csv.writer(table).writerows(filled)

    report = await import_statuses(label.scope, ExportFormat.CSV, table.getvalue().encode())

    assert [(row.outcome.value, row.status) for row in report.rows] == [("applied", Status.LIVE), ("skipped", None)]
    assert (await label.deliveries.get(delivery.id)).status is Status.LIVE


@pytest.mark.proves("MAN-05")
@pytest.mark.parametrize("format", [ExportFormat.CSV, ExportFormat.EXCEL])
async def test_other_columns_of_a_table_are_passed_over_whatever_they_are_called(
    label: Label, format: ExportFormat
) -> None:
    delivery = await exported(label)
    columns = ("Remarks (mine), 2026", "deliveryId", "", "status", "platformId_Spot ify")
    rows = [
        dict(zip(columns, ("thanks", delivery.id, "nothing", "live", ""), strict=True)),
        dict(zip(columns, ("", delivery.id, "", "rejected", "4aaw"), strict=True)),
    ]

    report = await import_statuses(label.scope, format, write_table(format, columns, rows))

    assert [(row.outcome.value, row.status, row.code) for row in report.rows] == [
        ("applied", Status.LIVE, None),
        ("refused", None, "PLATFORM_ID_INVALID"),
    ]


@pytest.mark.proves("MAN-05")
@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("Processing", Status.PROCESSING_BY_PLATFORM),
        ("in progress", Status.PROCESSING_BY_PLATFORM),
        ("validating", Status.PROCESSING_BY_PLATFORM),
        ("Published", Status.LIVE),
        ("declined", Status.REJECTED),
        ("taken down", "STATUS_NOT_SAYABLE"),
        ("queued", "STATUS_NOT_SAYABLE"),
        ("in orbit", "STATUS_UNKNOWN"),
    ],
)
async def test_a_table_speaks_the_words_of_platforms(label: Label, word: str, told: Status | str) -> None:
    delivery = await exported(label)
    table = write_table(ExportFormat.CSV, STATUS_COLUMNS, [{"deliveryId": delivery.id, "status": word}])

    (row,) = (await import_statuses(label.scope, ExportFormat.CSV, table)).rows

    assert (row.status or row.code) == told


@pytest.mark.proves("MAN-05")
async def test_a_row_of_no_delivery_is_reported_without_one(label: Label) -> None:
    table = [{"deliveryId": "nobody's", "status": "live"}]

    report = await import_statuses(
        label.scope, ExportFormat.JSON, write_table(ExportFormat.JSON, STATUS_COLUMNS, table)
    )

    assert [(row.outcome.value, row.delivery_id, row.code) for row in report.rows] == [("refused", None, "NOT_FOUND")]


@pytest.mark.proves("MAN-05")
@pytest.mark.parametrize(
    ("format", "content", "code"),
    [
        (ExportFormat.XML, b"<export/>", "TABLE_FORMAT_UNSUPPORTED"),
        (ExportFormat.JSON, b"nothing", "TABLE_UNREADABLE"),
        (ExportFormat.JSON, json.dumps([{"status": "live"}] * (MOST_ROWS + 1)).encode(), "TABLE_TOO_LARGE"),
        (ExportFormat.CSV, b"deliveryId,status,status\nx,live,failed\n", "TABLE_UNREADABLE"),
        (ExportFormat.CSV, b"deliveryId;status\nx;live\n", "TABLE_UNREADABLE"),
        (ExportFormat.JSON, b'[{"status": "live"}]', "TABLE_UNREADABLE"),
    ],
)
async def test_a_file_that_is_no_table_of_statuses_changes_nothing(
    label: Label, format: ExportFormat, content: bytes, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        await import_statuses(label.scope, format, content)

    assert refused.value.code == code
