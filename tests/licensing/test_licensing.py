"""Licences of tenants: entered, verified, needed to install and to work, and never in the way of a delivery."""

from __future__ import annotations

import runpy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distro_core.identity.documents import TenantDocument
from distro_core.licensing.held import LicenseState
from distro_core.licensing.service import Licensing
from distro_core.licensing.verification import Verification
from distro_core.marketplace.install.documents import JobStatus
from distro_core.platform import Platform
from distro_core.plugins.enablement import PluginStatus
from distro_core.scope import SYSTEM_ACTOR
from distro_plugins.offline_license.verifier import OfflineLicenseVerifier
from distro_sdk.errors import DomainError, TransportError
from distro_sdk.testing.clock import SettableClock
from tests.licensing.licences import far_claims, licence
from tests.marketplace.market import WheelDraft, new_key
from tests.marketplace.shops import CARRIER, Shop, fresh_id

DAY = timedelta(days=1)
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "load_if_licensed.py"


@pytest.fixture
def licensing(shop: Shop) -> Licensing:
    return shop.platform.marketplace.licensing


def offer_paid(shop: Shop, id: str, model: str = "paid", **fields: Any) -> None:
    """Offer a plugin that brings a transport and costs something."""
    code = CARRIER.format(id=id, key=id)
    shop.market.offer(WheelDraft(id, code=code, hooks=["register_transports"], license_model=model, **fields))


def sold(shop: Shop, id: str, tenant: TenantDocument, **claims: Any) -> str:
    """A licence of the market's publisher, for a year."""
    return licence(far_claims(id, sub=tenant.id, **claims), shop.market.publisher_key)


def expiring(clock: SettableClock, after: timedelta, grace: timedelta = timedelta()) -> dict[str, int]:
    """Claims of a licence that ends some time from now on."""
    return {"exp": int((clock.now() + after).timestamp()), "grace": int(grace.total_seconds())}


async def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value.code, refused.value.message


async def state(licensing: Licensing, tenant: TenantDocument) -> LicenseState:
    (only,) = await licensing.list(tenant.id)
    return only.state


async def install_for(shop: Shop, id: str, tenant: TenantDocument) -> JobStatus:
    job = await shop.jobs.install(id, tenant_id=tenant.id, by="somebody")
    await shop.jobs.run(job.id)
    return (await shop.jobs.get(job.id, tenant.id)).status


async def transports_of(shop: Shop, tenant: TenantDocument) -> set[str]:
    return set((await shop.platform.scope(tenant.id, SYSTEM_ACTOR)).plugins.transports)


async def sell_and_enable(shop: Shop, licensing: Licensing, tenant: TenantDocument, **claims: Any) -> str:
    """A paid plugin that a tenant has a licence for, installed and switched on; its id."""
    id = fresh_id()
    offer_paid(shop, id)
    await licensing.add(tenant.id, id, sold(shop, id, tenant, **claims), by="somebody")
    assert await install_for(shop, id, tenant) is JobStatus.COMPLETED
    await (await shop.plugins_of(tenant.id)).enable(id)
    return id


