"""Secrets in configurations of plugins: sealed at rest, handed to the plugin's hooks, and told to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, ClassVar

import bson
import httpx2
import pytest
import structlog
from pydantic import BaseModel, Field, SecretStr, field_validator

from distro_core.identity.documents import Role, TenantDocument
from distro_core.platform import Platform, open_platform
from distro_core.plugins.circuits import PluginCircuitDocument
from distro_core.scope import SYSTEM_ACTOR
from distro_core.secrets.envelope import EnvelopeSealer
from distro_core.secrets.keys import KeyFile
from distro_core.secrets.providers import KeyProviders
from distro_core.settings import Settings
from distro_sdk.configuration import configuration_schema
from distro_sdk.errors import DomainError
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Release
from distro_sdk.plugin import Plugin, PluginContext
from distro_sdk.testing.collections import context_in_memory
from tests.api.client import Client
from tests.api.conftest import hire, serve_api
from tests.api.conftest import http as http  # noqa: PLC0414 (a fixture)
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import Witness, installed

SECRET = "correct horse battery staple"
RELEASE = Release(id="r1", title="Night Drive")


class Address(Model):
    """Where the courier goes."""

    street: str = "Abbey Road"
    key: SecretStr
    code: SecretStr | None = Field(default=None, max_length=40)

    @field_validator("key")
    @classmethod
    def _opens(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value().startswith("broken"):
            raise ValueError(f"{value.get_secret_value()} opens nothing")
        return value


class Courier(Plugin):
    """Remembers what it was handed, and betrays it where its street says so."""

    id: ClassVar[str] = "courier"
    configuration: ClassVar[type[BaseModel] | None] = Address

    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings)
        self.handed: dict[str, Address | None] = {}

    async def check_config(self, context: PluginContext) -> None:
        self._betray(context, "Dead End")

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        self.handed[context.tenant_id] = (
            Address.model_validate(context.configuration) if context.configuration else None
        )
        self._betray(context, "Baker Street")
        if context.configuration.get("street") == "Crash Road":
            raise RuntimeError(f"cannot open {context.configuration['key'].get_secret_value()}")
        return release

    def _betray(self, context: PluginContext, street: str) -> None:
        if context.configuration.get("street") == street:
            key = context.configuration["key"].get_secret_value()
            raise DomainError("NO_WAY", f"the key {key} does not fit", ("key", key))


CONFIGURE = """mutation($input: PluginConfigureInput!) { pluginConfigure(input: $input) {
  plugin { configuration configurationSecrets { name isSet } configurationSchema } errors { code message path } } }"""
READ = '{ plugin(id: "courier") { configuration configurationSecrets { name isSet } } }'


@pytest.fixture
async def running(platform: Platform, settings: Settings) -> AsyncIterator[Platform]:
    found = (installed(Courier), installed(Witness))
    async with open_platform(settings, find=lambda: found) as opened:
        yield opened


class Label:
    """A tenant with the courier, and its admin."""

    def __init__(self, running: Platform, admin: Client, tenant: TenantDocument) -> None:
        self.running, self.admin, self.tenant = running, admin, tenant

    async def configure(self, **configuration: Any) -> dict[str, Any]:
        answer = await self.admin.run(CONFIGURE, input={"id": "courier", "configuration": configuration})
        assert SECRET not in str(answer)
        result: dict[str, Any] = answer["data"]["pluginConfigure"]
        return result

    async def secrets(self) -> dict[str, bool]:
        plugin = (await self.admin.data(READ))["plugin"]
        return {secret["name"]: secret["isSet"] for secret in plugin["configurationSecrets"]}

    async def handed(self) -> Address | None:
        scope = await self.running.scope(self.tenant.id, SYSTEM_ACTOR)
        await scope.plugins.before_release(RELEASE)
        plugin = self.running.runtimes.current.loaded["courier"].plugin
        assert isinstance(plugin, Courier)
        return plugin.handed[self.tenant.id]

    async def stored(self) -> TenantDocument:
        return await self.running.control.collection(TenantDocument).get(self.tenant.id)


@pytest.fixture
async def labels(
    running: Platform, http: httpx2.AsyncClient, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> AsyncIterator[tuple[Label, Label]]:
    async with serve_api(running, development=False) as url:
        made = []
        for tenant in (tenant_a, tenant_b):
            made.append(Label(running, await hire(running, Client(http, url), tenant, Role.ADMIN), tenant))
            await (await PluginsOf(running)(tenant.id)).enable("courier")
        yield made[0], made[1]


@pytest.mark.proves("PLG-16", "SEC-06")
async def test_a_secret_is_sealed_handed_to_the_hooks_of_its_tenant_and_never_told(
    labels: tuple[Label, Label],
) -> None:
    label, other = labels
    assert await label.secrets() == {"key": False, "code": False}

    saved = await label.configure(street="Penny Lane", key=SECRET)

    assert saved["errors"] == []
    assert saved["plugin"]["configuration"] == {"street": "Penny Lane"}
    assert await label.secrets() == {"key": True, "code": False}
    assert await label.handed() == Address(street="Penny Lane", key=SecretStr(SECRET))
    assert (await other.handed(), await other.secrets()) == (None, {"key": False, "code": False})
    raw = await label.running.control.collection(TenantDocument).raw.find_one({"_id": label.tenant.id})
    assert list(raw["plugin_secrets"]["courier"]) == ["key"]
    assert SECRET.encode() not in bson.encode(raw)


async def test_a_secret_stays_when_it_is_left_out_changes_when_it_is_given_and_goes_with_null(
    labels: tuple[Label, Label],
) -> None:
    label, _ = labels
    await label.configure(key=SECRET, code="1234")
    sealed = (await label.stored()).plugin_secrets["courier"]

    await label.configure(street="Penny Lane", code="4321")
    assert await label.handed() == Address(street="Penny Lane", key=SecretStr(SECRET), code=SecretStr("4321"))
    assert (await label.stored()).plugin_secrets["courier"]["key"] == sealed["key"]

    await label.configure(code=None)
    assert await label.secrets() == {"key": True, "code": False}

    refused = await label.configure(key=None)
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [
        ("PLUGIN_CONFIGURATION_INVALID", ["configuration", "key"])
    ]
    assert await label.handed() == Address(key=SecretStr(SECRET))


async def test_whoever_draws_a_form_learns_which_fields_are_secrets(labels: tuple[Label, Label]) -> None:
    schema = (await labels[0].configure(key=SECRET))["plugin"]["configurationSchema"]

    hidden = {name for name, field in schema["properties"].items() if field.get("writeOnly")}
    assert hidden == {"key", "code"}
    assert {schema["properties"][name]["format"] for name in hidden} == {"password"}
    assert configuration_schema(Address) == schema


async def test_a_secret_outlives_both_kinds_of_rotation(labels: tuple[Label, Label], running: Platform) -> None:
    label, _ = labels
    await label.configure(key=SECRET)
    sealer = running.sealer
    assert isinstance(sealer, EnvelopeSealer)

    data_key = await sealer.rotate(label.tenant.id)
    await label.configure(code="1234")
    await sealer.rewrap(label.tenant.id)

    keys = {name: sealed.key_id for name, sealed in (await label.stored()).plugin_secrets["courier"].items()}
    assert (keys["code"] == data_key, keys["key"] == data_key) == (True, False)
    assert await label.handed() == Address(key=SecretStr(SECRET), code=SecretStr("1234"))


async def test_no_error_log_or_circuit_tells_what_a_plugin_betrays(labels: tuple[Label, Label]) -> None:
    label, _ = labels

    unsound = await label.configure(key=f"broken {SECRET}")
    tried = await label.configure(street="Dead End", key=SECRET)

    assert unsound["errors"][0]["message"] == "********** opens nothing"
    assert tried["errors"] == [
        {
            "code": "NO_WAY",
            "message": "the key ********** does not fit",
            "path": ["configuration", "key", "**********"],
        }
    ]
    assert await label.secrets() == {"key": False, "code": False}

    for street, code in (("Baker Street", "NO_WAY"), ("Crash Road", "PLUGIN_FAILED")):
        await label.configure(street=street, key=SECRET)
        with structlog.testing.capture_logs() as logs, pytest.raises(DomainError) as caught:
            await label.handed()
        assert caught.value.code == code
        assert "**********" in str(caught.value)
        assert SECRET not in f"{caught.value!r} {logs}"
    circuit = await label.running.control.collection(PluginCircuitDocument).find_one({"tenant_id": label.tenant.id})
    assert circuit is not None
    assert circuit.reason == "RuntimeError: cannot open **********"


async def test_a_plugin_whose_secret_cannot_be_opened_fails_closed_alone_and_is_mended_by_a_new_one(
    labels: tuple[Label, Label], tmp_path: Any
) -> None:
    label, other = labels
    await label.configure(key=SECRET)
    lost = EnvelopeSealer(label.running.control, KeyProviders(KeyFile(tmp_path / "another.json")))
    without_key = replace(label.running, sealer=lost)

    plugins = (await without_key.scope(label.tenant.id, SYSTEM_ACTOR)).plugins
    with pytest.raises(DomainError) as caught:
        await plugins.before_release(RELEASE)

    assert caught.value.code == "SECRET_UNREADABLE"
    assert await other.handed() is None
    await label.configure(key="a new one")
    assert await label.handed() == Address(key=SecretStr("a new one"))


async def test_a_context_shows_no_secret_where_it_is_printed() -> None:
    context = context_in_memory("courier", configuration={"street": "Abbey Road"}, secrets={"key": SECRET})

    assert Address.model_validate(context.configuration).key.get_secret_value() == SECRET
    assert SECRET not in repr(context)
