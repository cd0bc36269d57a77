"""What can be watched: over server-sent events and over WebSocket, nothing left out and nothing twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from distro_api.graphql.context import RequestContext
from distro_api.graphql.ids import local_id
from distro_core.delivery.deliveries import DeliveryService
from distro_core.delivery.documents import DeliveryDocument, DeliveryLogDocument, LogLevel
from distro_core.delivery.logs import StepLog, log_channel
from distro_core.delivery.transitions import change_status
from distro_core.identity.tokens import TokenPurpose, open_token_signer
from distro_core.imports.documents import ImportDocument, ImportStatus
from distro_core.platform import Platform
from distro_core.scope import Scope
from distro_core.store.collection import Change
from distro_core.store.documents import new_id
from distro_sdk.models.delivery import DeliveryStatus
from tests.api.client import Client, read, subscribe
from tests.api.world import World, build_world

LOGS = "subscription($id: ID!) { deliveryLogs(deliveryId: $id) { id step message level details } }"
STATUS = "subscription($id: ID!) { deliveryStatus(deliveryId: $id) { status history { status } release { title } } }"
PROGRESS = "subscription($id: ID!) { importProgress(importId: $id) { status doneRows totalRows } }"


@pytest.fixture
async def world(platform: Platform, label_a: Scope) -> World:
    return await build_world(platform, label_a)


async def write(scope: Scope, delivery_id: str, *messages: str) -> None:
    """Write lines into a delivery's log."""
    log = StepLog(scope, [local_id("Delivery", delivery_id)])
    for message in messages:
        await log.write(LogLevel.INFO, "delivery_execution", message)


async def next_messages(events: Any, count: int) -> list[str]:
    """The messages of the next lines of a log."""
    return [(await anext(events))["data"]["deliveryLogs"]["message"] for _ in range(count)]


@pytest.mark.proves("LOG-03", "API-20")
async def test_a_log_shows_what_stands_in_it_and_then_every_new_line(
    label_a: Scope, admin_a: Client, world: World
) -> None:
    delivery_id = world.ids["Delivery"]
    await write(label_a, delivery_id, "second")

    async with admin_a.events(LOGS, id=delivery_id) as events:
        stored = await next_messages(events, 2)
        await write(label_a, delivery_id, "third", "fourth")
        live = await next_messages(events, 2)

    assert stored == ["Delivery started", "second"]
    assert live == ["third", "fourth"]


async def test_lines_written_while_somebody_begins_to_watch_come_once_each(
    label_a: Scope, admin_a: Client, world: World
) -> None:
    delivery_id = world.ids["Delivery"]
    wanted = {"Delivery started", *(f"line {number}" for number in range(60))}

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write(label_a, delivery_id, *(f"line {number}" for number in range(60))))
        async with admin_a.events(LOGS, id=delivery_id) as events:
            seen = await next_messages(events, len(wanted))
            await write(label_a, delivery_id, "last")
            assert await next_messages(events, 1) == ["last"]

    assert sorted(seen) == sorted(wanted)


async def test_a_line_that_was_stored_late_or_told_to_nobody_is_shown_all_the_same(
    label_a: Scope, admin_a: Client, world: World
) -> None:
    delivery_id = local_id("Delivery", world.ids["Delivery"])
    early = new_id()
    await write(label_a, world.ids["Delivery"], "on time")

    async with admin_a.events(LOGS, id=world.ids["Delivery"]) as events:
        await next_messages(events, 2)
        line = DeliveryLogDocument(
            id=early, delivery_id=delivery_id, at=label_a.clock.now(), level=LogLevel.INFO, step="x", message="late"
        )
        await label_a.store.collection(DeliveryLogDocument).insert(line)
        await label_a.broadcast.publish(log_channel(label_a.tenant_key, delivery_id), {})

        assert await next_messages(events, 1) == ["late"]


async def test_more_lines_than_a_page_holds_are_all_shown(label_a: Scope, admin_a: Client, world: World) -> None:
    await write(label_a, world.ids["Delivery"], *(f"line {number}" for number in range(250)))

    async with admin_a.events(LOGS, id=world.ids["Delivery"]) as events:
        seen = await next_messages(events, 251)

    assert seen == ["Delivery started", *(f"line {number}" for number in range(250))]


