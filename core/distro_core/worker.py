"""A worker: runs the tasks of all tenants, tells events, and sweeps up what was forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from distro_core.delivery.batches import DELIVER_TASK
from distro_core.delivery.engine import deliver
from distro_core.delivery.limits.probes import PROBE_TASK, Prober
from distro_core.delivery.limits.sessions import SessionPool
from distro_core.delivery.requests.bulk import BULK_TASK, BulkService
from distro_core.delivery.requests.schedules import SCHEDULE_TASK, ScheduleService
from distro_core.delivery.status.acknowledgements import acknowledgements
from distro_core.delivery.status.settling import ACKNOWLEDGE_TASK, STATUS_TASK
from distro_core.delivery.sweeper import sweep_until
from distro_core.imports.service import TASK as IMPORT_TASK
from distro_core.imports.service import ImportService
from distro_core.logs import bind_log_context
from distro_core.marketplace.install.jobs import TASK as PLUGIN_TASK
from distro_core.marketplace.watching import watch_registries_until
from distro_core.memory import bound_memory
from distro_core.notifications.channels.sending import NOTICE_TASK, NoticeService
from distro_core.platform import Platform
from distro_core.platforms.housekeeping import keep_house_until
from distro_core.platforms.polling import platform_statuses
from distro_core.plugins.tasks.service import PERIODIC_TASK, PluginTaskService
from distro_core.queue.arq_queue import run_tasks
from distro_core.queue.port import TaskHandler
from distro_core.scope import SYSTEM_ACTOR
from distro_core.store.outbox import OutboxRelay

log = structlog.get_logger(__name__)


async def run_worker(platform: Platform, stop: asyncio.Event) -> None:
    """Work until `stop` is set. Any number of workers may run, in any number of processes and machines.

    Tasks that run when `stop` is set get some seconds to end; then they give back what they hold, and another worker
    goes on with it.
    """
    bound_memory()
    settings = platform.settings
    sessions = SessionPool(settings.session_idle)
    platform = replace(platform, sessions=sessions)
    log.info("worker starts", concurrency=settings.worker_concurrency)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(OutboxRelay(platform).run(stop, interval=settings.outbox_interval))
            tasks.create_task(sweep_until(platform, stop))
            tasks.create_task(keep_house_until(platform, stop))
            tasks.create_task(watch_registries_until(platform, stop))
            tasks.create_task(run_tasks(platform.redis_url, task_handlers(platform), settings.worker_concurrency, stop))
    finally:
        await sessions.close()
    log.info("worker has stopped")


def task_handlers(platform: Platform) -> Mapping[str, TaskHandler]:
    """What a worker does for each kind of task."""

    async def run_delivery(payload: Mapping[str, Any]) -> None:
        with bind_log_context(tenant_id=payload["tenant_id"]):
            await deliver(platform, payload["tenant_id"], payload["batch_id"])

    async def run_acknowledgements(payload: Mapping[str, Any]) -> None:
        with bind_log_context(tenant_id=payload["tenant_id"]):
            await acknowledgements(platform, payload["tenant_id"], payload["target_id"])

    async def run_platform_statuses(payload: Mapping[str, Any]) -> None:
        with bind_log_context(tenant_id=payload["tenant_id"]):
            await platform_statuses(platform, payload["tenant_id"], payload["target_id"])

    async def run_import(payload: Mapping[str, Any]) -> None:
        with bind_log_context(tenant_id=payload["tenant_id"]):
            scope = await platform.scope(payload["tenant_id"], SYSTEM_ACTOR)
            await ImportService(scope).run(payload["import_id"])

    async def run_schedule(payload: Mapping[str, Any]) -> None:
        with bind_log_context(tenant_id=payload["tenant_id"]):
            scope = await platform.scope(payload["tenant_id"], SYSTEM_ACTOR)
            await ScheduleService(scope).run(payload["schedule_id"])

    async def run_probe(payload: Mapping[str, Any]) -> None:
        with bind_log_context(tenant_id=payload["tenant_id"]):
            await Prober(await platform.scope(payload["tenant_id"], SYSTEM_ACTOR)).probe(payload["target_id"])

    async def run_plugin_job(payload: Mapping[str, Any]) -> None:
        await platform.marketplace.jobs.run(payload["job_id"])

    async def run_bulk(payload: Mapping[str, Any]) -> None:
        with bind_log_context(tenant_id=payload["tenant_id"]):
            scope = await platform.scope(payload["tenant_id"], SYSTEM_ACTOR)
            await BulkService(scope).work(payload["bulk_id"])

    return {
        PLUGIN_TASK: run_plugin_job,
        DELIVER_TASK: run_delivery,
        ACKNOWLEDGE_TASK: run_acknowledgements,
        IMPORT_TASK: run_import,
        PROBE_TASK: run_probe,
        SCHEDULE_TASK: run_schedule,
        STATUS_TASK: run_platform_statuses,
        BULK_TASK: run_bulk,
        **_handlers_of_plugins(platform),
    }


def _handlers_of_plugins(platform: Platform) -> Mapping[str, TaskHandler]:
    """What a worker does on behalf of plugins."""

    async def run_task_of_plugin(payload: Mapping[str, Any]) -> None:
        with bind_log_context(tenant_id=payload["tenant_id"]):
            scope = await platform.scope(payload["tenant_id"], SYSTEM_ACTOR)
            await PluginTaskService(scope).run(payload["task"])

    async def send_notice(payload: Mapping[str, Any]) -> None:
        with bind_log_context(tenant_id=payload["tenant_id"]):
            scope = await platform.scope(payload["tenant_id"], SYSTEM_ACTOR)
            await NoticeService(scope, platform.control).send(payload["dispatch_id"])

    return {PERIODIC_TASK: run_task_of_plugin, NOTICE_TASK: send_notice}
