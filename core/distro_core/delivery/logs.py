"""The log of a delivery, step by step (rows LOG-01 to LOG-05)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from distro_core.delivery.documents import DeliveryDocument, DeliveryLogDocument, LogLevel
from distro_core.delivery.live import tell
from distro_core.metrics import time_stage
from distro_core.scope import Scope
from distro_core.store.codec import encode_document

INITIALIZATION = "initialization"
TARGET_CONFIGURATION = "target_configuration"
ASSET_PREPARATION = "asset_preparation"
VALIDATION = "validation"
PACKAGE_PREPARATION = "package_preparation"
DELIVERY_EXECUTION = "delivery_execution"
RECEIPT_GENERATION = "receipt_generation"
COMPLETION = "completion"
ERROR_HANDLING = "error_handling"
RETRY_SCHEDULED = "retry_scheduled"
MAX_RETRIES = "max_retries"
ACKNOWLEDGEMENT = "acknowledgement"


def log_channel(tenant_key: str, delivery_id: str) -> str:
    """Where the lines of a delivery's log are broadcast."""
    return f"{tenant_key}:deliveries:{delivery_id}:logs"


class StepLog:
    """Writes the same lines into the logs of deliveries that travel together.

    `durations`: seconds that each finished step took.
    """

    def __init__(self, scope: Scope, delivery_ids: Sequence[str]) -> None:
        self.delivery_ids = tuple(delivery_ids)
        self.durations: dict[str, float] = {}
        self._scope = scope

    @asynccontextmanager
    async def step(self, name: str, message: str, level: LogLevel = LogLevel.INFO) -> AsyncIterator[dict[str, Any]]:
        """Show a step as the current one, and log it with its duration when it ends well.

        Yields the details of the line, to be filled. A step that raises leaves no line: the error gets one.
        """
        await self._show(name)
        details: dict[str, Any] = {}
        begin = perf_counter()
        with time_stage(name, deliveries=self.delivery_ids):
            yield details
        duration = round(perf_counter() - begin, 3)
        self.durations[name] = duration
        await self.write(level, name, message, details=details, duration=duration)

    async def write(
        self,
        level: LogLevel,
        step: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        duration: float | None = None,
        only: str | None = None,
    ) -> None:
        """Write a line. `duration`: seconds; `only`: the one delivery that it is about."""
        ids = self.delivery_ids if only is None else (only,)
        at = self._scope.clock.now()
        line: dict[str, Any] = {"level": level, "step": step, "message": message, "duration": duration}
        line |= {"details": dict(details or {}), "at": at, "created_at": at, "updated_at": at}
        await self._add(step, [DeliveryLogDocument(delivery_id=delivery_id, **line) for delivery_id in ids])

    async def _add(self, step: str, lines: Sequence[DeliveryLogDocument]) -> None:
        ids = [line.delivery_id for line in lines]
        await asyncio.gather(self._show(step, ids), store_lines(self._scope, lines))

    async def _show(self, step: str, ids: Sequence[str] | None = None) -> None:
        shown = {"current_step": step, "last_log_at": self._scope.clock.now()}
        deliveries = self._scope.store.collection(DeliveryDocument).raw
        await deliveries.update_many({"_id": {"$in": list(ids or self.delivery_ids)}}, {"$set": shown})


async def store_lines(scope: Scope, lines: Sequence[DeliveryLogDocument]) -> None:
    """Write lines of any deliveries of a tenant, and wake who listens to their logs."""
    if not lines:
        return
    raw = scope.store.collection(DeliveryLogDocument).raw
    await raw.insert_many([encode_document(line) for line in lines])
    # Listeners read the store when they are woken: one call for each delivery is enough.
    for line in {line.delivery_id: line for line in lines}.values():
        tell(scope, log_channel(scope.tenant_key, line.delivery_id), line.model_dump(mode="json"))
