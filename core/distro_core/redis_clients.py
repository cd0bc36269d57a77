"""Connections to Redis or Valkey, all with the same patience."""

from __future__ import annotations

from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

PATIENT = 12
"""Retries over about ten seconds, for those who have nothing else to do."""

BRIEF = 4
"""Retries over less than a second, enough for a restart, for those on whose answer somebody waits."""


def redis_pool(url: str, retries: int) -> ConnectionPool:
    """A pool of connections. `retries`: how often a command is tried again, with longer and longer pauses."""
    return ConnectionPool.from_url(
        url,
        retry=Retry(ExponentialBackoff(cap=1.0, base=0.05), retries),
        retry_on_error=[RedisConnectionError, RedisTimeoutError, OSError],
        health_check_interval=30,
    )
