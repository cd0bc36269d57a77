"""An event loop whose time a test moves on: what waits for long is over at once, and a busy machine changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine


class JumpingLoop(asyncio.SelectorEventLoop):
    """Counts the seconds as others do, and those that it has jumped."""

    ahead = 0.0

    def time(self) -> float:
        """Seconds of this loop's own time."""
        return super().time() + self.ahead

    async def jump(self, seconds: float) -> None:
        """Let so many seconds pass at once, and everything happen that is due then."""
        self.ahead += seconds
        for _ in range(3):
            await asyncio.sleep(0)


def run_jumping(story: Callable[[JumpingLoop], Coroutine[object, object, None]]) -> None:
    """Run a story in a loop of its own."""
    loop = JumpingLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(story(loop))