@pytest.mark.proves("STT-05", "WFL-17")
async def test_a_delivery_is_shown_after_every_change_of_its_status(
    label_a: Scope, admin_a: Client, world: World
) -> None:
    delivery = await DeliveryService(label_a).get(local_id("Delivery", world.ids["Delivery"]))

    async with admin_a.events(STATUS, id=world.ids["Delivery"]) as events:
        before = (await anext(events))["data"]["deliveryStatus"]
        await label_a.store.collection(DeliveryDocument).update(delivery.id, Change(set={"current_step": "unseen"}))
        await change_status(label_a, delivery, DeliveryStatus.RETRYING)
        after = (await anext(events))["data"]["deliveryStatus"]

    assert before == {"status": "failed", "history": [], "release": {"title": "Release"}}
    assert after == {"status": "retrying", "history": [{"status": "retrying"}], "release": {"title": "Release"}}


async def test_what_is_loaded_for_an_event_is_loaded_anew_for_the_next(
    label_a: Scope, admin_a: Client, world: World
) -> None:
    delivery = await DeliveryService(label_a).get(local_id("Delivery", world.ids["Delivery"]))

    async with admin_a.events(STATUS, id=world.ids["Delivery"]) as events:
        await anext(events)
        await admin_a.mutate("releaseUpdate", "release { id }", id=world.ids["Release"], title="Renamed")
        await change_status(label_a, delivery, DeliveryStatus.RETRYING)
        after = (await anext(events))["data"]["deliveryStatus"]

    assert after["release"] == {"title": "Renamed"}


@pytest.mark.proves("IMP-07")
async def test_an_import_is_shown_as_it_goes_on_and_ends_with_it(label_a: Scope, admin_a: Client, world: World) -> None:
    imports = label_a.store.collection(ImportDocument)
    import_id = local_id("Import", world.ids["Import"])
    seen = []

    async with admin_a.events(PROGRESS, id=world.ids["Import"]) as events:
        async for event in events:
            seen.append(event["data"]["importProgress"])
            steps: list[dict[str, Any]] = [
                {"status": ImportStatus.RUNNING},
                {"created": 1},
                {"status": ImportStatus.COMPLETED},
            ]
            if len(seen) <= len(steps):
                changed = await imports.update(import_id, Change(set=steps[len(seen) - 1]))
                channel = f"{label_a.tenant_key}:imports:{import_id}"
                await label_a.broadcast.publish(channel, changed.progress())

    assert [(entry["status"], entry["doneRows"]) for entry in seen] == [
        ("waiting", 0),
        ("running", 0),
        ("running", 1),
        ("completed", 1),
    ]


async def test_a_socket_carries_several_operations(label_a: Scope, admin_a: Client, world: World) -> None:
    async with admin_a.socket() as socket:
        assert await read(socket) == {"type": "connection_ack"}
        await subscribe(socket, "logs", LOGS, id=world.ids["Delivery"])
        first = await read(socket)
        await subscribe(socket, "me", "{ me { permissions } }")
        answers = [await read(socket), await read(socket)]
        await write(label_a, world.ids["Delivery"], "second")
        second = await read(socket)
        await socket.send('{"type": "ping"}')
        pong = await read(socket)

    assert (first["id"], first["payload"]["data"]["deliveryLogs"]["message"]) == ("logs", "Delivery started")
    assert [(answer["id"], answer["type"]) for answer in answers] == [("me", "next"), ("me", "complete")]
    assert (second["id"], second["payload"]["data"]["deliveryLogs"]["message"]) == ("logs", "second")
    assert pong == {"type": "pong"}


