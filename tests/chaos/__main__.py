"""The long form of the storm: `make chaos`, or `python -m tests.chaos --releases 50 --targets 20 --seed 7`."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.storm import Plan, ride_out
from tests.chaos.verdict import describe, faults_of, unhappy

LEAST_SHARE = 0.995


def main() -> None:
    """Run a storm, print its figures, and end with 1 where anything is lost, doubled or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=50)
    parser.add_argument("--targets", type=int, default=20, help="at most 20")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--concurrency", type=int, default=4, help="deliveries at once per worker")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--storm", type=float, default=500.0, help="seconds after which no more blows come")
    parser.add_argument("--patience", type=float, default=900.0, help="seconds for all of it")
    parser.add_argument("--every", type=float, nargs=2, default=(2.0, 6.0), help="seconds between blows, from and to")
    parser.add_argument("--keep", action="store_true", help="keep what was written")
    given = vars(parser.parse_args())
    keep = given.pop("keep")
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=memory if memory.is_dir() else None))
    try:
        aftermath = asyncio.run(ride_out(folder, Plan(**given | {"every": tuple(given["every"])})))
        say(describe(aftermath))
        wrong = faults_of(aftermath)
        for each in unhappy(aftermath)[:20]:
            say(f"  {each.id} {each.status.value}: {each.error.code if each.error else ''} {_short(each)}")
        for line in wrong[:40]:
            say(f"WRONG: {line[:300]}")
    finally:
        if keep:
            say(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if wrong or aftermath.share < LEAST_SHARE:
        sys.exit(1)


def say(line: object) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _short(delivery: object) -> str:
    return str(getattr(getattr(delivery, "error", None), "message", ""))[:160]


if __name__ == "__main__":
    main()
