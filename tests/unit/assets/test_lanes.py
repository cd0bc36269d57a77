"""Several takers of the same blocks, each at its own pace."""

from __future__ import annotations

import asyncio

import pytest

from distro_core.assets.lanes import Lanes, Taker

BLOCKS = [bytes([number]) for number in range(10)]


def taker(taken: list[bytes], *, turns: int = 0) -> Taker:
    """One that lets others run so many times before it has taken a block."""

    async def take(block: bytes) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        taken.append(block)

    return take


async def test_every_taker_gets_all_blocks_in_their_order_and_none_runs_far_ahead() -> None:
    quick: list[bytes] = []
    slow: list[bytes] = []
    ahead = 0

    async with Lanes([taker(quick), taker(slow, turns=20)], under_way=3) as lanes:
        for block in BLOCKS:
            await lanes.give(block)
            ahead = max(ahead, len(quick) - len(slow))
        await lanes.finish()

    assert quick == slow == BLOCKS
    assert 2 <= ahead <= 3


async def test_what_a_taker_raises_ends_it_all_when_the_others_have_finished_what_they_began() -> None:
    taken: list[bytes] = []

    async def fail(block: bytes) -> None:
        if block == BLOCKS[1]:
            raise OSError("no room")

    async def send() -> None:
        async with Lanes([fail, taker(taken, turns=20)], under_way=2) as lanes:
            for block in BLOCKS:
                await lanes.give(block)

    with pytest.raises(OSError, match="no room"):
        await send()

    assert taken == BLOCKS[:3]


async def test_who_is_cancelled_leaves_no_taker_in_the_middle_of_a_block() -> None:
    going_on = asyncio.Event()
    begun: list[bytes] = []
    ended: list[bytes] = []

    async def take(block: bytes) -> None:
        begun.append(block)
        await going_on.wait()
        ended.append(block)

    async def send() -> None:
        async with Lanes([take], under_way=1) as lanes:
            for block in BLOCKS:
                await lanes.give(block)

    sending = asyncio.create_task(send())
    while not begun:
        await asyncio.sleep(0)
    sending.cancel()
    await asyncio.sleep(0)
    going_on.set()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert begun == ended == BLOCKS[:1]
