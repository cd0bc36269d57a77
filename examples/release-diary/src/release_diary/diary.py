"""The diary: one page for each release, and a cover that says whether it is open."""

from __future__ import annotations

from distro_sdk.errors import DomainError
from distro_sdk.models.catalogue import Release
from distro_sdk.plugin import PluginContext

COVER = "diary"


class Diary:
    """The diary of one tenant."""

    def __init__(self, context: PluginContext) -> None:
        self._covers = context.collection("covers")
        self._pages = context.collection("pages")

    async def open(self) -> None:
        """Begin, or begin again."""
        await self._covers.put(COVER, {"open": True})

    async def close(self) -> None:
        """Write the last word."""
        await self._covers.put(COVER, {"open": False})

    async def note(self, release: Release, mood: str | None = None) -> None:
        """Count a release, and how it sounds; tries again where another worker was faster."""
        while True:
            page = await self._pages.get(release.id)
            times, revision = (page.content["times"], page.revision) if page else (0, 0)
            try:
                content = {"title": release.title, "times": times + 1} | ({"mood": mood} if mood else {})
                await self._pages.put(release.id, content, revision=revision)
                return
            except DomainError as error:
                if error.code != "REVISION_CONFLICT":
                    raise
