"""How it is stored when tasks of plugins are due, and what became of their last runs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from distro_core.store.documents import Document, Index


class TaskOutcome(StrEnum):
    """What became of a run. `skipped`: it had nothing to do for want of a licence."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


class PluginTaskDocument(Document):
    """A task of a plugin for a tenant.

    `task`: ``plugin/name``; `timing`: in words, so that a change of it is seen; `counted_from`: from when on intervals
    are counted; `next_run_at`: the moment that is due next, or for which it runs; `holder`, `claimed_until`: who runs
    it, or until when nobody is to; `failures`: in a row; `failure`: why the last run failed.
    """

    collection: ClassVar[str] = "plugin_tasks"
    indexes: ClassVar[tuple[Index, ...]] = (Index("task", (("task", 1),), unique=True),)

    plugin_id: str
    task: str
    timing: str
    counted_from: datetime
    next_run_at: datetime
    holder: str | None = None
    claimed_until: datetime | None = None
    last_started_at: datetime | None = None
    last_ended_at: datetime | None = None
    outcome: TaskOutcome | None = None
    failure: str = ""
    failures: int = 0
