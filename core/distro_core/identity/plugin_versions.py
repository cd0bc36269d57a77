"""Of which versions the things are that a tenant keeps of its plugins."""

from __future__ import annotations

from distro_sdk.models.base import Model


class FailedMigration(Model):
    """`plugin_version`: of the plugin that could not bring over what is kept; `message`: why."""

    plugin_version: str
    message: str


class PluginVersions(Model):
    """The versions of a plugin's configuration and documents; `failed`: why they are not the plugin's own."""

    configuration: int = 1
    documents: int = 1
    failed: FailedMigration | None = None
