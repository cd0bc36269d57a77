"""What a target may say about its FTP server, and how the words of servers are understood."""

from __future__ import annotations

import ftplib
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from distro_plugins.ftp import FtpSettings
from distro_plugins.ftp.facts import parse_entry, parse_hash
from distro_plugins.ftp.failures import classify
from distro_plugins.ftp.tls import parse_fingerprint

FINGERPRINT = ":".join(["AB"] * 32)
WORKING = {"host": "ftp.dsp.example", "username": "label", "password": "open sesame"}


def faults(**changes: Any) -> list[tuple[str, ...]]:
    with pytest.raises(ValidationError) as caught:
        FtpSettings.model_validate(WORKING | changes)
    return [tuple(map(str, fault["loc"])) for fault in caught.value.errors()]


@pytest.mark.proves("PRO-01")
def test_a_target_needs_a_host_a_user_and_a_password_and_speaks_tls() -> None:
    with pytest.raises(ValidationError) as caught:
        FtpSettings.model_validate({})
    settings = FtpSettings.model_validate(WORKING)

    assert sorted(str(fault["loc"][0]) for fault in caught.value.errors()) == ["host", "password", "username"]
    assert (settings.port, settings.encryption, settings.connections) == (21, "tls", 4)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"host": "a b"}, "host"),
        ({"host": "ftp://dsp"}, "host"),
        ({"port": 0}, "port"),
        ({"username": ""}, "username"),
        ({"username": "label\r\nDELE a"}, "username"),
        ({"password": "a\nb"}, "password"),
        ({"password": ""}, "password"),
        ({"username": "anonymous", "password": ""}, "password"),
        ({"directory": "../other"}, "directory"),
        ({"directory": "in\r\ncoming"}, "directory"),
        ({"encryption": "maybe"}, "encryption"),
        ({"ca_certificates": "trust me"}, "ca_certificates"),
        ({"certificate_fingerprint": "AB:CD"}, "certificate_fingerprint"),
        ({"connections": 0}, "connections"),
        ({"connections": 17}, "connections"),
        ({"timeout": 0}, "timeout"),
        ({"color": "red"}, "color"),
    ],
)
def test_each_wrong_setting_is_named(changes: dict[str, Any], place: str) -> None:
    assert faults(**changes) == [(place,)]


def test_certificates_that_contradict_the_rest_are_refused() -> None:
    assert faults(encryption="none", certificate_fingerprint=FINGERPRINT) == [()]


def test_secrets_never_show() -> None:
    settings = FtpSettings.model_validate(WORKING)

    assert "sesame" not in repr(settings) + str(settings) + str(settings.model_dump(mode="json"))
    assert isinstance(settings.password, SecretStr)
    with pytest.raises(ValidationError) as caught:
        FtpSettings.model_validate(WORKING | {"password": "open\nsesame"})
    assert "sesame" not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize(
    "text",
    [
        FINGERPRINT,
        FINGERPRINT.lower(),
        FINGERPRINT.replace(":", ""),
        f"sha256 Fingerprint={FINGERPRINT}",
        f"SHA256 Fingerprint={FINGERPRINT}\n",
        f"SHA-256: {FINGERPRINT}",
    ],
)
def test_a_fingerprint_is_read_in_every_form_in_which_people_have_it(text: str) -> None:
    assert parse_fingerprint(text) == b"\xab" * 32


@pytest.mark.parametrize("text", ["AB" * 20, f"sha1 Fingerprint={FINGERPRINT}", f"{FINGERPRINT}:AB", "SHA256:abc", ""])
def test_another_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a SHA-256 fingerprint"):
        parse_fingerprint(text)


