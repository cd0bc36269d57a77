"""What was found lately, and what was not."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, Generic, TypeVar

T = TypeVar("T")

MOST_KEPT: Final = 2000
MISS_LIFETIME: Final = 600.0
"""Seconds after which Deezer is asked again for what it did not have: new releases appear."""


class Cache(Generic[T]):
    """Answers by question, the oldest of too many forgotten. `lifetime`: seconds; `clock`: where time comes from."""

    def __init__(self, lifetime: float, clock: Callable[[], float] = monotonic) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, T | None]] = OrderedDict()

    async def get(self, question: str, ask: Callable[[], Awaitable[T | None]]) -> T | None:
        """The kept answer, or what `ask` gives, kept. What `ask` raises is not."""
        kept = self._kept.get(question)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        answer = await ask()
        lifetime = self._lifetime if answer is not None else min(MISS_LIFETIME, self._lifetime)
        self._kept[question] = (self._clock() + lifetime, answer)
        self._kept.move_to_end(question)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return answer
