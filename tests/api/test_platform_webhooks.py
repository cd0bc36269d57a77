"""The address at which platforms call back, attacked over HTTP (row API-40)."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from distro_api.graphql.ids import local_id
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.status.webhooks import MAX_BYTES, REPLAY_WINDOW, sign
from distro_core.notifications.documents import NotificationDocument
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.secrets.documents import StoredKey
from distro_core.store.collection import Change
from distro_core.store.outbox import OutboxRelay
from distro_sdk.errors import DomainError
from distro_sdk.keys import KeyOwner
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.api.client import Client
from tests.api.conftest import Staff
from tests.api.world import World, build_world
from tests.delivery.answers import answer

CREATED = "url secret target { id webhookSince }"


async def prepared(platform: Platform, scope: Scope, admin: Client) -> tuple[World, dict[str, Any]]:
    """A tenant with a delivery that waits for its platform, and the address that was given to the platform."""
    world = await build_world(platform, scope)
    waits = Change(set={"status": Status.PROCESSING_BY_PLATFORM})
    await scope.store.collection(DeliveryDocument).update(local_id("Delivery", world.ids["Delivery"]), waits)
    made = await admin.mutate("targetWebhookCreate", CREATED, id=world.ids["Target"])
    assert made["errors"] == []
    return world, made


async def status_of(scope: Scope, world: World) -> Status:
    return (await scope.store.collection(DeliveryDocument).get(local_id("Delivery", world.ids["Delivery"]))).status


def says(world: World, status: str) -> bytes:
    report = {"deliveryId": local_id("Delivery", world.ids["Delivery"]), "status": status}
    return json.dumps({"id": f"says {status}", "deliveries": [report]}).encode()


async def post(
    http: httpx2.AsyncClient, platform: Platform, url: str, secret: str, body: bytes, *, ago: float = 0, **headers: str
) -> tuple[int, str]:
    """The HTTP status and the code of a call that was signed `ago` seconds ago; `headers` replace our own."""
    timestamp = str(int(platform.clock.now().timestamp() - ago))
    own = {
        "content-type": "application/json",
        "x-stardust-timestamp": timestamp,
        "x-stardust-signature": sign(secret, timestamp, body),
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await http.post(url, content=body, headers=own | given)
    told = response.json()
    return response.status_code, told["errors"][0]["extensions"]["code"] if "errors" in told else json.dumps(told)


@pytest.mark.proves("API-40", "WFL-19", "NOT-01", "WFL-16")
async def test_a_signed_call_moves_a_delivery_and_people_are_told_once(
    platform: Platform, label_a: Scope, admin_a: Client, http: httpx2.AsyncClient
) -> None:
    world, made = await prepared(platform, label_a, admin_a)
    before = await label_a.store.collection(NotificationDocument).count({})

    first = await post(http, platform, made["url"], made["secret"], says(world, "live"))
    again = await post(http, platform, made["url"], made["secret"], says(world, "live"))
    await OutboxRelay(platform).relay_tenant(label_a.tenant_id)

    assert (first[0], json.loads(first[1])["changed"], json.loads(first[1])["duplicate"]) == (200, 1, False)
    assert (again[0], json.loads(again[1])["changed"], json.loads(again[1])["duplicate"]) == (200, 0, True)
    assert await status_of(label_a, world) is Status.LIVE
    assert made["target"]["webhookSince"] is not None
    assert await label_a.store.collection(NotificationDocument).count({}) == before + 1


@pytest.mark.proves("API-40")
async def test_what_is_not_signed_by_the_secret_changes_nothing(
    platform: Platform, label_a: Scope, admin_a: Client, http: httpx2.AsyncClient
) -> None:
    world, made = await prepared(platform, label_a, admin_a)
    url, secret, body = made["url"], made["secret"], says(world, "live")
    other = says(world, "rejected")
    now = str(int(platform.clock.now().timestamp()))

    found = [
        await post(http, platform, url, "another secret", body),
        await post(http, platform, url, secret, body, x_stardust_signature=sign(secret, now, other)),
        await post(http, platform, url, secret, body, x_stardust_signature=""),
        await post(http, platform, url, secret, body, x_stardust_timestamp=str(int(now) + 1)),
    ]
    old = await post(http, platform, url, secret, body, ago=REPLAY_WINDOW.total_seconds() + 5)
    ahead = await post(http, platform, url, secret, body, ago=-REPLAY_WINDOW.total_seconds() - 5)
    worded = await post(
        http, platform, url, secret, body, x_stardust_timestamp="soon", x_stardust_signature=sign(secret, "soon", body)
    )

    assert found == [(401, "WEBHOOK_SIGNATURE_INVALID")] * 4
    assert [old, ahead, worded] == [(401, "WEBHOOK_TIMESTAMP_STALE")] * 3
    assert await status_of(label_a, world) is Status.PROCESSING_BY_PLATFORM


class NoKeys:
    """Key providers while the key service is down."""

    async def unwrap(self, stored: StoredKey, owner: KeyOwner) -> bytes:
        raise DomainError("KEY_SERVICE_UNAVAILABLE", "arn:aws:kms:eu-central-1:4711:key/1 does not answer")


@pytest.mark.proves("SEC-07")
async def test_a_call_while_the_key_service_is_down_is_to_come_again(
    platform: Platform, label_a: Scope, admin_a: Client, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, made = await prepared(platform, label_a, admin_a)

    with monkeypatch.context() as down:
        down.setattr(platform.sealer, "_opened", {})
        down.setattr(platform.sealer, "providers", NoKeys())
        refused = await post(http, platform, made["url"], made["secret"], says(world, "live"))
        told = await http.post(made["url"], content=b"{}")
    later = await post(http, platform, made["url"], made["secret"], says(world, "live"))

    assert refused == (503, "KEY_SERVICE_UNAVAILABLE")
    assert (told.headers["retry-after"], "arn" in told.text) == ("5", False)
    assert later[0] == 200
    assert await status_of(label_a, world) is Status.LIVE


@pytest.mark.proves("API-40")
async def test_an_address_that_is_none_tells_nothing(
    platform: Platform, label_a: Scope, staff_a: Staff, http: httpx2.AsyncClient
) -> None:
    world, made = await prepared(platform, label_a, staff_a.admin)
    url, secret, body = made["url"], made["secret"], says(world, "live")
    base, _, token = url.rpartition("/")
    replaced = await staff_a.admin.mutate("targetWebhookCreate", CREATED, id=world.ids["Target"])
    await staff_a.admin.mutate("targetWebhookDelete", "target { webhookSince }", id=world.ids["Target"])
    none = [
        url,
        replaced["url"],
        f"{base}/{token[:48]}{'0' * 64}",
        f"{base}/{'0' * 24}{token[24:]}",
        f"{base}/{token[:24]}{'0' * 24}{token[48:]}",
        f"{base}/x",
    ]

    found = [await post(http, platform, address, secret, body) for address in none]
    large = await post(http, platform, url, secret, b"x" * (MAX_BYTES + 1))

    assert {*found, large} == {(404, "WEBHOOK_UNKNOWN")}
    assert await status_of(label_a, world) is Status.PROCESSING_BY_PLATFORM
    forbidden = "mutation($input: TargetWebhookCreateInput!) { targetWebhookCreate(input: $input) { url } }"
    assert await staff_a.manager.refused(forbidden, input={"id": world.ids["Target"]}) == "FORBIDDEN"


@pytest.mark.proves("API-40")
async def test_a_secret_of_one_tenant_opens_nothing_of_another(
    platform: Platform, label_a: Scope, label_b: Scope, admin_a: Client, admin_b: Client
) -> None:
    http = admin_a.http
    world_a, made_a = await prepared(platform, label_a, admin_a)
    world_b, made_b = await prepared(platform, label_b, admin_b)

    crossed = await post(http, platform, made_b["url"], made_a["secret"], says(world_b, "live"))
    foreign = await post(http, platform, made_a["url"], made_a["secret"], says(world_b, "live"))

    assert crossed == (401, "WEBHOOK_SIGNATURE_INVALID")
    assert (foreign[0], json.loads(foreign[1])["unknown"]) == (200, 1)
    assert await status_of(label_b, world_b) is Status.PROCESSING_BY_PLATFORM
    assert await status_of(label_a, world_a) is Status.PROCESSING_BY_PLATFORM


async def test_a_platform_is_told_which_part_of_its_call_is_wrong(
    platform: Platform, label_a: Scope, admin_a: Client, http: httpx2.AsyncClient
) -> None:
    _, made = await prepared(platform, label_a, admin_a)
    body = json.dumps({"deliveries": [{"messageId": "M1", "status": "live"}, {"status": "live"}]}).encode()
    timestamp = str(int(platform.clock.now().timestamp()))
    signed = {"x-stardust-timestamp": timestamp, "x-stardust-signature": sign(made["secret"], timestamp, body)}

    told = await http.post(made["url"], content=body, headers={"content-type": "application/json", **signed})

    (fault,) = told.json()["errors"]
    assert (told.status_code, fault["extensions"]["code"]) == (422, "WEBHOOK_BODY_INVALID")
    assert fault["message"] == "deliveries.1: must have messageId, deliveryId or reference"


@pytest.mark.proves("API-40", "RCP-03")
async def test_bodies_are_bounded_and_of_two_kinds(
    platform: Platform, label_a: Scope, admin_a: Client, http: httpx2.AsyncClient
) -> None:
    world, made = await prepared(platform, label_a, admin_a)
    url, secret = made["url"], made["secret"]
    delivery = await label_a.store.collection(DeliveryDocument).get(local_id("Delivery", world.ids["Delivery"]))
    xml = answer(delivery.message_id, status="ProcessingErrorAtReleaseDistributor", text="no cover")
    hostile = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'

    large = await post(http, platform, url, secret, b"x" * (MAX_BYTES + 1))
    other = await post(http, platform, url, secret, b"a=b", content_type="application/x-www-form-urlencoded")
    broken = await post(http, platform, url, secret, b"{", content_type="application/json; charset=utf-8")
    entity = await post(http, platform, url, secret, hostile, content_type="application/xml")
    taken = await post(http, platform, url, secret, xml, content_type="text/xml")

    assert (large, other) == ((413, "WEBHOOK_TOO_LARGE"), (415, "WEBHOOK_TYPE_UNSUPPORTED"))
    assert broken == (422, "WEBHOOK_BODY_INVALID")
    assert entity[0] == 422
    assert (taken[0], json.loads(taken[1])["changed"]) == (200, 1)
    assert await status_of(label_a, world) is Status.REJECTED
