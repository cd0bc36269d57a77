"""What a target may say about its SFTP server."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncssh
import pytest
from pydantic import SecretStr, ValidationError

from distro_plugins.sftp import SftpSettings
from distro_plugins.sftp.host_key import parse_host_key
from distro_plugins.sftp.liveness import Liveness
from tests.jumping_loop import JumpingLoop, run_jumping

KEY = asyncssh.generate_private_key("ssh-ed25519")
LINE = KEY.export_public_key().decode().strip()
PRIVATE = KEY.export_private_key().decode()
WORKING = {"host": "sftp.dsp.example", "username": "label", "password": "secret", "host_key": LINE}


def faults(**changes: Any) -> list[tuple[str, ...]]:
    given = {name: value for name, value in (WORKING | changes).items() if value is not None}
    with pytest.raises(ValidationError) as caught:
        SftpSettings.model_validate(given)
    return [tuple(map(str, fault["loc"])) for fault in caught.value.errors()]


def test_a_target_needs_a_host_a_user_a_secret_and_the_host_key() -> None:
    with pytest.raises(ValidationError) as caught:
        SftpSettings.model_validate({})

    assert sorted(str(fault["loc"][0]) for fault in caught.value.errors()) == ["host", "host_key", "username"]
    assert faults(password=None) == [()]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"host": "a b"}, "host"),
        ({"host": "sftp://dsp"}, "host"),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"username": ""}, "username"),
        ({"private_key": "ssh-ed25519 AAAA"}, "private_key"),
        ({"private_key": ""}, "private_key"),
        ({"password": ""}, "password"),
        ({"private_key": PRIVATE, "passphrase": ""}, "passphrase"),
        ({"directory": "../other"}, "directory"),
        ({"directory": "in\ncoming"}, "directory"),
        ({"host_key": "whatever it shows"}, "host_key"),
        ({"host_key": "ssh-ed25519 AAAA"}, "host_key"),
        ({"host_key": "MD5:d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e"}, "host_key"),
        ({"timeout": 0}, "timeout"),
        ({"color": "red"}, "color"),
    ],
)
def test_each_wrong_setting_is_named(changes: dict[str, Any], place: str) -> None:
    assert faults(**changes) == [(place,)]


def test_a_passphrase_belongs_to_a_key() -> None:
    assert faults(passphrase="open sesame") == [()]


def test_secrets_never_show() -> None:
    settings = SftpSettings.model_validate(
        WORKING | {"password": "open sesame", "private_key": PRIVATE, "passphrase": "open barley"}
    )

    shown = repr(settings) + str(settings) + str(settings.model_dump(mode="json"))

    assert "open" not in shown
    assert PRIVATE.splitlines()[1] not in shown
    assert isinstance(settings.password, SecretStr)


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        f"{LINE} a comment (RSA)",
        f"sftp.dsp.example {LINE}",
        f"[sftp.dsp.example]:2222,[192.0.2.1]:2222 {LINE}",
        KEY.get_fingerprint(),
        f"{KEY.get_fingerprint()}=",
        f"256 {KEY.get_fingerprint()} root@dsp (ED25519)",
        f"  {LINE}\n",
    ],
    ids=range(8),
)
def test_a_host_key_is_read_in_every_form_in_which_people_have_it(text: str) -> None:
    pin = parse_host_key(text)

    assert pin.matches(KEY)
    assert not pin.matches(asyncssh.generate_private_key("ssh-ed25519"))


@pytest.mark.parametrize(
    ("algorithm", "first"),
    [
        ("ssh-ed25519", "ssh-ed25519"),
        ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"),
        ("ssh-rsa", "rsa-sha2-512"),
    ],
)
def test_a_server_with_several_keys_is_asked_for_the_pinned_kind_first(algorithm: str, first: str) -> None:
    line = asyncssh.generate_private_key(algorithm).export_public_key().decode()

    algorithms = parse_host_key(line).algorithms

    assert algorithms[0] == first
    assert len(algorithms) == 6
    assert "ssh-rsa" not in algorithms


@pytest.mark.parametrize(("kind", "first"), [("(RSA)", "rsa-sha2-512"), ("(ECDSA)", "ecdsa-sha2-nistp256")])
def test_a_fingerprint_may_say_of_which_kind_its_key_is(kind: str, first: str) -> None:
    assert parse_host_key(f"3072 {KEY.get_fingerprint()} dsp {kind}").algorithms[0] == first


def test_a_silent_server_is_given_up_and_a_talking_one_is_not() -> None:
    async def story(loop: JumpingLoop) -> None:
        given_up = asyncio.Event()
        liveness = Liveness(1000, given_up.set)

        with liveness.awaiting():
            for _ in range(5):
                await loop.jump(600)
                liveness.heard()
            assert not given_up.is_set()
            await loop.jump(1000)
            assert given_up.is_set()

        assert liveness.gave_up

    run_jumping(story)


def test_a_server_is_not_blamed_for_the_time_that_we_take() -> None:
    async def story(loop: JumpingLoop) -> None:
        given_up = asyncio.Event()
        liveness = Liveness(1000, given_up.set)

        with liveness.awaiting():
            with liveness.pausing():
                await loop.jump(3000)
            await loop.jump(600)
            assert not given_up.is_set()
            await loop.jump(1000)
            assert given_up.is_set()

    run_jumping(story)
