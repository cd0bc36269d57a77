"""`plugin search|install|remove|list|enable|disable`: plugins of this installation, on the operator's behalf."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from distro_sdk.errors import DomainError
from distro_sdk.manifest import LicenseModel, PluginCategory, PluginSource
from distro_sdk.projects.telling import REFUSED, JsonOption, Teller, telling

if TYPE_CHECKING:
    from distro_core.identity.documents import TenantDocument
    from distro_core.marketplace.install.documents import PluginJobDocument
    from distro_core.marketplace.registry.offers import Offer
    from distro_core.platform import Platform
    from distro_core.plugins.enablement import PluginService, PluginState

R = TypeVar("R")

PluginArgument = Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's id.")]
PluginsArgument = Annotated[list[str], typer.Argument(metavar="PLUGIN...", help="The plugins' ids.")]
TenantOption = Annotated[str | None, typer.Option(help="Key of the tenant; default: the only one.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Try everything and change nothing.")]

LOOK_EACH = 0.5
"""Seconds between two looks at a job that another worker has taken."""


def search(
    query: Annotated[str, typer.Argument(help="Words that must all occur.")] = "",
    *,
    category: Annotated[PluginCategory | None, typer.Option(help="What it is for.")] = None,
    author: Annotated[str | None, typer.Option(help="Id or name of its publisher.")] = None,
    license: Annotated[LicenseModel | None, typer.Option(help="What it costs.")] = None,
    source: Annotated[PluginSource | None, typer.Option(help="Who stands behind it.")] = None,
    compatible: Annotated[bool | None, typer.Option(help="Only what this platform can use, or cannot.")] = None,
    first: Annotated[int, typer.Option(min=1, max=100, help="Results to show.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Search the registries of DISTRO_REGISTRIES."""
    from distro_core.marketplace.registry.search import Search

    async def find(platform: Platform) -> tuple[list[dict[str, Any]], int, dict[str, str]]:
        catalogue = await platform.marketplace.registries.catalogue(fresh=True)
        plugins = platform.runtimes.current.versions
        wanted = Search(query, category, author, license, source, compatible, plugins)
        page = catalogue.index.find(wanted, first=first)
        return [_offered(offer, plugins) for offer in page.offers], page.total, dict(catalogue.faults)

    with telling(as_json) as teller:
        offers, total, faults = run_on_platform(find)
        for registry, fault in faults.items():
            teller.progress(f"registry {registry} says nothing: {fault}")
        lines = [f"{offer['id']} {offer['version']} ({offer['license']}) - {offer['description']}" for offer in offers]
        teller.result({"plugins": offers, "total": total, "faults": faults}, [*lines, f"{total} found"])


