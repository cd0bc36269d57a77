"""A newer version of a plugin finds what tenants keep of it in its own form, or says why it does not."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, SecretStr

from distro_core.embedded import ServiceUrls
from distro_core.identity.documents import TenantDocument
from distro_core.identity.plugin_versions import PluginVersions
from distro_core.platform import Platform, open_platform
from distro_core.plugins import document_migrations
from distro_core.plugins.discovery import FoundPlugin
from distro_core.plugins.enablement import PluginState, PluginStatus
from distro_core.plugins.migrations import Upkeep
from distro_core.plugins.own_collections import open_collection
from distro_core.scope import SYSTEM_ACTOR
from distro_core.secrets.envelope import EnvelopeSealer
from distro_core.secrets.keys import KeyFile
from distro_core.secrets.providers import KeyProviders
from distro_core.settings import Settings
from distro_sdk.errors import DomainError, PluginError, SetupFailure
from distro_sdk.manifest import ConfigurationModel
from distro_sdk.migrations import ConfigurationMigration, DocumentMigration, Ladder, PluginMigration, ladder_of
from distro_sdk.models.base import Model
from distro_sdk.models.catalogue import Release
from distro_sdk.models.events import PluginEnablementChanged
from distro_sdk.plugin import Plugin, PluginContext
from tests.plugins.conftest import PluginsOf
from tests.plugins.sample_plugins import installed, manifest

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a token that version 1 kept in the clear"
RELEASE = Release(id="r1", title="Night Drive")


class Nest(Model):
    """Version 1: one tree, and a key that anybody can read."""

    tree: str = "oak"
    key: str = ""


class Nests(Model):
    """Version 2: several trees, and the key sealed."""

    trees: tuple[str, ...] = ()
    key: SecretStr | None = None


class Keeper(Plugin):
    """Version 1. Remembers what it was handed."""

    id: ClassVar[str] = "keeper"
    configuration: ClassVar[type[BaseModel] | None] = Nest

    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings)
        self.handed: list[Mapping[str, Any]] = []
        self.pages: list[Mapping[str, Any]] = []

    async def before_release(self, context: PluginContext, release: Release) -> Release:
        self.handed.append(context.configuration)
        self.pages = [page.content for page in await context.collection("pages").list()]
        return release

    async def on_event(self, context: PluginContext, event: Any) -> None:
        self.handed.append(context.configuration)


def _several(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    if configuration["tree"] == "stone":
        raise ValueError("stone is no tree")
    return {"trees": [configuration["tree"]], "key": configuration["key"] or None}


def _counted(key: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"eggs": {"count": int(content["eggs"]), "of": key}}


class KeeperTwo(Keeper):
    """Version 2."""

    configuration: ClassVar[type[BaseModel] | None] = Nests

    def register_migrations(self) -> Sequence[PluginMigration]:
        return (DocumentMigration(2, "pages", _counted), ConfigurationMigration(2, _several))


class KeeperThree(KeeperTwo):
    """Version 3, which counts nests, too."""

    def register_migrations(self) -> Sequence[PluginMigration]:
        def sort(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
            return {**configuration, "trees": [*configuration["trees"], "elm"]}

        return (ConfigurationMigration(3, sort), *super().register_migrations())


def release_of(plugin: type[Keeper], version: int, *, patch: int = 0) -> FoundPlugin:
    """A release of the plugin."""
    model = ConfigurationModel(model=f"keeper:{plugin.configuration.__name__}", version=version)  # type: ignore[union-attr]
    found = installed(plugin, configuration=model, documents_version=min(version, 2))
    assert found.manifest is not None
    return FoundPlugin(
        **{
            **{name: getattr(found, name) for name in ("id", "distribution", "built_in", "import_class")},
            "manifest": found.manifest.model_copy(update={"version": f"{version}.0.{patch}"}),
        }
    )


class Running:
    """A platform with one release of the plugin."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.plugins_of = PluginsOf(platform)

    async def work(self, tenant: TenantDocument) -> Keeper:
        """Let the hooks of a tenant run, and look at who was called."""
        await (await self.platform.scope(tenant.id, SYSTEM_ACTOR)).plugins.before_release(RELEASE)
        plugin = self.platform.runtimes.current.loaded["keeper"].plugin
        assert isinstance(plugin, Keeper)
        return plugin

    async def hear(self, tenant: TenantDocument) -> bool:
        event = PluginEnablementChanged(
            id="e1", tenant_id=tenant.id, at=self.platform.clock.now(), plugin_id="sftp", enabled=True
        )
        return await (await self.platform.scope(tenant.id, SYSTEM_ACTOR)).plugins.on_event(event)

    async def refusal(self, tenant: TenantDocument) -> DomainError:
        with pytest.raises(DomainError) as caught:
            await self.work(tenant)
        return caught.value

    async def state(self, tenant: TenantDocument) -> PluginState:
        return await (await self.plugins_of(tenant.id)).get("keeper")

    async def stored(self, tenant: TenantDocument) -> TenantDocument:
        return await self.platform.control.collection(TenantDocument).get(tenant.id)

    async def documents(self, tenant: TenantDocument) -> list[dict[str, Any]]:
        store = self.platform.control.tenant(tenant.id, tenant.key)
        found: list[dict[str, Any]] = await store.database["p_keeper_pages"].find({}).sort([("_id", 1)]).to_list(None)
        return found


