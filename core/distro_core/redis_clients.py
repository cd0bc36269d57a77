"""Connections to Redis or Valkey, all with the same patience."""

from __future__ import annotations

from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

RETRIES = 12


def redis_pool(url: str) -> ConnectionPool:
    """A pool of connections that outlasts a restart of the server: about ten seconds of retries."""
    return ConnectionPool.from_url(
        url,
        retry=Retry(ExponentialBackoff(cap=1.0, base=0.05), RETRIES),
        retry_on_error=[RedisConnectionError, RedisTimeoutError, OSError],
        health_check_interval=30,
    )
