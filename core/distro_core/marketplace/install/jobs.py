"""Jobs that install, upgrade and uninstall plugins: asked for, run by a worker, taken up again after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import structlog

from distro_core.broadcast import Broadcast
from distro_core.marketplace.install.desk import Desk
from distro_core.marketplace.install.documents import JobError, JobKind, JobStatus, JobStep, PluginJobDocument
from distro_core.marketplace.install.installation import Installation
from distro_core.marketplace.install.uninstallation import Uninstallation
from distro_core.marketplace.rules import OperatorRules
from distro_core.queue.port import TaskQueue
from distro_core.store.collection import Change, Order, Page, not_found
from distro_core.store.documents import new_id
from distro_sdk.errors import DomainError

log = structlog.get_logger("distro.marketplace")

TASK: Final = "plugin_job"
LEASE: Final = timedelta(seconds=60)
"""After which a silent worker's job is taken over; a worker renews it all the time."""

MOST_ATTEMPTS: Final = 5


class LeaseLost(Exception):
    """Another worker has taken this job over."""


class PluginJobs:
    """The jobs of the deployment. Who may ask for one is decided before; what the operator allows is decided here."""

    def __init__(self, desk: Desk, queue: TaskQueue, broadcast: Broadcast) -> None:
        self._desk = desk
        self._queue = queue
        self._broadcast = broadcast
        self._jobs = desk.control.collection(PluginJobDocument)

    async def install(
        self, plugin: str, *, tenant_id: str, by: str, version: str | None = None, dry_run: bool = False
    ) -> PluginJobDocument:
        """Ask for a plugin, or for another version of an installed one; workers do the rest.

        `tenant_id`, `by`: on whose behalf and by whom; `version`: None for the newest that fits. Raises
        MARKETPLACE_READ_ONLY, PLUGIN_BLOCKED, PLUGIN_LOCKED, NOT_FOUND, PLUGIN_VERSION_UNKNOWN, PLUGIN_YANKED,
        PLUGIN_REQUIREMENTS_NOT_MET, LICENSE_REQUIRED or PLUGIN_JOB_RUNNING; what is found later stands in the job.
        """
        OperatorRules(self._desk.settings).check_install(plugin)
        offered = (await self._desk.registries.catalogue()).offer(plugin).choose(version)
        await self._desk.licenses.require_license(plugin, offered.license_model, tenant_id)
        installed = (await self._desk.plugin_set.read()).plugins
        kind = JobKind.UPGRADE if plugin in installed else JobKind.INSTALL
        return await self._create(
            PluginJobDocument(
                kind=kind, plugin_id=plugin, tenant_id=tenant_id, requested_version=version, dry_run=dry_run
            ),
            by,
        )

    async def uninstall(
        self, plugin: str, *, tenant_id: str, by: str, purge: bool = False, force: bool = False, dry_run: bool = False
    ) -> PluginJobDocument:
        """Ask for a plugin to go.

        `purge`: with everything it has stored; `force`: though tenants have it switched on. Raises
        MARKETPLACE_READ_ONLY, PLUGIN_LOCKED, PLUGIN_NOT_INSTALLED or PLUGIN_JOB_RUNNING.
        """
        OperatorRules(self._desk.settings).check_change(plugin)
        if plugin not in (await self._desk.plugin_set.read()).plugins:
            raise DomainError("PLUGIN_NOT_INSTALLED", f"plugin {plugin} was not installed from a registry", ("id",))
        return await self._create(
            PluginJobDocument(
                kind=JobKind.UNINSTALL,
                plugin_id=plugin,
                tenant_id=tenant_id,
                purge=purge,
                force=force,
                dry_run=dry_run,
            ),
            by,
        )

    async def get(self, job_id: str, tenant_id: str) -> PluginJobDocument:
        """A job that was asked for on a tenant's behalf; raises NOT_FOUND."""
        job = await self._jobs.find_one({"id": job_id, "tenant_id": tenant_id})
        if job is None:
            raise not_found(PluginJobDocument, job_id)
        return job

    async def page(self, tenant_id: str, first: int = 50, after: str | None = None) -> Page[PluginJobDocument]:
        """`first` jobs of a tenant, the newest first."""
        return await self._jobs.page({"tenant_id": tenant_id}, order=Order(descending=True), first=first, after=after)

    def listen(self, job_id: str) -> contextlib.AbstractAsyncContextManager[AsyncIterator[Mapping[str, Any]]]:
        """What is told of a job from now on: {"status", "step", "progress", …}; read the job once it is entered."""
        return self._broadcast.listen(_channel(job_id))

    async def run(self, job_id: str) -> None:
        """Do what is not done yet; another worker's job, or one that has ended, is left alone. Raises NOT_FOUND."""
        job = await self._take(job_id)
        if job is None:
            await self._jobs.get(job_id)
            return
        try:
            async with self._holding(job):
                await self._work(job)
        except LeaseLost:
            log.warning("plugin_job_taken_over", job_id=job_id)
        except asyncio.CancelledError:
            # The worker is stopping: another need not wait until the lease runs out.
            await asyncio.shield(self._give_back(job))
            raise

    async def wake_stale(self) -> int:
        """Ask a worker for every job that waits or whose worker fell silent; returns how many."""
        now = self._desk.clock.now()
        stale = {"open": True, "$or": [{"leased_until": None}, {"leased_until": {"$lt": now}}]}
        found = await self._jobs.list(stale)
        return sum([await self._enqueue(job.id) for job in found])

    async def _work(self, job: PluginJobDocument) -> None:
        async def report(fields: Mapping[str, object]) -> None:
            await self._write(job, dict(fields))

        with tempfile.TemporaryDirectory(prefix="stardust-distro-plugin-") as folder:
            task: Installation | Uninstallation
            if job.kind is JobKind.UNINSTALL:
                task = Uninstallation(self._desk, job, report)
            else:
                task = Installation(self._desk, job, Path(folder), report)
            try:
                if job.attempts > MOST_ATTEMPTS:
                    raise DomainError("PLUGIN_JOB_STALLED", f"given up after {MOST_ATTEMPTS} attempts")
                if not await self._is_done(job):
                    await self._run_steps(job, task)
            except DomainError as error:
                log.warning("plugin_job_failed", job_id=job.id, plugin=job.plugin_id, code=error.code)
                await task.clean_up()
                await self._finish(job, JobStatus.FAILED, JobError(code=error.code, message=error.message))
                return
            if job.dry_run:
                await task.clean_up()
            await self._finish(job, JobStatus.COMPLETED, None)

    async def _run_steps(self, job: PluginJobDocument, task: Installation | Uninstallation) -> None:
        done: list[JobStep] = []
        for step, run in task.steps.items():
            await self._write(job, {"step": step, "done": tuple(done)})
            await run()
            done.append(step)
        await self._write(job, {"done": tuple(done)})

    async def _is_done(self, job: PluginJobDocument) -> bool:
        """Whether an earlier attempt installed the plugin and died before it could say so."""
        if job.kind is JobKind.UNINSTALL or job.sha256 is None:
            return False
        present = (await self._desk.plugin_set.read()).plugins.get(job.plugin_id)
        done = present is not None and present.sha256 == job.sha256
        if done and not job.dry_run:
            await self._desk.installed.sync(self._desk.runtimes)
            if job.replaces is not None:
                await self._desk.artefacts.remove(job.replaces)
            return True
        return False

    async def _create(self, job: PluginJobDocument, by: str) -> PluginJobDocument:
        stored = await self._jobs.insert(job, by=by)
        await self._enqueue(stored.id)
        return stored

    async def _enqueue(self, job_id: str) -> bool:
        return await self._queue.enqueue(TASK, {"job_id": job_id}, key=f"{TASK}:{job_id}")

    async def _take(self, job_id: str) -> PluginJobDocument | None:
        now = self._desk.clock.now()
        free = {"id": job_id, "open": True, "$or": [{"leased_until": None}, {"leased_until": {"$lt": now}}]}
        taken = {"status": JobStatus.RUNNING, "holder": new_id(), "leased_until": now + LEASE}
        job = await self._jobs.try_update(free, Change(set=taken, increment={"attempts": 1}))
        if job is not None and job.started_at is None:
            return await self._write(job, {"started_at": now})
        return job

    @asynccontextmanager
    async def _holding(self, job: PluginJobDocument) -> AsyncIterator[None]:
        """Renew the lease while this is entered; raises `LeaseLost` when it was lost."""
        owner = asyncio.current_task()
        assert owner is not None
        lost = False

        async def renew() -> None:
            nonlocal lost
            while True:
                await asyncio.sleep(LEASE.total_seconds() / 4)
                try:
                    await self._write(job, {})
                except LeaseLost:
                    lost = True
                    owner.cancel()
                    return

        renewing = asyncio.create_task(renew(), name="renew the lease of a plugin job")
        try:
            yield
        except asyncio.CancelledError:
            if not lost:
                raise
            owner.uncancel()
            raise LeaseLost from None
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _write(self, job: PluginJobDocument, fields: Mapping[str, Any]) -> PluginJobDocument:
        renewed = {**fields, "leased_until": self._desk.clock.now() + LEASE}
        mine = {"id": job.id, "holder": job.holder, "open": True}
        written = await self._jobs.try_update(mine, Change(set=renewed))
        if written is None:
            raise LeaseLost
        if fields:
            await self._tell(written)
        return written

    async def _finish(self, job: PluginJobDocument, status: JobStatus, error: JobError | None) -> None:
        closed = {
            "status": status,
            "error": error,
            "open": False,
            "finished_at": self._desk.clock.now(),
            "leased_until": None,
            "holder": None,
        }
        mine = {"id": job.id, "holder": job.holder, "open": True}
        written = await self._jobs.try_update(mine, Change(set=closed))
        if written is not None:
            await self._tell(written)

    async def _give_back(self, job: PluginJobDocument) -> None:
        mine = {"id": job.id, "holder": job.holder, "open": True}
        free = {"holder": None, "leased_until": None}
        await self._jobs.try_update(mine, Change(set=free, increment={"attempts": -1}))

    async def _tell(self, job: PluginJobDocument) -> None:
        told = job.model_dump(mode="json", include=set(TOLD))
        await self._broadcast.publish(_channel(job.id), told)


TOLD: Final = ("id", "plugin_id", "kind", "status", "step", "done", "progress", "size", "error", "needs_restart")


def _channel(job_id: str) -> str:
    return f"plugin_jobs:{job_id}"
