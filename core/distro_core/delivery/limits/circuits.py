"""A circuit breaker for each target: what fails again and again is left alone for a while (rows CIR-01 to CIR-09).

The state stands in MongoDB and every step is one atomic change, so that all workers see the same and, when the time to
try again has come, exactly one request of all of them passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from distro_core.delivery.documents import DeliveryError, WaitReason
from distro_core.delivery.limits.circuit_documents import CircuitDocument, CircuitState
from distro_core.delivery.limits.waits import end_waits
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change, Order, Page
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError, ErrorCategory, ErrorSubCode
from distro_sdk.models.events import CircuitOpened

TRIAL_LEASES = 3
"""Leases of a delivery after which a trial of which nothing was heard is somebody else's: its worker has died."""

COUNTED = frozenset(
    {
        ErrorCategory.NETWORK_TIMEOUT,
        ErrorCategory.NETWORK_CONNECTIVITY,
        ErrorCategory.API_UNAVAILABLE,
        ErrorCategory.UNKNOWN,
    }
)
"""Failures that are the target's. What is wrong with one release, or with our login, does not open a circuit."""

OUR_OWN = frozenset({ErrorSubCode.SYSTEM_STORAGE, ErrorSubCode.SYSTEM_DATABASE})
"""Failures on our side of the line."""


LATEST_FAILURE = Order("last_failure_at", descending=True)


class CircuitOpen(DomainError):
    """The target is left alone. `until`: when it is worth asking again."""

    def __init__(self, target_id: str, until: datetime) -> None:
        super().__init__("CIRCUIT_OPEN", f"Circuit breaker OPEN for {target_id}")
        self.until = until


