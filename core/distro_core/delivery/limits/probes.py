"""Trying targets whose circuit is open, so that it closes although nothing is to be delivered (row CIR-07)."""

from __future__ import annotations

import structlog

from distro_core.delivery.failures.description import delivery_error
from distro_core.delivery.limits.circuit_documents import CircuitDocument
from distro_core.delivery.limits.circuits import CircuitOpen, Circuits
from distro_core.delivery.live import ask
from distro_core.delivery.targets.connection_test import ConnectionTester
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError, ErrorCategory

log = structlog.get_logger("distro.delivery")

PROBE_TASK = "probe"


class Prober:
    """Probes the targets of one tenant."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._circuits = Circuits(scope)

    async def ask_for_due(self) -> int:
        """Ask a worker for every probe that is due; how many there were."""
        where = {"probe_at": {"$lte": self._scope.clock.now()}}
        due = await self._scope.store.collection(CircuitDocument).list(where)
        for circuit in due:
            await ask(self._scope, PROBE_TASK, id=circuit.id, payload={"target_id": circuit.id})
        return len(due)

    async def probe(self, target_id: str) -> bool:
        """Test the connection of a target as the one trial that its circuit allows; whether it is closed now.

        A target that is gone, archived, inactive or paused is not probed any more until it fails again.
        """
        circuit = await self._circuits.find(target_id)
        if circuit is None or circuit.probe_at is None or circuit.probe_at > self._scope.clock.now():
            return False
        target = await self._scope.store.collection(TargetDocument).find(target_id)
        if target is None or target.archived_at is not None or not target.active or target.paused is not None:
            collection = self._scope.store.collection(CircuitDocument)
            await collection.try_update({"id": target_id}, Change(set={"probe_at": None}))
            return False
        try:
            trial = await self._circuits.enter(target)
        except CircuitOpen:
            await self._circuits.put_off_probe(target)
            return False
        try:
            test = await ConnectionTester(self._scope).test(target_id)
        except DomainError as error:
            # Settings that cannot be used say nothing about the target, nor do connections that are all in use.
            log.warning("probe_failed", target_id=target_id, code=error.code)
            await self._circuits.give_back(target_id, trial)
            await self._circuits.put_off_probe(target)
            return False
        except BaseException:
            await self._circuits.give_back(target_id, trial)
            raise
        if test.succeeded:
            await self._circuits.succeed(target_id, trial)
            return True
        failure = delivery_error(ErrorCategory.NETWORK_CONNECTIVITY, test.code or "", test.message, retryable=True)
        await self._circuits.fail(target, trial, failure)
        return False
