"""Statuses that people bring back in a table (row MAN-05): every row is tried, and every row is reported."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.status.answers import OUTCOMES
from distro_core.delivery.status.platform_words import read_word
from distro_core.manual.documents import ExportFormat
from distro_core.manual.tables import read_table
from distro_core.manual.walk import SAYABLE, say_status
from distro_core.scope import Scope
from distro_core.store.collection import not_found
from distro_sdk.adapters import PlatformIds
from distro_sdk.errors import DomainError
from distro_sdk.models.delivery import AcknowledgementStatus
from distro_sdk.models.delivery import DeliveryStatus as Status

MOST_ROWS = 1000
FORMATS = frozenset({ExportFormat.CSV, ExportFormat.EXCEL, ExportFormat.JSON})
ID_PREFIX = "platformId_"
"""How columns with ids of platforms begin; the namespace follows, such as `platformId_spotify`."""

_STATUSES: Mapping[str, Status] = {status.value: status for status in Status}
_platform_ids: TypeAdapter[dict[str, str]] = TypeAdapter(PlatformIds)


class RowOutcome(StrEnum):
    """What came of a row; `skipped`: it says no status."""

    APPLIED = "applied"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True)
class RowReport:
    """What came of one row. `row`: from 1, the line with the names not counted."""

    row: int
    outcome: RowOutcome
    delivery_id: str | None = None
    status: Status | None = None
    code: str | None = None
    message: str = ""


@dataclass(frozen=True)
class StatusImport:
    """What came of a table."""

    rows: tuple[RowReport, ...]

    def count(self, outcome: RowOutcome) -> int:
        """How many rows ended so."""
        return sum(row.outcome is outcome for row in self.rows)


async def import_statuses(scope: Scope, format: ExportFormat, content: bytes) -> StatusImport:
    """Move deliveries by a table with the columns `deliveryId` or `messageId`, `status`, and `details` where there is.

    `status` is one of our statuses or a word of a platform. One bad row keeps no other from being applied. Raises
    TABLE_FORMAT_UNSUPPORTED, TABLE_UNREADABLE or TABLE_TOO_LARGE, and then nothing is applied.
    """
    if format not in FORMATS:
        message = f"statuses come as {', '.join(sorted(FORMATS))}"
        raise DomainError("TABLE_FORMAT_UNSUPPORTED", message, ("format",))
    rows = await asyncio.to_thread(read_table, format, content)
    if len(rows) > MOST_ROWS:
        raise DomainError("TABLE_TOO_LARGE", f"a table of statuses has at most {MOST_ROWS} rows", ("content",))
    _check_columns(rows)
    return StatusImport(tuple([await _import(scope, place, row) for place, row in enumerate(rows, 1)]))


def _check_columns(rows: Sequence[Mapping[str, str]]) -> None:
    """Refuse a table that can say nothing, such as one whose cells are parted by something else than commas."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if rows and not ("status" in columns and {"deliveryId", "messageId"} & {*columns}):
        has = ", ".join(columns)[:200]
        message = f"the table needs the column status, and deliveryId or messageId; it has: {has}"
        raise DomainError("TABLE_UNREADABLE", message, ("content",))


async def _import(scope: Scope, place: int, row: Mapping[str, str]) -> RowReport:
    if not row.get("status"):
        return RowReport(place, RowOutcome.SKIPPED)
    delivery_id = None
    try:
        delivery = await _find(scope, row)
        delivery_id = delivery.id
        status = _status(row["status"], delivery)
        moved = await say_status(scope, delivery.id, status, row.get("details", "")[:2000], _ids(row))
    except DomainError as error:
        return RowReport(place, RowOutcome.REFUSED, delivery_id, code=error.code, message=error.message)
    return RowReport(place, RowOutcome.APPLIED, moved.id, moved.status)


async def _find(scope: Scope, row: Mapping[str, str]) -> DeliveryDocument:
    named = {"id": row.get("deliveryId"), "message_id": row.get("messageId")}
    where = {name: value for name, value in named.items() if value}
    if not where:
        raise DomainError("DELIVERY_UNNAMED", "the row names no delivery: give deliveryId or messageId")
    delivery = await scope.store.collection(DeliveryDocument).find_one(where)
    if delivery is None:
        raise not_found(DeliveryDocument, " ".join(where.values()))
    return delivery


def _status(word: str, delivery: DeliveryDocument) -> Status:
    """What a row says: one of our statuses where a person can say it, else what a platform means by the word."""
    own = _STATUSES.get(word.strip().casefold())
    if own in SAYABLE[delivery.subtype]:
        return own
    meaning = read_word(word)
    if meaning is None and own is None:
        raise DomainError("STATUS_UNKNOWN", f"{word[:100]!r} is no status and no word of a platform")
    meant = {AcknowledgementStatus.RECEIVED: Status.PROCESSING_BY_PLATFORM, **OUTCOMES[delivery.subtype]}
    outcome = meant.get(meaning) if meaning else None
    if outcome is None:
        raise DomainError(
            "STATUS_NOT_SAYABLE",
            f"{word[:100]!r} cannot be said of this delivery, of the kind {delivery.subtype.value}",
        )
    return outcome


def _ids(row: Mapping[str, str]) -> dict[str, str]:
    found = {name.removeprefix(ID_PREFIX): id for name, id in row.items() if name.startswith(ID_PREFIX) and id}
    return checked_ids(found)


def checked_ids(ids: Mapping[str, str]) -> dict[str, str]:
    """Ids of platforms by namespace; raises PLATFORM_ID_INVALID."""
    if not all(id.isprintable() for id in ids.values()):
        message = "a platform's id has no line breaks or other control characters"
        raise DomainError("PLATFORM_ID_INVALID", message, ("platform_ids",))
    try:
        return _platform_ids.validate_python(dict(ids))
    except ValidationError as error:
        message = "give at most 20 ids: each has 1 to 200 characters, its namespace up to 50 of a-z, 0-9, - and _"
        raise DomainError("PLATFORM_ID_INVALID", message, ("platform_ids",)) from error
