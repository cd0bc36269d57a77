"""The plugin: what it does when something happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from distro_sdk.graphql import GraphQLApi
from distro_sdk.models.catalogue import Release
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.ui import UISlot
from release_diary.diary import Diary
from release_diary.remarks import API, PLUGIN, SLOTS, remark_on


class ReleaseDiaryPlugin(Plugin):
    """Counts for each release how often it was stored, in a collection of its own, beside the label's remarks on it."""

    id: ClassVar[str] = PLUGIN

    def register_graphql(self) -> Sequence[GraphQLApi]:
        """Return the fields that releases have more."""
        return (API,)

    def register_ui_slots(self) -> Sequence[UISlot]:
        """Return where interfaces show them and ask for them."""
        return SLOTS

    async def installed(self, context: PluginContext, previous: str | None) -> None:
        """Open the diary, unless an earlier version did."""
        if previous is None:
            await Diary(context).open()

    async def after_release(self, context: PluginContext, release: Release) -> None:
        """Note a release as it was stored."""
        await Diary(context).note(release, remark_on(release).mood)

    async def uninstalling(self, context: PluginContext, purge: bool) -> None:
        """Close the diary where it stays."""
        if not purge:
            await Diary(context).close()
