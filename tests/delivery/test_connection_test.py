"""Trying a target's connection: what succeeds is told in steps, what fails with its layer (row TGT-10)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from distro_api.receiver import FileAction, Receiver, ReceiverOptions
from distro_core.delivery.targets.connection_test import ConnectionLayer, ConnectionTester
from distro_core.scope import Scope
from distro_sdk.errors import DomainError, ErrorCategory, TransportError
from tests.delivery.dsp import receiver_at, sftp_target
from tests.delivery.label import Label
from tests.delivery.transports import HookedTransport, with_transport

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
        (await settings_of(receiver, host="no-such-host.invalid"), "HOST_NOT_FOUND", ConnectionLayer.ADDRESS),
        (await settings_of(receiver, port=1), "CONNECTION_REFUSED", ConnectionLayer.NETWORK),
        (await settings_of(receiver, host_key=other_key), "HOST_KEY_CHANGED", ConnectionLayer.ENCRYPTION),
        (await settings_of(receiver, username="nobody"), "LOGIN_REFUSED", ConnectionLayer.AUTHENTICATION),
    ]
    for settings, code, layer in cases:
        target = await sftp_target(label, receiver, settings=settings)

        found = await tester.test(target.id)

        assert (found.succeeded, found.failed_step, found.code, found.layer) == (False, "connect", code, layer)
        assert found.steps == ()
        assert found.message
        assert found.action


@pytest.mark.proves("TGT-10")
async def test_a_full_disk_is_told_from_a_refused_login(label: Label, tmp_path: Path) -> None:
    async with receiver_at(tmp_path / "dsp", options=ReceiverOptions(quota=10)) as full:
        target = await sftp_target(label, full)

        found = await ConnectionTester(label.scope).test(target.id)

    assert (found.failed_step, found.layer) == ("write", ConnectionLayer.SPACE)
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


async def test_a_foreign_target_is_not_found(label: Label, label_b: Scope) -> None:
    target = await label.target()

    with pytest.raises(DomainError) as refused:
        await ConnectionTester(label_b).test(target.id)

    assert refused.value.code == "NOT_FOUND"