@pytest.mark.proves("MKT-03", "LIC-01", "LIC-02")
async def test_a_paid_plugin_is_installed_with_a_licence_alone(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    id = fresh_id()
    offer_paid(shop, id)
    asked = shop.jobs.install(id, tenant_id=tenant_a.id, by="somebody")
    assert await refusal(asked) == ("LICENSE_REQUIRED", "Valid license required")

    added = await licensing.add(tenant_a.id, id, sold(shop, id, tenant_a, features=["fast"]), by="somebody")
    assert (added.state, added.held.license_id, added.held.features) == (LicenseState.VALID, f"L-{id}", ("fast",))

    assert await install_for(shop, id, tenant_a) is JobStatus.COMPLETED
    assert (await (await shop.plugins_of(tenant_a.id)).enable(id)).license_state is LicenseState.VALID
    assert id in await transports_of(shop, tenant_a)
    # What one tenant has paid for, another has not.
    enabling = (await shop.plugins_of(tenant_b.id)).enable(id)
    assert await refusal(enabling) == ("LICENSE_REQUIRED", "Valid license required")
    asked = shop.jobs.install(id, tenant_id=tenant_b.id, by="somebody")
    assert (await refusal(asked))[0] == "LICENSE_REQUIRED"


async def test_a_licence_of_another_tenant_installation_or_publisher_is_refused(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    id = fresh_id()
    offer_paid(shop, id)
    stranger = new_key("owls-2026")
    for text, reason in (
        (sold(shop, id, tenant_b), "it is for another tenant"),
        (sold(shop, fresh_id(), tenant_a), "it is for another plugin"),
        (sold(shop, id, tenant_a, installation="elsewhere"), "it is for another installation"),
        (licence(far_claims(id, sub=tenant_a.id), stranger), "it is no licence that a trusted key has signed"),
        (sold(shop, id, tenant_a, exp=1), "it has expired"),
        ("no licence", "it is no licence that a trusted key has signed"),
        ("x" * 10_000, "a licence has 1 to 8192 characters"),
    ):
        code, message = await refusal(licensing.add(tenant_a.id, id, text, by="somebody"))
        assert (code, message) == ("LICENSE_INVALID", f"the licence is not valid: {reason}")
    assert await licensing.list(tenant_a.id) == []


async def test_a_licence_may_be_bound_to_the_installation(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    id = fresh_id()
    offer_paid(shop, id)
    everybody = licence(far_claims(id, installation=await licensing.installation.id()), shop.market.publisher_key)

    for tenant in (tenant_a, tenant_b):
        assert (await licensing.add(tenant.id, id, everybody, by="somebody")).state is LicenseState.VALID


async def test_what_is_free_or_unknown_takes_no_licence(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument
) -> None:
    id = fresh_id()
    shop.market.offer(WheelDraft(id))

    assert (await refusal(licensing.add(tenant_a.id, id, "any", by="somebody")))[0] == "LICENSE_NOT_NEEDED"
    assert (await refusal(licensing.add(tenant_a.id, "nowhere", "any", by="somebody")))[0] == "NOT_FOUND"
    assert (await refusal(licensing.remove(tenant_a.id, "a.b$c")))[0] == "NOT_FOUND"


async def test_a_licence_is_sealed_and_told_to_nobody(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, caplog: pytest.LogCaptureFixture
) -> None:
    id = fresh_id()
    offer_paid(shop, id)
    text = sold(shop, id, tenant_a)
    await licensing.add(tenant_a.id, id, text, by="somebody")
    await refusal(licensing.add(tenant_a.id, id, f"{text}x", by="somebody"))

    stored = await shop.platform.control.collection(TenantDocument).raw.find_one({"_id": tenant_a.id})
    signature = text.rpartition(".")[2]
    assert signature not in repr(stored)
    assert signature not in repr(await licensing.list(tenant_a.id))
    assert signature not in caplog.text


async def test_an_expired_licence_lets_what_runs_go_on_for_its_grace_and_no_longer(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, clock: SettableClock
) -> None:
    id = await sell_and_enable(shop, licensing, tenant_a, **expiring(clock, DAY, grace=7 * DAY))
    plugins = await shop.plugins_of(tenant_a.id)

    clock.advance(DAY)
    assert await state(licensing, tenant_a) is LicenseState.GRACE
    assert id in await transports_of(shop, tenant_a)
    asked = shop.jobs.install(id, tenant_id=tenant_a.id, by="somebody")
    assert (await refusal(asked))[0] == "LICENSE_REQUIRED"

    clock.advance(7 * DAY)
    assert await state(licensing, tenant_a) is LicenseState.EXPIRED
    assert id not in await transports_of(shop, tenant_a)
    plugins = await shop.plugins_of(tenant_a.id)
    resting = await plugins.get(id)
    assert (resting.enabled, resting.status, resting.license_state) == (
        True,
        PluginStatus.UNLICENSED,
        LicenseState.EXPIRED,
    )

    # A new licence, and all is as before.
    await licensing.add(tenant_a.id, id, sold(shop, id, tenant_a), by="somebody")
    assert id in await transports_of(shop, tenant_a)


async def test_an_expired_licence_stays_expired_when_the_clock_is_set_back(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, clock: SettableClock
) -> None:
    id = await sell_and_enable(shop, licensing, tenant_a, **expiring(clock, DAY))
    text = sold(shop, id, tenant_a, **expiring(clock, DAY))
    clock.advance(2 * DAY)
    assert await state(licensing, tenant_a) is LicenseState.EXPIRED

    clock.advance(-2 * DAY)

    assert await state(licensing, tenant_a) is LicenseState.EXPIRED
    assert id not in await transports_of(shop, tenant_a)
    assert (await refusal(licensing.add(tenant_a.id, id, text, by="somebody")))[0] == "LICENSE_INVALID"
    # Nor does a restart help, or another machine.
    other = Licensing(
        shop.platform.control,
        shop.platform.marketplace.registries,
        shop.platform.runtimes,
        sealer=shop.platform.sealer,
        clock=clock,
        settings=shop.platform.settings,
    )
    assert await state(other, tenant_a) is LicenseState.EXPIRED
    assert await other.installation.id() == await licensing.installation.id()


@pytest.mark.parametrize("what", ["licence", "key"])
async def test_what_the_registry_revokes_counts_no_more(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, what: str
) -> None:
    id = await sell_and_enable(shop, licensing, tenant_a)
    revoked = {"licence": {"license": f"L-{id}"}, "key": {"kid": "owls-2026"}}[what]
    shop.market.edition["revoked"].append({"publisher": "owls", **revoked})
    shop.market.publish()

    assert await licensing.verify_all(tenant_a.id) == 1

    expected = {"licence": LicenseState.REVOKED, "key": LicenseState.REFUSED}[what]
    assert await state(licensing, tenant_a) is expected
    assert id not in await transports_of(shop, tenant_a)
    assert await licensing.verify_all(tenant_a.id) == 0


async def test_another_publishers_revocation_does_not_concern_it(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument
) -> None:
    id = await sell_and_enable(shop, licensing, tenant_a)
    shop.market.edition["revoked"].append({"publisher": "ravens", "license": f"L-{id}"})
    shop.market.publish()

    assert await licensing.verify_all(tenant_a.id) == 0
    assert await state(licensing, tenant_a) is LicenseState.VALID


async def test_a_registry_that_is_away_takes_nobody_s_licence_but_installs_nothing(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, clock: SettableClock
) -> None:
    id = await sell_and_enable(shop, licensing, tenant_a)
    shop.market.file.unlink()
    # What it said last counts until that expires.
    clock.advance(31 * DAY)

    assert await licensing.verify_all(tenant_a.id) == 1
    assert await state(licensing, tenant_a) is LicenseState.UNVERIFIED
    shown = (await licensing.list(tenant_a.id))[0].held
    assert (shown.unreachable, shown.verified_at) == (True, clock.now() - 31 * DAY)
    assert id not in await transports_of(shop, tenant_a)


async def test_a_licence_that_is_removed_is_gone(shop: Shop, licensing: Licensing, tenant_a: TenantDocument) -> None:
    id = await sell_and_enable(shop, licensing, tenant_a)

    await licensing.remove(tenant_a.id, id)

    assert await licensing.list(tenant_a.id) == []
    assert id not in await transports_of(shop, tenant_a)
    assert (await refusal(licensing.remove(tenant_a.id, id)))[0] == "NOT_FOUND"
    assert (await refusal(licensing.verify(tenant_a.id, id)))[0] == "NOT_FOUND"
    stored = await shop.platform.control.collection(TenantDocument).get(tenant_a.id)
    assert stored.licenses[id].sealed is None


async def test_tenants_without_licences_cost_no_look_at_the_time(platform: Platform, tenant_a: TenantDocument) -> None:
    rights = (await platform.scope(tenant_a.id, SYSTEM_ACTOR)).rights

    assert rights.licenses == {}
    assert rights.kept == frozenset()


@pytest.mark.proves("PLG-19")
async def test_the_example_loads_a_plugin_if_it_is_licensed(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument
) -> None:
    load = runpy.run_path(str(EXAMPLE))["load"]
    id = fresh_id()
    offer_paid(shop, id)
    await licensing.add(tenant_a.id, id, sold(shop, id, tenant_a), by="somebody")
    assert await install_for(shop, id, tenant_a) is JobStatus.COMPLETED

    assert await load(shop.platform, tenant_a.key, id) == f"{id} 1.0.0 is loaded: register_transports"
    await licensing.remove(tenant_a.id, id)
    refused = f"{id} was not loaded: Valid license required (LICENSE_REQUIRED)"
    assert await load(shop.platform, tenant_a.key, id) == refused
    assert "NOT_FOUND" in await load(shop.platform, tenant_a.key, "nowhere")
    assert await load(shop.platform, "nobody", id) == "there is no tenant nobody"


async def test_a_verifier_that_is_missing_or_fails_gives_no_verdict(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = fresh_id()
    offered = WheelDraft(id, license_model="paid", license_verifier="nobodys")
    shop.market.offer(offered, license_verifier="nobodys")
    missing = await refusal(licensing.add(tenant_a.id, id, "any", by="somebody"))
    assert missing[0] == "LICENSE_UNVERIFIABLE"
    assert "no plugin that is loaded verifies licences of the kind nobodys" in missing[1]

    async def fail(self: object, question: object, license: str) -> None:
        raise RuntimeError(f"cannot read {license}")

    monkeypatch.setattr(OfflineLicenseVerifier, "verify", fail)
    other = fresh_id()
    offer_paid(shop, other)
    code, message = await refusal(licensing.add(tenant_a.id, other, "the-secret-text", by="somebody"))
    assert (code, "the-secret-text" in message) == ("LICENSE_UNVERIFIABLE", False)
    terms = await Verification(
        shop.platform.marketplace.registries, shop.platform.runtimes, licensing.installation
    ).terms(other)
    with pytest.raises(TransportError) as raised:
        await Verification(shop.platform.marketplace.registries, shop.platform.runtimes, licensing.installation).ask(
            terms, tenant_a.id, "the-secret-text"
        )
    assert raised.value.code == "LICENSE_VERIFIER_UNAVAILABLE"


async def test_a_tenant_has_so_many_licences_and_no_more(
    shop: Shop, licensing: Licensing, tenant_a: TenantDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distro_core.licensing.service.MOST_LICENSES", 1)
    first, second = fresh_id(), fresh_id()
    for id in (first, second):
        offer_paid(shop, id)
    await licensing.add(tenant_a.id, first, sold(shop, first, tenant_a), by="somebody")

    adding = licensing.add(tenant_a.id, second, sold(shop, second, tenant_a), by="somebody")
    assert (await refusal(adding))[0] == "LICENSE_LIMIT_REACHED"
    # In place of the one that it has is always room.
    await licensing.add(tenant_a.id, first, sold(shop, first, tenant_a), by="somebody")
