"""What a process counts and times, in the form that Prometheus reads.

Nothing here names a tenant, a release or a target: whoever may read the figures learns nothing of anybody's catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from time import perf_counter
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Histogram, generate_latest

log = structlog.get_logger("distro.timing")

BUCKETS = (0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)
"""Seconds: from a message that is written at once to a package that takes hours."""

STAGE_SECONDS = Histogram(
    "distro_stage_seconds",
    "Seconds that a stage of the work took, by stage and by how it ended (done or failed).",
    ("stage", "outcome"),
    buckets=BUCKETS,
)


@cache
def _times_of(stage: str, outcome: str) -> Histogram:
    """The series of a stage: looking it up takes longer than adding to it."""
    found: Histogram = STAGE_SECONDS.labels(stage, outcome)
    return found


@contextmanager
def time_stage(stage: str, **facts: Any) -> Iterator[None]:
    """Time a stage (row LOG-06): into the histogram, and into the log where debugging is on.

    `stage`: one of a bounded number of names, as it becomes a label; `facts`: for the log alone, such as ids. What ends
    a stage without being a failure says so in an attribute `outcome`.
    """
    begin, outcome = perf_counter(), "failed"
    try:
        yield
        outcome = "done"
    except BaseException as error:
        outcome = getattr(error, "outcome", outcome)
        raise
    finally:
        seconds = perf_counter() - begin
        _times_of(stage, outcome).observe(seconds)
        log.debug("stage_timed", stage=stage, outcome=outcome, seconds=round(seconds, 3), **facts)


def render_metrics() -> tuple[bytes, str]:
    """Everything that this process has measured, and its media type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
