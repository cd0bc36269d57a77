"""How the circuits of targets are stored: one document each, shared by all workers (row CIR-09)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_core.delivery.documents import OUTBOX, DeliveryError
from distro_core.store.documents import Document, Index


class CircuitState(StrEnum):
    """Whether a target is delivered to."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitDocument(Document):
    """The circuit of the target of the same id; a target without one has not failed yet.

    `failures`: in a row; `openings`: how often it opened; `opened_at`: since when nothing passes, counted anew after a
    trial that failed; `trial`, `trial_until`: the token of the one request that is let through, and for how long it is
    believed in; `probe_at`: when a worker tries the connection although nothing waits (row CIR-07).
    """

    collection: ClassVar[str] = "circuits"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("probe", (("probe_at", 1),)),
        Index("failure", (("last_failure_at", -1), ("_id", -1))),
        OUTBOX,
    )

    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    openings: int = 0
    opened_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: DeliveryError | None = None
    trial: str | None = None
    trial_until: datetime | None = None
    probe_at: datetime | None = None
