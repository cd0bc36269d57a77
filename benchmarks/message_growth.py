"""A thousand messages of each version in one process: how much memory stays. Goal: at most 1.05 times.

Compared are the resident memory after 200 messages and after 1,000. Each version has a process of its own, and each of
its messages is another: planned and built from an album with other titles. What still grows between the two is the
cache of strings of pydantic, which is bounded and full after some 2,000 messages.
"""

from __future__ import annotations

import gc
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.message_build import FORMATS, resident
from distro_core.messages.planner import plan_message
from distro_sdk.models.catalogue import CompleteRelease

TRACKS = 15
FIRST, ALL = 200, 1000
MOST_TIMES = 1.05


def main() -> None:
    """Print the ratio of each version; end with 1 where one grows."""
    status = Path("/proc/self/status")
    if not status.exists():
        print("skipped: this system does not tell how much memory a process has")
        return
    missed = []
    for measured in FORMATS:
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as fresh:
            early, late = fresh.submit(memory_of_messages, measured.name, status).result()
        print(
            f"{measured.name}: {late / early:.3f} times the memory after {ALL} messages as after {FIRST} "
            f"(at most {MOST_TIMES:g} times); {late / 2**20:.1f} MB against {early / 2**20:.1f} MB"
        )
        if late / early > MOST_TIMES:
            missed.append(measured.name)
    if missed:
        sys.exit(f"memory grows: {', '.join(missed)}")


def memory_of_messages(name: str, status: Path) -> tuple[int, int]:
    """Resident memory in bytes after the first messages and after all of them."""
    measured = next(measured for measured in FORMATS if measured.name == name)
    album = measured.album(TRACKS)
    early = 0
    for number in range(1, ALL + 1):
        order = replace(measured.order, message_id=f"MSG-2026-11-21-{number:016}")
        measured.written(plan_message(renamed(album, number), order))
        if number == FIRST:
            gc.collect()
            early = resident(status, "VmRSS")
    gc.collect()
    return early, resident(status, "VmRSS")


def renamed(album: CompleteRelease, number: int) -> CompleteRelease:
    """The album with titles of its own."""
    tracks = tuple(track.model_copy(update={"title": f"{track.title} of {number}"}) for track in album.release.tracks)
    release = album.release.model_copy(update={"title": f"{album.release.title} {number}", "tracks": tracks})
    return album.model_copy(update={"release": release})


if __name__ == "__main__":
    main()
