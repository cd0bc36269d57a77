"""What a caller may do: one table of permissions, one of roles.

A permission is checked at the API's fields, before a service runs; services trust that it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from distro_core.identity.documents import Role
from distro_sdk.errors import DomainError
from distro_sdk.permissions import BuiltInRole, PluginPermission


class Permission(StrEnum):
    """Everything that can be allowed; the value is how it is written in API keys and in the schema."""

    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    DELIVERY_READ = "delivery:read"
    DELIVERY_WRITE = "delivery:write"
    TARGET_MANAGE = "target:manage"
    TENANT_MANAGE = "tenant:manage"
    USER_MANAGE = "user:manage"
    API_KEY_MANAGE = "api_key:manage"
    PLUGIN_MANAGE = "plugin:manage"
    PLUGIN_INSTALL = "plugin:install"
    PLUGIN_PUBLISH = "plugin:publish"
    PLUGIN_REVIEW = "plugin:review"
    SALE_MANAGE = "sale:manage"


DESCRIPTIONS: Mapping[Permission, str] = {
    Permission.CATALOGUE_READ: "See releases, tracks, parties, assets and imports; validate messages.",
    Permission.CATALOGUE_WRITE: "Create, change and delete releases, tracks, parties and assets; upload and import.",
    Permission.DELIVERY_READ: (
        "See targets without secrets, deliveries, logs, receipts and notifications; preview messages."
    ),
    Permission.DELIVERY_WRITE: "Deliver releases, and retry or cancel deliveries.",
    Permission.TARGET_MANAGE: "Create, change, delete and test targets, set their credentials, and describe platforms.",
    Permission.TENANT_MANAGE: "Change the tenant's own data.",
    Permission.USER_MANAGE: "See the tenant's users, add and remove them and change their roles.",
    Permission.API_KEY_MANAGE: "See, create and revoke the tenant's API keys.",
    Permission.PLUGIN_MANAGE: "Look into the marketplace; enable, configure and disable plugins for the tenant.",
    Permission.PLUGIN_INSTALL: "Install, upgrade and uninstall plugins for the whole platform.",
    Permission.PLUGIN_PUBLISH: "Publish plugins as a developer, and see what they earn.",
    Permission.PLUGIN_REVIEW: "Review plugins that developers submit, for the registry of the whole platform.",
    Permission.SALE_MANAGE: "Record sales and refunds of plugins, and see the ledger.",
}

OPERATOR_PERMISSIONS: frozenset[Permission] = frozenset(
    {Permission.PLUGIN_INSTALL, Permission.PLUGIN_REVIEW, Permission.SALE_MANAGE}
)
"""What concerns all tenants: no role gives it, only that somebody operates the platform."""

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission) - OPERATOR_PERMISSIONS,
    Role.MANAGER: frozenset(
        {
            Permission.CATALOGUE_READ,
            Permission.CATALOGUE_WRITE,
            Permission.DELIVERY_READ,
            Permission.DELIVERY_WRITE,
        }
    ),
    Role.VIEWER: frozenset({Permission.CATALOGUE_READ}),
}
"""Rows USR-02 (admin: all of its tenant), USR-03 (manager: catalogue and delivery), USR-04 (viewer: reads the
catalogue)."""


OF_PLUGINS = "."
"""Stands in the names of permissions that plugins declare, and in none of the platform's."""


def parse_permissions(names: Iterable[str], of_plugins: Collection[str] = ()) -> frozenset[str]:
    """The permissions of those names; raises PERMISSION_UNKNOWN that names the first unknown one and its place.

    `of_plugins`: those that the tenant's plugins declare.
    """
    known = {*Permission, *of_plugins}
    found = set()
    for index, name in enumerate(names):
        if name not in known:
            message = f"there is no permission {name}; known are {', '.join(sorted(known))}"
            raise DomainError("PERMISSION_UNKNOWN", message, ("permissions", index))
        found.add(name)
    return frozenset(found)


def split_permissions(names: Iterable[str]) -> tuple[frozenset[Permission], frozenset[str]]:
    """What of stored names is the platform's, and what plugins declare, whether they are there or not."""
    of_plugins = frozenset(name for name in names if OF_PLUGINS in name)
    return frozenset(Permission(name) for name in names if name not in of_plugins), of_plugins


def held_permissions(
    role: Role | None, given: frozenset[str], declared: Mapping[str, PluginPermission]
) -> frozenset[str]:
    """What somebody may do with plugins. `role`: of a user, None for an API key, which has what it was `given`.

    `declared`: by name, what the plugins declare that the tenant has now; nothing else counts.
    """
    if role is None:
        return given & declared.keys()
    if role is Role.ADMIN:
        return frozenset(declared)
    return frozenset(name for name, permission in declared.items() if BuiltInRole(role) in permission.roles)
