"""Whether what a tenant keeps of a plugin has the form that the plugin knows."""

from __future__ import annotations

from distro_core.identity.documents import TenantDocument
from distro_core.identity.plugin_versions import PluginVersions
from distro_sdk.errors import DomainError, SetupFailure
from distro_sdk.migrations import MIGRATION_FAILED, Ladder

DOWNGRADE_REFUSED = "PLUGIN_DOWNGRADE_REFUSED"

MIGRATION_DUE = "PLUGIN_MIGRATION_DUE"

FAILURES = {
    MIGRATION_DUE: SetupFailure.MIGRATION,
    MIGRATION_FAILED: SetupFailure.MIGRATION,
    DOWNGRADE_REFUSED: SetupFailure.DOWNGRADE,
}
"""By code, the kind of fault."""


def kept_versions(tenant: TenantDocument, plugin: str, ladder: Ladder) -> PluginVersions:
    """The versions of what a tenant keeps: 1 where nothing was noted, for that was before versions were."""
    noted = tenant.plugin_versions.get(plugin)
    if noted is not None:
        return noted
    nothing = plugin not in tenant.plugin_configuration and plugin not in tenant.plugin_secrets
    return PluginVersions(configuration=ladder.configuration_version if nothing else 1)


def is_newer(kept: PluginVersions, ladder: Ladder) -> bool:
    """Whether something has a version that the plugin does not know yet."""
    return kept.configuration > ladder.configuration_version or kept.documents > ladder.documents_version


def is_current(kept: PluginVersions, ladder: Ladder) -> bool:
    """Whether everything has the plugin's own version."""
    return (kept.configuration, kept.documents) == (ladder.configuration_version, ladder.documents_version)


def version_fault(tenant: TenantDocument, plugin: str, ladder: Ladder) -> DomainError | None:
    """Why a plugin cannot work with what a tenant keeps.

    PLUGIN_DOWNGRADE_REFUSED, PLUGIN_MIGRATION_FAILED where a step failed, PLUGIN_MIGRATION_DUE where none was taken.
    """
    if not ladder.is_versioned and plugin not in tenant.plugin_versions:
        return None
    kept = kept_versions(tenant, plugin, ladder)
    if is_current(kept, ladder):
        return None
    if is_newer(kept, ladder):
        return downgrade_refused(plugin)
    if kept.failed is None:
        return DomainError(MIGRATION_DUE, f"what is kept of plugin {plugin} was not brought to its version yet")
    message = f"what is kept of plugin {plugin} was not brought to its version: {kept.failed.message}"
    return DomainError(MIGRATION_FAILED, message)


def downgrade_refused(plugin: str) -> DomainError:
    """The error for a plugin that is older than what is kept of it."""
    message = f"what is kept of plugin {plugin} was written by a later version of it; install that one"
    return DomainError(DOWNGRADE_REFUSED, message)
