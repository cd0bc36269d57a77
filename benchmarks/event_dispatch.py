"""What it costs to tell an event to 50 plugins.

Floor: a bare loop that awaits the same 50 coroutines, without timeout, outcome or isolation. Peer: that loop with
`asyncio.timeout` around each, which is the plain way to give each its time.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import compare_async, judge
from distro_core.plugins.dispatcher import Dispatcher, Implementation
from distro_sdk.plugin import PluginContext

PLUGINS = 50
EVENTS = 100


async def on_event(context: PluginContext, event: object) -> None:
    """Hear of an event and do nothing."""


IMPLEMENTATIONS = [
    Implementation(f"plugin-{number}", on_event, PluginContext("tenant", f"plugin-{number}"))
    for number in range(PLUGINS)
]
DISPATCHER = Dispatcher()


async def bare_loop() -> None:
    for _ in range(EVENTS):
        for _, function, context in IMPLEMENTATIONS:
            await function(context, None)


async def timeout_each() -> None:
    for _ in range(EVENTS):
        for _, function, context in IMPLEMENTATIONS:
            async with asyncio.timeout(30):
                await function(context, None)


async def dispatch() -> None:
    for _ in range(EVENTS):
        await DISPATCHER.tell("on_event", IMPLEMENTATIONS, None)


async def main() -> None:
    floor = await compare_async(dispatch, bare_loop, rounds=30)
    judge(f"{EVENTS} events told to {PLUGINS} plugins, against a bare loop", floor, most_times=15)
    peer = await compare_async(dispatch, timeout_each, rounds=30)
    judge(f"{EVENTS} events told to {PLUGINS} plugins, against asyncio.timeout around each", peer, most_times=0.5)
    print(f"one event to {PLUGINS} plugins: {floor.ours / EVENTS * 1e6:.0f} µs")


if __name__ == "__main__":
    asyncio.run(main())
