"""Remembers for a moment what checks found: however often somebody asks, what they look at is not asked more often."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from distro_core.clock import Clock
from distro_core.plugins.health.findings import Finding, ask_check
from distro_core.plugins.port import TenantPlugins
from distro_core.plugins.runtime import RuntimeHolder
from distro_sdk.health import CheckResult, CheckStatus, HealthCheck

FRESH: Final = timedelta(seconds=15)
"""For how long what was found counts."""

MOST_REMEMBERED: Final = 1000

Ask = Callable[[], Awaitable[CheckResult]]


class HealthBoard:
    """What the checks of a process's plugins found, of late. `runtimes`: whose plugins are asked."""

    def __init__(self, runtimes: RuntimeHolder, clock: Clock) -> None:
        self._runtimes = runtimes
        self._clock = clock
        self._asked: OrderedDict[str, asyncio.Task[Finding]] = OrderedDict()
        self._known: dict[str, Finding] = {}

    async def of_process(self, patience: float) -> Sequence[Finding]:
        """What the operator is told of all plugins that take part.

        Waits for critical checks alone, and `patience` seconds at most: a check that hangs must not make the process
        look hung. Of the others the last word counts, and what has never been heard is left out. A critical check that
        gives no answer is down.
        """
        runtime = self._runtimes.current
        checks = runtime.registries.health_checks.offered_by(runtime.loaded)
        asking = {key: self._asking(key, key, check, _alone(key, check)) for key, check in checks.items()}
        if critical := [task for key, task in asking.items() if self._is_critical(key, checks[key])]:
            await asyncio.wait(critical, timeout=patience)
        heard = [self._heard(key, checks[key], task, patience) for key, task in asking.items()]
        return [finding for finding in heard if finding is not None]

    async def of_tenant(self, tenant_id: str, plugins: TenantPlugins, plugin: str) -> Sequence[Finding]:
        """What the checks of a plugin find for a tenant that has switched it on."""
        asking = [
            self._asking(f"{tenant_id} {key}", key, check, partial(plugins.check_health, key))
            for key, check in plugins.health_checks.items()
            if key.partition("/")[0] == plugin
        ]
        return [await asyncio.shield(task) for task in asking]

    def _asking(self, name: str, key: str, check: HealthCheck, ask: Ask) -> asyncio.Task[Finding]:
        """The answer of a check that is being asked, or was asked a moment ago."""
        task = self._asked.get(name)
        if task is not None and (not task.done() or self._clock.now() - task.result().at < FRESH):
            return task
        self._asked[name] = task = asyncio.create_task(self._answer(name, key, check, ask), name=f"check {key}")
        self._asked.move_to_end(name)
        while len(self._asked) > MOST_REMEMBERED:
            forgotten, _ = self._asked.popitem(last=False)
            self._known.pop(forgotten, None)
        return task

    async def _answer(self, name: str, key: str, check: HealthCheck, ask: Ask) -> Finding:
        finding = self._known[name] = self._finding(key, check, await ask())
        return finding

    def _heard(self, key: str, check: HealthCheck, task: asyncio.Task[Finding], patience: float) -> Finding | None:
        if task.done():
            return task.result()
        if self._is_critical(key, check):
            silent = CheckResult(CheckStatus.DOWN, f"no answer within {patience:g} seconds")
            return self._finding(key, check, silent)
        return self._known.get(key)

    def _finding(self, key: str, check: HealthCheck, result: CheckResult) -> Finding:
        plugin, _, name = key.partition("/")
        return Finding(plugin, name, check.title, self._is_critical(key, check), result, self._clock.now())

    def _is_critical(self, key: str, check: HealthCheck) -> bool:
        """Whether the process is not ready while a check is down: of a stranger's plugin never."""
        found = self._runtimes.current.found.get(key.partition("/")[0])
        return check.critical and found is not None and found.built_in


def _alone(key: str, check: HealthCheck) -> Ask:
    return partial(ask_check, key.partition("/")[0], check, None)