async def test_a_socket_tells_errors_with_their_codes(admin_a: Client, staff_viewer: Client, world: World) -> None:
    async with staff_viewer.socket() as socket:
        await read(socket)
        await subscribe(socket, "1", LOGS, id=world.ids["Delivery"])
        forbidden = await read(socket)
        await subscribe(socket, "2", "{ nothing }")
        invalid = await read(socket)

    assert forbidden["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (invalid["type"], invalid["payload"][0]["extensions"]["code"]) == ("error", "GRAPHQL_INVALID")


@pytest.fixture
async def staff_viewer(admin_a: Client) -> Client:
    made = await admin_a.mutate("apiKeyCreate", "key", name="Viewer", permissions=["catalogue:read"])
    return admin_a.with_token(made["key"])


@pytest.mark.parametrize("payload", [{"authorization": "Bearer nonsense"}, {"authorization": "x"}, {"a": "b"}])
async def test_a_socket_of_nobody_is_closed(anybody: Client, payload: dict[str, str]) -> None:
    async with anybody.socket(payload) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()

        assert socket.close_code == 4403


async def test_a_socket_must_greet_first(anybody: Client) -> None:
    url = f"{anybody.url.replace('http', 'ws')}/graphql"

    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await subscribe(socket, "1", "{ me { permissions } }")
        with pytest.raises(ConnectionClosed):
            await socket.recv()

        assert socket.close_code == 4401


@pytest.mark.parametrize("message", ["nonsense", "[]", '"text"', '{"type": "dance"}', '{"id": 1}', "[" * 50_000])
async def test_a_message_that_makes_no_sense_ends_the_connection(admin_a: Client, message: str) -> None:
    async with admin_a.socket() as socket:
        await read(socket)
        await socket.send(message)
        with pytest.raises(ConnectionClosed):
            await socket.recv()

        assert socket.close_code == 4400


@pytest.mark.parametrize(
    "payload", ["null", "[]", "1", '{"query": 1}', '{"query": "{ me { permissions } }", "variables": 1}']
)
async def test_an_operation_that_makes_no_sense_harms_nobody(admin_a: Client, payload: str) -> None:
    async with admin_a.socket() as socket:
        await read(socket)
        await socket.send(f'{{"type": "subscribe", "id": "1", "payload": {payload}}}')
        try:
            answer = await read(socket)
        except ConnectionClosed:
            answer = {"type": "closed"}

    assert answer["type"] in {"error", "closed"}, answer
    assert (await admin_a.data("{ me { permissions } }"))["me"]


async def test_another_protocol_is_refused(anybody: Client) -> None:
    url = f"{anybody.url.replace('http', 'ws')}/graphql"

    async with connect(url, subprotocols=[Subprotocol("graphql-ws")]) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()

        assert socket.close_code == 4406


async def test_a_page_of_another_origin_cannot_open_a_socket(anybody: Client) -> None:
    url = f"{anybody.url.replace('http', 'ws')}/graphql"

    with pytest.raises(Exception, match="403"):
        async with connect(
            url,
            subprotocols=[Subprotocol("graphql-transport-ws")],
            origin="https://elsewhere.example",  # type: ignore[arg-type]
        ):
            pass


async def test_watching_ends_with_the_token(
    platform: Platform, admin_a: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = open_token_signer(platform.settings, platform.clock)
    claims = signer.read(TokenPurpose.ACCESS, admin_a.token or "")
    known = {name: claims[name] for name in ("sub", "tenant", "session")}
    token, ends = signer.sign(TokenPurpose.ACCESS, known, timedelta(hours=1))
    # Half a second before its end, however long it takes to get there.
    monkeypatch.setattr(RequestContext, "now", lambda _: ends - timedelta(seconds=0.5))

    async with admin_a.with_token(token).events(LOGS, id=world.ids["Delivery"]) as events:
        seen = [event async for event in events]

    assert seen[0]["data"]["deliveryLogs"]["message"] == "Delivery started"
    assert seen[-1]["errors"][0]["extensions"]["code"] == "TOKEN_EXPIRED"


async def test_watching_ends_when_the_session_is_ended(label_a: Scope, admin_a: Client, world: World) -> None:
    async with admin_a.events(LOGS, id=world.ids["Delivery"]) as events:
        await anext(events)
        await admin_a.mutate("authSignOut", "signedOut")
        await write(label_a, world.ids["Delivery"], "not for you any more")
        seen = [event async for event in events]

    assert [event["errors"][0]["extensions"]["code"] for event in seen] == ["UNAUTHENTICATED"]


async def test_a_socket_asks_who_calls_for_every_operation(admin_a: Client) -> None:
    made = await admin_a.mutate("apiKeyCreate", "apiKey { id } key", name="Robot", permissions=["catalogue:read"])

    async with admin_a.with_token(made["key"]).socket() as socket:
        await read(socket)
        await subscribe(socket, "1", "{ releases { nodes { id } } }")
        before = [await read(socket), await read(socket)]
        await admin_a.mutate("apiKeyRevoke", "apiKey { id }", id=made["apiKey"]["id"])
        await subscribe(socket, "2", "{ releases { nodes { id } } }")
        after = await read(socket)

    assert before[0]["payload"] == {"data": {"releases": {"nodes": []}}}
    assert after["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_who_leaves_is_forgotten(platform: Platform, admin_a: Client, world: World) -> None:
    running = {task.get_name() for task in asyncio.all_tasks()}

    for _ in range(3):
        async with admin_a.events(LOGS, id=world.ids["Delivery"]) as events:
            await anext(events)
        async with admin_a.socket() as socket:
            await read(socket)
            await subscribe(socket, "1", LOGS, id=world.ids["Delivery"])
            await read(socket)

    async with asyncio.timeout(60):
        while {name for name in named_tasks() if name.startswith("note what happens")} - running:
            await asyncio.sleep(0.05)


def named_tasks() -> set[str]:
    return {task.get_name() for task in asyncio.all_tasks()}
