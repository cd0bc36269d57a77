"""How schedules are stored (row SCH-DB)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_core.delivery.documents import OUTBOX
from distro_core.delivery.requests.recurrence import Timing
from distro_core.queue.port import Priority
from distro_core.store.documents import Document, Index
from distro_sdk.models.base import Model


class ScheduleStatus(StrEnum):
    """Whether a schedule still has something before it; `failed`: its last run could not be made whole."""

    ACTIVE = "active"
    ENDED = "ended"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ScheduleRun(Model):
    """A run of a schedule. `due_at`: when it was to be; `delivery_ids`: what it made; `code`, `message`: why not more.

    `left_behind`: releases with something new, of which another delivery was under way.
    """

    due_at: datetime
    ran_at: datetime
    delivery_ids: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()
    code: str | None = None
    message: str = ""


class ScheduleDocument(Document):
    """Releases that are delivered to a target at a moment, or again and again (rows SCH-02, SCH-03).

    `claims`: release and target of each, so that a second schedule of the same is found (row SCD-03); `run`: the number
    of the next run, which makes it happen once; `next_run_at`: unset where there is none any more; `runs`: the last
    ones, the newest last.
    """

    collection: ClassVar[str] = "schedules"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "claims",
            (("claims", 1),),
            unique=True,
            only_if={"claims": {"$type": "string"}},
            error_code="SCHEDULE_CONFLICT",
            error_message="a delivery of this release to this target is scheduled already",
        ),
        Index("next_run_at", (("status", 1), ("next_run_at", 1))),
        Index("target", (("target_id", 1), ("_id", 1))),
        Index("series", (("target_id", 1), ("status", 1))),
        Index("release", (("release_ids", 1), ("_id", 1))),
        OUTBOX,
    )

    release_ids: tuple[str, ...]
    target_id: str
    timing: Timing
    priority: Priority = Priority.NORMAL
    force: bool = False
    notify_on_completion: bool = False
    status: ScheduleStatus = ScheduleStatus.ACTIVE
    claims: tuple[str, ...] = ()
    run: int = 1
    next_run_at: datetime | None = None
    runs: tuple[ScheduleRun, ...] = ()
