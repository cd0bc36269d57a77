"""What the operator has set for a plugin may be wrong: that plugin has a problem, the platform has none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from pydantic import BaseModel, SecretStr
from typer.testing import CliRunner

from distro_api.cli.main import app
from distro_core.identity.documents import TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.enablement import PluginService, PluginStatus
from distro_core.plugins.operator_settings import told
from distro_core.plugins.runtime import build_runtime
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_sdk.errors import DomainError, PluginError, SetupFailure
from distro_sdk.models.delivery import DeliveryStatus
from tests.delivery.label import Label
from tests.plugins.sample_plugins import Carrier, Witness, installed

PASSWORD = "moonlight-4711"
NOWHERE = "register_transports failed: ValueError: 'nowhere' does not appear to be an IPv4 or IPv6 network"
WRONG = {
    "google-cloud": {"private_networks": ["nowhere"]},
    "smtp": {"host": "mail.example", "port": "twenty", "password": PASSWORD},
}


@pytest.fixture
def wrong(settings: Settings) -> Settings:
    return settings.model_copy(update={"plugins": {**settings.plugins, **WRONG}})


async def test_wrong_settings_are_told_and_deliveries_by_other_transports_go_on(
    wrong: Settings, platform: Platform, tenant_a: TenantDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_LOCAL_FOLDERS", str(tmp_path))

    # Given settings that two built-in plugins refuse
    with structlog.testing.capture_logs() as logs:
        async with open_platform(wrong) as impaired:
            scope = await impaired.scope(tenant_a.id, SYSTEM_ACTOR)
            label = Label(scope, tmp_path)
            states = {
                state.id: state
                for state in await PluginService(scope, impaired.control, impaired.runtimes).list()
                if state.fault is not None
            }

            # When a release is delivered by another transport
            release, target = await label.release(), await label.target()
            delivery = await label.deliver([release.id], target.id)
            with pytest.raises(DomainError) as refused:
                await label.target(transport="google-cloud", settings={})

    # Then it arrives, the faulty ones are told, and their transports are not there
    assert delivery.status is DeliveryStatus.DISTRIBUTED
    assert refused.value.code == "TRANSPORT_UNKNOWN"
    assert {id: (state.status, state.failure, state.enabled) for id, state in states.items()} == dict.fromkeys(
        WRONG, (PluginStatus.FAILED, SetupFailure.SETTINGS, False)
    )
    assert states["google-cloud"].fault == NOWHERE
    assert (states["smtp"].fault or "").startswith("it does not accept its settings: ValidationError: port: ")
    errors = {log["plugin"]: log for log in logs if log["event"] == "plugin_refused"}
    assert {id: log["log_level"] for id, log in errors.items()} == dict.fromkeys(WRONG, "error")
    assert errors["google-cloud"]["reason"] == NOWHERE
    assert PASSWORD not in repr(states) + repr(logs)


async def test_the_command_line_lists_a_built_in_plugin_that_has_a_problem(
    wrong: Settings, tenant_a: TenantDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRO_DATA_DIR", str(wrong.data_path))
    monkeypatch.setenv("DISTRO_PLUGINS", json.dumps(WRONG))

    result = await asyncio.to_thread(CliRunner().invoke, app, ["plugin", "list", "--tenant", tenant_a.key, "--json"])

    assert result.exit_code == 0, result.output
    listed = {plugin["id"]: (plugin["status"], plugin["fault"]) for plugin in json.loads(result.stdout)["plugins"]}
    assert listed["google-cloud"] == ("failed", NOWHERE)
    assert "sftp" not in listed
    assert PASSWORD not in result.output


async def test_a_built_in_plugin_that_is_broken_in_itself_still_stops_the_platform() -> None:
    class Broken(Carrier):
        def register_transports(self) -> Any:
            raise ValueError("no coop")

    found = (installed(Broken, built_in=True), installed(Witness, built_in=True))

    with pytest.raises(PluginError, match="register_transports failed: ValueError: no coop"):
        await build_runtime(find=lambda: found)

    runtime = await build_runtime(find=lambda: found, settings={"carrier": {"coop": "far"}})
    assert (dict(runtime.failures), list(runtime.loaded)) == ({"carrier": SetupFailure.SETTINGS}, ["witness"])


class Coop(BaseModel):
    door: int
    key: SecretStr


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"key": "owl's \\ nest"}, "ValueError: **********, '**********' and \"**********\""),
        ({"inner": [{"key": "owl's \\ nest"}]}, "ValueError: **********, '**********' and \"**********\""),
        ({"door": 7, "open": True}, "ValueError: {}, {!r} and {}"),
    ],
)
def test_no_value_of_the_settings_is_told_however_it_is_quoted(settings: Mapping[str, Any], text: str) -> None:
    secret = "owl's \\ nest"
    quoted = (secret, secret, json.dumps(secret))
    spelt = f"{quoted[0]}, '{repr(secret)[1:-1]}' and {quoted[2]}"

    assert told(ValueError(spelt), settings) == (text if "door" not in settings else f"ValueError: {spelt}")


def test_short_values_are_hidden_as_words_and_what_pydantic_quotes_is_left_out() -> None:
    assert told(ValueError("a bad key: a"), {"key": "a"}) == "ValueError: ********** bad key: **********"
    with pytest.raises(ValueError, match="door") as wrong:
        Coop.model_validate({"door": "hunter2", "key": "x"})
    assert told(wrong.value, {"door": "hunter2"}) == (
        "ValidationError: door: Input should be a valid integer, unable to parse string as an integer"
    )
