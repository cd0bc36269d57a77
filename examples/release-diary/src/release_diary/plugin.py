"""The plugin: what it does when something happens."""

from __future__ import annotations

from typing import ClassVar

from distro_sdk.models.catalogue import Release
from distro_sdk.plugin import Plugin, PluginContext
from release_diary.diary import Diary


class ReleaseDiaryPlugin(Plugin):
    """Counts for each release how often it was stored, in a collection of its own."""

    id: ClassVar[str] = "release-diary"

    async def installed(self, context: PluginContext, previous: str | None) -> None:
        """Open the diary, unless an earlier version did."""
        if previous is None:
            await Diary(context).open()

    async def after_release(self, context: PluginContext, release: Release) -> None:
        """Note a release as it was stored."""
        await Diary(context).note(release)

    async def uninstalling(self, context: PluginContext, purge: bool) -> None:
        """Close the diary where it stays."""
        if not purge:
            await Diary(context).close()
