"""Paired measurement: ours and a floor or peer take turns in one run, so that a noisy machine hits both alike.

Read the ratio, not the seconds. Each pair is measured back to back, in changing order; what counts is the median.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Medians over many pairs. `ours`, `floor`: seconds for one run; `times`: ours divided by floor, pair by pair."""

    ours: float
    floor: float
    times: float
    rounds: int

    @property
    def speed(self) -> float:
        """Our speed as a share of the floor's: 1 is as fast, 0.5 half as fast."""
        return 1 / self.times


def compare(
    ours: Callable[[], object],
    floor: Callable[[], object],
    *,
    rounds: int = 30,
    repeat: int = 1,
    warm_up: int = 2,
    rest: float = 0,
) -> Comparison:
    """Run both by turns.

    `rounds`: pairs; `repeat`: calls within one measurement; `warm_up`: calls before the first; `rest`: seconds before
    each measurement in which nothing is done.
    """
    for _ in range(warm_up):
        ours()
        floor()
    pairs = [_pair(ours, floor, repeat, rest, ours_first=turn % 2 == 0) for turn in range(rounds)]
    return _comparison(pairs)


async def compare_async(
    ours: Callable[[], Awaitable[object]], floor: Callable[[], Awaitable[object]], *, rounds: int = 5, warm_up: int = 1
) -> Comparison:
    """As `compare`, for coroutines, one call in each measurement."""
    for _ in range(warm_up):
        await ours()
        await floor()
    pairs = []
    for turn in range(rounds):
        if turn % 2 == 0:
            mine = await _time_async(ours)
            theirs = await _time_async(floor)
        else:
            theirs = await _time_async(floor)
            mine = await _time_async(ours)
        pairs.append((mine, theirs))
    return _comparison(pairs)


def judge(
    title: str, comparison: Comparison, *, most_times: float | None = None, least_speed: float | None = None
) -> None:
    """Print one line; end the program with 1 where a limit is given and missed."""
    if not report(title, comparison, most_times=most_times, least_speed=least_speed):
        sys.exit(1)


def report(
    title: str, comparison: Comparison, *, most_times: float | None = None, least_speed: float | None = None
) -> bool:
    """Print one line; returns whether every limit that is given is kept."""
    missed = (most_times is not None and comparison.times > most_times) or (
        least_speed is not None and comparison.speed < least_speed
    )
    limit = f", at most {most_times:g} times" if most_times is not None else ""
    limit += f", at least {least_speed:g} of the speed" if least_speed is not None else ""
    print(
        f"{title}: {comparison.times:.2f} times the floor ({comparison.speed:.2f} of its speed{limit}); "
        f"{_readable(comparison.ours)} against {_readable(comparison.floor)}, median of {comparison.rounds} pairs"
        f"{' MISSED' if missed else ''}"
    )
    return not missed


def _pair(
    ours: Callable[[], object], floor: Callable[[], object], repeat: int, rest: float, *, ours_first: bool
) -> tuple[float, float]:
    if ours_first:
        mine = _time(ours, repeat, rest)
        return mine, _time(floor, repeat, rest)
    theirs = _time(floor, repeat, rest)
    return _time(ours, repeat, rest), theirs


def _time(call: Callable[[], object], repeat: int, rest: float) -> float:
    time.sleep(rest)
    started = time.perf_counter()
    for _ in range(repeat):
        call()
    return (time.perf_counter() - started) / repeat


async def _time_async(call: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await call()
    return time.perf_counter() - started


def _comparison(pairs: list[tuple[float, float]]) -> Comparison:
    return Comparison(
        ours=statistics.median(mine for mine, _ in pairs),
        floor=statistics.median(theirs for _, theirs in pairs),
        times=statistics.median(mine / theirs for mine, theirs in pairs),
        rounds=len(pairs),
    )


def _readable(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"
