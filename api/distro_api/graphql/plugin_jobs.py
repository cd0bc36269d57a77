"""Installing, upgrading and uninstalling plugins: jobs that are asked for and watched (rows API-28 and API-29)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry

from distro_api.graphql.connections import DEFAULT_PAGE, After, Connection, First, connection
from distro_api.graphql.errors import Payload
from distro_api.graphql.fields import Info, mutation, query, subscription
from distro_api.graphql.live import follow_plugin_job
from distro_core.identity.permissions import Permission
from distro_core.marketplace.install.documents import JobKind, JobStatus, JobStep, PluginJobDocument
from distro_core.marketplace.install.jobs import PluginJobs
from distro_sdk.errors import DomainError

strawberry.enum(JobKind, name="PluginJobKind", description="What a job does.", graphql_name_from="value")
strawberry.enum(JobStatus, name="PluginJobStatus", description="How far a job has come.", graphql_name_from="value")
strawberry.enum(JobStep, name="PluginJobStep", description="A step of a job.", graphql_name_from="value")


@strawberry.type(description="Why a job failed.")
class PluginJobError:
    """Why a job failed."""

    code: str = strawberry.field(description="Stable code.")
    message: str = strawberry.field(description="One sentence for people.")


@strawberry.type(description="An installation, upgrade or uninstallation of a plugin.")
class PluginJob:
    """An installation, upgrade or uninstallation."""

    id: strawberry.ID = strawberry.field(description="The job's own id; not a global id.")
    kind: JobKind = strawberry.field(description="What it does.")
    plugin_id: strawberry.ID = strawberry.field(description="The plugin's own id.")
    version: str | None = strawberry.field(description="The version that it is about, once that is known.")
    dry_run: bool = strawberry.field(description="Whether everything is checked and nothing changed.")
    purge: bool = strawberry.field(description="Whether what the plugin has stored is removed, too.")
    force: bool = strawberry.field(description="Whether it goes though tenants have it switched on.")
    status: JobStatus = strawberry.field(description="How far it has come.")
    step: JobStep | None = strawberry.field(description="What is being done, or was done last.")
    done: list[JobStep] = strawberry.field(description="The steps that are behind it.")
    progress: int = strawberry.field(description="Bytes that were downloaded.")
    size: int | None = strawberry.field(description="Bytes to download, once that is known.")
    error: PluginJobError | None = strawberry.field(description="Why it failed.")
    needs_restart: bool = strawberry.field(description="Whether processes begin anew before it has its full effect.")
    notes: list[str] = strawberry.field(description="What people should know of it.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")


@strawberry.input(description="Which plugin to install.")
class PluginInstallInput:
    """Which plugin to install."""

    id: strawberry.ID = strawberry.field(description="The plugin's own id.")
    version: str | None = strawberry.field(default=None, description="Left out: the newest that fits this platform.")
    dry_run: bool = strawberry.field(default=False, description="Check everything and change nothing.")


@strawberry.input(description="Which installed plugin to upgrade.")
class PluginUpgradeInput:
    """Which installed plugin to upgrade."""

    id: strawberry.ID = strawberry.field(description="The plugin's own id.")
    version: str | None = strawberry.field(default=None, description="Left out: the newest that fits this platform.")
    dry_run: bool = strawberry.field(default=False, description="Check everything and change nothing.")


@strawberry.input(description="Which plugin to uninstall.")
class PluginUninstallInput:
    """Which plugin to uninstall."""

    id: strawberry.ID = strawberry.field(description="The plugin's own id.")
    purge: bool = strawberry.field(default=False, description="Remove what it has stored, too, for all tenants.")
    force: bool = strawberry.field(default=False, description="Though tenants have it switched on.")
    dry_run: bool = strawberry.field(default=False, description="Check everything and change nothing.")


@strawberry.type(description="What pluginInstall answers.")
class PluginInstallPayload(Payload):
    """What pluginInstall answers."""

    job: PluginJobDocument | None = strawberry.field(
        default=None, graphql_type=PluginJob | None, description="The job, which a worker does."
    )


@strawberry.type(description="What pluginUpgrade answers.")
class PluginUpgradePayload(Payload):
    """What pluginUpgrade answers."""

    job: PluginJobDocument | None = strawberry.field(
        default=None, graphql_type=PluginJob | None, description="The job, which a worker does."
    )


@strawberry.type(description="What pluginUninstall answers.")
class PluginUninstallPayload(Payload):
    """What pluginUninstall answers."""

    job: PluginJobDocument | None = strawberry.field(
        default=None, graphql_type=PluginJob | None, description="The job, which a worker does."
    )


JobId = Annotated[strawberry.ID, strawberry.argument(description="The job's own id.")]


@strawberry.type
class PluginJobQueries:
    """Fields of Query."""

    @query(Permission.PLUGIN_INSTALL, "One job that your tenant asked for.", returns=PluginJob)
    @staticmethod
    async def plugin_job(info: Info, id: JobId) -> PluginJobDocument:
        """One job."""
        return await _jobs(info).get(id, info.context.caller.tenant_id)

    @query(Permission.PLUGIN_INSTALL, "Jobs of your tenant, the newest first.", returns=Connection[PluginJob])
    @staticmethod
    async def plugin_jobs(
        info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[PluginJobDocument]:
        """Jobs, the newest first."""
        return connection(await _jobs(info).page(info.context.caller.tenant_id, first, after))


@strawberry.type
class PluginJobMutations:
    """Fields of Mutation."""

    @mutation(
        Permission.PLUGIN_INSTALL,
        PluginInstallPayload,
        "Install a plugin for the whole platform; tenants switch it on with pluginEnable. Watch pluginJobProgress.",
    )
    @staticmethod
    async def plugin_install(info: Info, input: PluginInstallInput) -> PluginInstallPayload:
        """Install a plugin."""
        return PluginInstallPayload(job=await _install(info, input))

    @mutation(
        Permission.PLUGIN_INSTALL,
        PluginUpgradePayload,
        "Put another version in the place of an installed one. Watch pluginJobProgress.",
    )
    @staticmethod
    async def plugin_upgrade(info: Info, input: PluginUpgradeInput) -> PluginUpgradePayload:
        """Upgrade a plugin."""
        if input.id not in (await info.context.state.platform.marketplace.plugin_set.read()).plugins:
            raise DomainError("PLUGIN_NOT_INSTALLED", f"plugin {input.id} was not installed from a registry", ("id",))
        return PluginUpgradePayload(job=await _install(info, input))

    @mutation(
        Permission.PLUGIN_INSTALL,
        PluginUninstallPayload,
        "Uninstall a plugin from the whole platform. Watch pluginJobProgress.",
    )
    @staticmethod
    async def plugin_uninstall(info: Info, input: PluginUninstallInput) -> PluginUninstallPayload:
        """Uninstall a plugin."""
        caller = info.context.caller
        job = await _jobs(info).uninstall(
            input.id,
            tenant_id=caller.tenant_id,
            by=caller.actor,
            purge=input.purge,
            force=input.force,
            dry_run=input.dry_run,
        )
        return PluginUninstallPayload(job=job)


@strawberry.type
class PluginJobSubscriptions:
    """Fields of Subscription."""

    @subscription(Permission.PLUGIN_INSTALL, "A job as it is, then as it goes on; ends with it.", returns=PluginJob)
    @staticmethod
    async def plugin_job_progress(info: Info, id: JobId) -> AsyncGenerator[PluginJobDocument, None]:
        """A job, live."""
        async for job in follow_plugin_job(_jobs(info), id, info.context.caller.tenant_id):
            yield job


def _jobs(info: Info) -> PluginJobs:
    return info.context.state.platform.marketplace.jobs


async def _install(info: Info, input: PluginInstallInput | PluginUpgradeInput) -> PluginJobDocument:
    caller = info.context.caller
    return await _jobs(info).install(
        input.id, tenant_id=caller.tenant_id, by=caller.actor, version=input.version, dry_run=input.dry_run
    )
