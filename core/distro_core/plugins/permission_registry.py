"""The permissions that plugins declare: each under the plugin's own prefix, so that none stands for another."""

from __future__ import annotations

from collections.abc import Iterable

from distro_core.identity.permissions import Permission
from distro_core.plugins.offers import Registry
from distro_sdk.errors import PluginError
from distro_sdk.graphql import GraphQLApi
from distro_sdk.permissions import MOST_PERMISSIONS, PluginPermission, permission_prefix


class PermissionRegistry(Registry[PluginPermission]):
    """By name."""

    def __init__(self) -> None:
        super().__init__("permission", "name", PluginPermission)

    def add(self, plugin: str, offered: PluginPermission) -> None:
        """Take a permission; raises `PluginError` for a name that is not the plugin's own or is declared twice."""
        if not isinstance(offered, PluginPermission):
            raise PluginError(plugin, f"its permission is {type(offered).__name__}, not PluginPermission")
        prefix = permission_prefix(plugin)
        if not offered.name.startswith(prefix):
            raise PluginError(plugin, f"its permission {offered.name} does not begin with {prefix}")
        if len(self.keys_of(plugin)) >= MOST_PERMISSIONS:
            raise PluginError(plugin, f"it declares more than {MOST_PERMISSIONS} permissions")
        super().add(plugin, offered)

    def empty(self) -> PermissionRegistry:
        """A registry of this kind without anything."""
        return PermissionRegistry()


def check_demands(plugin: str, apis: Iterable[GraphQLApi], declared: Iterable[str]) -> None:
    """Refuse fields that demand what neither the platform nor the plugin itself declares; raises `PluginError`."""
    known = {*Permission, *declared}
    for api in apis:
        for field in (*api.queries, *api.mutations):
            if field.permission not in known:
                message = f"its GraphQL API: {field.name} needs the permission {field.permission!r}, which there is not"
                raise PluginError(plugin, message)
