"""A private key decides how much work its passphrase takes, within bounds."""

from __future__ import annotations

import base64
import re

import asyncssh
import pytest
from asyncssh.asn1 import der_decode, der_encode
from pydantic import SecretStr

from distro_plugins.sftp import SftpSettings
from distro_plugins.sftp.private_key import KeyUnreadable, read_private_key

WORD = "open sesame"
KEY = asyncssh.generate_private_key("ssh-ed25519")
RSA = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
OPENSSH = KEY.export_private_key(passphrase=WORD, rounds=64).decode()
PKCS8 = RSA.export_private_key("pkcs8-pem", passphrase=WORD).decode()
PBES1 = RSA.export_private_key(
    "pkcs8-pem", passphrase=WORD, cipher_name="des3-cbc", hash_name="sha1", pbe_version=1
).decode()


def settings(text: str, passphrase: str | None = WORD) -> SftpSettings:
    return SftpSettings(
        host="sftp.dsp.example",
        username="label",
        host_key=KEY.export_public_key().decode(),
        private_key=SecretStr(text),
        passphrase=SecretStr(passphrase) if passphrase else None,
    )


def content_of(text: str) -> bytes:
    return base64.b64decode("".join(text.strip().splitlines()[1:-1]))


def as_text(kind: str, content: bytes) -> str:
    return (
        f"-----BEGIN {kind} PRIVATE KEY-----\n{base64.b64encode(content).decode()}\n-----END {kind} PRIVATE KEY-----\n"
    )


def with_rounds(text: str, rounds: int) -> str:
    """An OpenSSH key that asks for so many rounds of bcrypt."""
    content = content_of(text)
    options = content.index(b"bcrypt") + len(b"bcrypt") + 4
    salt = int.from_bytes(content[options : options + 4], "big")
    place = options + 4 + salt
    return as_text("OPENSSH", content[:place] + rounds.to_bytes(4, "big") + content[place + 4 :])


def with_iterations(text: str, count: int) -> str:
    """A key of OpenSSL that asks for so many iterations: the one number in what describes its encryption."""

    def changed(read: object) -> object:
        if isinstance(read, tuple):
            return tuple(changed(each) for each in read)
        return count if isinstance(read, int) else read

    key = der_decode(content_of(text))
    assert isinstance(key, tuple)
    return as_text("ENCRYPTED", der_encode((changed(key[0]), key[1])))


@pytest.mark.parametrize("text", [OPENSSH, PKCS8, PBES1], ids=["openssh", "pkcs8", "pbes1"])
def test_usual_keys_open_also_with_words_around_them_and_other_line_ends(text: str) -> None:
    expected = KEY if text == OPENSSH else RSA

    for given in (text, text.replace("\n", "\r\n"), f"  \n{text}\n", f"Bag Attributes\n    name: x\n{text}"):
        read = read_private_key(settings(given))
        assert read is not None
        assert read.public_data == expected.public_data


def test_a_key_without_a_passphrase_opens() -> None:
    for text in (KEY.export_private_key().decode(), "Bag Attributes\n" + RSA.export_private_key("pkcs1-pem").decode()):
        assert read_private_key(settings(text, None)) is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (with_rounds(OPENSSH, 4_000_000_000), "has more than 500 rounds of bcrypt"),
        (with_rounds(OPENSSH, 501), "has more than 500 rounds of bcrypt"),
        (with_iterations(PKCS8, 2_000_001), "has more than 2000000 iterations"),
        (with_iterations(PBES1, 4_000_000_000), "has more than 2000000 iterations"),
        (f"Bag Attributes\n{with_rounds(OPENSSH, 4_000_000_000)}{OPENSSH}", "has more than 500 rounds of bcrypt"),
    ],
)
def test_a_key_that_asks_for_too_much_work_is_refused_before_it_is_begun(text: str, reason: str) -> None:
    with pytest.raises(KeyUnreadable, match=reason) as caught:
        read_private_key(settings(text))

    assert caught.value.setting == "private_key"


@pytest.mark.parametrize(
    "text",
    [
        re.sub("[A-Za-z0-9]{20}", "!", with_rounds(OPENSSH, 4_000_000_000)),
        with_rounds(OPENSSH, 4_000_000_000).replace("-----END OPENSSH", "-----END ENCRYPTED"),
        with_rounds(OPENSSH, 4_000_000_000).replace("-----BEGIN OPENSSH", "-----BEGIN  OPENSSH"),
        as_text("OPENSSH", content_of(OPENSSH)[:40]),
        as_text("ENCRYPTED", b"\x30\x03\x02\x01\x05"),
        as_text("ENCRYPTED", b"no key"),
        "0 is no text of a PRIVATE KEY-----",
    ],
    ids=range(7),
)
def test_what_is_no_key_is_told_at_once(text: str) -> None:
    with pytest.raises(KeyUnreadable) as caught:
        read_private_key(settings(text))

    assert caught.value.setting == "private_key"
