"""What an attempt may use of the network: leave to begin, and sessions to the target.

Leave is asked for in the order circuit, connections, rate: nothing is taken that must be given back without need. Who
gets none waits, and no attempt is counted (`waits`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from annotated_types import Le
from pydantic import BaseModel
from pymongo.errors import PyMongoError

from distro_core.delivery.documents import DeliveryDocument, Waiting, WaitReason
from distro_core.delivery.failures.description import describe_failure
from distro_core.delivery.limits.circuits import CircuitOpen, Circuits
from distro_core.delivery.limits.connection_slots import Slot, take_slot
from distro_core.delivery.limits.rates import RateExceeded, Rates
from distro_core.delivery.limits.reconnecting import ReconnectingSession
from distro_core.delivery.limits.sessions import OpenSession, SessionPool, session_key
from distro_core.delivery.limits.waits import end_waits
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.delivery.targets.service import TargetService
from distro_core.scope import Scope
from distro_sdk.errors import ErrorCategory, TransportError
from distro_sdk.platforms import ErrorWords
from distro_sdk.transports import Transport

log = structlog.get_logger("distro.delivery")

BUSY = timedelta(seconds=2)
"""How long a delivery waits for a connection before it asks again; who lets go of one in the same worker tells it."""

MOST_PATIENCE = 8
"""By how much settings of time are multiplied at most (row ERR-08)."""


class MustWait(Exception):
    """An attempt may not begin now."""

    outcome = "put_off"

    def __init__(self, waiting: Waiting) -> None:
        super().__init__(waiting.message)
        self.waiting = waiting


class Line:
    """The way of one attempt to its target. `words`: how the platform's refusals are to be read."""

    def __init__(
        self, scope: Scope, target: TargetDocument, pool: SessionPool, *, patience: int, is_stopped: Callable[[], bool]
    ) -> None:
        self.target = target
        self.words: Sequence[ErrorWords] = ()
        self.trial: str | None = None
        self.failed_before = False
        self._scope = scope
        self._pool = pool
        self._patience = patience
        self._is_stopped = is_stopped
        self._slot: Slot | None = None
        self._resting: OpenSession | None = None
        self._kept: dict[str, OpenSession] = {}
        self._connected = False
        self._keeping: asyncio.Task[None] | None = None
        self._circuits = Circuits(scope)

    async def ask(self, deliveries: int) -> None:
        """Get leave to begin, or raise `MustWait`; what was taken is given back by `leave`."""
        scope, target = self._scope, self.target
        profile = scope.plugins.platforms.get(target.platform or "")
        self.words = profile.error_words if profile else ()
        try:
            circuit = await self._circuits.check(target)
            self.failed_before = circuit is not None and circuit.failures > 0
            await self._take_connection()
            await Rates(scope).take(target, deliveries)
            if circuit is not None:
                self.trial = await self._circuits.enter(target)
                if self.trial is not None:
                    self._keeping = asyncio.create_task(self._keep_trial(self.trial))
        except CircuitOpen as shut:
            raise MustWait(Waiting(reason=WaitReason.CIRCUIT_OPEN, message=shut.message, until=shut.until)) from shut
        except RateExceeded as full:
            raise MustWait(Waiting(reason=WaitReason.RATE_LIMIT, message=full.message, until=full.until)) from full

    async def leave(self, error: BaseException | None) -> None:
        """Say how it went, and let others have what was used. `error`: what ended the attempt, if anything did."""
        sound = error is None
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})
        for session in self._kept.values():
            await self._pool.give_back(session, sound=sound)
        if self._resting is not None:
            await self._pool.give_back(self._resting, sound=True)
        if self._slot is not None:
            await self._slot.release()
        if isinstance(error, TransportError):
            failure = describe_failure(error, self.words)
            if self._circuits.counts(failure):
                await self._circuits.fail(self.target, self.trial, failure)
                self.trial = None
        elif error is None and self._connected:
            await self._went_well()
        await self._circuits.give_back(self.target.id, self.trial)
        if not isinstance(error, MustWait) and self._pool.was_busy(self._prefix):
            await end_waits(self._scope, self.target.id, WaitReason.CONNECTIONS, most=1)

    @asynccontextmanager
    async def connect(self, transport: Transport, configuration: BaseModel) -> AsyncIterator[ReconnectingSession]:
        """A session that reconnects by itself, from the pool where one rests there.

        Where the last attempts took too long, the settings that limit times are larger. Raises `TransportError`.
        """
        patient = with_patience(configuration, self._patience)
        key = session_key(self._scope.tenant_id, self.target.id, transport, patient)
        current = await self._take(key, transport, patient)
        self._connected = True

        async def refresh() -> OpenSession:
            return await self._open(key, transport, await self._renewed(transport, patient))

        session = ReconnectingSession(
            current,
            transport.capabilities,
            reopen=lambda: self._open(key, transport, patient),
            refresh=refresh,
            discard=self._discard,
            is_stopped=self._is_stopped,
        )
        try:
            yield session
        except BaseException:
            await self._discard(session.current)
            raise
        self._kept[key] = session.current

    async def _keep_trial(self, trial: str) -> None:
        """Renew a trial while the attempt lives, which may take hours: only its end says how it went (row CIR-04)."""
        while True:
            await asyncio.sleep(self._scope.settings.delivery_lease)
            try:
                await self._circuits.renew(self.target.id, trial)
            except PyMongoError as error:
                log.warning("trial_not_renewed", target_id=self.target.id, reason=str(error))

    async def _take_connection(self) -> None:
        self._resting = self._pool.take_any(self._prefix)
        if self._resting is not None:
            return
        limit = self.target.limits.max_connections or self._scope.settings.target_connections
        weight = min(self._weight(), limit)
        self._slot = await take_slot(self._scope, self.target.id, weight, limit)
        if self._slot is None:
            self._pool.note_busy(self._prefix)
            message = f"{self.target.name} has all {limit} connections that it allows"
            until = self._scope.clock.now() + BUSY
            raise MustWait(Waiting(reason=WaitReason.CONNECTIONS, message=message, until=until))

    async def _take(self, key: str, transport: Transport, configuration: BaseModel) -> OpenSession:
        if (kept := self._kept.pop(key, None)) is not None:
            return kept
        if (resting := self._resting) is not None:
            self._resting = None
            if resting.key == key:
                return resting
            self._slot = resting.hand_over()
            await resting.close()
        try:
            return await self._open(key, transport, configuration)
        except TransportError as error:
            if error.category is not ErrorCategory.AUTH_EXPIRED:
                raise
        # Somebody may have set new credentials since the settings were read: they are read once more (row ERR-04).
        return await self._open(key, transport, await self._renewed(transport, configuration))

    async def _open(self, key: str, transport: Transport, configuration: BaseModel) -> OpenSession:
        opened = OpenSession(key)
        limit = self.target.limits.max_connections or self._scope.settings.target_connections
        await opened.open(transport.connect(_within(configuration, limit)))
        if self._slot is not None:
            opened.slot, self._slot = self._slot, None
        return opened

    async def _renewed(self, transport: Transport, configuration: BaseModel) -> BaseModel:
        """The target's settings as they are now; those that were given, where they may be the second transport's."""
        second = self.target.metadata_connection
        if transport.key != self.target.transport or (second is not None and second.transport == transport.key):
            return configuration
        service = TargetService(self._scope)
        fresh = await service.open_configuration(await service.get(self.target.id))
        return with_patience(fresh, self._patience)

    async def _discard(self, session: OpenSession) -> None:
        """Close a broken session; what follows it has its slot."""
        self._slot = session.hand_over() or self._slot
        await session.close()

    async def _went_well(self) -> None:
        if self.trial is not None or self.failed_before:
            await self._circuits.succeed(self.target.id, self.trial)
            self.trial, self.failed_before = None, False

    def _weight(self) -> int:
        """How many connections a session opens at most: what a setting `connections` says, where there is one."""
        transport = self._scope.plugins.transports.get(self.target.transport)
        field = transport.configuration.model_fields.get("connections") if transport else None
        given = self.target.settings.get("connections", field.default if field else 1)
        return given if isinstance(given, int) else 1

    @property
    def _prefix(self) -> str:
        return f"{self._scope.tenant_id}:{self.target.id}:"


