"""Trying a target's connection: what succeeds is told in steps, what fails with its layer (row TGT-10)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from distro_api.receiver import FileAction, Receiver, ReceiverOptions
from distro_core.delivery.limits.connection_slots import take_slot
from distro_core.delivery.limits.probes import Prober
from distro_core.delivery.limits.sessions import SessionPool
from distro_core.delivery.targets.connection_test import ConnectionLayer, ConnectionTester, action_of
from distro_core.delivery.targets.documents import TargetLimits
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, ErrorCategory, TransportError
from distro_sdk.models.delivery import DeliveryStatus
from tests.delivery.clocks import FixedClock
from tests.delivery.dsp import receiver_at, sftp_target
from tests.delivery.label import Label
from tests.delivery.test_circuits import opened, state_of
from tests.delivery.test_connections import Watched, held_by
from tests.delivery.test_retries import with_line
from tests.delivery.transports import HookedTransport, cut, with_transport

STEPS = ["connect", "write", "compare size", "read", "delete"]


async def settings_of(receiver: Receiver, **changes: object) -> dict[str, object]:
    return {
        "host": receiver.host,
        "port": receiver.port,
        "username": "label",
        "host_key": receiver.host_key,
        "timeout": 30,
    } | changes


@pytest.mark.proves("TGT-10")
async def test_a_probe_is_written_read_back_and_deleted(label: Label, receiver: Receiver) -> None:
    target = await sftp_target(label, receiver)

    found = await ConnectionTester(label.scope).test(target.id)

    assert (found.succeeded, found.layer, found.untried) == (True, None, ())
    assert [step.name for step in found.steps] == STEPS
    gone = [event.action for event in receiver.events if "stardust-probe" in event.place]
    assert gone[-1] is FileAction.REMOVED


@pytest.mark.proves("TGT-10")
async def test_the_layer_that_fails_is_named(label: Label, receiver: Receiver) -> None:
    tester = ConnectionTester(label.scope)
    other_key = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
    cases = [
        (await settings_of(receiver, host="no-such-host.invalid"), "HOST_NOT_FOUND", ConnectionLayer.ADDRESS, "DNS"),
        (await settings_of(receiver, port=1), "CONNECTION_REFUSED", ConnectionLayer.NETWORK, "firewall"),
        (await settings_of(receiver, host_key=other_key), "HOST_KEY_CHANGED", ConnectionLayer.ENCRYPTION, "host key"),
        (await settings_of(receiver, username="nobody"), "LOGIN_REFUSED", ConnectionLayer.AUTHENTICATION, "user name"),
    ]
    for settings, code, layer, named in cases:
        target = await sftp_target(label, receiver, settings=settings)

        found = await tester.test(target.id)

        assert (found.succeeded, found.failed_step, found.code, found.layer) == (False, "connect", code, layer)
        assert found.steps == ()
        assert found.message
        assert named in found.action


@pytest.mark.proves("TGT-10")
async def test_a_full_disk_is_told_from_a_refused_login(label: Label, tmp_path: Path) -> None:
    async with receiver_at(tmp_path / "dsp", options=ReceiverOptions(quota=10)) as full:
        target = await sftp_target(label, full)

        found = await ConnectionTester(label.scope).test(target.id)

    assert (found.failed_step, found.layer) == ("write", ConnectionLayer.SPACE)
    assert found.action == "Ask the receiver for room, then test again."
    assert [step.name for step in found.steps] == ["connect"]


async def test_a_password_that_is_wrong_is_a_matter_of_authentication(label: Label, receiver: Receiver) -> None:
    target = await sftp_target(label, receiver, secrets={"password": SecretStr("wrong")})

    found = await ConnectionTester(label.scope).test(target.id)

    assert (found.code, found.layer) == ("LOGIN_REFUSED", ConnectionLayer.AUTHENTICATION)
    assert "wrong" not in found.message


async def test_a_probe_that_comes_back_changed_is_told_and_taken_away(label: Label) -> None:
    async def spoil(path: str) -> None:
        (label.folder / path).write_bytes(b"something else of another size")

    line = HookedTransport(after=spoil)
    spoiled = label.with_scope(plugins=with_transport(label.scope, line).plugins)
    target = await spoiled.target(transport=line.key)

    found = await ConnectionTester(spoiled.scope).test(target.id)

    assert (found.failed_step, found.code, found.layer) == ("compare size", "PROBE_DAMAGED", ConnectionLayer.PROTOCOL)
    assert label.files() == []


async def test_a_server_that_stalls_is_given_up_and_left_as_it_was(
    label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stall(path: str) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("distro_core.delivery.targets.connection_test.TIMEOUT", 1.0)
    line = HookedTransport(after=stall)
    stalling = label.with_scope(plugins=with_transport(label.scope, line).plugins)
    target = await stalling.target(transport=line.key)

    found = await ConnectionTester(stalling.scope).test(target.id)

    assert (found.failed_step, found.code, found.layer) == ("write", "CONNECT_TIMEOUT", ConnectionLayer.NETWORK)
    assert label.files() == []


async def test_a_write_that_is_forbidden_is_a_matter_of_permission(label: Label) -> None:
    async def refuse(path: str) -> None:
        raise TransportError(ErrorCategory.AUTH_INVALID, "PERMISSION_DENIED", "read only", retryable=False)

    line = HookedTransport(before=refuse)
    barred = label.with_scope(plugins=with_transport(label.scope, line).plugins)
    target = await barred.target(transport=line.key)

    found = await ConnectionTester(barred.scope).test(target.id)

    assert (found.failed_step, found.layer) == ("write", ConnectionLayer.PERMISSION)
    assert "write, rename and delete" in found.action


@pytest.mark.proves("TGT-10")
@pytest.mark.parametrize("category", list(ErrorCategory))
@pytest.mark.parametrize(
    "code", ["HOST_NOT_FOUND", "ADDRESS_FORBIDDEN", "TLS_FAILED", "REMOTE_DISK_FULL", "RATE_LIMITED", "ANYTHING"]
)
def test_what_to_do_about_a_test_speaks_of_no_attempts_and_of_no_delivery(category: ErrorCategory, code: str) -> None:
    action = action_of(TransportError(category, code, "no", retryable=True))

    assert action.endswith("test again.")
    assert "attempt" not in action
    assert "delivery" not in action


@pytest.mark.proves("PRO-10")
async def test_a_test_waits_for_the_connection_that_a_transfer_holds(label: Label) -> None:
    line, uploading, go_on = Watched(), asyncio.Event(), asyncio.Event()

    async def hang(path: str) -> None:
        if "stardust-probe" not in path:
            uploading.set()
            await go_on.wait()

    line.before = hang
    label = with_line(label, line).with_scope(sessions=SessionPool(idle=600))
    target = await label.target(transport=line.key, limits=TargetLimits(max_connections=1))
    (delivery,) = await label.deliveries.create([(await label.release()).id], target.id)
    transfer = asyncio.create_task(label.work(delivery))
    await uploading.wait()
    testing = asyncio.create_task(ConnectionTester(label.scope).test(target.id))
    await asyncio.sleep(0.1)
    begun_at_once = line.connections > 1
    go_on.set()
    await transfer
    found = await testing

    assert not begun_at_once
    assert (found.succeeded, line.connections, line.most) == (True, 2, 1)
    assert (await label.deliveries.get(delivery.id)).status is DeliveryStatus.DISTRIBUTED
    assert await held_by(label, target.id) == 0


@pytest.mark.proves("PRO-10")
async def test_a_test_that_gets_no_connection_says_so_and_leaves_the_transfer_alone(
    label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distro_core.delivery.targets.connection_test.WAITING", 0.2)
    monkeypatch.setattr("distro_core.delivery.targets.connection_test.ASKING", 0.05)
    line = Watched()
    label = with_line(label, line)
    target = await label.target(name="Shop", transport=line.key, limits=TargetLimits(max_connections=1))
    transfer = await take_slot(label.scope, target.id, 1, 1)
    assert transfer is not None

    with pytest.raises(DomainError) as refused:
        await ConnectionTester(label.scope).test(target.id)
    kept = await held_by(label, target.id)
    await transfer.release()

    assert (refused.value.code, refused.value.path) == ("TARGET_CONNECTIONS_BUSY", ("id",))
    assert refused.value.message == (
        "all 1 connections that Shop allows are in use, and none became free within 0.2 seconds"
    )
    assert (kept, line.connections) == (1, 0)


@pytest.mark.proves("PRO-10")
async def test_a_test_that_fails_gives_its_connection_back(label: Label) -> None:
    async def refuse(path: str) -> None:
        raise cut()

    label = with_line(label, HookedTransport(connecting=refuse))
    target = await label.target(transport="hooked", limits=TargetLimits(max_connections=1))

    found = await ConnectionTester(label.scope).test(target.id)

    assert (found.succeeded, found.code, await held_by(label, target.id)) == (False, "CONNECTION_LOST", 0)


async def test_a_probe_in_the_background_that_gets_no_connection_blames_nobody(
    label: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distro_core.delivery.targets.connection_test.WAITING", 0.0)
    label = label.with_scope(clock=(clock := FixedClock()))
    target = await label.target(limits=TargetLimits(max_connections=1))
    await opened(label, target)
    before = await state_of(label, target)
    clock.advance(61)
    transfer = await take_slot(label.scope, target.id, 1, 1)
    assert transfer is not None

    closed = await Prober(label.scope).probe(target.id)
    after = await state_of(label, target)
    await transfer.release()

    assert not closed
    assert (after.failures, after.opened_at, after.trial) == (before.failures, before.opened_at, None)
    assert after.probe_at is not None
    assert after.probe_at > clock.now()


async def test_a_foreign_target_is_not_found(label: Label, label_b: Scope) -> None:
    target = await label.target()

    with pytest.raises(DomainError) as refused:
        await ConnectionTester(label_b).test(target.id)

    assert refused.value.code == "NOT_FOUND"
