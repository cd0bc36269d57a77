"""Settings come from the environment, are checked, and never show a secret."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from distro_core.settings import Settings
from distro_core.store.driver import Driver

SECRETS = {
    "DISTRO_MONGO_URL": "mongodb://user:open-sesame-1@db.example.org/",
    "DISTRO_REDIS_URL": "redis://:open-sesame-2@cache.example.org/0",
    "DISTRO_S3_ACCESS_KEY": "open-sesame-3",
    "DISTRO_S3_SECRET_KEY": "open-sesame-4",
    "DISTRO_AUTH_KEY": "open-sesame-5",
    "DISTRO_PLUGINS": json.dumps({"ftp": {"password": "open-sesame-6"}}),
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("DISTRO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default() -> None:
    settings = Settings()

    assert settings.mongo_url is None
    assert settings.mongo_driver is Driver.MOTOR
    assert settings.data_path == Path.cwd() / ".distro"
    assert (settings.access_token_lifetime, settings.refresh_token_lifetime) == (900, 30 * 24 * 3600)
    assert settings.max_request_bytes == 1024 * 1024
    assert (settings.graphql_max_depth, settings.graphql_max_tokens) == (12, 2000)
    assert settings.graphql_max_aliases == 30


def test_settings_come_from_the_environment_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISTRO_PORT=9000\nDISTRO_HOST=0.0.0.0\n")
    monkeypatch.setenv("DISTRO_PORT", "9001")
    monkeypatch.setenv("DISTRO_MONGO_DRIVER", "pymongo")
    monkeypatch.setenv("DISTRO_AUTH_KEY", "open-sesame")

    settings = Settings()

    assert (settings.port, settings.host, settings.mongo_driver) == (9001, "0.0.0.0", Driver.PYMONGO)
    assert settings.auth_key == SecretStr("open-sesame")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISTRO_PORT", "70000"),
        ("DISTRO_MONGO_DRIVER", "mongoengine"),
        ("DISTRO_LOG_LEVEL", "LOUD"),
        ("DISTRO_WORKER_CONCURRENCY", "0"),
        ("DISTRO_RETRY_ATTEMPTS", "many"),
    ],
)
def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=name.removeprefix("DISTRO_").lower()):
        Settings()


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)

    settings = Settings()
    described = settings.describe()

    for shown in (repr(settings), str(settings), settings.model_dump_json(), json.dumps(described)):
        assert "open-sesame" not in shown
    assert described["DISTRO_MONGO_URL"] == "**********"
    assert described["DISTRO_PORT"] == 8080


def test_every_setting_is_described() -> None:
    described = Settings().describe()

    assert set(described) == {f"DISTRO_{name.upper()}" for name in Settings.model_fields}
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
