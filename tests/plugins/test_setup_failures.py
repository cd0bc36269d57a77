"""Why a plugin cannot be set up, in kind: what programs decide by, beside the words for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.plugins.discovery import FoundPlugin, refuse_taken_ids, refuse_unmet
from distro_core.plugins.enablement import PluginService, PluginStatus
from distro_core.plugins.runtime import RuntimeHolder, build_runtime
from distro_core.scope import SYSTEM_ACTOR
from distro_sdk.errors import DomainError, SetupFailure
from distro_sdk.manifest import ConfigurationModel
from tests.plugins.sample_plugins import Carrier, RivalCarrier, Witness, installed, manifest


def raising(error: BaseException) -> Callable[[], Any]:
    def import_class() -> Any:
        raise error

    return import_class


class Choosy(Witness):
    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings)
        raise ValueError("never right")


class Sleepy(Witness):
    async def startup(self) -> None:
        raise OSError("no")


@pytest.mark.parametrize(
    ("plugin", "failure"),
    [
        (installed(Witness, imports=raising(ImportError("no feathers"))), SetupFailure.IMPORT),
        (installed(Witness, hooks=()), SetupFailure.CONTRACT),
        (installed(Choosy), SetupFailure.SETTINGS),
        (installed(Sleepy), SetupFailure.STARTUP),
        (
            replace(installed(Witness), manifest=None, fault="unreadable", failure=SetupFailure.MANIFEST),
            SetupFailure.MANIFEST,
        ),
    ],
)
async def test_each_fault_has_its_kind(plugin: FoundPlugin, failure: SetupFailure) -> None:
    runtime = await build_runtime({"witness"}, find=lambda: (plugin,))

    assert dict(runtime.failures) == {"witness": failure}
    assert list(runtime.faults) == ["witness"]


async def test_what_is_not_there_and_what_is_taken_is_told_apart() -> None:
    both: Sequence[FoundPlugin] = (installed(Carrier), installed(RivalCarrier))
    runtime = await build_runtime({"carrier", "rival-carrier", "nobody"}, find=lambda: both)

    assert dict(runtime.failures) == {"rival-carrier": SetupFailure.KEY_TAKEN, "nobody": SetupFailure.MISSING}
    twice = refuse_taken_ids([installed(Carrier), installed(Carrier)])
    assert [plugin.failure for plugin in twice] == [None, SetupFailure.ID_TAKEN]
    wanting = replace(installed(Carrier), manifest=manifest("carrier").model_copy(update={"requires": {"gone": ">=1"}}))
    judged = refuse_unmet([wanting])
    assert [plugin.failure for plugin in judged] == [SetupFailure.REQUIREMENTS]
    # What was missing has come from elsewhere.
    gone = replace(installed(Witness), id="gone", manifest=manifest("gone"))
    assert [plugin.fault for plugin in refuse_unmet([*judged, gone])] == [None, None]


async def test_a_class_that_configures_something_else_than_its_manifest_says_is_refused() -> None:
    told = manifest("carrier", ["register_transports"]).model_copy(
        update={"configuration": ConfigurationModel(model="pigeons:Loft")}
    )
    runtime = await build_runtime({"carrier"}, find=lambda: (replace(installed(Carrier), manifest=told),))

    assert dict(runtime.faults) == {"carrier": "its class does not configure what plugin.json says"}


@pytest.mark.proves("PLG-05")
async def test_a_plugin_is_enabled_only_beside_those_that_it_needs(
    platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    needs = manifest("witness", installed(Witness).manifest.hooks).model_copy(update={"requires": {"carrier": ">=1"}})  # type: ignore[union-attr]
    found = (replace(installed(Witness), manifest=needs), installed(Carrier))
    runtimes = RuntimeHolder(await build_runtime(find=lambda: found), find=lambda: found)
    scope = await platform.scope(tenant_a.id, SYSTEM_ACTOR)
    plugins = PluginService(scope, platform.control, runtimes)

    with pytest.raises(DomainError, match="requirements not met: plugin carrier is not enabled") as refused:
        await plugins.enable("witness")
    assert refused.value.code == "PLUGIN_REQUIREMENTS_NOT_MET"
    assert (await plugins.get("witness")).status is PluginStatus.AVAILABLE
    await plugins.enable("carrier")

    assert (await plugins.enable("witness")).status is PluginStatus.ENABLED
    others = PluginService(await platform.scope(tenant_b.id, SYSTEM_ACTOR), platform.control, runtimes)
    assert (await others.get("witness")).status is PluginStatus.AVAILABLE
    await runtimes.close()


async def test_a_plugin_for_one_tenant_serves_no_second_one(
    platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    single = manifest("carrier", ["register_transports"]).model_copy(update={"multi_tenant": False})
    found = (replace(installed(Carrier), manifest=single),)
    runtimes = RuntimeHolder(await build_runtime(find=lambda: found), find=lambda: found)
    first, second = [
        PluginService(await platform.scope(tenant.id, SYSTEM_ACTOR), platform.control, runtimes)
        for tenant in (tenant_a, tenant_b)
    ]
    await first.enable("carrier")
    await first.enable("carrier")

    with pytest.raises(DomainError) as refused:
        await second.enable("carrier")

    assert refused.value.code == "PLUGIN_SINGLE_TENANT"
    assert (await second.get("carrier")).status is PluginStatus.AVAILABLE
    await first.disable("carrier")
    assert (await second.enable("carrier")).status is PluginStatus.ENABLED
    await runtimes.close()
