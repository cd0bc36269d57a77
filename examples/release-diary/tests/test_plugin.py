"""The plugin keeps what its manifest says."""

from __future__ import annotations

import pytest
from release_diary import ReleaseDiaryPlugin

from distro_sdk.plugin import Plugin
from distro_sdk.testing.platform import RunningPlatform
from distro_sdk.testing.plugins import PluginConformance


class TestReleaseDiaryPlugin(PluginConformance):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin]:
        return ReleaseDiaryPlugin


@pytest.mark.hook("installed")
async def test_a_tenant_has_a_diary_and_another_has_none(running_platform: RunningPlatform) -> None:
    release_id = await running_platform.add_release(running_platform.tenant_id, "Night Drive")
    await running_platform.add_release(running_platform.other_tenant_id, "Waterloo")

    pages = await running_platform.collection("pages").list()
    covers = await running_platform.collection("covers").list()

    assert [(page.key, page.content) for page in pages] == [(release_id, {"title": "Night Drive", "times": 1})]
    assert [cover.content for cover in covers] == [{"open": True}]