@asynccontextmanager
async def hold_line(
    scope: Scope, target: TargetDocument, deliveries: Sequence[DeliveryDocument], is_stopped: Callable[[], bool]
) -> AsyncIterator[Line]:
    """A line for an attempt; raises `MustWait` where none is to be had now.

    `is_stopped`: whether nothing may be sent by it any more.
    """
    pool = scope.sessions or SessionPool(idle=0)
    line = Line(scope, target, pool, patience=_patience_of(deliveries), is_stopped=is_stopped)
    error: BaseException | None = None
    try:
        await line.ask(len(deliveries))
        yield line
    except BaseException as raised:
        error = raised
        raise
    finally:
        await line.leave(error)


def with_patience(configuration: BaseModel, factor: int) -> BaseModel:
    """The settings with every `timeout` and `…_timeout` multiplied, within what each may be at most."""
    longer = {}
    for name, field in type(configuration).model_fields.items():
        value = getattr(configuration, name)
        if (name == "timeout" or name.endswith("_timeout")) and isinstance(value, int | float) and factor > 1:
            bounds = [float(str(each.le)) for each in field.metadata if isinstance(each, Le)]
            longer[name] = type(value)(min([value * factor, *bounds]))
    return configuration.model_copy(update=longer) if longer else configuration


def _within(configuration: BaseModel, limit: int) -> BaseModel:
    """No session opens more connections than the target allows at all."""
    given = getattr(configuration, "connections", None)
    if isinstance(given, int) and given > limit:
        return configuration.model_copy(update={"connections": limit})
    return configuration


def _patience_of(deliveries: Sequence[DeliveryDocument]) -> int:
    """Twice the time for each attempt in a row that took too long."""
    timeouts = 0
    for delivery in deliveries:
        in_a_row = 0
        for attempt in reversed(delivery.attempts):
            if attempt.error is None or attempt.error.category is not ErrorCategory.NETWORK_TIMEOUT:
                break
            in_a_row += 1
        timeouts = max(timeouts, in_a_row)
    return int(min(2**timeouts, MOST_PATIENCE))
