"""How that does what plugins need."""

from __future__ import annotations

from datetime import datetime

import strawberry

from distro_api.graphql.fields import Info, derived
from distro_core.plugins.enablement import PluginState
from distro_core.plugins.health.findings import Finding
from distro_sdk.health import CheckStatus


@strawberry.type(description="How something does that a plugin needs, such as a server.")
class PluginHealthCheck:
    """How something does that a plugin needs."""

    name: str = strawberry.field(description="Its name among those of the plugin.")
    title: str = strawberry.field(description="What is looked at, for people.")
    status: CheckStatus = derived(lambda finding: finding.result.status, "What was found.")
    detail: str = derived(lambda finding: finding.result.detail, "The same in a sentence.")
    critical: bool = strawberry.field(description="Whether the platform's processes are not ready while it is down.")
    checked_at: datetime = derived(lambda finding: finding.at, "When it was looked at, a few seconds ago at most.")


async def health_of(root: strawberry.Parent[PluginState], info: Info) -> list[Finding]:
    """What the checks of a plugin find for the tenant."""
    scope = await info.context.scope()
    return list(await info.context.state.health.of_tenant(scope.tenant_id, scope.plugins, root.id))
