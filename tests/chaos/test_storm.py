"""The short form of the storm; `make chaos` runs the long one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.storm import Plan, ride_out
from tests.chaos.verdict import describe, faults_of

FAULTS = {"cut", "stall", "full", "corrupt", "busy", "forget"}
"""What the DSP does by itself. By its seed each strikes among the first 120 requests of its kind, of twice as many."""

SHORT = Plan(
    releases=6, targets=10, workers=3, concurrency=2, seed=5, dsp_seed=71, every=(0.3, 1.0), storm=20, patience=100
)


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder with a short path, in memory where there is some: two servers write every step into it."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="chaos-", dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.proves("QUE-01", "LOC-01", "LOC-02", "JOB-11")
async def test_nothing_is_lost_or_doubled_in_a_storm(memory: Path) -> None:
    aftermath = await ride_out(memory, SHORT)

    assert faults_of(aftermath) == [], describe(aftermath)
    assert aftermath.statuses == {"live": 60}, describe(aftermath)
    assert aftermath.blows.keys() >= {"worker killed", "Redis killed", "mongod killed", "Redis emptied", "lines cut"}
    assert aftermath.faults.keys() == FAULTS, describe(aftermath)
