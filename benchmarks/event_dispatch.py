"""What it costs to tell an event to 50 plugins.

Floor: a bare loop that awaits the same 50 coroutines, without timeout, outcome or isolation. Peer: that loop with
`asyncio.timeout` around each, which is the plain way to give each its time.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from time import perf_counter

from distro_core.plugins.dispatcher import Dispatcher, Implementation
from distro_sdk.plugin import PluginContext

PLUGINS = 50
EVENTS = 200
ROUNDS = 15


async def on_event(context: PluginContext, event: object) -> None:
    """Hear of an event and do nothing."""


IMPLEMENTATIONS = [
    Implementation(f"plugin-{number}", on_event, PluginContext("tenant", f"plugin-{number}"))
    for number in range(PLUGINS)
]


async def bare_loop() -> None:
    for _, function, context in IMPLEMENTATIONS:
        await function(context, None)


async def timeout_each() -> None:
    for _, function, context in IMPLEMENTATIONS:
        async with asyncio.timeout(30):
            await function(context, None)


async def microseconds(tell: Callable[[], Awaitable[object]]) -> float:
    begin = perf_counter()
    for _ in range(EVENTS):
        await tell()
    return (perf_counter() - begin) / EVENTS * 1e6


async def main() -> None:
    dispatcher = Dispatcher()

    async def dispatch() -> bool:
        return await dispatcher.tell("on_event", IMPLEMENTATIONS, None)

    figures = [[await microseconds(way) for way in (bare_loop, timeout_each, dispatch)] for _ in range(ROUNDS)]
    bare, peer, ours = (statistics.median(column) for column in zip(*figures, strict=True))
    print(f"bare loop of {PLUGINS} awaits        {bare:7.1f} µs")
    print(f"the same with asyncio.timeout   {peer:7.1f} µs   {peer / bare:5.1f} x the bare loop")
    print(
        f"dispatcher                      {ours:7.1f} µs   {ours / bare:5.1f} x the bare loop, {ours / peer:.2f} x peer"
    )


if __name__ == "__main__":
    asyncio.run(main())
