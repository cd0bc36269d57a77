"""How bulk distributions are stored."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from distro_core.queue.port import Priority
from distro_core.store.documents import Document, Index
from distro_sdk.models.base import Model


class BulkJob(Model):
    """One release to one target. `delivery_id`: what was made of it; `code`, `message`: why nothing was."""

    release_id: str
    target_id: str
    delivery_id: str | None = None
    code: str | None = None
    message: str = ""

    @property
    def name(self) -> str:
        """Its name, which says what it is for and is unique within the bulk (row TPF-02)."""
        return f"distribute:{self.release_id}:{self.target_id}"


class BulkDistributionDocument(Document):
    """Many releases to many targets, worked off in portions (row TPF-01).

    `done`: how many jobs of `jobs` were made, from the front; `begin_at`: when the first was to begin; `next_at`: when
    the next portion is to be made, unset when all were; `stagger`: seconds between two jobs; `portion`: jobs that are
    made in one go; `at_once`: how many of them at the same moment; `finished_at`: when the last delivery had ended.
    """

    collection: ClassVar[str] = "bulk_distributions"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index(
            "idempotency_key",
            (("idempotency_key", 1),),
            unique=True,
            only_if={"idempotency_key": {"$type": "string"}},
            error_code="IDEMPOTENCY_KEY_TAKEN",
            error_message="this idempotency key was used before",
            error_path=("idempotency_key",),
        ),
        Index("next_at", (("next_at", 1),), only_if={"next_at": {"$type": "date"}}),
    )

    jobs: tuple[BulkJob, ...]
    done: int = 0
    portion: int
    at_once: int
    stagger: float
    priority: Priority = Priority.NORMAL
    force: bool = False
    notify_on_completion: bool = False
    idempotency_key: str | None = None
    begin_at: datetime
    next_at: datetime | None
    estimated_completion: datetime
    finished_at: datetime | None = None