Run = Callable[..., Any]


@pytest.fixture
def running(platform: Platform, settings: Settings) -> Run:
    @asynccontextmanager
    async def run(plugin: type[Keeper], version: int, *, patch: int = 0) -> AsyncIterator[Running]:
        found = (release_of(plugin, version, patch=patch),)
        async with open_platform(settings, find=lambda: found) as opened:
            yield Running(opened)

    return run


EGGS = {"a": "3", "b": "5", "c": "8"}


async def begin(running: Run, *tenants: TenantDocument, tree: str = "beech") -> None:
    """Some tenants have version 1, configured, with documents."""
    async with running(Keeper, 1) as first:
        for tenant in tenants:
            service = await first.plugins_of(tenant.id)
            await service.enable("keeper")
            await service.configure("keeper", {"tree": tree, "key": TOKEN})
            pages = open_collection(first.platform.control.tenant(tenant.id, tenant.key), "keeper", "pages")
            for key, eggs in EGGS.items():
                await pages.put(key, {"eggs": eggs})
            await first.work(tenant)
            assert (await first.stored(tenant)).plugin_versions == {}


@pytest.mark.hook("register_migrations")
async def test_a_newer_version_finds_everything_in_its_own_form(
    running: Run, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    await begin(running, tenant_a, tenant_b)

    async with running(KeeperTwo, 2) as second:
        plugin = await second.work(tenant_a)

        assert plugin.handed == [{"trees": ["beech"], "key": SecretStr(TOKEN)}]
        assert plugin.pages[0] == {"eggs": {"count": 3, "of": "a"}}
        stored = await second.stored(tenant_a)
        assert stored.plugin_configuration["keeper"] == {"trees": ["beech"]}
        assert list(stored.plugin_secrets["keeper"]) == ["key"]
        assert stored.plugin_versions["keeper"] == PluginVersions(configuration=2, documents=2)
        assert [(page["version"], page["revision"]) for page in await second.documents(tenant_a)] == [(2, 1)] * 3
        assert (await second.state(tenant_a)).status is PluginStatus.ENABLED
        # Nobody has worked for the other tenant yet.
        assert (await second.stored(tenant_b)).plugin_configuration["keeper"]["tree"] == "beech"
        assert [page.get("version") for page in await second.documents(tenant_b)] == [None] * 3


async def test_steps_are_taken_one_after_the_other(running: Run, tenant_a: TenantDocument) -> None:
    await begin(running, tenant_a)

    async with running(KeeperThree, 3) as third:
        assert (await third.work(tenant_a)).handed == [{"trees": ["beech", "elm"], "key": SecretStr(TOKEN)}]
        assert (await third.stored(tenant_a)).plugin_versions["keeper"] == PluginVersions(configuration=3, documents=2)


async def test_who_begins_with_the_newest_version_has_nothing_to_bring_over(
    running: Run, tenant_a: TenantDocument
) -> None:
    async with running(KeeperTwo, 2) as second:
        service = await second.plugins_of(tenant_a.id)
        await service.enable("keeper")
        await service.configure("keeper", {"trees": ["ash"]})

        assert (await second.work(tenant_a)).handed == [{"trees": ["ash"]}]
        assert (await second.stored(tenant_a)).plugin_versions["keeper"] == PluginVersions(configuration=2, documents=2)


async def test_a_step_that_fails_leaves_everything_as_it_was_and_the_plugin_says_so(
    running: Run, tenant_a: TenantDocument, tenant_b: TenantDocument
) -> None:
    await begin(running, tenant_a, tree="stone")
    await begin(running, tenant_b)

    async with running(KeeperTwo, 2) as second:
        refused = await second.refusal(tenant_a)

        assert refused.code == "PLUGIN_MIGRATION_FAILED"
        assert refused.message.endswith("configuration to version 2: ValueError: stone is no tree")
        stored = await second.stored(tenant_a)
        assert stored.plugin_configuration["keeper"] == {"tree": "stone", "key": TOKEN}
        assert [page.get("version") for page in await second.documents(tenant_a)] == [None] * 3
        state = await second.state(tenant_a)
        assert (state.status, state.failure) == (PluginStatus.FAILED, SetupFailure.MIGRATION)
        assert state.fault == refused.message
        # What only watches is passed over, and others are not concerned.
        assert await second.hear(tenant_a)
        assert len((await second.work(tenant_b)).handed) == 1
        # Configured anew, there is nothing left to bring over but documents.
        await (await second.plugins_of(tenant_a.id)).configure("keeper", {"trees": ["ash"]})
        assert (await second.work(tenant_a)).handed[-1] == {"trees": ["ash"]}
        assert (await second.state(tenant_a)).failure is None


async def test_what_failed_is_tried_again_by_a_newer_version_or_when_somebody_asks(
    running: Run, tenant_a: TenantDocument
) -> None:
    await begin(running, tenant_a)
    tried: list[int] = []

    class Stubborn(KeeperTwo):
        def register_migrations(self) -> Sequence[PluginMigration]:
            def refuse(key: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
                tried.append(1)
                raise DomainError("NO_EGGS", "these are no eggs")

            return (ConfigurationMigration(2, _several), DocumentMigration(2, "pages", refuse))

    async with running(Stubborn, 2) as second:
        for _ in range(3):
            assert "document a of pages to version 2: these are no eggs" in (await second.refusal(tenant_a)).message
        assert len(tried) == 1
        with pytest.raises(DomainError) as caught:
            await (await second.plugins_of(tenant_a.id)).enable("keeper")
        assert (caught.value.code, len(tried)) == ("PLUGIN_MIGRATION_FAILED", 2)

    async with running(KeeperTwo, 2, patch=1) as mended:
        assert (await mended.work(tenant_a)).pages[2] == {"eggs": {"count": 8, "of": "c"}}


class Killed(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("written", range(5))
async def test_a_process_that_dies_leaves_what_the_next_one_goes_on_with(
    running: Run, tenant_a: TenantDocument, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    """It dies after none, one, two or three documents, and before the note at the end."""
    await begin(running, tenant_a)
    monkeypatch.setattr(document_migrations, "PAGE", 2)
    left = written

    def die_in_time(real: Any) -> Any:
        async def write(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            return await real(*arguments, **options)

        return write

    async with running(KeeperTwo, 2) as dying:
        raw = dying.platform.control.collection(TenantDocument)
        store = dying.platform.control.tenant(tenant_a.id, tenant_a.key)
        kind = type(store.database["p_keeper_pages"])
        with monkeypatch.context() as patched:
            patched.setattr(kind, "update_one", _method(die_in_time, kind.update_one))
            patched.setattr(type(raw), "try_update", _method(die_in_time, type(raw).try_update))
            if written < len(EGGS) + 1:
                with pytest.raises(Killed):
                    await dying.platform.scope(tenant_a.id, SYSTEM_ACTOR)
            else:
                await dying.platform.scope(tenant_a.id, SYSTEM_ACTOR)
        assert ((await dying.stored(tenant_a)).plugin_versions == {}) is (written < len(EGGS) + 1)
        versions = [page.get("version", 1) for page in await dying.documents(tenant_a)]
        assert versions == sorted(versions, reverse=True)
        assert versions.count(2) == min(written, 3)

    async with running(KeeperTwo, 2) as second:
        plugin = await second.work(tenant_a)
        assert plugin.handed == [{"trees": ["beech"], "key": SecretStr(TOKEN)}]
        assert plugin.pages == [{"eggs": {"count": int(eggs), "of": key}} for key, eggs in EGGS.items()]


def _method(wrap: Any, real: Any) -> Any:
    def bound(self: Any, *arguments: Any, **options: Any) -> Any:
        return wrap(real)(self, *arguments, **options)

    return bound


@pytest.mark.parametrize("call", [2, 5])
async def test_after_kill_9_nothing_is_in_between(
    running: Run, settings: Settings, services: ServiceUrls, tenant_a: TenantDocument, call: int
) -> None:
    """It dies while everything is only tried, and when one of three documents is stored."""
    await begin(running, tenant_a)
    given = {
        "data_dir": settings.data_path,
        "mongo_url": services.mongo_url,
        "redis_url": services.redis_url,
        "development": "true",
    }
    environment = {**os.environ, **{f"DISTRO_{name.upper()}": str(value) for name, value in given.items()}}

    command = [sys.executable, "-m", "tests.plugins.migrating_process", tenant_a.id, str(call)]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL

    async with running(KeeperTwo, 2) as second:
        assert (await second.stored(tenant_a)).plugin_versions == {}
        assert (await second.stored(tenant_a)).plugin_configuration["keeper"] == {"tree": "beech", "key": TOKEN}
        versions = [page.get("version", 1) for page in await second.documents(tenant_a)]
        assert versions == ([1, 1, 1] if call == 2 else [2, 1, 1])
        plugin = await second.work(tenant_a)
        assert plugin.handed == [{"trees": ["beech"], "key": SecretStr(TOKEN)}]
        assert plugin.pages == [{"eggs": {"count": int(eggs), "of": key}} for key, eggs in EGGS.items()]


async def test_two_processes_at_once_come_to_the_same_end(running: Run, tenant_a: TenantDocument) -> None:
    await begin(running, tenant_a)

    async with running(KeeperTwo, 2) as second:
        platform = second.platform
        loaded = (await platform.runtimes.load({"keeper"})).loaded["keeper"]
        processes = [Upkeep(platform.control, platform.sealer, 30.0) for _ in range(4)]
        ends = await asyncio.gather(*(process.bring_up(tenant_a, loaded) for process in processes))

        assert {end.plugin_versions["keeper"] for end in ends} == {PluginVersions(configuration=2, documents=2)}
        assert (await second.work(tenant_a)).handed == [{"trees": ["beech"], "key": SecretStr(TOKEN)}]
        assert [page["revision"] for page in await second.documents(tenant_a)] == [1, 1, 1]


async def test_an_earlier_version_touches_nothing_that_a_later_one_has_written(
    running: Run, tenant_a: TenantDocument
) -> None:
    await begin(running, tenant_a)
    async with running(KeeperTwo, 2) as second:
        await second.work(tenant_a)
        before = (await second.stored(tenant_a), await second.documents(tenant_a))

    async with running(Keeper, 1) as first:
        assert (await first.refusal(tenant_a)).code == "PLUGIN_DOWNGRADE_REFUSED"
        state = await first.state(tenant_a)
        assert (state.status, state.failure) == (PluginStatus.FAILED, SetupFailure.DOWNGRADE)
        service = await first.plugins_of(tenant_a.id)
        pages = open_collection(first.platform.control.tenant(tenant_a.id, tenant_a.key), "keeper", "pages")
        for attempt in (
            service.enable("keeper"),
            service.configure("keeper", {"tree": "ash"}),
            pages.get("a"),
            pages.put("a", {"eggs": "1"}),
            pages.put("a", {"eggs": "1"}, revision=1),
        ):
            with pytest.raises(DomainError) as caught:
                await attempt
            assert caught.value.code == "PLUGIN_DOWNGRADE_REFUSED"
        # An event waits for a process that has the later version.
        assert not await first.hear(tenant_a)
        assert (await first.stored(tenant_a), await first.documents(tenant_a)) == before


async def test_what_a_process_of_the_earlier_version_still_writes_is_read_in_the_new_form(
    running: Run, tenant_a: TenantDocument
) -> None:
    await begin(running, tenant_a)
    async with running(KeeperTwo, 2) as second:
        await second.work(tenant_a)
        store = second.platform.control.tenant(tenant_a.id, tenant_a.key)

        await open_collection(store, "keeper", "pages").put("d", {"eggs": "13"})

        assert (await second.work(tenant_a)).pages[3] == {"eggs": {"count": 13, "of": "d"}}


async def test_no_fault_of_a_step_tells_a_secret(running: Run, tenant_a: TenantDocument) -> None:
    class Betraying(KeeperThree):
        def register_migrations(self) -> Sequence[PluginMigration]:
            def betray(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
                raise ValueError(f"no use for {configuration['key'].get_secret_value()}")

            return (*KeeperTwo().register_migrations(), ConfigurationMigration(3, betray))

    async with running(KeeperTwo, 2) as second:
        service = await second.plugins_of(tenant_a.id)
        await service.enable("keeper")
        await service.configure("keeper", {"trees": ["ash"], "key": TOKEN})

    async with running(Betraying, 3) as third:
        assert (await third.refusal(tenant_a)).message.endswith("ValueError: no use for **********")
        assert (await third.state(tenant_a)).fault == (await third.refusal(tenant_a)).message


async def test_while_secrets_cannot_be_opened_nothing_is_decided(
    running: Run, tenant_a: TenantDocument, tmp_path: Path
) -> None:
    async with running(KeeperTwo, 2) as second:
        service = await second.plugins_of(tenant_a.id)
        await service.enable("keeper")
        await service.configure("keeper", {"trees": ["ash"], "key": TOKEN})

    async with running(KeeperThree, 3) as third:
        lost = EnvelopeSealer(third.platform.control, KeyProviders(KeyFile(tmp_path / "another.json")))
        closed = Running(replace(third.platform, upkeep=Upkeep(third.platform.control, lost, 30.0)))
        before = await third.stored(tenant_a)

        assert (await closed.refusal(tenant_a)).code == "PLUGIN_MIGRATION_DUE"
        assert not await closed.hear(tenant_a)
        assert await third.stored(tenant_a) == before
        assert (await third.work(tenant_a)).handed == [{"trees": ["ash", "elm"], "key": SecretStr(TOKEN)}]


def _kept(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    return configuration


def _kept_document(key: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    return content


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((), "version 3 of its configuration, its migrations lead to: none"),
        ((ConfigurationMigration(3, _kept),), "its migrations lead to: 3"),
        ((ConfigurationMigration(2, _kept), ConfigurationMigration(2, _kept)), "its migrations lead to: 2, 2"),
        (
            (ConfigurationMigration(2, _kept), ConfigurationMigration(3, _kept)),
            "version 2 of its documents, its migrations lead to: none",
        ),
        (
            (
                ConfigurationMigration(2, _kept),
                ConfigurationMigration(3, _kept),
                DocumentMigration(2, "pages", _kept_document),
                DocumentMigration(2, "pages", _kept_document),
            ),
            "two of its migrations lead the documents of one collection to one version",
        ),
        ((2,), "int is no migration"),
        (None, "register_migrations failed: TypeError"),
    ],
)
def test_a_plugin_whose_steps_do_not_lead_to_its_versions_is_refused(steps: Any, reason: str) -> None:
    told = manifest("keeper", configuration=ConfigurationModel(model="keeper:Nest", version=3), documents_version=2)
    plugin = type("Odd", (Keeper,), {"register_migrations": lambda self: steps})()

    with pytest.raises(PluginError) as caught:
        ladder_of(told, plugin)

    assert reason in caught.value.message


def test_an_author_tries_steps_without_a_platform() -> None:
    ladder = Ladder(2, 2, KeeperTwo().register_migrations())

    assert ladder.migrate_configuration({"tree": "oak", "key": ""}, 1) == {"trees": ["oak"], "key": None}
    assert ladder.migrate_configuration({"trees": []}, 2) == {"trees": []}
    assert ladder.migrate_document("pages", "a", {"eggs": "3"}, 1) == {"eggs": {"count": 3, "of": "a"}}
    assert ladder.migrate_document("notes", "a", {"eggs": "3"}, 1) == {"eggs": "3"}
    with pytest.raises(DomainError) as caught:
        Ladder(2, 1, (ConfigurationMigration(2, lambda given: [given]),)).migrate_configuration({}, 1)  # type: ignore[arg-type, return-value]
    assert caught.value.code == "PLUGIN_MIGRATION_FAILED"
