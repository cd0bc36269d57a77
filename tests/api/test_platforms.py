"""Platforms of one's own, their health, and tests of them, over GraphQL (rows TAP-07 to TAP-10, SVC-08)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from distro_api.graphql.ids import global_id
from distro_core.delivery.documents import DeliveryDocument
from distro_core.delivery.targets.documents import TargetDocument
from distro_core.platform import Platform
from distro_core.platforms.adapters import TargetAdapterService
from distro_core.platforms.health import HealthStatus, judge
from distro_core.platforms.registry import MOST_PLATFORMS
from distro_core.scope import Scope
from distro_core.store.documents import new_id
from distro_sdk.models.delivery import DeliveryStatus as Status
from tests.api.client import Client
from tests.api.conftest import Staff
from tests.api.test_deliveries import TARGET, codes
from tests.api.world import delivery_document, target_document
from tests.json_dsp_server import TOKEN, json_dsp

PROFILE: dict[str, Any] = {
    "formats": ["ern/4.3"],
    "commercial_terms": [{"commercial_model": "SubscriptionModel", "use_types": ["OnDemandStream"]}],
    "minimum_cover": 1600,
    "rules": [{"kind": "lead_time", "hours": 48, "sentence": "Two days before the release date."}],
    "links": {"shop": "https://shop.example/album/{id}"},
}
OWN: dict[str, Any] = {
    "key": "corner-shop",
    "name": "Corner Shop",
    "deliveryMethod": "hybrid",
    "apiEndpoint": "https://api.shop.example/v1",
    "profile": PROFILE,
}
SHOWN = "platform { key name deliveryMethod apiEndpoint minimumCover links rules { kind parameters } }"
FIND = "query($name: String!) { platform(name: $name) { key name } }"
HEALTH = (
    """{ platformHealth { platformId platformName status successRate avgProcessingTimeMs deliveries lastChecked } }"""
)


@pytest.mark.proves("TAP-07", "TAP-08", "SVC-08")
async def test_a_tenant_describes_a_platform_and_makes_targets_from_it(admin_a: Client, admin_b: Client) -> None:
    made = await admin_a.mutate("platformCreate", SHOWN, **OWN)
    without = {name: value for name, value in TARGET.items() if name not in {"format", "commercialTerms"}}
    target = await admin_a.mutate(
        "targetCreate", "target { platform format minimumCover }", **{**without, "platform": "corner-shop"}
    )
    changed = await admin_a.mutate(
        "platformUpdate", SHOWN, key="corner-shop", changes={"name": "Shop at the corner", "minimum_cover": 3000}
    )
    listed = await admin_a.data("{ platforms { key } }")
    by_name = await admin_a.data(FIND, name="shop AT the corner")
    elsewhere = await admin_b.data(FIND, name="corner-shop")

    assert made["errors"] == []
    assert made["platform"] == {
        "key": "corner-shop",
        "name": "Corner Shop",
        "deliveryMethod": "hybrid",
        "apiEndpoint": "https://api.shop.example/v1",
        "minimumCover": 1600,
        "links": PROFILE["links"],
        "rules": [{"kind": "lead_time", "parameters": {"hours": 48}}],
    }
    assert target["target"] == {"platform": "corner-shop", "format": "ern/4.3", "minimumCover": 1600}
    assert (changed["platform"]["name"], changed["platform"]["minimumCover"]) == ("Shop at the corner", 3000)
    assert changed["platform"]["apiEndpoint"] == "https://api.shop.example/v1"
    assert "corner-shop" in {platform["key"] for platform in listed["platforms"]}
    assert by_name["platform"]["key"] == "corner-shop"
    assert elsewhere["platform"] is None


@pytest.mark.proves("TAP-07")
@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"rules": [{"kind": "horoscope", "sentence": "Mercury."}]}, "PLATFORM_PROFILE_INVALID", ["rules", "0"]),
        (
            {"rules": [{"kind": "lead_time", "hours": 1, "sentence": "x", "moon": "full"}]},
            "PLATFORM_PROFILE_INVALID",
            ["rules", "0", "leadTime", "moon"],
        ),
        ({"formats": []}, "PLATFORM_PROFILE_INVALID", ["formats"]),
        ({"formats": ["ern/9"]}, "FORMAT_UNKNOWN", ["formats", "0"]),
        ({"choreography": "ballet"}, "CHOREOGRAPHY_UNKNOWN", ["choreography"]),
        ({"genre_provider": "nobody"}, "GENRE_PROVIDER_UNKNOWN", ["genreProvider"]),
        ({"links": {"shop": "javascript:{id}"}}, "PLATFORM_PROFILE_INVALID", ["links", "shop"]),
        ({"unheard_of": 1}, "PLATFORM_PROFILE_INVALID", ["unheardOf"]),
    ],
)
async def test_a_description_with_what_nobody_knows_is_refused_and_not_stored(
    admin_a: Client, change: dict[str, Any], code: str, path: list[str]
) -> None:
    refused = await admin_a.mutate("platformCreate", SHOWN, **{**OWN, "profile": {**PROFILE, **change}})

    assert codes(refused) == [(code, path)]
    assert (await admin_a.data(FIND, name="corner-shop"))["platform"] is None


@pytest.mark.parametrize("rule", [{"kind": "horoscope", "sentence": "Mercury."}, {"sentence": "Mercury."}])
async def test_a_rule_of_no_kind_is_answered_with_the_kinds_there_are(admin_a: Client, rule: dict[str, str]) -> None:
    refused = await admin_a.mutate("platformCreate", SHOWN, **{**OWN, "profile": {**PROFILE, "rules": [rule]}})

    (fault,) = refused["errors"]
    assert fault["message"].startswith("a rule has a kind: artist_id, booklet, commercial_terms")


@pytest.mark.proves("TAP-07", "TAP-08")
async def test_keys_are_taken_once_and_only_ones_own_platforms_change(staff_a: Staff, admin_b: Client) -> None:
    admin = staff_a.admin
    await admin.mutate("platformCreate", SHOWN, **OWN)
    without = {name: value for name, value in TARGET.items() if name != "format"}
    await admin.mutate("targetCreate", "target { id }", **{**without, "platform": "corner-shop"})

    again = await admin.mutate("platformCreate", SHOWN, **OWN)
    plugins = await admin.mutate("platformCreate", SHOWN, **{**OWN, "key": "spotify"})
    foreign = await admin_b.mutate("platformUpdate", SHOWN, key="corner-shop", changes={"name": "Mine"})
    of_plugin = await admin.mutate("platformUpdate", SHOWN, key="spotify", changes={"name": "Mine"})
    no_object = await admin.mutate("platformUpdate", SHOWN, key="corner-shop", changes=[])
    in_use = await admin.mutate("platformDelete", "deletedKey", key="corner-shop")
    unused = await admin_b.mutate("platformCreate", SHOWN, **OWN)
    gone = await admin_b.mutate("platformDelete", "deletedKey", key="corner-shop")
    document = "mutation($input: PlatformDeleteInput!) { platformDelete(input: $input) { deletedKey } }"

    assert codes(again) == codes(plugins) == [("PLATFORM_KEY_TAKEN", ["key"])]
    assert codes(foreign) == codes(of_plugin) == [("PLATFORM_UNKNOWN", ["key"])]
    assert codes(no_object) == [("PLATFORM_PROFILE_INVALID", ["changes"])]
    assert codes(in_use) == [("PLATFORM_IN_USE", ["key"])]
    assert unused["errors"] == []
    assert gone == {"deletedKey": "corner-shop", "errors": []}
    assert await staff_a.manager.refused(document, input={"key": "corner-shop"}) == "FORBIDDEN"


async def test_a_tenant_describes_a_bounded_number_of_platforms(
    platform: Platform, label_a: Scope, admin_a: Client
) -> None:
    await admin_a.mutate("platformCreate", SHOWN, **OWN)
    tenants = platform.control.database["tenants"]
    (own,) = (await tenants.find_one({"_id": label_a.tenant_id}))["platforms"]
    many = [{**own, "key": f"shop-{number}"} for number in range(MOST_PLATFORMS)]
    await tenants.update_one({"_id": label_a.tenant_id}, {"$set": {"platforms": many}})

    refused = await admin_a.mutate("platformCreate", SHOWN, **OWN)

    assert codes(refused) == [("PLATFORMS_TOO_MANY", [])]


@pytest.mark.proves("SVC-08")
async def test_active_platforms_are_those_that_something_is_delivered_to(admin_a: Client, admin_b: Client) -> None:
    spotify = {**TARGET, "platform": "spotify"}
    await admin_a.mutate("targetCreate", "target { id }", **spotify)
    await admin_a.mutate("targetCreate", "target { id }", **{**spotify, "name": "Second"})
    await admin_a.mutate("targetCreate", "target { id }", **{**TARGET, "platform": "tidal", "active": False})
    document = "{ activePlatforms { platform { key } targets hasCredentials } }"

    ours = await admin_a.data(document)
    theirs = await admin_b.data(document)

    assert ours["activePlatforms"] == [{"platform": {"key": "spotify"}, "targets": 2, "hasCredentials": True}]
    assert theirs["activePlatforms"] == []


@pytest.mark.proves("TAP-10")
@pytest.mark.parametrize(
    ("arrived", "failed", "word"),
    [
        (0, 0, HealthStatus.HEALTHY),
        (19, 1, HealthStatus.HEALTHY),
        (18, 1, HealthStatus.DEGRADED),
        (1, 1, HealthStatus.DEGRADED),
        (24, 26, HealthStatus.DOWN),
        (0, 1, HealthStatus.DOWN),
    ],
)
def test_the_words_for_health_have_thresholds(arrived: int, failed: int, word: HealthStatus) -> None:
    assert judge(arrived, failed) is word


@pytest.mark.proves("TAP-10")
async def test_health_is_judged_by_the_latest_deliveries(label_a: Scope, admin_a: Client, admin_b: Client) -> None:
    targets = label_a.store.collection(TargetDocument)
    deliveries = label_a.store.collection(DeliveryDocument)
    shop = await targets.insert(target_document().model_copy(update={"id": new_id(), "platform": "spotify"}))
    quiet = await targets.insert(target_document())
    started = delivery_document("r", "t").started_at
    assert started is not None
    for number, status in enumerate([Status.FAILED] * 5 + [Status.LIVE] * 30 + [Status.FAILED] * 20):
        fields = {
            "id": new_id(),
            "message_id": f"m{number}",
            "status": status,
            "completed_at": started + timedelta(seconds=2),
        }
        await deliveries.insert(delivery_document(new_id(), shop.id).model_copy(update=fields))
    unhelpful = {"id": new_id(), "message_id": "x", "status": Status.NEEDS_ATTENTION}
    await deliveries.insert(delivery_document(new_id(), shop.id).model_copy(update=unhelpful))

    silent, spotify = sorted((await admin_a.data(HEALTH))["platformHealth"], key=lambda each: each["deliveries"])
    elsewhere = await admin_b.data(HEALTH)

    assert (spotify["platformId"], spotify["platformName"]) == ("spotify", "Spotify")
    assert (spotify["status"], spotify["successRate"], spotify["deliveries"]) == ("degraded", 0.6, 50)
    assert spotify["avgProcessingTimeMs"] == 2000.0
    assert (silent["platformId"], silent["status"], silent["successRate"]) == (quiet.id, "healthy", None)
    assert elsewhere["platformHealth"] == []


@pytest.mark.proves("TAP-09", "ADI-10")
async def test_a_test_tries_the_files_and_the_interface(
    label_a: Scope, admin_a: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))
    fields = {"id": new_id(), "settings": {"directory": str(tmp_path)}}
    target = await label_a.store.collection(TargetDocument).insert(target_document().model_copy(update=fields))
    by_hand = await label_a.store.collection(TargetDocument).insert(
        target_document().model_copy(update={"id": new_id(), "transport": "manual", "settings": {}})
    )
    service = TargetAdapterService(label_a)

    async def tested(target_id: str) -> dict[str, Any]:
        payload = await admin_a.mutate("platformTest", "test { connected details }", targetId=target_id)
        found: dict[str, Any] = payload["test"]
        return found

    alone = await tested(global_id("Target", target.id))
    async with json_dsp() as dsp:
        settings = {"address": dsp.address, "allow_plain": True}
        await service.set(target.id, "json-api", settings, {"token": SecretStr(TOKEN)})
        accepted = await tested(global_id("Target", target.id))
        await service.set(target.id, "json-api", settings, {"token": SecretStr("no-token")})
        refused = await tested(global_id("Target", target.id))
    away = await tested(global_id("Target", target.id))
    person = await tested(global_id("Target", by_hand.id))

    assert (alone["connected"], len(alone["details"])) == (True, 1)
    assert (accepted["connected"], accepted["details"][1]) == (True, "Interface: the platform accepts the credentials")
    assert (refused["connected"], refused["details"][1]) == (False, "Interface: the platform refuses the credentials")
    assert away["connected"] is False
    assert person == {"connected": True, "details": ["A person delivers to this platform."]}
