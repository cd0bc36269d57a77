"""The set of installed plugins: what fits beside the others, and writes that never lose each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from distro_core.marketplace.install.documents import MOST_INSTALLED, InstalledPlugin, PluginSetDocument
from distro_core.marketplace.install.plugin_set import CHANNEL, PluginSet, check_dependents, check_place
from distro_core.platform import Platform
from distro_sdk.errors import DomainError
from distro_sdk.manifest import LicenseModel, PluginManifest
from tests.marketplace.market import manifest_of


def plugin(id: str, version: str = "1.0.0", **fields: Any) -> InstalledPlugin:
    requires = fields.pop("requires", {})
    return InstalledPlugin(
        **{
            "id": id,
            "version": version,
            "sha256": f"{id}-{version}",
            "size": 1,
            "distribution": id,
            "entry": "package:Owl",
            "manifest": PluginManifest.model_validate(manifest_of(id, version, requires=requires)),
            "top_levels": (id.replace("-", "_"),),
            "license_model": LicenseModel.FREE,
            "registry": "owls",
            "publisher": "owls",
            "installed_at": datetime.now(UTC),
            "installed_by": "somebody",
            **fields,
        }
    )


@pytest.fixture
async def plugin_set(platform: Platform) -> AsyncIterator[PluginSet]:
    yield PluginSet(platform.control, platform.broadcast)
    await platform.control.collection(PluginSetDocument).raw.delete_many({})


@pytest.mark.parametrize(
    ("newcomer", "code"),
    [
        (plugin("barn-owl", top_levels=("night_owl",)), "PLUGIN_SHADOWS_MODULE"),
        (plugin("barn-owl", top_levels=("Night_Owl",)), "PLUGIN_SHADOWS_MODULE"),
        (plugin("barn-owl", offers={"transports": ("post",)}), "PLUGIN_KEY_TAKEN"),
        (plugin("barn-owl", requires={"night-owl": ">=2"}), "PLUGIN_REQUIREMENTS_NOT_MET"),
        (plugin("base", "2.0.0"), "PLUGIN_IN_USE"),
    ],
)
def test_what_does_not_fit_beside_the_others_is_refused(newcomer: InstalledPlugin, code: str) -> None:
    present = {
        "base": plugin("base"),
        "night-owl": plugin("night-owl", offers={"transports": ("post",)}, requires={"base": "<2"}),
    }

    with pytest.raises(DomainError) as refused:
        check_place(newcomer, present)

    assert refused.value.code == code


def test_one_key_of_two_kinds_and_another_version_of_itself_are_fine() -> None:
    present = {"night-owl": plugin("night-owl", offers={"transports": ("post",)})}

    check_place(plugin("barn-owl", offers={"platforms": ("post",)}), present)
    check_place(plugin("night-owl", "1.1.0", offers={"transports": ("post",)}), present)
    check_dependents("night-owl", present)


def test_there_is_an_end_to_how_many_are_installed() -> None:
    present = {f"owl-{number}": plugin(f"owl-{number}") for number in range(MOST_INSTALLED)}

    check_place(plugin("owl-1", "2.0.0"), present)
    with pytest.raises(DomainError) as refused:
        check_place(plugin("one-more"), present)

    assert refused.value.code == "PLUGIN_LIMIT_REACHED"


async def test_no_change_is_lost_and_each_is_told(platform: Platform, plugin_set: PluginSet) -> None:
    async with platform.broadcast.listen(CHANNEL) as told:
        await asyncio.gather(*(plugin_set.put(plugin(f"owl-{number}")) for number in range(8)))
        await asyncio.gather(*(plugin_set.remove(f"owl-{number}") for number in range(4)))

        current = await plugin_set.read()
        assert sorted(current.plugins) == ["owl-4", "owl-5", "owl-6", "owl-7"]
        assert current.generation == 12
        async with asyncio.timeout(60):
            generations = sorted([(await anext(told))["generation"] for _ in range(12)])
        assert generations == list(range(1, 13))


async def test_the_same_change_again_changes_nothing(plugin_set: PluginSet) -> None:
    first = await plugin_set.put(plugin("night-owl"))
    again = await plugin_set.put(plugin("night-owl"))

    assert (again.generation, again.revision) == (first.generation, first.revision)
    assert (await plugin_set.remove("barn-owl")).generation == first.generation
