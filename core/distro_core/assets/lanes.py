"""Several takers of the same blocks, each at its own pace: no processor waits until the slowest has had a block."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

Taker = Callable[[bytes], Awaitable[None]]

BLOCKS_UNDER_WAY = 3
"""Which some have taken and others not yet; they are in memory."""


class Lanes:
    """Gives every taker all blocks, one after the other in their order; leaving waits for what has begun."""

    def __init__(self, takers: Sequence[Taker], under_way: int = BLOCKS_UNDER_WAY) -> None:
        """`takers`: each is given a block when it has taken the one before; `under_way`: blocks at a time."""
        self._takers = takers
        self._under_way = under_way
        self._rows: deque[Sequence[asyncio.Task[None]]] = deque()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        begun = [task for row in self._rows for task in row]
        if begun:
            await asyncio.wait(begun)
            for task in begun:
                task.exception()  # told already, by the first that failed

    async def give(self, block: bytes) -> None:
        """Hand a block on, when there is room for it; raises what a taker raised with an earlier one."""
        while len(self._rows) >= self._under_way:
            await self._finish_first()
        before: Sequence[asyncio.Task[None] | None] = self._rows[-1] if self._rows else [None] * len(self._takers)
        lanes = zip(before, self._takers, strict=True)
        self._rows.append([asyncio.create_task(_take(last, taker, block)) for last, taker in lanes])

    async def finish(self) -> None:
        """Wait until every taker has taken everything; raises what one of them raised."""
        while self._rows:
            await self._finish_first()

    async def _finish_first(self) -> None:
        await asyncio.wait(self._rows[0])  # who is cancelled here must not leave a taker in the middle of a block
        for task in self._rows[0]:
            task.result()
        self._rows.popleft()


async def _take(last: asyncio.Task[None] | None, taker: Taker, block: bytes) -> None:
    if last is not None:
        await last
    await taker(block)
