"""How often our own grammars agree with DDEX's schemas on messages with one fault, and what they cost beside them.

Goal: 99 of 100. Skipped where DDEX's schemas are not at hand (DISTRO_DDEX_SCHEMAS).
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lxml.etree import _Element

from benchmarks.measure import compare
from distro_core.validation.grammars import grammar_judge
from distro_core.validation.judges import Judge
from distro_core.validation.schemas import SchemaLibrary
from tests.unit.messages.grammar_agreement import BUILDERS, Agreement, measure, messages

FOLDER = Path(os.environ.get("DISTRO_DDEX_SCHEMAS") or Path(__file__).resolve().parents[2] / "shared" / "ddex")
MESSAGES = 150
CHANGES = 40
GOAL = 0.99


def ask(judge: Judge, messages: list[_Element]) -> None:
    """Let a judge see every message."""
    for message in messages:
        judge.judge(message)


def report(format: str, found: Agreement, times: float) -> None:
    """Print how often both agree, where they differ most, and what the grammar costs."""
    print(
        f"{format:10} {found.share:8.3%} of {found.judged} changed messages judged alike"
        f" ({found.refused / found.judged:.0%} of them invalid), {times:.2f} x the schema's time"
        f"{'' if found.share >= GOAL else '  BELOW THE GOAL'}"
    )
    for (kind, place), often in found.differing.most_common(3):
        print(f"{'':10} differ {often} x: {kind} at {place}")


def main() -> None:
    """Measure every version."""
    if not FOLDER.is_dir():
        print(f"skipped: DDEX's schemas are not in {FOLDER}")
        return
    library = SchemaLibrary(FOLDER)
    for format, (builder, _) in BUILDERS.items():
        official = library.find(builder.schema)
        if official is None or builder.grammar is None:
            raise LookupError(format)
        own, written = grammar_judge(builder.grammar), messages(format, 40, start=3)
        found = measure(format, FOLDER, count=MESSAGES, changes=CHANGES, start=7)
        cost = compare(partial(ask, own, written), partial(ask, official, written))
        report(format, found, cost.times)


if __name__ == "__main__":
    main()
