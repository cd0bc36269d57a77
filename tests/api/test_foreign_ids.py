"""No operation lets a tenant reach what is another's: every id of every operation, found by walking the schema."""

from __future__ import annotations

from typing import Any

import pytest

from distro_api.graphql.node import NODE_KINDS
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform
from distro_core.scope import SYSTEM_ACTOR, Scope
from tests.api.client import Client
from tests.api.operations import Operation, Path, operations
from tests.api.world import World, build_world

KIND_BY_NAME = {
    "assetId": "Asset",
    "assetIds": "Asset",
    "audioAssetId": "Asset",
    "bookletAssetId": "Asset",
    "deliveryId": "Delivery",
    "documentAssetIds": "Asset",
    "importId": "Import",
    "labelPartyId": "Party",
    "partyId": "Party",
    "releaseId": "Release",
    "releaseIds": "Release",
    "screenCaptureAssetId": "Asset",
    "targetId": "Target",
    "targetIds": "Target",
    "trackId": "Track",
    "trackIds": "Track",
    "videoAssetId": "Asset",
}
"""What an id is of, by the name of its argument or field."""

KIND_OF_OWN_ID = {
    "apiKey": "ApiKey",
    "asset": "Asset",
    "bulkDistribution": "BulkDistribution",
    "delivery": "Delivery",
    "import": "Import",
    "manualExport": "ManualExport",
    "manualStatus": "Delivery",
    "notification": "Notification",
    "party": "Party",
    "release": "Release",
    "schedule": "Schedule",
    "target": "Target",
    "track": "Track",
    "user": "User",
}
"""What `id` is of, by how the name of the operation begins."""

NOT_OF_A_TENANT = {
    "mutation pluginConfigure",
    "mutation pluginDisable",
    "mutation pluginEnable",
    "mutation pluginInstall",
    "mutation pluginTaskRun",
    "mutation pluginUninstall",
    "mutation pluginUpgrade",
    "query marketplacePlugin",
    "query plugin",
    "query pluginJob",
    "subscription pluginJobProgress",
}
"""Operations whose `id` is a plugin's, which is the same for all tenants, or that of a job, which only an operator may
see (`tests/api/test_plugin_jobs.py`)."""

BESIDE: dict[str, dict[Path, Any]] = {
    "mutation importCreate": {("input", "csv"): "title,artist,upc,trackTitle\nA,B,4006381333931,C\n"},
    "mutation scheduleCreate": {("input", "timing"): {"startsAt": "2099-01-01T00:00"}},
}
"""What an operation needs beside ids before it looks at them."""

ANY_KIND = "query node"


@pytest.fixture
async def ours(platform: Platform, label_a: Scope) -> World:
    """What is in tenant A."""
    return await build_world(platform, label_a)


@pytest.fixture(scope="module")
async def other_label(platform: Platform, lasting_tenant: TenantDocument) -> Scope:
    """A tenant whose things nobody here reaches, so that it stays as it is from test to test."""
    return await platform.scope(lasting_tenant.id, SYSTEM_ACTOR)


@pytest.fixture(scope="module")
async def theirs(platform: Platform, other_label: Scope) -> World:
    """What is in that tenant."""
    return await build_world(platform, other_label)


def kind_of(operation: Operation, path: Path) -> str:
    """Of what the id is; fails for an operation that nobody has thought of here."""
    if path[-1] != "id":
        return KIND_BY_NAME[path[-1]]
    return next(kind for start, kind in KIND_OF_OWN_ID.items() if operation.name.startswith(start))


def places() -> list[Any]:
    """Every place of an id in every operation, with the kind that belongs there."""
    found = []
    for each in operations():
        if each.key in NOT_OF_A_TENANT:
            continue
        for path in each.id_paths():
            kinds = sorted(NODE_KINDS) if each.key == ANY_KIND else [kind_of(each, path)]
            found += [pytest.param(each, path, kind, id=f"{each.key} {'.'.join(path)} {kind}") for kind in kinds]
    return found


async def faults(client: Client, operation: Operation, values: dict[Path, Any]) -> list[tuple[str, list[str]]]:
    """Code and path of every error that the operation answers with, in the payload or above it."""
    document, variables = operation.request(values)
    if operation.kind == "subscription":
        async with client.events(document, **variables) as events:
            answer = await anext(events)
    else:
        answer = await client.run(document, **variables)
    above = [(error["extensions"]["code"], error["extensions"].get("path", [])) for error in answer.get("errors", ())]
    payload = (answer.get("data") or {}).get(operation.name) or {}
    inside = payload.get("errors", ()) if operation.kind == "mutation" else ()
    return above + [(error["code"], error["path"]) for error in inside]


def required(operation: Operation, world: World) -> dict[Path, Any]:
    """Ids of one's own for every place that an operation cannot do without."""
    _, variables = operation.request()
    own = dict(BESIDE.get(operation.key, {}))
    for path in operation.id_paths():
        value: Any = variables
        for step in path:
            value = value[0] if isinstance(value, list) and value else value
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            own[path] = world.ids[kind_of(operation, path)]
    return own


async def hashes_of(scope: Scope) -> dict[str, str]:
    """The hash of everything that a tenant has stored, by collection."""
    answer = await scope.store.database.command("dbHash")
    hashes: dict[str, str] = answer["collections"]
    return hashes


@pytest.mark.proves("TEN-02")
@pytest.mark.parametrize(("operation", "path", "kind"), places())
async def test_an_id_of_another_tenant_is_not_found(
    *, admin_a: Client, ours: World, theirs: World, other_label: Scope, operation: Operation, path: Path, kind: str
) -> None:
    own = {} if operation.key == ANY_KIND else required(operation, ours)
    before = await hashes_of(other_label)

    found = await faults(admin_a, operation, {**own, path: theirs.ids[kind]})
    control = await faults(admin_a, operation, {**own, path: ours.ids[kind]})

    assert [code for code, _ in found if code == "NOT_FOUND"], found
    assert [code for code, _ in control if code == "NOT_FOUND"] == [], control
    if operation.kind == "mutation":
        spelt = [[step for step in place if not step.isdigit()] for code, place in found if code == "NOT_FOUND"]
        assert list(path[1:]) in spelt
    assert await hashes_of(other_label) == before


def test_every_operation_with_an_id_is_walked() -> None:
    with_ids = {each.key for each in operations() if each.id_paths()}
    walked = {parameters.values[0].key for parameters in places()}

    assert with_ids - walked == NOT_OF_A_TENANT
    assert len(places()) > 60


@pytest.mark.parametrize("id", ["", "x", "🙂", "UmVsZWFzZTo", "UmVsZWFzZQ", "UGFydHk6MQ", "%00", "A" * 5000])
async def test_what_is_no_global_id_is_not_found(admin_a: Client, id: str) -> None:
    assert await admin_a.refused("query($id: ID!) { release(id: $id) { id } }", id=id) == "NOT_FOUND"
    assert await admin_a.refused("query($id: ID!) { node(id: $id) { id } }", id=id) == "NOT_FOUND"