def install(
    plugins: PluginsArgument,
    *,
    version: Annotated[str | None, typer.Option(help="The version of the one; default: the newest that fits.")] = None,
    tenant: TenantOption = None,
    enable: Annotated[bool, typer.Option("--enable", help="Switch each on for the tenant afterwards.")] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Install plugins of registries, or other versions of installed ones. Tenants enable them afterwards."""
    if version is not None and len(plugins) > 1:
        raise typer.BadParameter("--version is that of one plugin, these are several")

    async def switch_on(platform: Platform, plugin: str) -> None:
        owner = await find_owner(platform, tenant)
        await (await _plugins_of(platform, owner)).enable(plugin)

    async def ask(platform: Platform, plugin: str) -> PluginJobDocument:
        owner = await find_owner(platform, tenant)
        return await platform.marketplace.jobs.install(
            plugin, tenant_id=owner.id, by="cli", version=version, dry_run=dry_run
        )

    _follow(plugins, ask, as_json, switch_on if enable and not dry_run else None)


def remove(
    plugins: PluginsArgument,
    *,
    purge: Annotated[bool, typer.Option("--purge", help="With everything that they have stored.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Though tenants have them enabled.")] = False,
    tenant: TenantOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Uninstall plugins. Their data stay for the next time, unless they are purged."""

    async def ask(platform: Platform, plugin: str) -> PluginJobDocument:
        owner = await find_owner(platform, tenant)
        return await platform.marketplace.jobs.uninstall(
            plugin, tenant_id=owner.id, by="cli", purge=purge, force=force, dry_run=dry_run
        )

    _follow(plugins, ask, as_json)


def list_plugins(
    *,
    tenant: TenantOption = None,
    built_in: Annotated[
        bool, typer.Option(help="Those that come with the platform, too; faulty ones are always listed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the installed plugins and how each stands with a tenant."""

    async def find(platform: Platform) -> list[dict[str, Any]]:
        service = await _plugins_of(platform, await find_owner(platform, tenant))
        return [_state(it) for it in await service.list() if built_in or not it.built_in or it.fault is not None]

    with telling(as_json) as teller:
        plugins = run_on_platform(find)
        lines = [
            " ".join(filter(None, (each["id"], each["version"], each["status"], each["fault"] or each["revoked"])))
            for each in plugins
        ]
        teller.result({"plugins": plugins}, [*lines, f"{len(plugins)} installed"])


def enable(plugin: PluginArgument, *, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Switch a plugin on for a tenant."""
    _switch(tenant, as_json, lambda service: service.enable(plugin))


def disable(plugin: PluginArgument, *, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Switch a plugin off for a tenant. Its configuration and its data stay."""
    _switch(tenant, as_json, lambda service: service.disable(plugin))


def _switch(tenant: str | None, as_json: bool, switch: Callable[[PluginService], Awaitable[PluginState]]) -> None:
    async def work(platform: Platform) -> tuple[PluginState, str]:
        owner = await find_owner(platform, tenant)
        return await switch(await _plugins_of(platform, owner)), owner.key

    with telling(as_json) as teller:
        state, key = run_on_platform(work)
        teller.result({**_state(state), "tenant": key}, [f"{state.id} is {state.status.value} for {key}"])


def _follow(
    plugins: Sequence[str],
    ask: Callable[[Platform, str], Awaitable[PluginJobDocument]],
    as_json: bool,
    then: Callable[[Platform, str], Awaitable[None]] | None = None,
) -> None:
    """Ask for a job for each plugin, do it here unless a worker is faster, and tell how it goes.

    `then`: what follows each that succeeds. Ends with exit code 1 at the first that fails.
    """
    with telling(as_json) as teller:

        async def work(platform: Platform) -> list[PluginJobDocument]:
            jobs: list[PluginJobDocument] = []
            for plugin in plugins:
                jobs.append(await _worked(platform, await ask(platform, plugin), teller))
                if jobs[-1].error is not None:
                    break
                if then is not None:
                    await then(platform, plugin)
            return jobs

        jobs = run_on_platform(work)
        teller.results(list(map(_told, jobs)))
        if (error := jobs[-1].error) is not None:
            typer.echo(f"error: {error.code}: {error.message}", err=True)
            raise typer.Exit(REFUSED)


def _told(job: PluginJobDocument) -> tuple[dict[str, Any], list[str]]:
    done = " (dry run)" if job.dry_run else ""
    lines = [f"{job.plugin_id} {job.version or ''}: {job.kind.value} {job.status.value}{done}", *job.notes]
    if job.needs_restart:
        lines.append("processes that use it end what is under way and begin anew")
    return job.model_dump(mode="json", exclude={"holder", "leased_until", "revision"}), lines


async def _worked(platform: Platform, job: PluginJobDocument, teller: Teller) -> PluginJobDocument:
    jobs = platform.marketplace.jobs
    async with jobs.listen(job.id) as told:

        async def tell() -> None:
            step = None
            async for message in told:
                if message.get("step") != step and message.get("step") is not None:
                    step = message["step"]
                    teller.progress(f"{job.plugin_id}: {step}")

        telling_steps = asyncio.create_task(tell())
        try:
            await jobs.run(job.id)
            while (current := await jobs.get(job.id, job.tenant_id)).open:  # noqa: ASYNC110 (a worker elsewhere has it)
                await asyncio.sleep(LOOK_EACH)
        finally:
            telling_steps.cancel()
            await asyncio.gather(telling_steps, return_exceptions=True)
    return current


async def find_owner(platform: Platform, key: str | None) -> TenantDocument:
    """The tenant of a key, or the only one there is; raises NOT_FOUND or TENANT_UNCLEAR."""
    from distro_api.cli.people import find_tenant

    if key is not None:
        return await find_tenant(platform, key)
    tenants = await platform.tenants()
    if len(tenants) != 1:
        raise _unclear(len(tenants))
    return tenants[0]


def _unclear(tenants: int) -> DomainError:
    advice = "name one with --tenant" if tenants else "make one with `stardust-distro tenant create KEY NAME`"
    return DomainError("TENANT_UNCLEAR", f"there are {tenants} tenants: {advice}", ("tenant",))


async def _plugins_of(platform: Platform, tenant: TenantDocument) -> PluginService:
    from distro_core.plugins.enablement import PluginService
    from distro_core.scope import SYSTEM_ACTOR

    scope = await platform.scope(tenant.id, SYSTEM_ACTOR)
    return PluginService(scope, platform.control, platform.runtimes)


def run_on_platform(work: Callable[[Platform], Awaitable[R]]) -> R:
    """Work on the platform of the current settings, with its log on standard error."""
    from distro_api.cli.message import log_to_stderr
    from distro_core.platform import open_platform
    from distro_core.settings import Settings

    log_to_stderr()

    async def run() -> R:
        async with open_platform(Settings()) as platform:
            return await work(platform)

    return asyncio.run(run())


def _offered(offer: Offer, plugins: Mapping[str, str]) -> dict[str, Any]:
    shown = offer.shown
    return {
        "id": offer.entry.id,
        "name": offer.entry.name,
        "description": offer.entry.description,
        "publisher": offer.publisher.name,
        "category": offer.entry.category.value,
        "version": None if shown is None else shown.version,
        "license": None if shown is None else shown.license_model.value,
        "price": None if shown is None or shown.price is None else shown.price.model_dump(),
        "problems": list(offer.problems_beside(plugins)),
    }


def _state(state: PluginState) -> dict[str, Any]:
    return {
        "id": state.id,
        "version": None if state.manifest is None else state.manifest.version,
        "status": state.status.value,
        "built_in": state.built_in,
        "fault": state.fault,
        "revoked": state.revoked,
    }
