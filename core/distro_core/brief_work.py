"""Work that is done where it stands, because a thread would cost more than it.

The threads of a process take turns at Python. Handing a small message to one and taking it back makes every delivery
that is under way wait twice: with threads for everything, a worker brought a quarter fewer small deliveries about.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

BRIEF_TRACKS = 4
"""Tracks of a release whose message is written and judged within a few milliseconds."""

BRIEF_BYTES = 64 * 1024
"""Bytes of messages that are laid out as a package within a millisecond."""


async def run_work(work: Callable[[], T], *, brief: bool) -> T:
    """What a function gives that computes and waits for nothing; in a thread unless it is brief."""
    return work() if brief else await asyncio.to_thread(work)
