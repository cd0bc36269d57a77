"""Enablement: a tenant switches plugins on and off, and what one tenant has is not there for another."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, Field

from distro_core.catalogue.drafts import ReleaseDraft
from distro_core.catalogue.releases import ReleaseService
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_core.store.outbox import OutboxRelay
from distro_sdk.errors import DomainError, DomainErrors
from distro_sdk.models.assets import Asset, AssetKind, FileHashes
from distro_sdk.models.base import Model
from distro_sdk.models.events import PluginEnablementChanged
from distro_sdk.plugin import Plugin
from distro_sdk.testing.deliveries import example_delivery
from distro_sdk.testing.plans import example_plan
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import Carrier, Witness, break_down, installed, reaction, refuse

ASSET = Asset(
    id="a1",
    kind=AssetKind.DOCUMENT,
    file_name="booklet.pdf",
    size=3,
    hashes=FileHashes(md5="0" * 32, sha1="0" * 40, sha256="0" * 64),
)


def witness_of(platform: Platform) -> Witness:
    witness = platform.runtimes.current.loaded["witness"].plugin
    assert isinstance(witness, Witness)
    return witness


async def test_a_tenant_sees_what_is_installed(plugins_of: PluginsOf, tenant_a: TenantDocument) -> None:
    plugins = await (await plugins_of(tenant_a.id)).list()

    states = {plugin.id: (plugin.built_in, plugin.enabled, plugin.fault) for plugin in plugins}
    assert states["sftp"] == (True, True, None)
    assert states["carrier"] == (False, False, None)
    assert [plugin.id for plugin in plugins] == sorted(states)


@pytest.mark.proves("PLG-14", "PLG-15")
async def test_a_plugin_is_there_for_the_tenant_that_switched_it_on_and_for_no_other(
    plugins_of: PluginsOf, samples_platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    state = await (await plugins_of(tenant_a.id)).enable("carrier")

    a = await samples_platform.scope(tenant_a.id, SYSTEM_ACTOR)
    b = await samples_platform.scope(tenant_b.id, SYSTEM_ACTOR)
    assert state.enabled
    assert "pigeon" in a.plugins.transports
    assert "pigeon" not in b.plugins.transports
    assert not (await (await plugins_of(tenant_b.id)).get("carrier")).enabled


@pytest.mark.proves("PLG-15")
@pytest.mark.hook(
    "before_release",
    "after_release",
    "before_asset_process",
    "after_asset_process",
    "prepare_message",
    "before_delivery",
    "on_event",
)
async def test_no_hook_fires_for_a_tenant_that_has_not_switched_the_plugin_on(
    plugins_of: PluginsOf, samples_platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    await (await plugins_of(tenant_a.id)).enable("witness")
    witness = witness_of(samples_platform)
    witness.calls.clear()

    for tenant in (tenant_a, tenant_b):
        scope = await samples_platform.scope(tenant.id, SYSTEM_ACTOR)
        release = await ReleaseService(scope).create(ReleaseDraft(title="Arrival"))
        await scope.plugins.before_asset_process(ASSET)
        await scope.plugins.after_asset_process(ASSET)
        prepared = await scope.plugins.prepare_message(example_plan())
        await scope.plugins.before_delivery(prepared, example_delivery())
        await OutboxRelay(samples_platform).relay_tenant(tenant.id)
        seen = tenant is tenant_a
        assert release.title == ("Arrival, seen" if seen else "Arrival")
        assert prepared.language == ("nb" if seen else "sv")

    assert {tenant_id for _, tenant_id in witness.calls} == {tenant_a.id}
    assert [hook for hook, _ in witness.calls] == [
        "before_release",
        "after_release",
        "before_asset_process",
        "after_asset_process",
        "prepare_message",
        "before_delivery",
        "on_event",
    ]


@pytest.mark.proves("PLG-08")
@pytest.mark.hook("after_release")
async def test_a_plugin_sees_the_release_as_it_was_stored(
    plugins_of: PluginsOf, samples_platform: Platform, tenant_a: TenantDocument
) -> None:
    await (await plugins_of(tenant_a.id)).enable("witness")
    witness = witness_of(samples_platform)
    service = ReleaseService(await samples_platform.scope(tenant_a.id, SYSTEM_ACTOR))

    created = await service.create(ReleaseDraft(title="Arrival"))

    _, stored = witness.seen[-2:]
    assert (stored.id, stored.title) == (created.id, "Arrival, seen")
    assert (await service.get(created.id)).title == "Arrival, seen"


@pytest.mark.hook("tenant_enabled", "tenant_disabled")
async def test_a_plugin_learns_that_a_tenant_has_it_and_that_it_has_no_more(
    plugins_of: PluginsOf, samples_platform: Platform, tenant_a: TenantDocument
) -> None:
    service = await plugins_of(tenant_a.id)

    await service.enable("witness")
    await service.enable("witness")
    await service.disable("witness")
    await service.disable("witness")

    assert witness_of(samples_platform).calls == [
        ("startup", ""),
        ("tenant_enabled", tenant_a.id),
        ("tenant_disabled", tenant_a.id),
    ]


async def test_each_switch_is_told_as_one_event(
    plugins_of: PluginsOf, samples_platform: Platform, tenant_a: TenantDocument
) -> None:
    service = await plugins_of(tenant_a.id)
    await service.enable("witness")
    for _ in range(2):
        await service.enable("carrier")
    for _ in range(2):
        await service.disable("carrier")

    await OutboxRelay(samples_platform).relay_control()

    told = [event for event in witness_of(samples_platform).seen if isinstance(event, PluginEnablementChanged)]
    assert [(event.plugin_id, event.enabled, event.tenant_id) for event in told] == [
        ("witness", True, tenant_a.id),
        ("carrier", True, tenant_a.id),
        ("carrier", False, tenant_a.id),
    ]
    assert len({event.id for event in told}) == 3


async def test_a_built_in_plugin_is_switched_off_and_on_for_one_tenant(
    plugins_of: PluginsOf, samples_platform: Platform, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    service = await plugins_of(tenant_a.id)

    off = await service.disable("sftp")
    a_without = await samples_platform.scope(tenant_a.id, SYSTEM_ACTOR)
    on = await service.enable("sftp")
    a_with = await samples_platform.scope(tenant_a.id, SYSTEM_ACTOR)
    b = await samples_platform.scope(tenant_b.id, SYSTEM_ACTOR)

    assert (off.enabled, on.enabled) == (False, True)
    assert "sftp" not in a_without.plugins.transports
    assert "sftp" in a_with.plugins.transports
    assert "sftp" in b.plugins.transports


async def test_switches_at_the_same_moment_are_all_kept(
    plugins_of: PluginsOf, samples_platform: Platform, tenant_a: TenantDocument
) -> None:
    service = await plugins_of(tenant_a.id)

    await asyncio.gather(
        service.enable("carrier"), service.enable("witness"), service.disable("sftp"), service.disable("genres")
    )

    tenant = await samples_platform.control.collection(TenantDocument).get(tenant_a.id)
    assert set(tenant.enabled_plugins) == {"carrier", "witness"}
    assert set(tenant.disabled_plugins) == {"sftp", "genres"}


async def test_another_process_has_what_this_one_switched_on(
    plugins_of: PluginsOf, settings: Settings, tenant_a: TenantDocument
) -> None:
    async with open_platform(settings, find=lambda: (installed(Carrier),)) as another:
        await (await plugins_of(tenant_a.id)).enable("carrier")

        scope = await another.scope(tenant_a.id, SYSTEM_ACTOR)

        assert list(scope.plugins.transports) == ["pigeon"]


async def test_a_plugin_that_is_not_installed_cannot_be_switched(
    plugins_of: PluginsOf, tenant_a: TenantDocument
) -> None:
    service = await plugins_of(tenant_a.id)

    for attempt in (service.enable, service.disable, service.get):
        with pytest.raises(DomainError) as caught:
            await attempt("nobody")
        assert str(caught.value) == "NOT_FOUND: there is no plugin with id nobody"


async def test_a_plugin_that_cannot_be_loaded_cannot_be_switched_on(
    plugins_of: PluginsOf, samples_platform: Platform, tenant_a: TenantDocument
) -> None:
    service = await plugins_of(tenant_a.id)
    await service.enable("carrier")

    with pytest.raises(DomainError) as caught:
        await service.enable("rival-carrier")

    assert caught.value.code == "PLUGIN_UNUSABLE"
    assert "its transport pigeon is already provided by plugin carrier" in caught.value.message
    tenant = await samples_platform.control.collection(TenantDocument).get(tenant_a.id)
    assert tenant.enabled_plugins == ("carrier",)
    assert (await service.get("rival-carrier")).fault is not None


class Preferences(Model):
    colour: str = Field(pattern="^(grey|brown)$")
    flights: int = 1


class ConfigurableWitness(Witness):
    configuration: ClassVar[type[BaseModel] | None] = Preferences


@pytest.mark.proves("PLG-16")
async def test_a_tenant_configures_a_plugin_for_itself_alone(
    platform: Platform, settings: Settings, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    async with open_platform(settings, find=lambda: (installed(ConfigurableWitness),)) as running:
        services = PluginsOf(running)
        for tenant in (tenant_a, tenant_b):
            await (await services(tenant.id)).enable("witness")

        state = await (await services(tenant_a.id)).configure("witness", {"colour": "grey"})

        witness_of(running).contexts.clear()
        for tenant in (tenant_a, tenant_b):
            await (await running.scope(tenant.id, SYSTEM_ACTOR)).plugins.after_asset_process(ASSET)
        assert state.configurable
        assert state.configuration == {"colour": "grey", "flights": 1}
        assert [(context.tenant_id, dict(context.configuration)) for context in witness_of(running).contexts] == [
            (tenant_a.id, {"colour": "grey", "flights": 1}),
            (tenant_b.id, {}),
        ]


async def test_a_wrong_configuration_is_refused_with_every_fault_and_its_place(
    platform: Platform, settings: Settings, tenant_a: TenantDocument
) -> None:
    async with open_platform(settings, find=lambda: (installed(ConfigurableWitness),)) as running:
        service = await PluginsOf(running)(tenant_a.id)

        with pytest.raises(DomainErrors) as caught:
            await service.configure("witness", {"colour": "pink", "flights": "many"})

        assert [(error.code, error.path) for error in caught.value.errors] == [
            ("PLUGIN_CONFIGURATION_INVALID", ("configuration", "colour")),
            ("PLUGIN_CONFIGURATION_INVALID", ("configuration", "flights")),
        ]
        assert (await service.get("witness")).configuration == {}


async def test_a_plugin_without_configuration_cannot_be_configured(
    plugins_of: PluginsOf, tenant_a: TenantDocument
) -> None:
    with pytest.raises(DomainError) as caught:
        await (await plugins_of(tenant_a.id)).configure("carrier", {"colour": "grey"})

    assert caught.value.code == "PLUGIN_NOT_CONFIGURABLE"


def running_with(settings: Settings, *plugins: type[Plugin]) -> Any:
    return open_platform(settings, find=lambda: tuple(installed(plugin, built_in=True) for plugin in plugins))


@pytest.mark.proves("PLG-07")
@pytest.mark.hook("before_release")
async def test_a_release_that_a_plugin_refuses_is_not_stored(
    platform: Platform, settings: Settings, tenant_a: TenantDocument
) -> None:
    async with running_with(settings, reaction("quiet", "before_release", refuse)) as running:
        service = ReleaseService(await running.scope(tenant_a.id, SYSTEM_ACTOR))

        with pytest.raises(DomainError) as caught:
            await service.create(ReleaseDraft(title="ARRIVAL"))

        assert (caught.value.code, caught.value.path) == ("TITLE_TOO_LOUD", ("title",))
        assert (await service.page()).documents == []


@pytest.mark.proves("PLG-10")
@pytest.mark.hook("before_asset_process")
async def test_a_file_is_refused_with_the_reasons_of_all_plugins(
    platform: Platform, settings: Settings, tenant_a: TenantDocument
) -> None:
    plugins = (
        reaction("first", "before_asset_process", refuse),
        reaction("second", "before_asset_process", break_down),
    )
    async with running_with(settings, *plugins) as running:
        scope = await running.scope(tenant_a.id, SYSTEM_ACTOR)

        with pytest.raises(DomainErrors) as caught:
            await scope.plugins.before_asset_process(ASSET)

        assert [error.code for error in caught.value.errors] == ["TITLE_TOO_LOUD", "PLUGIN_FAILED"]


@pytest.mark.proves("PLG-11")
@pytest.mark.hook("after_asset_process")
async def test_a_plugin_that_fails_to_see_an_asset_stops_nobody(
    plugins_of: PluginsOf, settings: Settings, tenant_a: TenantDocument
) -> None:
    plugins = (reaction("broken", "after_asset_process", break_down), Witness)
    async with running_with(settings, *plugins) as running:
        scope = await running.scope(tenant_a.id, SYSTEM_ACTOR)

        await scope.plugins.after_asset_process(ASSET)

        assert witness_of(running).seen == [ASSET]


@pytest.mark.hook("before_delivery")
async def test_any_plugin_may_stop_a_delivery(platform: Platform, settings: Settings, tenant_a: TenantDocument) -> None:
    async with running_with(settings, reaction("veto", "before_delivery", refuse), Witness) as running:
        scope = await running.scope(tenant_a.id, SYSTEM_ACTOR)

        with pytest.raises(DomainErrors) as caught:
            await scope.plugins.before_delivery(example_plan(), example_delivery())

        assert [error.code for error in caught.value.errors] == ["TITLE_TOO_LOUD"]
        assert len(witness_of(running).seen) == 1


@pytest.mark.hook("prepare_message")
async def test_no_message_goes_on_when_a_plugin_that_amends_it_fails(
    platform: Platform, settings: Settings, tenant_a: TenantDocument
) -> None:
    async with running_with(settings, reaction("amender", "prepare_message", break_down)) as running:
        scope = await running.scope(tenant_a.id, SYSTEM_ACTOR)

        with pytest.raises(DomainError) as caught:
            await scope.plugins.prepare_message(example_plan())

        assert caught.value.code == "PLUGIN_FAILED"
        assert "plugin amender failed in prepare_message" in caught.value.message


@pytest.mark.hook("on_event")
async def test_an_event_is_told_again_when_a_plugin_failed(
    platform: Platform, settings: Settings, tenant_a: TenantDocument
) -> None:
    async with running_with(settings, reaction("broken", "on_event", break_down), Witness) as running:
        scope = await running.scope(tenant_a.id, SYSTEM_ACTOR)
        event = PluginEnablementChanged(
            id="e1", tenant_id=tenant_a.id, at=running.clock.now(), plugin_id="sftp", enabled=True
        )

        assert await scope.plugins.on_event(event) is False

        assert witness_of(running).seen == [event]
