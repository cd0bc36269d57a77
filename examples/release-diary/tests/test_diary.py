"""The diary counts, and is opened and closed."""

from __future__ import annotations

import asyncio

from release_diary import ReleaseDiaryPlugin

from distro_sdk.models.catalogue import Release
from distro_sdk.testing.collections import context_in_memory

RELEASE = Release(id="R1", title="Night Drive")


async def test_every_time_a_release_is_stored_counts() -> None:
    plugin, context = ReleaseDiaryPlugin(), context_in_memory("release-diary")

    await asyncio.gather(*(plugin.after_release(context, RELEASE) for _ in range(5)))

    page = await context.collection("pages").get("R1")
    assert page is not None
    assert page.content == {"title": "Night Drive", "times": 5}


async def test_a_page_tells_what_the_label_remarks_on_the_release() -> None:
    plugin, context = ReleaseDiaryPlugin(), context_in_memory("release-diary")

    await plugin.after_release(context, RELEASE.model_copy(update={"extensions": {"release-diary": {"mood": "calm"}}}))

    page = await context.collection("pages").get("R1")
    assert page is not None
    assert page.content == {"title": "Night Drive", "times": 1, "mood": "calm"}


async def test_the_diary_is_open_until_the_plugin_goes() -> None:
    plugin, context = ReleaseDiaryPlugin(), context_in_memory("release-diary")

    await plugin.installed(context, None)
    opened = await context.collection("covers").list()
    await plugin.uninstalling(context, False)
    closed = await context.collection("covers").list()

    assert [cover.content for cover in (*opened, *closed)] == [{"open": True}, {"open": False}]
