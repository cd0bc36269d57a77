"""The developer portal and licences over GraphQL: a developer, a reviewer, a buyer, and somebody who may not."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from distro_api.app import create_app
from distro_core.identity.documents import Role, TenantDocument
from distro_core.identity.users import UserService
from distro_core.marketplace.registry.format import PublicKey, read_registry
from distro_core.marketplace.registry.settings import RegistrySetting
from distro_core.marketplace.trust import sign_artefact, verify_registry
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from tests.api.client import Client
from tests.api.conftest import PASSWORD, serve_app
from tests.licensing.licences import far_claims, licence
from tests.marketplace.market import Market, WheelDraft, new_key, public
from tests.marketplace.shops import CARRIER, Shop, fresh_id, open_shop

SUBMISSION = "submission { id status reasons { code message } history { status } price { amount currency } }"
SALE = "id kind amount currency shares { holder name amount } saleId"


@dataclass(frozen=True)
class Portal:
    """The people who call. `developer`: admin of tenant A; `reviewer`: who operates; `buyer`: admin of tenant B."""

    shop: Shop
    url: str
    http: httpx2.AsyncClient
    developer: Client
    reviewer: Client
    buyer: Client


async def sign_in(shop: Shop, anybody: Client, tenant: TenantDocument, name: str, *, operator: bool = False) -> Client:
    email = f"{name}@{tenant.id}.example"
    users = UserService(shop.platform.control, tenant.id)
    await users.create(email, name, Role.ADMIN, password=PASSWORD, operator=operator)
    payload = await anybody.sign_in(email, PASSWORD)
    return anybody.with_token(payload["session"]["accessToken"])


@pytest.fixture
async def portal(
    shop: Shop, http: httpx2.AsyncClient, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> AsyncIterator[Portal]:
    async with serve_app(create_app(shop.platform), shop.platform.settings) as url:
        anybody = Client(http, url)
        developer = await sign_in(shop, anybody, tenant_a, "ola")
        reviewer = await sign_in(shop, anybody, tenant_a, "rita", operator=True)
        yield Portal(shop, url, http, developer, reviewer, await sign_in(shop, anybody, tenant_b, "ben"))


async def submit(portal: Portal, wheel: WheelDraft, key: Any, **fields: Any) -> dict[str, Any]:
    """Submit a wheel and send it; what the upload answers."""
    packed = wheel.pack()
    digest, id, version = hashlib.sha256(packed).hexdigest(), wheel.manifest["id"], wheel.manifest["version"]
    payload = await portal.developer.mutate(
        "pluginSubmit",
        f"{SUBMISSION} uploadUrl",
        developer="owls",
        plugin=id,
        version=version,
        sha256=digest,
        size=len(packed),
        signature=sign_artefact(id, version, digest, len(packed), key),
        keywords=["bird"],
        **fields,
    )
    assert payload["errors"] == []
    assert payload["submission"]["status"] == "draft"
    sent = await portal.http.put(payload["uploadUrl"], content=packed)
    assert sent.status_code == 201, sent.text
    answer: dict[str, Any] = sent.json()["submission"]
    return answer


async def register(portal: Portal) -> Any:
    key = new_key("owls-2026")
    payload = await portal.developer.mutate(
        "developerRegister",
        "developer { id name keys { kid } }",
        developer="owls",
        name="Owls",
        support="owls@example.com",
        keys=[{"kid": "owls-2026", "x": public(key).x}],
    )
    assert payload == {"developer": {"id": "owls", "name": "Owls", "keys": [{"kid": "owls-2026"}]}, "errors": []}
    return key


async def approve(portal: Portal, submission: str) -> dict[str, Any]:
    for name in ("pluginSubmissionReview", "pluginSubmissionApprove"):
        payload = await portal.reviewer.mutate(name, SUBMISSION, submission=submission)
        assert payload["errors"] == []
    found: dict[str, Any] = payload["submission"]
    return found


@pytest.mark.proves("MKT-06", "MKT-07", "MKT-08", "MKT-09")
async def test_a_paid_plugin_is_published_bought_licensed_and_used(
    portal: Portal, tenant_b: TenantDocument, settings: Settings, tmp_path: Any
) -> None:
    key, id = await register(portal), fresh_id()
    wheel = WheelDraft(id, code=CARRIER.format(id=id, key=id), hooks=["register_transports"], license_model="paid")

    sent = await submit(portal, wheel, key, price={"amount": 4999, "currency": "EUR"})
    assert (sent["status"], sent["reasons"]) == ("submitted", [])
    listed = await approve(portal, sent["id"])
    assert (listed["status"], listed["price"]) == ("listed", {"amount": 4999, "currency": "EUR"})
    assert [step["status"] for step in listed["history"]] == [
        "draft",
        "submitted",
        "in_review",
        "approved",
        "listed",
    ]

    # The buyer learns for whom the licence is to be issued, and enters it.
    holder = (await portal.buyer.data("{ licenseHolder { tenantId installationId } }"))["licenseHolder"]
    assert holder["tenantId"] == tenant_b.id
    text = licence(far_claims(id, sub=holder["tenantId"], installation=holder["installationId"]), key)
    entered = await portal.buyer.mutate("licenseAdd", "license { plugin state licenseId }", plugin=id, license=text)
    assert entered == {"license": {"plugin": id, "state": "valid", "licenseId": f"L-{id}"}, "errors": []}
    job = await portal.shop.jobs.install(id, tenant_id=tenant_b.id, by="x")
    await portal.shop.jobs.run(job.id)
    enabled = await portal.buyer.mutate("pluginEnable", "plugin { enabled licenseState status }", id=id)
    assert enabled["plugin"] == {"enabled": True, "licenseState": "valid", "status": "enabled"}
    assert id in (await portal.shop.platform.scope(tenant_b.id, SYSTEM_ACTOR)).plugins.transports

    # Another tenant has none of it, and cannot use the buyer's licence.
    assert (await portal.developer.data("{ licenses { plugin } }"))["licenses"] == []
    stolen = await portal.developer.mutate("licenseAdd", "license { plugin }", plugin=id, license=text)
    assert [fault["code"] for fault in stolen["errors"]] == ["LICENSE_INVALID"]
    refused = await portal.developer.mutate("pluginEnable", "plugin { id }", id=id)
    assert [(fault["code"], fault["message"]) for fault in refused["errors"]] == [
        ("LICENSE_REQUIRED", "Valid license required")
    ]
    verified = await portal.buyer.mutate("licenseVerify", "license { state reason }", plugin=id)
    assert verified["license"] == {"state": "valid", "reason": None}
    assert (await portal.buyer.mutate("licenseRemove", "removedPlugin", plugin=id))["removedPlugin"] == id
    assert (await portal.buyer.data("query($id: ID!) { plugin(id: $id) { status licenseState } }", id=id))[
        "plugin"
    ] == {
        "status": "unlicensed",
        "licenseState": "missing",
    }

    # The sale, half of it paid back, and what the developer is owed.
    sale = (
        await portal.reviewer.mutate(
            "pluginSaleRecord",
            f"sale {{ {SALE} }}",
            plugin=id,
            amount=4999,
            currency="EUR",
            buyer="Label B",
            reference="p-1",
        )
    )["sale"]
    assert [(share["holder"], share["amount"]) for share in sale["shares"]] == [("publisher", 3499), ("platform", 1500)]
    paid_back = {"sale": sale["id"], "amount": 2500, "reference": "r-1"}
    refund = (await portal.reviewer.mutate("pluginSaleRefund", f"refund {{ {SALE} }}", **paid_back))["refund"]
    assert (refund["kind"], refund["amount"], refund["saleId"]) == ("refund", -2500, sale["id"])
    assert sum(share["amount"] for share in refund["shares"]) == -2500
    document = """query($s: DateTime!, $u: DateTime!) {
      payoutStatement(developer: "owls", since: $s, until: $u) {
        totals { currency sales refunds sold refunded payout }
      }
      pluginSales(developer: "owls") { nodes { kind } }
    }"""
    period = {"s": "2020-01-01T00:00:00Z", "u": "2099-01-01T00:00:00Z"}
    told = await portal.developer.data(document, **period)
    assert told["payoutStatement"]["totals"] == [
        {"currency": "EUR", "sales": 1, "refunds": 1, "sold": 4999.0, "refunded": -2500.0, "payout": 1749.0}
    ]
    assert [entry["kind"] for entry in told["pluginSales"]["nodes"]] == ["refund", "sale"]
    assert await portal.buyer.refused(document, **period) == "NOT_FOUND"


async def test_only_who_operates_the_platform_reviews_and_keeps_the_ledger(portal: Portal) -> None:
    key = await register(portal)
    sent = await submit(portal, WheelDraft(fresh_id()), key)

    for name in ("pluginSubmissionReview", "pluginSubmissionApprove"):
        document = (
            f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ errors {{ code }} }} }}"
        )
        assert await portal.developer.refused(document, input={"submission": sent["id"]}) == "FORBIDDEN"
    foreign = await portal.buyer.mutate("pluginSubmissionWithdraw", SUBMISSION, submission=sent["id"])
    assert [fault["code"] for fault in foreign["errors"]] == ["NOT_FOUND"]
    assert (await portal.buyer.data("{ pluginSubmissions { nodes { id } } developers { nodes { id } } }")) == {
        "pluginSubmissions": {"nodes": []},
        "developers": {"nodes": []},
    }
    mine = await portal.developer.data("{ pluginSubmissions(status: submitted) { nodes { id manifest } } }")
    assert [node["manifest"]["support"] for node in mine["pluginSubmissions"]["nodes"]] == ["owls@example.com"]
    one = "query($id: String!) { pluginSubmission(submission: $id) { status } }"
    assert (await portal.reviewer.data(one, id=sent["id"]))["pluginSubmission"]["status"] == "submitted"
    assert await portal.buyer.refused(one, id=sent["id"]) == "NOT_FOUND"

    await portal.reviewer.mutate("pluginSubmissionReview", SUBMISSION, submission=sent["id"])
    rejected = await portal.reviewer.mutate(
        "pluginSubmissionReject", SUBMISSION, submission=sent["id"], reasons=["It squeaks."]
    )
    assert rejected["submission"]["reasons"] == [{"code": "REVIEW", "message": "It squeaks."}]


async def test_another_installation_adds_the_registry_and_installs_from_it(
    portal: Portal, settings: Settings, tmp_path: Any, tenant_b: TenantDocument
) -> None:
    key, id = await register(portal), fresh_id()
    missing = await portal.http.get(f"{portal.url}/registry/plugin-registry.json")
    assert (missing.status_code, missing.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    sent = await submit(portal, WheelDraft(id), key)
    wheel_url = f"{portal.url}/registry/wheels/{hashlib.sha256(WheelDraft(id).pack()).hexdigest()}.whl"
    assert (await portal.http.get(wheel_url)).status_code == 404
    await approve(portal, sent["id"])
    own = (await portal.developer.data("{ ownRegistry { address key { kid x } } }"))["ownRegistry"]
    assert own["address"] == f"{portal.url}/registry/plugin-registry.json"
    read = read_registry((await portal.http.get(own["address"])).content)
    verify_registry(read, [PublicKey(**own["key"])])
    assert (await portal.http.get(wheel_url)).content == WheelDraft(id).pack()

    catalogue_of = RegistrySetting(name="theirs", address=own["address"], keys=(PublicKey(**own["key"]),))
    plain = {"registry-http": {"allow_plain": True, "private_networks": ["127.0.0.0/8"]}}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with open_shop(
        settings, Market(elsewhere), registries=(catalogue_of,), plugins={**settings.plugins, **plain}
    ) as other:
        offer = (await other.platform.marketplace.registries.catalogue(fresh=True)).offer(id)
        assert offer.registry.name == "theirs"
        job = await other.jobs.install(id, tenant_id=tenant_b.id, by="x", dry_run=True)
        await other.jobs.run(job.id)
        finished = await other.jobs.get(job.id, tenant_b.id)
        assert (finished.status.value, finished.error) == ("completed", None)


async def test_a_wheel_needs_its_address(portal: Portal) -> None:
    for token in ("nonsense", portal.developer.token):
        answer = await portal.http.put(f"{portal.url}/plugin-uploads/{token}", content=b"x")
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "TOKEN_INVALID")
