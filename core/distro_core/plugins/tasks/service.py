"""Runs the tasks of one tenant's plugins, each due moment once, whichever worker it is.

What is due stands in MongoDB: a worker claims a task by one atomic update, and moves it on to its next moment when the
run has ended. Should the worker die in between, the claim ends by itself and the same moment is run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from distro_core.identity.documents import TenantDocument
from distro_core.plugins.circuits import RESTS
from distro_core.plugins.dispatcher import describe
from distro_core.plugins.tasks.documents import PluginTaskDocument, TaskOutcome
from distro_core.plugins.tasks.registry import task_key
from distro_core.plugins.tasks.times import describe_timing, due_after, settle_timing
from distro_core.plugins.watch import Outcome
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_core.store.stores import ControlStore
from distro_sdk.errors import DomainError
from distro_sdk.plugin import FEATURE_REQUIRED
from distro_sdk.tasks import PluginTask, TaskRun

log = structlog.get_logger("distro.plugins")

PERIODIC_TASK: Final = "plugin-task"
"""How the queue calls the running of a task."""

GRACE: Final = timedelta(seconds=30)
"""How much longer than its timeout a run is left alone, and for how long one waits whose plugin rests."""

LONGEST_FAILURE: Final = 500


@dataclass(frozen=True)
class TaskState:
    """A task as admins see it. `document`: None until a worker has seen it for the first time."""

    task: PluginTask
    timing: str
    document: PluginTaskDocument | None


class PluginTaskService:
    """The tasks of the plugins that one tenant has switched on."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._tasks = scope.store.collection(PluginTaskDocument)

    async def wake_due(self) -> int:
        """Ask for all tasks that are due and that nobody runs; how many. Takes note of those that are new."""
        if not self._scope.plugins.tasks:
            return 0
        now, woken = self._scope.clock.now(), 0
        for key, document in (await self._noted(now)).items():
            if document.next_run_at <= now and (document.claimed_until is None or document.claimed_until <= now):
                await self._ask(key)
                woken += 1
        return woken

    async def run(self, key: str) -> bool:
        """Run a task if it is due and nobody else does; whether it was run."""
        task = self._scope.plugins.tasks.get(key)
        if task is None:
            return False
        claimed = await self._claim(key, task)
        if claimed is None:
            return False
        try:
            run = TaskRun(due_at=claimed.next_run_at, now=self._scope.clock.now())
            plugin = claimed.plugin_id
            outcome = await self._scope.plugins.run(plugin, f"task {task.name}", task.run, run, seconds=task.timeout)
        except asyncio.CancelledError:
            # The worker stops: another one is to run it at once.
            await self._release(claimed, None)
            raise
        await self._end(claimed, outcome)
        return True

    async def list(self, plugin_id: str) -> Sequence[TaskState]:
        """The tasks of a plugin that the tenant has switched on, in the plugin's order."""
        own = {key: task for key, task in self._scope.plugins.tasks.items() if key == task_key(plugin_id, task.name)}
        documents = await self._tasks.list({"plugin_id": plugin_id}) if own else []
        known = {document.task: document for document in documents}
        return [TaskState(task, self._timing(key), known.get(key)) for key, task in own.items()]

    async def run_soon(self, plugin_id: str, name: str) -> TaskState:
        """Let a task be due now; does nothing to one that runs. Raises NOT_FOUND."""
        key = task_key(plugin_id, name)
        if key not in self._scope.plugins.tasks:
            raise DomainError("NOT_FOUND", f"plugin {plugin_id} has no task {name}", ("task",))
        now = self._scope.clock.now()
        await self._noted(now)
        where = {"task": key, "next_run_at": {"$gt": now}, "holder": None}
        await self._tasks.try_update(where, Change(set={"next_run_at": now}))
        await self._ask(key)
        return next(state for state in await self.list(plugin_id) if state.task.name == name)

    async def _noted(self, now: datetime) -> Mapping[str, PluginTaskDocument]:
        """What is stored of the tasks, each with its next moment by the timing that it has now."""
        offered = self._scope.plugins.tasks
        stored = {document.task: document for document in await self._tasks.list({"task": {"$in": list(offered)}})}
        noted = {}
        for key in offered:
            document = stored.get(key) or await self._note(key, now)
            if document is not None:
                noted[key] = await self._adapted(document, now)
        return noted

    async def _note(self, key: str, now: datetime) -> PluginTaskDocument | None:
        draft = PluginTaskDocument(
            plugin_id=key.partition("/")[0],
            task=key,
            timing=self._timing(key),
            counted_from=now,
            next_run_at=self._due_after(key, now, now),
        )
        try:
            return await self._tasks.insert(draft)
        except DomainError as error:
            if error.code != "ALREADY_EXISTS":
                raise
            return await self._tasks.find_one({"task": key})

    async def _adapted(self, document: PluginTaskDocument, now: datetime) -> PluginTaskDocument:
        """The task after its timing has changed; what is due already stays due."""
        timing = self._timing(document.task)
        if document.timing == timing:
            return document
        change: dict[str, Any] = {"timing": timing}
        if document.next_run_at > now:
            change |= {"counted_from": now, "next_run_at": self._due_after(document.task, now, now)}
        where = {"id": document.id, "timing": document.timing, "next_run_at": document.next_run_at}
        return await self._tasks.try_update(where, Change(set=change)) or document

    async def _claim(self, key: str, task: PluginTask) -> PluginTaskDocument | None:
        now = self._scope.clock.now()
        free = [{"claimed_until": None}, {"claimed_until": {"$lte": now}}]
        until = now + timedelta(seconds=task.timeout) + GRACE
        claim = {"holder": new_id(), "claimed_until": until, "last_started_at": now}
        return await self._tasks.try_update({"task": key, "next_run_at": {"$lte": now}, "$or": free}, Change(set=claim))

    async def _end(self, claimed: PluginTaskDocument, outcome: Outcome) -> None:
        """Write down what became of a run, and when the next one is due."""
        error, now = outcome.error, self._scope.clock.now()
        if isinstance(error, DomainError) and error.code == RESTS:
            await self._release(claimed, now + GRACE)
            return
        lacking = isinstance(error, DomainError) and error.code == FEATURE_REQUIRED
        failed = error is not None and not lacking
        if failed:
            log.error("plugin_task_failed", task=claimed.task, tenant_id=self._scope.tenant_id, error=describe(error))
        ended = TaskOutcome.FAILED if failed else TaskOutcome.SKIPPED if lacking else TaskOutcome.SUCCEEDED
        change = {
            "holder": None,
            "claimed_until": None,
            "last_ended_at": now,
            "outcome": ended,
            "failure": "" if error is None else describe(error)[:LONGEST_FAILURE],
            "failures": claimed.failures + 1 if failed else 0,
            "next_run_at": self._due_after(claimed.task, max(now, claimed.next_run_at), claimed.counted_from),
        }
        await self._tasks.try_update({"id": claimed.id, "holder": claimed.holder}, Change(set=change))

    async def _release(self, claimed: PluginTaskDocument, until: datetime | None) -> None:
        change = Change(set={"holder": None, "claimed_until": until})
        await self._tasks.try_update({"id": claimed.id, "holder": claimed.holder}, change)

    async def _ask(self, key: str) -> None:
        payload = {"tenant_id": self._scope.tenant_id, "task": key}
        await self._scope.queue.enqueue(PERIODIC_TASK, payload, key=f"{PERIODIC_TASK}:{self._scope.tenant_id}:{key}")

    def _timing(self, key: str) -> str:
        return describe_timing(settle_timing(self._scope.plugins.tasks[key].timing, self._configuration(key)))

    def _due_after(self, key: str, moment: datetime, since: datetime) -> datetime:
        task = self._scope.plugins.tasks[key]
        return due_after(settle_timing(task.timing, self._configuration(key)), moment, since)

    def _configuration(self, key: str) -> Mapping[str, Any]:
        return self._scope.plugins.configuration_of(key.partition("/")[0])


async def forget_tasks(control: ControlStore, plugin_id: str) -> None:
    """Forget what is known of an uninstalled plugin's tasks, in every tenant; again changes nothing."""
    raw = control.collection(TenantDocument).raw.find({}, {"key": 1})
    for tenant in await raw.to_list(length=None):
        tasks = control.tenant(tenant["_id"], tenant["key"]).collection(PluginTaskDocument)
        await tasks.raw.delete_many({"plugin_id": plugin_id})
