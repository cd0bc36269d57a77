"""A target names what a plugin brings that is not there: which plugin that is and why is told, tenant by tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from distro_core.delivery.readiness.targets import find_target_faults
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.platforms.adapters import TargetAdapterService
from distro_core.plugins.runtime import build_runtime
from distro_core.scope import SYSTEM_ACTOR, Scope
from distro_core.settings import Settings
from distro_core.store.collection import Change
from distro_sdk.errors import DomainError
from tests.delivery.label import Label
from tests.licensing.licences import far_claims, licence
from tests.marketplace.market import Market, WheelDraft
from tests.marketplace.shops import CARRIER, Shop, empty_shop, fresh_id, open_shop
from tests.plugins.sample_plugins import Carrier, RivalCarrier, installed

NOWHERE = "there is no transport pigeon"


@pytest.fixture
async def shop(platform: Platform, settings: Settings, tmp_path: Path) -> AsyncIterator[Shop]:
    (tmp_path / "market").mkdir()
    async with open_shop(settings, Market(tmp_path / "market", now=datetime.now(UTC))) as opened:
        yield opened
        await empty_shop(opened)


def tenant(*enabled: str) -> TenantDocument:
    return TenantDocument(key="polar", name="Polar", enabled_plugins=enabled)


async def test_a_plugin_that_another_tenant_has_is_named() -> None:
    runtime = await build_runtime({"carrier"}, find=lambda: (installed(Carrier),))

    assert "pigeon" in runtime.for_tenant(tenant("carrier")).transports
    error = runtime.for_tenant(tenant()).unknown("transport", "pigeon")

    assert (error.code, error.path) == ("TRANSPORT_UNKNOWN", ("transport",))
    assert error.message == f"{NOWHERE}: it is of plugin carrier, which is not enabled"


async def test_of_a_plugin_that_was_never_imported_is_told_what_is_known() -> None:
    def imported() -> None:
        raise AssertionError("it was imported")

    # What was installed from a registry was tried there; of what came with Python's packages only the hooks are known.
    tried = replace(installed(Carrier, imports=imported), offers={"transports": ("pigeon",)})
    untried = installed(RivalCarrier, imports=imported)

    known = (await build_runtime(find=lambda: (tried, untried))).for_tenant(tenant())
    guessed = (await build_runtime(find=lambda: (untried,))).for_tenant(tenant())
    nothing = (await build_runtime(find=lambda: (tried,))).for_tenant(tenant())

    assert known.unknown("transport", "pigeon").message == f"{NOWHERE}: it is of plugin carrier, which is not enabled"
    told = f"{NOWHERE}: it may be of plugin rival-carrier, which is not enabled"
    assert guessed.unknown("transport", "pigeon").message == told
    assert nothing.unknown("transport", "owl").message == "there is no transport owl"
    assert nothing.unknown("format", "owl/1").message == "there is no format owl/1"
    assert nothing.unknown("genre_provider", "owl", ("genres", 0)).path == ("genres", 0)


async def test_the_problem_of_a_plugin_is_told_with_what_it_does_not_bring() -> None:
    class Choosy(Carrier):
        def __init__(self, settings: object = None) -> None:
            raise ValueError("the coop is too small")

    runtime = await build_runtime({"carrier"}, find=lambda: (installed(Choosy),))

    assert runtime.for_tenant(tenant("carrier")).unknown("transport", "pigeon").message == (
        f"{NOWHERE}: it may be of plugin carrier, which cannot be used: "
        "it does not accept its settings: ValueError: the coop is too small"
    )


@pytest.mark.proves("MKT-03")
async def test_readiness_tells_whose_a_transport_is_and_what_it_lacks(
    shop: Shop, tenant_a: TenantDocument, tenant_b: TenantDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    platform, id = shop.platform, fresh_id()

    async def scope_of(tenant: TenantDocument) -> Scope:
        return await platform.scope(tenant.id, SYSTEM_ACTOR)

    async def faults(tenant: TenantDocument) -> list[tuple[str, str]]:
        """What readiness says of a target that names the plugin's transport."""
        scope = await scope_of(tenant)
        made = await Label(scope, tmp_path).target(name=f"{tenant.key} {datetime.now(UTC)}")
        target = await scope.store.collection(TargetDocument).update(made.id, Change(set={"transport": id}))
        return [(issue.code, issue.message) for issue in await find_target_faults(scope, target)]

    # Given a paid plugin with a transport that tenant A has bought and installed, and nobody has switched on
    code = CARRIER.format(id=id, key=id)
    shop.market.offer(WheelDraft(id, code=code, hooks=["register_transports"], license_model="paid"))
    text = licence(far_claims(id, sub=tenant_a.id), shop.market.publisher_key)
    await platform.marketplace.licensing.add(tenant_a.id, id, text, by="somebody")
    await shop.jobs.run((await shop.jobs.install(id, tenant_id=tenant_a.id, by="somebody")).id)
    missing = f"there is no transport {id}: it is of plugin {id}"

    # Then both tenants are told which plugin it is, and tenant B what it lacks besides
    assert await faults(tenant_a) == [("TRANSPORT_UNKNOWN", f"{missing}, which is not enabled")]
    assert await faults(tenant_b) == [
        ("TRANSPORT_UNKNOWN", f"{missing}, which is not enabled. Valid license required"),
    ]

    # When tenant A switches it on, it has the transport, and B is told the same as before
    await (await shop.plugins_of(tenant_a.id)).enable(id)
    assert id in (await scope_of(tenant_a)).plugins.transports
    assert await faults(tenant_b) == [
        ("TRANSPORT_UNKNOWN", f"{missing}, which is not enabled. Valid license required"),
    ]

    # When its licence is gone, it rests
    await platform.marketplace.licensing.remove(tenant_a.id, id)
    assert await faults(tenant_a) == [("TRANSPORT_UNKNOWN", f"{missing}. Valid license required")]


async def test_formats_choreographies_genres_and_adapters_are_told_alike(
    label_a: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: Platform, tenant_a: TenantDocument
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    made = await Label(label_a, tmp_path).target()
    names = {"format": "ern/4.3", "choreography": made.choreography, "genre_provider": "apple", "platform": "spotify"}
    target = await label_a.store.collection(TargetDocument).update(made.id, Change(set=names))
    runtime, plain = platform.runtimes.current, await platform.scope(tenant_a.id, SYSTEM_ACTOR)
    owners = {
        name: getattr(runtime.registries, registry).provider(names[name])
        for name, registry in [
            ("platform", "platforms"),
            ("format", "message_builders"),
            ("choreography", "choreographies"),
            ("genre_provider", "genre_mappers"),
        ]
    }
    adapter = next(iter(plain.plugins.platform_adapters))
    off = (*owners.values(), runtime.registries.platform_adapters.provider(adapter))
    without = replace(
        plain, plugins=runtime.for_tenant(tenant_a.model_copy(update={"disabled_plugins": tuple(filter(None, off))}))
    )

    told = {issue.path: issue.message for issue in await find_target_faults(without, target)}
    with pytest.raises(DomainError) as refused:
        await TargetAdapterService(without).set(target.id, adapter, {}, {})

    for name, owner in owners.items():
        words = name.replace("_", " ")
        assert told[name] == f"there is no {words} {names[name]}: it is of plugin {owner}, which is not enabled"
    assert (refused.value.code, refused.value.path) == ("ADAPTER_UNKNOWN", ("adapter",))
    assert refused.value.message == f"there is no adapter {adapter}: it is of plugin {off[-1]}, which is not enabled"
