"""What every tenant has without switching anything on, and loses alone when it switches something off."""

from __future__ import annotations

import pytest

from distro_core.platform import Platform
from distro_core.plugins.port import TenantPlugins
from distro_core.scope import SYSTEM_ACTOR, Scope
from tests.plugins.conftest import PluginsOf


def offered(plugins: TenantPlugins) -> dict[str, set[str]]:
    return {
        "formats": set(plugins.message_builders),
        "validators": {validator.name for validator in plugins.validators},
        "choreographies": set(plugins.choreographies),
        "transports": set(plugins.transports),
    }


@pytest.mark.hook("register_message_builders", "register_validators", "register_choreographies", "register_transports")
async def test_every_tenant_has_what_the_main_job_needs(label_a: Scope, label_b: Scope) -> None:
    for label in (label_a, label_b):
        has = offered(label.plugins)

        assert has["formats"] == {"apple/5.3", "ern/3.8.2", "ern/4.2", "ern/4.3", "ern/4.3.2"}
        assert has["validators"]
        assert has["choreographies"] >= {"batch", "ddex-sftp", "ddex-cloud", "release-by-release", "flat"}
        assert has["transports"] >= {"sftp", "local-folder"}


async def test_a_tenant_that_switches_the_builder_off_is_without_its_builder_and_validators(
    platform: Platform, label_a: Scope, label_b: Scope
) -> None:
    await (await PluginsOf(platform)(label_a.tenant_id)).disable("ern43")

    a = offered((await platform.scope(label_a.tenant_id, SYSTEM_ACTOR)).plugins)
    b = offered((await platform.scope(label_b.tenant_id, SYSTEM_ACTOR)).plugins)

    assert b["formats"] - a["formats"] == {"ern/4.3"}
    assert b["validators"] - a["validators"] == {"ern/4.3 rules"}
    assert a["transports"] == b["transports"]
    assert b == offered(label_b.plugins)


async def test_what_a_tenant_had_when_its_work_began_it_has_until_the_end(platform: Platform, label_a: Scope) -> None:
    await (await PluginsOf(platform)(label_a.tenant_id)).disable("sftp")

    assert "sftp" in label_a.plugins.transports
