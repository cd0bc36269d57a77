"""Targets and deliveries over GraphQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import asyncssh
import pytest

from distro_api.graphql.ids import local_id
from distro_core.catalogue.documents import ReleaseDocument
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_sdk.models.catalogue import ReleaseStatus
from distro_sdk.models.delivery import Acknowledgement, AcknowledgementStatus
from tests.api.client import Client
from tests.api.world import build_world

TARGET: dict[str, Any] = {
    "name": "Shop",
    "transport": "sftp",
    "format": "ern/4.3",
    "settings": {"host": "sftp.shop.example", "username": "label", "host_key": "SHA256:" + "A" * 43},
    "secrets": [{"name": "password", "value": "swordfish-and-chips"}],
    "sender": {"dpid": "PADPIDA2023112901E", "name": "Label"},
    "recipient": {"dpid": "PADPIDA2014021401M", "name": "Shop"},
    "commercialTerms": [{"commercialModel": "SubscriptionModel", "useTypes": ["OnDemandStream"]}],
}
SHOWN = (
    "target { id revision name transport settings secrets { name isSet } testMode active commercialTerms { useTypes } }"
)


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["errors"]]


@pytest.mark.proves("TGT-01", "TGT-09", "API-12")
async def test_a_secret_goes_in_and_never_comes_out(platform: Platform, label_a: Scope, admin_a: Client) -> None:
    made = await admin_a.mutate("targetCreate", SHOWN, **TARGET)
    read = await admin_a.data("{ targets { nodes { settings secrets { name isSet } } } }")
    changed = await admin_a.mutate("targetUpdate", SHOWN, id=made["target"]["id"], testMode=True)
    cleared = await admin_a.mutate(
        "targetUpdate",
        SHOWN,
        id=made["target"]["id"],
        secrets=[
            {"name": "password", "value": None},
            {
                "name": "private_key",
                "value": asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode(),
            },
        ],
    )

    assert made["errors"] == []
    secrets = {secret["name"]: secret["isSet"] for secret in made["target"]["secrets"]}
    assert secrets["password"] is True
    assert secrets["private_key"] is False
    assert made["target"]["settings"]["host"] == "sftp.shop.example"
    assert changed["target"]["testMode"] is True
    assert {secret["name"]: secret["isSet"] for secret in changed["target"]["secrets"]} == secrets
    assert {secret["name"] for secret in cleared["target"]["secrets"] if secret["isSet"]} == {"private_key"}
    stored = [document async for document in everything(label_a)]
    assert "swordfish" not in json.dumps([made, read, changed, cleared], default=str) + str(stored)


async def everything(scope: Scope) -> Any:
    for name in await scope.store.database.list_collection_names():
        for document in await scope.store.database[name].find({}).to_list(length=None):
            yield document


async def test_a_wrong_target_is_not_stored(label_a: Scope, admin_a: Client) -> None:
    settings = {**TARGET["settings"], "password": "in the wrong place"}

    misplaced = await admin_a.mutate("targetCreate", SHOWN, **{**TARGET, "settings": settings})
    unknown = await admin_a.mutate("targetCreate", SHOWN, **{**TARGET, "transport": "pigeon", "format": "ern/1"})
    wrong = await admin_a.mutate("targetCreate", SHOWN, **{**TARGET, "sender": {"dpid": "x", "name": "Label"}})
    twice = [{"name": "password", "value": "one"}, {"name": "password", "value": "another"}]
    doubled = await admin_a.mutate("targetCreate", SHOWN, **{**TARGET, "secrets": twice})

    assert codes(misplaced) == [("TARGET_SECRET_MISPLACED", ["settings", "password"])]
    assert sorted(codes(unknown)) == [("FORMAT_UNKNOWN", ["format"]), ("TRANSPORT_UNKNOWN", ["transport"])]
    assert codes(wrong) == [("VALUE_INVALID", ["sender", "dpid"])]
    assert codes(doubled) == [("TARGET_SETTING_INVALID", ["secrets", "password"])]
    assert "another" not in str(doubled)
    assert await label_a.store.collection(TargetDocument).count({}) == 0


@pytest.mark.proves("SEC-17")
async def test_a_target_in_the_operators_own_network_is_not_stored(label_a: Scope, admin_a: Client) -> None:
    inside = {**TARGET, "settings": {**TARGET["settings"], "host": "10.1.2.3"}}

    refused = await admin_a.mutate("targetCreate", SHOWN, **inside)
    made = await admin_a.mutate("targetCreate", SHOWN, **TARGET)
    moved = await admin_a.mutate("targetUpdate", SHOWN, id=made["target"]["id"], settings=inside["settings"])

    assert codes(refused) == codes(moved) == [("ADDRESS_FORBIDDEN", ["settings", "host"])]
    (stored,) = await label_a.store.collection(TargetDocument).list({})
    assert stored.settings["host"] == "sftp.shop.example"


@pytest.mark.proves("API-11", "API-13", "API-14")
async def test_targets_are_listed_and_deleted(admin_a: Client) -> None:
    first = (await admin_a.mutate("targetCreate", SHOWN, **TARGET))["target"]
    await admin_a.mutate("targetCreate", SHOWN, **{**TARGET, "name": "Another shop", "testMode": True})
    document = "query($filter: TargetFilterInput) { targets(filter: $filter) { nodes { name } } }"

    listed = await admin_a.data(document)
    testing = await admin_a.data(document, filter={"testMode": True})
    deleted = await admin_a.mutate("targetDelete", "deletedId", id=first["id"])
    afterwards = await admin_a.data(document)

    assert [target["name"] for target in listed["targets"]["nodes"]] == ["Another shop", "Shop"]
    assert testing["targets"]["nodes"] == [{"name": "Another shop"}]
    assert deleted["deletedId"] == first["id"]
    assert afterwards["targets"]["nodes"] == [{"name": "Another shop"}]


async def test_transports_say_which_settings_are_secret(admin_a: Client) -> None:
    found = await admin_a.data("{ transports { key title settingsSchema capabilities { atomicPut } } }")

    sftp = next(transport for transport in found["transports"] if transport["key"] == "sftp")
    described = json.dumps(sftp["settingsSchema"]["properties"]["password"])
    assert '"writeOnly": true' in described
    assert "writeOnly" not in json.dumps(sftp["settingsSchema"]["properties"]["host"])


@pytest.mark.proves("API-16", "API-17", "API-18")
async def test_releases_are_delivered_in_one_batch_and_once_for_one_key(
    platform: Platform, label_a: Scope, admin_a: Client
) -> None:
    world = await build_world(platform, label_a)
    second = await admin_a.mutate("releaseCreate", "release { id }", title="Second", displayArtist="A")
    target = (await admin_a.mutate("targetCreate", SHOWN, **TARGET))["target"]
    wanted = [world.ids["Release"], second["release"]["id"]]
    selection = "deliveries { id status batchId subtype release { title } target { name } history { status } }"
    given = {"releaseIds": wanted, "targetId": target["id"], "idempotencyKey": "today"}

    unready = await admin_a.mutate("deliveryCreate", selection, **given)
    await make_ready(label_a, *wanted)
    made = await admin_a.mutate("deliveryCreate", selection, **given)
    again = await admin_a.mutate("deliveryCreate", selection, **given)
    twice = await admin_a.mutate("deliveryCreate", selection, **{**given, "idempotencyKey": "tomorrow"})
    listed = await admin_a.data(
        "query($id: ID!) { deliveries(filter: {targetId: $id, statuses: [created]}) { nodes { id } } }", id=target["id"]
    )

    assert codes(unready) == [("RELEASE_NOT_READY", ["releaseIds", "0"]), ("RELEASE_NOT_READY", ["releaseIds", "1"])]
    assert [delivery["release"]["title"] for delivery in made["deliveries"]] == ["Release", "Second"]
    assert len({delivery["batchId"] for delivery in made["deliveries"]}) == 1
    assert {delivery["subtype"] for delivery in made["deliveries"]} == {"initial"}
    assert [d["id"] for d in again["deliveries"]] == [d["id"] for d in made["deliveries"]]
    assert twice["errors"] != []
    assert {node["id"] for node in listed["deliveries"]["nodes"]} <= {d["id"] for d in made["deliveries"]}
    assert await label_a.store.collection(DeliveryDocument).count({"target_id": local_id("Target", target["id"])}) == 2


async def make_ready(scope: Scope, *release_ids: str) -> None:
    releases = scope.store.collection(ReleaseDocument)
    for release_id in release_ids:
        await releases.update(local_id("Release", release_id), Change(set={"status": ReleaseStatus.READY}))


@pytest.mark.proves("API-19", "RTY-02", "LOG-04")
async def test_a_failed_delivery_is_tried_again_and_its_log_is_read(
    platform: Platform, label_a: Scope, admin_a: Client
) -> None:
    world = await build_world(platform, label_a)
    document = """query($id: ID!, $level: LogLevel) { deliveryLogs(deliveryId: $id, level: $level) {
      nodes { level step message } } }"""

    logged = await admin_a.data(document, id=world.ids["Delivery"])
    errors = await admin_a.data(document, id=world.ids["Delivery"], level="error")
    retried = await admin_a.mutate("deliveryRetry", "delivery { id status messageId }", id=world.ids["Delivery"])
    again = await admin_a.mutate("deliveryRetry", "delivery { id }", id=world.ids["Delivery"])
    cancelled = await admin_a.mutate("deliveryCancel", "delivery { status }", id=world.ids["Delivery"])

    assert logged["deliveryLogs"]["nodes"] == [
        {"level": "info", "step": "initialization", "message": "Delivery started"}
    ]
    assert errors["deliveryLogs"]["nodes"] == []
    assert (retried["delivery"]["id"], retried["delivery"]["status"]) == (world.ids["Delivery"], "retrying")
    assert [code for code, _ in codes(again)] == ["INVALID_STATUS_TRANSITION"]
    assert cancelled["delivery"] == {"status": "cancelled"}


@pytest.mark.proves("RCP-03")
async def test_an_answer_of_the_platform_is_read_with_all_that_it_says(
    platform: Platform, label_a: Scope, admin_a: Client
) -> None:
    world = await build_world(platform, label_a)
    answer = Acknowledgement(
        message_id="",
        release_id="4006381333931",
        status=AcknowledgementStatus.REJECTED,
        final=True,
        code="ResourceCorrupt",
        text="track 1 is noise",
        proposed_action="ResendXmlAndResources",
        manual_check=True,
        affected=("ESA012600001",),
        received_at=datetime(2026, 9, 28, 12, tzinfo=UTC),
    )
    deliveries = label_a.store.collection(DeliveryDocument)
    await deliveries.update(local_id("Delivery", world.ids["Delivery"]), Change(set={"acknowledgement": answer}))
    document = """query($id: ID!) { delivery(id: $id) { acknowledgement {
      messageId releaseId status final code text proposedAction manualCheck affected receivedAt } } }"""

    read = await admin_a.data(document, id=world.ids["Delivery"])

    assert read["delivery"]["acknowledgement"] == {
        "messageId": "",
        "releaseId": "4006381333931",
        "status": "rejected",
        "final": True,
        "code": "ResourceCorrupt",
        "text": "track 1 is noise",
        "proposedAction": "ResendXmlAndResources",
        "manualCheck": True,
        "affected": ["ESA012600001"],
        "receivedAt": "2026-09-28T12:00:00+00:00",
    }


@pytest.mark.proves("API-06")
async def test_a_preview_says_why_no_message_can_be_written(
    platform: Platform, label_a: Scope, admin_a: Client
) -> None:
    world = await build_world(platform, label_a)
    document = """query($release: ID!, $target: ID!) { messagePreview(releaseId: $release, targetId: $target) {
      subtype content validation { valid } errors { code path } } }"""

    preview = (await admin_a.data(document, release=world.ids["Release"], target=world.ids["Target"]))["messagePreview"]

    assert (preview["subtype"], preview["content"], preview["validation"]) == (None, None, None)
    assert preview["errors"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "XML_NOT_WELL_FORMED"),
        ("<a>", "XML_NOT_WELL_FORMED"),
        ("<a/>", "FORMAT_UNKNOWN"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "XML_DOCTYPE_FORBIDDEN"),
    ],
)
@pytest.mark.proves("SEC-16")
async def test_a_message_of_any_origin_is_judged(admin_a: Client, content: str, code: str) -> None:
    document = "query($content: String!) { messageValidate(content: $content) { valid xmlValid errors { code } } }"

    found = (await admin_a.data(document, content=content))["messageValidate"]

    assert found["valid"] is False
    assert [error["code"] for error in found["errors"]] == [code]


@pytest.mark.proves("SEC-16")
async def test_a_message_with_half_a_character_is_refused_like_any_other_fault(admin_a: Client) -> None:
    document = "query($content: String!) { messageValidate(content: $content) { xmlValid errors { code } } }"
    body = json.dumps({"query": document, "variables": {"content": "<a>\ud800</a>"}})
    headers = {**admin_a.headers, "content-type": "application/json"}

    answer = (await admin_a.http.post(f"{admin_a.url}/graphql", content=body, headers=headers)).json()

    found = answer["data"]["messageValidate"]
    assert found == {"xmlValid": False, "errors": [{"code": "XML_NOT_WELL_FORMED"}]}


@pytest.mark.proves("API-27")
async def test_a_plugin_is_switched_off_and_on(admin_a: Client, admin_b: Client) -> None:
    transports = "{ transports { key } }"

    async def offered(client: Client) -> set[str]:
        return {transport["key"] for transport in (await client.data(transports))["transports"]}

    off = await admin_a.mutate("pluginDisable", "plugin { id enabled builtIn }", id="sftp")
    without = await offered(admin_a)
    elsewhere = await offered(admin_b)
    on = await admin_a.mutate("pluginEnable", "plugin { id enabled }", id="sftp")
    unknown = await admin_a.mutate("pluginEnable", "plugin { id }", id="no-such-plugin")
    shapeless = await admin_a.mutate("pluginConfigure", "plugin { id }", id="sftp", configuration=[1])
    nothing = await admin_a.mutate("pluginConfigure", "plugin { id }", id="sftp", configuration={})
    listed = await admin_a.data("{ plugins { id name version publisher enabled fault } }")

    assert off["plugin"] == {"id": "sftp", "enabled": False, "builtIn": True}
    assert "sftp" not in without
    assert "sftp" in elsewhere & await offered(admin_a)
    assert on["plugin"] == {"id": "sftp", "enabled": True}
    assert codes(unknown) == [("NOT_FOUND", ["id"])]
    assert codes(shapeless) == [("PLUGIN_CONFIGURATION_INVALID", ["configuration"])]
    assert [code for code, _ in codes(nothing)] == ["PLUGIN_NOT_CONFIGURABLE"]
    assert {plugin["id"] for plugin in listed["plugins"]} >= {"sftp", "local-folder"}


async def test_platforms_are_data(admin_a: Client) -> None:
    found = await admin_a.data("{ platforms { key name formats commercialTerms { commercialModel } leadTime } }")

    assert found["platforms"]
    assert all(platform["formats"] for platform in found["platforms"])
