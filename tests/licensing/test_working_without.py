"""A licence never stands in the way of the core, nor of a delivery in flight; freemium plugins work without one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from distro_core.delivery.engine import deliver
from distro_core.delivery.requests.wishes import Wish
from distro_core.identity.documents import TenantDocument
from distro_core.licensing.held import LicenseState
from distro_core.marketplace.install.documents import JobStatus
from distro_core.scope import SYSTEM_ACTOR
from distro_core.store.outbox import OutboxRelay
from distro_sdk.models.delivery import DeliveryStatus as Status
from distro_sdk.testing.clock import SettableClock
from tests.delivery.label import Label
from tests.licensing.licences import far_claims, licence
from tests.marketplace.market import WheelDraft
from tests.marketplace.shops import Shop, fresh_id

DAY = timedelta(days=1)

PAID_FOLDER = """
from distro_plugins.local_folder import LocalFolderTransport
from distro_sdk import Plugin

class PaidFolder(LocalFolderTransport):
    key = {id!r}

class Owl(Plugin):
    id = {id!r}

    def register_transports(self):
        return (PaidFolder(),)
"""

VETO = """
from distro_sdk import DomainError, Plugin

class Owl(Plugin):
    id = {id!r}

    async def before_delivery(self, context, plan):
        raise DomainError("OWL_SAYS_NO", "not tonight")
"""

FREEMIUM = """
from distro_sdk import Plugin

class Owl(Plugin):
    id = {id!r}

    async def before_release(self, context, release):
        if "loud" in context.features:
            return release.model_copy(update={{"title": release.title.upper()}})
        return release.model_copy(update={{"title": release.title + "!"}})

    async def prepare_message(self, context, plan):
        context.require_feature("loud")
        raise RuntimeError("only with the feature")

    async def before_delivery(self, context, plan):
        context.require_feature("loud")
        raise RuntimeError("only with the feature")

    async def on_event(self, context, event):
        context.require_feature("loud")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "receiver"
    made.mkdir()
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    return made


async def label_of(shop: Shop, tenant: TenantDocument, folder: Path) -> Label:
    """A label as it is now, with the plugins that it may use now."""
    return Label(await shop.platform.scope(tenant.id, SYSTEM_ACTOR), folder)


async def buy(shop: Shop, tenant: TenantDocument, draft: WheelDraft, **claims: object) -> str:
    """Install a plugin with a licence and switch it on; its id."""
    id: str = draft.manifest["id"]
    shop.market.offer(draft)
    text = licence(far_claims(id, sub=tenant.id, **claims), shop.market.publisher_key)
    await shop.platform.marketplace.licensing.add(tenant.id, id, text, by="somebody")
    job = await shop.jobs.install(id, tenant_id=tenant.id, by="somebody")
    await shop.jobs.run(job.id)
    assert (await shop.jobs.get(job.id, tenant.id)).status is JobStatus.COMPLETED
    await (await shop.plugins_of(tenant.id)).enable(id)
    return id


@pytest.mark.proves("LIC-03")
async def test_the_core_delivers_when_every_licence_is_revoked(
    shop: Shop, tenant_a: TenantDocument, folder: Path
) -> None:
    id = fresh_id()
    draft = WheelDraft(id, code=VETO.format(id=id), hooks=["before_delivery"], license_model="paid")
    await buy(shop, tenant_a, draft)
    label = await label_of(shop, tenant_a, folder)
    release, target = await label.release(), await label.target()
    stopped = await label.deliver([release.id], target.id)
    assert (stopped.status, stopped.error and stopped.error.code) == (Status.NEEDS_ATTENTION, "OWL_SAYS_NO")

    shop.market.edition["revoked"].append({"license": f"L-{id}"})
    shop.market.publish()
    licensing = shop.platform.marketplace.licensing
    await licensing.verify_all(tenant_a.id)
    assert [held.state for held in await licensing.list(tenant_a.id)] == [LicenseState.REVOKED]

    label = await label_of(shop, tenant_a, folder)
    again = await label.release()
    assert (await label.deliver([again.id], target.id)).status is Status.DISTRIBUTED