@pytest.mark.parametrize(
    ("reply", "code", "retryable"),
    [
        # pyftpdlib, vsftpd, proftpd, pure-ftpd, FileZilla Server and IIS, as they say it
        ("530 Authentication failed.", "LOGIN_REFUSED", False),
        ("530 Login incorrect.", "LOGIN_REFUSED", False),
        ("530 Permission denied.", "LOGIN_REFUSED", False),
        ("430 Invalid username or password", "LOGIN_REFUSED", False),
        ("530 Sorry, the maximum number of clients (2) from your host are already connected.", "FTP_UNAVAILABLE", True),
        ("421 There are too many connections from your internet address.", "FTP_UNAVAILABLE", True),
        ("421 Timeout.", "FTP_UNAVAILABLE", True),
        ("425 Can't open data connection.", "DATA_CONNECTION_FAILED", True),
        ("426 Failure reading network stream.", "CONNECTION_LOST", True),
        ("426 No space left on device; transfer aborted.", "REMOTE_DISK_FULL", True),
        ("451 Failure writing to local file.", "REMOTE_DISK_FULL", True),
        ("451 Transfer aborted. Input/output error", "REMOTE_DISK_FULL", True),
        ("452 Transfer aborted.  No space left on device", "REMOTE_DISK_FULL", True),
        ("552 Disk full - please upload later", "REMOTE_DISK_FULL", True),
        ("552 Transfer aborted. Disk quota exceeded", "REMOTE_DISK_FULL", True),
        ("550 There is not enough space on the disk.", "REMOTE_DISK_FULL", True),
        ("451 Local error in processing.", "REMOTE_FAILURE", True),
        ("450 File busy.", "REMOTE_FAILURE", True),
        ("500 Unknown command.", "COMMAND_UNSUPPORTED", False),
        ("500 OOPS: priv_sock_get_int", "REMOTE_FAILURE", True),
        ("502 Command not implemented.", "COMMAND_UNSUPPORTED", False),
        ("503 Bad sequence of commands.", "PROTOCOL_ERROR", True),
        ("522 SSL connection failed; session reuse required: see require_ssl_reuse option", "TLS_FAILED", False),
        ("534 Policy requires SSL.", "TLS_FAILED", False),
        ("550 Permission denied.", "PERMISSION_DENIED", False),
        ("550 Not enough privileges.", "PERMISSION_DENIED", False),
        ("550 Access is denied.", "PERMISSION_DENIED", False),
        ("553 Could not create file.", "PERMISSION_DENIED", False),
        ("550 a.wav: No such file or directory", "REMOTE_FILE_MISSING", True),
        ("550 The system cannot find the file specified.", "REMOTE_FILE_MISSING", True),
        ("550 Failed to open file.", "REMOTE_FILE_MISSING", True),
        ("550 Something else", "REMOTE_FAILURE", True),
    ],
)
def test_replies_are_understood_by_code_and_words(reply: str, code: str, retryable: bool) -> None:
    kind = ftplib.error_temp if reply.startswith("4") else ftplib.error_perm
    error = classify(kind(reply), "write a.wav")

    assert (error.code, error.retryable) == (code, retryable)
    assert reply in error.message


def test_a_long_reply_is_cut() -> None:
    assert len(classify(ftplib.error_perm("550 " + "x" * 9000), "write a.wav").message) < 400


def test_only_files_are_taken_from_a_listing() -> None:
    entry = parse_entry("Type=file;Size=21;Modify=20260102030405.678;UNIX.mode=0644; a  name; with=signs.xml")

    assert entry is not None
    assert (entry[0], entry[1].size) == ("a  name; with=signs.xml", 21)
    assert entry[1].modified_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for line in (
        "type=dir;size=4096; audio",
        "type=cdir;size=4096; .",
        "type=OS.unix=slink:/x;size=1; x",
        "type=file; a",
    ):
        assert parse_entry(line) is None
    for time in ("yesterday", "20261399000000", "2026W011030405"):
        undated = parse_entry(f"type=file;size=1;modify={time}; a")
        assert undated is not None
        assert undated[1].modified_at is None


def test_a_hash_is_found_in_every_reply() -> None:
    md5 = "d41d8cd98f00b204e9800998ecf8427e"

    assert parse_hash(f"213 MD5 0-20 {md5.upper()} track.wav", "md5") == md5
    assert parse_hash(f"250 {md5}", "md5") == md5
    assert parse_hash(f"250 {md5}", "sha1") is None
    assert parse_hash("250 File too large", "md5") is None
