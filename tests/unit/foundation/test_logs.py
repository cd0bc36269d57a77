"""Log lines are structured, know what they belong to, and never hold a secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from distro_core.logs import LONGEST_TEXT, bind_log_context, configure_logging, mask_secrets
from distro_core.settings import Settings


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, configuration = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers, root.level = handlers, level
    structlog.configure(**configuration)


def _start(capsys: pytest.CaptureFixture[str], **settings: Any) -> Callable[[], list[dict[str, Any]]]:
    """Begin to log; what is returned reads the lines that were logged since."""
    configure_logging(Settings.model_validate(settings))
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.proves("SEC-12")
def test_a_line_is_json_with_ids_from_its_context(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _start(capsys)
    log = structlog.get_logger("distro.tests")

    with bind_log_context(request_id="r1", tenant_id="t1"), bind_log_context(delivery_id="d1"):
        log.info("file uploaded", path="A/1.wav", bytes=12)
    log.warning("outside")

    inside, outside = lines()
    moment = inside.pop("timestamp")
    assert inside == {
        "event": "file uploaded",
        "level": "info",
        "logger": "distro.tests",
        "request_id": "r1",
        "tenant_id": "t1",
        "delivery_id": "d1",
        "path": "A/1.wav",
        "bytes": 12,
    }
    assert moment.endswith("Z")
    assert set(outside) == {"event", "level", "logger", "timestamp"}


def test_lines_of_libraries_look_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _start(capsys)
    with bind_log_context(tenant_id="t1"):
        logging.getLogger("some.library").warning("reconnected after %d s", 3, extra={"password": "open-sesame"})

    (line,) = lines()
    assert (line["event"], line["logger"], line["tenant_id"]) == ("reconnected after 3 s", "some.library", "t1")
    assert line["password"] == "**********"


def test_an_exception_is_part_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _start(capsys)
    try:
        raise ValueError("the cause")
    except ValueError:
        structlog.get_logger("distro.tests").exception("it failed")

    (line,) = lines()
    assert line["event"] == "it failed"
    assert "ValueError: the cause" in line["exception"]


def test_megabytes_that_a_server_said_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _start(capsys)
    credentials = "x" * (LONGEST_TEXT - 20) + "ftp://label:" + "p" * 100 + "@dsp.example"

    try:
        raise RuntimeError("no " * 1_000_000)
    except RuntimeError:
        structlog.get_logger("distro.tests").exception("failed", reason="no " * 1_000_000, address=credentials)

    (line,) = lines()
    assert (len(line["reason"]), len(line["exception"])) == (LONGEST_TEXT, LONGEST_TEXT)
    assert line["exception"].startswith("Traceback")
    assert line["address"] == "x" * (LONGEST_TEXT - 20) + "ftp://**********@dsp"


def test_levels_below_the_setting_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _start(capsys, log_level="WARNING")

    structlog.get_logger("distro.tests").info("quiet")
    structlog.get_logger("distro.tests").warning("loud")

    assert [line["event"] for line in lines()] == ["loud"]


def test_lines_are_readable_in_development(capsys: pytest.CaptureFixture[str]) -> None:
    _start(capsys, development=True)

    structlog.get_logger("distro.tests").info("file uploaded", path="A/1.wav")

    shown = capsys.readouterr().err
    assert "file uploaded" in shown
    assert not shown.startswith("{")


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "open-sesame"},
        {"sftp_password": "open-sesame"},
        {"Authorization": "Bearer open-sesame"},
        {"refresh_token": "open-sesame"},
        {"apiKey": "open-sesame"},
        {"settings": {"host": "h", "private_key": "open-sesame"}},
        {"targets": [{"secret": "open-sesame"}]},
        {"value": SecretStr("open-sesame")},
        {"values": (SecretStr("open-sesame"), {"inner": SecretStr("open-sesame")})},
        {"password": {"inner": "open-sesame"}},
        {"url": "mongodb://user:open-sesame@db.example.org/"},
        {"reason": "cannot reach redis://:open-sesame@cache:6379/0 now"},
    ],
)
def test_secrets_are_masked(capsys: pytest.CaptureFixture[str], fields: dict[str, Any]) -> None:
    lines = _start(capsys)
    structlog.get_logger("distro.tests").info("configured", **fields)

    (line,) = lines()
    assert "open-sesame" not in json.dumps(line)
    assert "**********" in json.dumps(line)


def test_a_secret_in_an_exception_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _start(capsys)
    try:
        raise ConnectionError("cannot reach mongodb://user:open-sesame@db.example.org/")
    except ConnectionError:
        structlog.get_logger("distro.tests").exception("it failed")

    (line,) = lines()
    assert "cannot reach mongodb://**********@db.example.org/" in line["exception"]
    assert "open-sesame" not in json.dumps(line)


@given(st.dictionaries(st.sampled_from(["tenant_id", "path", "bytes", "count", "status"]), st.text() | st.integers()))
def test_what_is_no_secret_is_left_as_it_is(fields: dict[str, Any]) -> None:
    assert mask_secrets(None, "info", dict(fields)) == fields