@pytest.mark.proves("LIC-03")
@pytest.mark.parametrize("end", ["expired", "removed"])
async def test_a_delivery_in_flight_ends_with_the_plugin_that_it_began_with(
    shop: Shop, tenant_a: TenantDocument, folder: Path, clock: SettableClock, end: str
) -> None:
    id = fresh_id()
    draft = WheelDraft(id, code=PAID_FOLDER.format(id=id), hooks=["register_transports"], license_model="paid")
    await buy(shop, tenant_a, draft, exp=int((clock.now() + DAY).timestamp()))
    label = await label_of(shop, tenant_a, folder)
    release, target = await label.release(), await label.target(transport=id)
    (made,) = await label.deliveries.create([release.id], target.id, Wish())

    # It ends between the order and the transfer.
    if end == "expired":
        clock.advance(2 * DAY)
    else:
        await shop.platform.marketplace.licensing.remove(tenant_a.id, id)
    label = await label_of(shop, tenant_a, folder)
    assert id not in label.scope.plugins.transports
    await deliver(shop.platform, tenant_a.id, (await label.deliveries.get(made.id)).batch_id)

    assert (await label.deliveries.get(made.id)).status is Status.DISTRIBUTED
    # What begins afterwards goes without it, whatever the clock says by then.
    clock.advance(-2 * DAY)
    label = await label_of(shop, tenant_a, folder)
    fresh = await label.release()
    (late,) = await label.deliveries.create([fresh.id], target.id, Wish())
    await deliver(shop.platform, tenant_a.id, (await label.deliveries.get(late.id)).batch_id)
    stopped = await label.deliveries.get(late.id)
    assert (stopped.status, stopped.error and stopped.error.code) == (Status.NEEDS_ATTENTION, "TRANSPORT_UNKNOWN")


@pytest.mark.proves("LIC-01")
async def test_the_base_of_a_freemium_plugin_runs_and_what_is_paid_rests(
    shop: Shop, tenant_a: TenantDocument, folder: Path
) -> None:
    id = fresh_id()
    hooks = ["before_release", "prepare_message", "before_delivery", "on_event"]
    draft = WheelDraft(id, code=FREEMIUM.format(id=id), hooks=hooks, license_model="freemium")
    await buy(shop, tenant_a, draft)
    await shop.platform.marketplace.licensing.remove(tenant_a.id, id)

    label = await label_of(shop, tenant_a, folder)
    release, target = await label.release(title="Night"), await label.target()

    # The base has worked on the title; what needs a feature has neither worked nor stopped anything.
    assert (await label.releases.get(release.id)).title.startswith("Night!")
    assert (await label.deliver([release.id], target.id)).status is Status.DISTRIBUTED


@pytest.mark.proves("LIC-01")
async def test_a_licence_opens_the_features_that_it_names(
    shop: Shop, tenant_a: TenantDocument, tenant_b: TenantDocument, folder: Path
) -> None:
    id = fresh_id()
    hooks = ["before_release", "prepare_message", "before_delivery", "on_event"]
    draft = WheelDraft(id, code=FREEMIUM.format(id=id), hooks=hooks, license_model="freemium")
    await buy(shop, tenant_a, draft, features=["loud"])
    await (await shop.plugins_of(tenant_b.id)).enable(id)

    ours, theirs = [
        await (await label_of(shop, tenant, folder)).release(title="Night") for tenant in (tenant_a, tenant_b)
    ]

    assert ours.title == "NIGHT"
    assert theirs.title.startswith("Night!")
    label = await label_of(shop, tenant_a, folder)
    refused = await label.deliver([ours.id], (await label.target()).id)
    assert refused.error is not None
    assert refused.error.code == "PLUGIN_FAILED"


async def test_an_event_is_not_told_again_for_want_of_a_licence(
    shop: Shop, tenant_a: TenantDocument, folder: Path
) -> None:
    id = fresh_id()
    hooks = ["before_release", "prepare_message", "before_delivery", "on_event"]
    draft = WheelDraft(id, code=FREEMIUM.format(id=id), hooks=hooks, license_model="freemium")
    await buy(shop, tenant_a, draft)
    await (await label_of(shop, tenant_a, folder)).release()
    scope = await shop.platform.scope(tenant_a.id, SYSTEM_ACTOR)
    outbox = await scope.store.database["releases"].find_one({"outbox": {"$ne": []}})
    assert outbox is not None

    assert await OutboxRelay(shop.platform).relay_tenant(tenant_a.id) > 0
    assert await scope.store.database["releases"].count_documents({"outbox.0": {"$exists": True}}) == 0