class Circuits:
    """The circuits of one tenant's targets."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._circuits = scope.store.collection(CircuitDocument)

    async def find(self, target_id: str) -> CircuitDocument | None:
        """The circuit of a target, None where it never failed."""
        return await self._circuits.find(target_id)

    async def page(
        self, states: Sequence[CircuitState] | None = None, first: int = 50, after: str | None = None
    ) -> Page[CircuitDocument]:
        """A page of circuits, those that failed last first. `states`: only those in one of these."""
        where = {} if states is None else {"state": {"$in": list(states)}}
        return await self._circuits.page(where, order=LATEST_FAILURE, first=first, after=after)

    async def check(self, target: TargetDocument) -> CircuitDocument | None:
        """The circuit, None where it never failed; raises `CircuitOpen` where a request would not pass now.

        `target`: as it has just been read.
        """
        if not target.has_circuit:
            return None
        circuit = await self._circuits.find(target.id)
        if circuit is not None and (until := self._shut_until(circuit, target)) is not None:
            raise CircuitOpen(target.id, until)
        return circuit

    async def enter(self, target: TargetDocument) -> str | None:
        """Let a request pass, or raise `CircuitOpen`. Returns the token of a trial, None where the circuit is closed.

        Of all that ask when the time has come, one gets the trial.
        """
        circuit = await self._circuits.find(target.id)
        if circuit is None or circuit.state is CircuitState.CLOSED:
            return None
        if (until := self._shut_until(circuit, target)) is not None:
            raise CircuitOpen(target.id, until)
        trial = new_id()
        where = {"id": target.id, "state": circuit.state, "opened_at": circuit.opened_at, "trial": circuit.trial}
        change = Change(set={"state": CircuitState.HALF_OPEN, "trial": trial, "trial_until": self._end_of_trial()})
        if await self._circuits.try_update(where, change) is None:
            raise CircuitOpen(target.id, self._end_of_trial())
        return trial

    async def renew(self, target_id: str, trial: str) -> None:
        """Have a trial that is still under way believed in for longer."""
        change = Change(set={"trial_until": self._end_of_trial()})
        await self._circuits.try_update({"id": target_id, "trial": trial}, change)

    async def succeed(self, target_id: str, trial: str | None) -> None:
        """A request went well: a trial closes the circuit, any other one ends a row of failures."""
        if trial is None:
            where = {"id": target_id, "state": CircuitState.CLOSED, "failures": {"$gt": 0}}
            await self._circuits.try_update(where, Change(set={"failures": 0}))
            return
        closed = {"state": CircuitState.CLOSED, "failures": 0, "opened_at": None, "probe_at": None}
        where = {"id": target_id, "trial": trial}
        change = Change(set={**closed, "trial": None, "trial_until": None})
        if await self._circuits.try_update(where, change) is not None:
            await end_waits(self._scope, target_id, WaitReason.CIRCUIT_OPEN)

    @staticmethod
    def counts(error: DeliveryError) -> bool:
        """Whether a failure of a transport is the target's."""
        return error.category in COUNTED and error.sub_code not in OUR_OWN

    async def fail(self, target: TargetDocument, trial: str | None, error: DeliveryError) -> None:
        """A request failed by the target's fault: a trial opens the circuit again, others count."""
        now = self._scope.clock.now()
        noted = {"last_failure_at": now, "last_error": error}
        if trial is not None:
            opened = {"state": CircuitState.OPEN, "opened_at": now, "trial": None, "trial_until": None}
            change = Change(set={**noted, **opened, "probe_at": now + self._reset(target)}, increment={"failures": 1})
            await self._circuits.try_update({"id": target.id, "trial": trial}, change)
            return
        if not target.has_circuit:
            # Before the circuit stands: who reads the target later, looks for it.
            await self._scope.store.collection(TargetDocument).try_write(target.id, Change(set={"has_circuit": True}))
        circuit = await self._count(target.id, noted)
        if circuit is not None and circuit.failures >= self._threshold(target):
            await self._open(target, error)

    async def give_back(self, target_id: str, trial: str | None) -> None:
        """A trial that was not needed after all: another one may begin at once."""
        if trial is not None:
            change = Change(set={"state": CircuitState.OPEN, "trial": None, "trial_until": None})
            await self._circuits.try_update({"id": target_id, "trial": trial}, change)

    async def put_off_probe(self, target: TargetDocument) -> None:
        """Try the connection later."""
        probe_at = self._scope.clock.now() + self._reset(target)
        await self._circuits.try_update({"id": target.id}, Change(set={"probe_at": probe_at}))

    async def _count(self, target_id: str, noted: dict[str, object]) -> CircuitDocument | None:
        """The closed circuit with one failure more; None where it is not closed any more."""
        where = {"id": target_id, "state": CircuitState.CLOSED}
        counted = await self._circuits.try_update(where, Change(set=noted, increment={"failures": 1}))
        if counted is not None or await self._circuits.find(target_id) is not None:
            return counted
        try:
            return await self._circuits.insert(
                CircuitDocument.model_validate({"id": target_id, "failures": 1, **noted})
            )
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise
        return await self._circuits.try_update(where, Change(set=noted, increment={"failures": 1}))

    async def _open(self, target: TargetDocument, error: DeliveryError) -> None:
        """Open a circuit, in one step with the event of which people are told: exactly once for each opening."""
        now = self._scope.clock.now()
        threshold = self._threshold(target)
        where = {"id": target.id, "state": CircuitState.CLOSED, "failures": {"$gte": threshold}}
        opened = {"state": CircuitState.OPEN, "opened_at": now, "probe_at": now + self._reset(target)}
        event = CircuitOpened(
            id=new_id(),
            tenant_id=self._scope.tenant_id,
            at=now,
            target_id=target.id,
            failures=threshold,
            reason=error.message,
        )
        await self._circuits.try_update(where, Change(set=opened, increment={"openings": 1}), events=[event])

    def _shut_until(self, circuit: CircuitDocument, target: TargetDocument) -> datetime | None:
        now = self._scope.clock.now()
        if circuit.state is CircuitState.OPEN and circuit.opened_at is not None:
            until = circuit.opened_at + self._reset(target)
            return until if now < until else None
        if circuit.state is CircuitState.HALF_OPEN and circuit.trial_until is not None and now < circuit.trial_until:
            return circuit.trial_until
        return None

    def _end_of_trial(self) -> datetime:
        return self._scope.clock.now() + timedelta(seconds=TRIAL_LEASES * self._scope.settings.delivery_lease)

    def _threshold(self, target: TargetDocument) -> int:
        return target.limits.circuit_failures or self._scope.settings.circuit_failures

    def _reset(self, target: TargetDocument) -> timedelta:
        return timedelta(seconds=target.limits.circuit_reset or self._scope.settings.circuit_reset)
