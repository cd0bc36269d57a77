"""`license add|list|remove`: the licences that a tenant of this installation holds, on the operator's behalf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from distro_api.cli.plugin_market import TenantOption, find_owner, run_on_platform
from distro_sdk.licensing import LONGEST_LICENSE
from distro_sdk.projects.telling import JsonOption, telling

if TYPE_CHECKING:
    from distro_core.licensing.service import TenantLicense
    from distro_core.platform import Platform

BY = "cli"
"""Who enters licences here, as the tenant sees it."""

PluginOption = Annotated[str, typer.Option(help="Id of the plugin.")]


def add(
    *,
    license: Annotated[
        typer.FileBinaryRead, typer.Argument(metavar="FILE", help="File with the licence; - for stdin.")
    ],
    plugin: PluginOption,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enter a licence for a tenant, in place of the one that it has for the plugin. It is verified first."""
    # What is longer is refused for that, and what is no text for being no licence.
    text = license.read(LONGEST_LICENSE * 2).decode("utf-8", "replace")

    async def enter(platform: Platform) -> dict[str, Any]:
        owner = await find_owner(platform, tenant)
        return _told(await platform.marketplace.licensing.add(owner.id, plugin, text, by=BY))

    with telling(as_json) as teller:
        entered = run_on_platform(enter)
        teller.result(entered, [_line(entered)])


def list_licenses(*, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List the licences that a tenant holds, and how each stands now; their texts are never told."""

    async def find(platform: Platform) -> list[dict[str, Any]]:
        owner = await find_owner(platform, tenant)
        return list(map(_told, await platform.marketplace.licensing.list(owner.id)))

    with telling(as_json) as teller:
        held = run_on_platform(find)
        teller.result({"licenses": held}, [*map(_line, held), f"{len(held)} held"])


def remove(*, plugin: PluginOption, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Give up a tenant's licence for a plugin. Deliveries that began with it end with it."""

    async def give_up(platform: Platform) -> None:
        owner = await find_owner(platform, tenant)
        await platform.marketplace.licensing.remove(owner.id, plugin)

    with telling(as_json) as teller:
        run_on_platform(give_up)
        teller.result({"plugin": plugin, "removed": True}, [f"{plugin}: licence removed"])


def _told(license: TenantLicense) -> dict[str, Any]:
    held = license.held
    return {
        "plugin": license.plugin,
        "state": license.state.value,
        "license_id": held.license_id,
        "features": list(held.features),
        "expires_at": None if held.expires_at is None else held.expires_at.isoformat(),
        "grace_until": None if held.grace_until is None else held.grace_until.isoformat(),
        "reason": held.reason,
    }


def _line(told: dict[str, Any]) -> str:
    ends = f"until {told['expires_at']}" if told["expires_at"] else "without an end"
    features = f"with {', '.join(told['features'])}" if told["features"] else None
    return " ".join(filter(None, (told["plugin"], told["state"], ends, features, told["reason"])))
