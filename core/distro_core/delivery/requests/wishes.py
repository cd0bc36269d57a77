"""How a delivery is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from distro_core.queue.port import Priority
from distro_sdk.models.base import Model

LONGEST_KEY = 255
LONGEST_REASON = 1000
Reason = Annotated[str, Field(max_length=LONGEST_REASON)]


class Wish(Model):
    """What a caller wants beside which releases go where.

    `idempotency_key`: the same key again returns the same deliveries (row IDM-01); `force`: also where nothing has
    changed since the last delivery (row IDM-02); `due_at`: not before this moment; `immediate`: then at once,
    whatever the target's own schedule says (row TGT-04); `changed_only`: leave out releases with nothing new, and
    those with another delivery under way, unless that is all of them (row SCH-03); `metadata_only`: an update without
    files (row TAP-03); `withdraws`: a takedown, also of a release that stays available elsewhere (row SVC-04);
    `reason`: for people, in the history; `notify_on_completion`: one notification of how it ended (row WFL-12).
    """

    idempotency_key: str | None = None
    force: bool = False
    priority: Priority = Priority.NORMAL
    due_at: datetime | None = None
    immediate: bool = False
    changed_only: bool = False
    metadata_only: bool = False
    withdraws: bool = False
    reason: Reason = ""
    notify_on_completion: bool = False


NOTHING_SPECIAL = Wish()
