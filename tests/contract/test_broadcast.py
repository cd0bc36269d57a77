"""What broadcasts promise, on a real Valkey."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from distro_core.embedded import ServiceUrls, embedded_services
from distro_core.redis_broadcast import BACKLOG, RedisBroadcast
from distro_core.settings import Settings
from distro_core.store.documents import new_id


@pytest.fixture
async def broadcast(services: ServiceUrls) -> AsyncIterator[RedisBroadcast]:
    """A broadcast of one process."""
    opened = RedisBroadcast(services.redis_url)
    yield opened
    await opened.close()


@pytest.fixture
async def elsewhere(services: ServiceUrls) -> AsyncIterator[RedisBroadcast]:
    """The broadcast of another process."""
    opened = RedisBroadcast(services.redis_url)
    yield opened
    await opened.close()


@pytest.fixture
def channel() -> str:
    """A channel of a tenant that nobody else uses."""
    return f"t{new_id()}:news"


async def test_what_is_told_is_heard_in_order(
    broadcast: RedisBroadcast, elsewhere: RedisBroadcast, channel: str
) -> None:
    async with broadcast.listen(channel) as heard:
        for number in range(3):
            await elsewhere.publish(channel, {"n": number, "text": "\N{EIGHTH NOTE}"})

        assert [await anext(heard) for _ in range(3)] == [{"n": n, "text": "\N{EIGHTH NOTE}"} for n in range(3)]


async def test_what_is_told_at_once_is_heard_in_order(
    broadcast: RedisBroadcast, elsewhere: RedisBroadcast, channel: str
) -> None:
    async with broadcast.listen(channel) as heard:
        told = await asyncio.gather(*(elsewhere.publish(channel, {"n": number}) for number in range(50)))

        assert [await anext(heard) for _ in range(50)] == [{"n": number} for number in range(50)]
    assert told == [True] * 50


async def test_everybody_who_listens_hears_it(
    broadcast: RedisBroadcast, elsewhere: RedisBroadcast, channel: str
) -> None:
    async with (
        broadcast.listen(channel) as first,
        broadcast.listen(channel) as second,
        elsewhere.listen(channel) as third,
    ):
        await broadcast.publish(channel, {"n": 1})

        assert [await anext(heard) for heard in (first, second, third)] == [{"n": 1}] * 3


async def test_another_tenants_channel_is_not_heard(broadcast: RedisBroadcast, channel: str) -> None:
    async with broadcast.listen(channel) as heard:
        await broadcast.publish(f"t{new_id()}:news", {"n": 1})
        await broadcast.publish(channel, {"n": 2})

        assert await anext(heard) == {"n": 2}


async def test_who_comes_late_hears_what_is_told_from_then_on(broadcast: RedisBroadcast, channel: str) -> None:
    await broadcast.publish(channel, {"n": 1})
    async with broadcast.listen(channel) as early:
        await broadcast.publish(channel, {"n": 2})
        async with broadcast.listen(channel) as late:
            await broadcast.publish(channel, {"n": 3})

            assert [await anext(early), await anext(early)] == [{"n": 2}, {"n": 3}]
            assert await anext(late) == {"n": 3}


async def test_who_left_and_comes_again_hears_again(
    broadcast: RedisBroadcast, elsewhere: RedisBroadcast, channel: str
) -> None:
    for number in range(3):
        async with broadcast.listen(channel) as heard:
            await elsewhere.publish(channel, {"n": number})
            assert await anext(heard) == {"n": number}


async def test_nobody_listening_costs_no_subscription(
    broadcast: RedisBroadcast, services: ServiceUrls, channel: str
) -> None:
    async with Redis.from_url(services.redis_url) as redis:
        async with broadcast.listen(channel), broadcast.listen(channel):
            during = await redis.pubsub_channels(f"distro:{channel}")
        async with broadcast.listen(f"{channel}:other"):
            after = await redis.pubsub_channels(f"distro:{channel}")

    assert (during, after) == ([f"distro:{channel}".encode()], [])


async def test_a_slow_listener_loses_the_oldest_and_disturbs_nobody(broadcast: RedisBroadcast, channel: str) -> None:
    async with broadcast.listen(channel) as slow, broadcast.listen(channel) as quick:
        for number in range(BACKLOG + 5):
            await broadcast.publish(channel, {"n": number})
            assert await anext(quick) == {"n": number}

        assert await anext(slow) == {"n": 5}


async def test_telling_nobody_can_hear_is_no_error(channel: str) -> None:
    broadcast = RedisBroadcast("unix:///nowhere/valkey.sock")

    told = [await broadcast.publish(channel, {"n": number}) for number in range(3)]
    await broadcast.close()

    assert told == [False, False, False]


async def test_listeners_outlast_the_server(tmp_path: Path, channel: str) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "mongo_url": "mongodb://127.0.0.1:1"})
    async with embedded_services(settings) as urls:
        broadcast = RedisBroadcast(urls.redis_url)
        async with broadcast.listen(channel) as heard, Redis.from_url(urls.redis_url) as redis:
            server = (await redis.info("server"))["process_id"]
            os.kill(server, signal.SIGKILL)

            async def tell_until_heard() -> None:
                while True:
                    await broadcast.publish(channel, {"n": 1})
                    await asyncio.sleep(0.05)

            telling = asyncio.create_task(tell_until_heard())
            async with asyncio.timeout(60):
                message = await anext(heard)
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        await broadcast.close()

    assert message == {"n": 1}
