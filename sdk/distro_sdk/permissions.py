"""Permissions that a plugin declares for its own GraphQL fields.

A name begins with the plugin's namespace, which is its id with `_` for `-`, and a dot: `analytics_enhanced.read`. The
platform's own permissions have a colon, so that no plugin can declare one of them or make one wider.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from distro_sdk.models.base import Model

MOST_PERMISSIONS: Final = 20
"""Permissions that one plugin may declare."""


class BuiltInRole(StrEnum):
    """What a user of a tenant is (rows USR-02 to USR-04)."""

    ADMIN = "admin"
    MANAGER = "manager"
    VIEWER = "viewer"


class PluginPermission(Model):
    """Something that can be allowed. `roles`: which have it beside admins, who have everything of their tenant."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}\.[a-z][a-z0-9_]{0,40}$")]
    description: Annotated[str, Field(min_length=1, max_length=300)]
    roles: frozenset[BuiltInRole] = frozenset()


def permission_prefix(plugin: str) -> str:
    """How the names of a plugin's permissions begin; no id has a `_`, so that no two plugins share a beginning."""
    return f"{plugin.replace('-', '_')}."
