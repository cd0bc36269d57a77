"""The plugins of docs/plugin-development.md on the admin page: installed, licensed, used in a delivery, and gone."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from pydantic import TypeAdapter

from distro_core.identity.documents import TenantDocument
from distro_core.marketplace.registry.settings import RegistrySetting
from distro_core.platform import Platform
from distro_core.plugins.discovery import FoundPlugin
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from distro_core.store.collection import Change
from distro_sdk.plugin import Plugin
from distro_sdk.xml import parse_message
from tests.api.conftest import serve_api
from tests.browser.conftest import hire
from tests.browser.plugins import REQUIRED, enter_license, install, refused_to_install, uninstall_with_its_data
from tests.browser.visitor import Visitor
from tests.delivery.label import RECIPIENT, SENDER, Label
from tests.delivery.workers import worker
from tests.marketplace.market import Market
from tests.marketplace.shops import Shop, empty_shop, open_shop
from tests.plugins.author import author_folder, blocks, exported, type_in
from tests.plugins.sample_plugins import Carrier, Witness, installed, manifest

__all__ = ["author_folder"]

pytestmark = pytest.mark.slow

PLUGINS = {"night-box": "Night box", "night-genres": "Night genres", "night-licences": "Night licences"}
SELLING, PUBLISHING, ISSUING = blocks("If you sell one")
OPERATING = blocks("On a platform")[1]


def damaged() -> Any:
    """What importing it comes to."""
    raise ImportError("No module named 'loudness_meter'")


def other(plugin: type[Plugin], name: str, **told: Any) -> FoundPlugin:
    """A plugin of somebody else, which the environment has. `told`: by its manifest."""
    found = installed(plugin, imports=damaged)
    said = manifest(plugin.id).model_copy(update={"name": name, "publisher": "Sound Works", **told})
    return replace(found, manifest=said)


TROUBLED = (
    other(Carrier, "Loudness report", description="Measures what is delivered."),
    other(Witness, "Stem splitter", description="Splits tracks into stems.", requires={"stem-models": ">=2"}),
)
"""The first cannot be imported; what the second needs is not there."""


@pytest.fixture
def folder(author_folder: Path, tmp_path: Path) -> Path:
    """The folder of the author, who made three plugins with the SDK alone."""
    shutil.copytree(author_folder, tmp_path / "author")
    return tmp_path / "author"


@pytest.fixture
async def shop(
    settings: Settings, browser: Browser, folder: Path, platform: Platform, tenant_a: TenantDocument
) -> AsyncIterator[Shop]:
    """A platform that reads the author's registry, which lists the night box as a paid plugin."""
    tenants, damaged_since = platform.control.collection(TenantDocument), Change(set={"enabled_plugins": ("carrier",)})
    await tenants.update(tenant_a.id, damaged_since, revision=tenant_a.revision)
    printed = await asyncio.to_thread(type_in, folder, [SELLING, PUBLISHING, OPERATING])
    registries = TypeAdapter(tuple[RegistrySetting, ...]).validate_json(exported(printed, "DISTRO_REGISTRIES"))
    plugins = {**settings.plugins, **json.loads(exported(printed, "DISTRO_PLUGINS"))}
    async with open_shop(settings, Market(folder), beside=TROUBLED, registries=registries, plugins=plugins) as opened:
        async with worker(opened.platform):
            yield opened
        await empty_shop(opened)


@pytest.fixture
async def address(shop: Shop) -> AsyncIterator[str]:
    """The address of an API of that platform."""
    async with serve_api(shop.platform, development=False) as url:
        yield url


@pytest.fixture
def tenants(tenant_a: TenantDocument, tenant_b: TenantDocument) -> tuple[TenantDocument, TenantDocument]:
    """Ada's label, and another."""
    return tenant_a, tenant_b


async def issue(folder: Path, tenant_id: str) -> str:
    """A licence for the night box, as its author issues it."""
    printed = await asyncio.to_thread(type_in, folder, [ISSUING], ORGANISATION=tenant_id)
    return printed.partition("\n")[0]


async def install_all(ada: Visitor, folder: Path, own: str, other: str) -> list[str]:
    """Install what the author has listed; the verifier judges who may have the night box."""
    page = ada.page
    await ada.open("/marketplace", "Marketplace")
    await expect(page.get_by_role("link", name="Night ")).to_have_text(list(PLUGINS.values()))
    wrong = await ada.glance("authors-marketplace")

    # Who judges licences must be there first, and the page says so.
    await page.get_by_role("link", name="Night box").click()
    await ada.sees_heading("Night box")
    lacking = page.locator(".notice").filter(has_text="This platform cannot use it")
    await expect(lacking).to_contain_text("it needs plugin night-licences >=0.1, which is not installed")
    await expect(ada.button("Install…")).to_be_disabled()
    theirs, mine = await asyncio.gather(issue(folder, other), issue(folder, own))
    await enter_license(ada, mine)
    await expect(page.get_by_role("alert")).to_contain_text("no plugin that is loaded verifies licences")
    await ada.open("/marketplace/night-licences", "Night licences")
    await install(ada)

    # Without a licence it is not installed. The verifier refuses somebody else's in its own words, and takes ours.
    await ada.open("/marketplace/night-box", "Night box")
    wrong += await refused_to_install(ada)
    await enter_license(ada, theirs)
    await expect(page.get_by_role("alert")).to_contain_text("it is no licence for this plugin and this tenant")
    await page.get_by_text("What the publisher needs to know").click()
    await expect(page.get_by_text(own, exact=True)).to_be_visible()
    await enter_license(ada, mine)
    await expect(page.get_by_text("The licence is entered")).to_be_visible()
    wrong += await ada.look("authors-plugin")
    await install(ada)
    wrong += await ada.glance("authors-plugin-installed")
    await ada.open("/marketplace/night-genres", "Night genres")
    await install(ada)
    return wrong


async def deliver(ada: Visitor) -> list[str]:
    """Make a target that names what the plugins bring, and deliver a release to it."""
    page = ada.page
    await ada.open("/targets/new", "New target")
    await page.get_by_label("Platform (optional)").select_option("conformance-receiver")
    await page.get_by_label("Transport").select_option("Night box")
    await page.get_by_label("Genres").select_option("night-genres")
    for name, value in {
        "Name": "Night shop",
        "Sender’s name": SENDER.name,
        "Sender’s party ID": SENDER.dpid,
        "Recipient’s party ID": RECIPIENT.dpid,
        "Directory": "dsp",
    }.items():
        await page.get_by_label(name, exact=True).fill(value)
    await page.get_by_label("The platform answers").uncheck()
    wrong = await ada.look("authors-target")
    await ada.button("Create target").click()
    await ada.sees_heading("Night shop")
    await ask_to_deliver(ada)
    await ada.button("Deliver").click()
    await expect(page.locator(".badge.big")).to_have_text("Distributed", timeout=60_000)
    return wrong + await ada.look("authors-delivery")


async def ask_to_deliver(ada: Visitor) -> None:
    """Choose the target in the dialog of a release."""
    await ada.page.get_by_role("link", name="Releases", exact=True).click()
    await ada.page.get_by_role("link", name="Night Drive").click()
    await ada.button("Deliver…").click()
    await ada.page.get_by_label("Target").select_option("Night shop (ERN 4.3, Night box)")


async def give_the_licence_up(ada: Visitor) -> list[str]:
    """Without its licence the night box carries nothing; the first page says so, beside other plugins' problems."""
    page = ada.page
    await ada.open("/plugins/night-box", "Night box")
    await ada.button("Remove…").click()
    await ada.button("Remove licence").click()
    await expect(page.get_by_text("The licence is removed")).to_be_visible()
    await ada.open("/", "Hello, Ada Admin")
    problems = page.get_by_role("region", name="Plugins with problems").get_by_role("listitem")
    await expect(problems.filter(has_text="Night box")).to_contain_text(REQUIRED)
    await expect(problems.filter(has_text="Night box")).to_contain_text("Enter a licence on its page")
    await expect(problems.filter(has_text="Loudness report")).to_contain_text("No module named 'loudness_meter'")
    await expect(problems.filter(has_text="Loudness report")).to_contain_text("Tell its publisher")
    wrong = await ada.look("plugins-with-problems")
    await problems.get_by_role("link", name="Stem splitter").click()
    await expect(page.get_by_text("This plugin cannot be used")).to_be_visible()
    await expect(page.get_by_text("Plugin Stem splitter requirements not met")).to_be_visible()
    await expect(page.get_by_text("Install or upgrade what it needs")).to_be_visible()
    wrong += await ada.look("plugin-with-a-problem")
    await ask_to_deliver(ada)
    await expect(page.get_by_role("dialog")).to_contain_text("there is no transport night-box")
    return wrong + await ada.glance("delivery-without-a-licence")


@pytest.mark.proves("SDK-01", "LIC-01")
async def test_an_authors_plugins_are_installed_licensed_used_and_uninstalled_on_the_page(
    visitor: Visitor, shop: Shop, folder: Path, tenants: tuple[TenantDocument, TenantDocument], tmp_path: Path
) -> None:
    platform, (tenant_a, tenant_b) = shop.platform, tenants
    label = Label(await platform.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path)
    await label.release(title="Night Drive")
    await visitor.sign_in(await hire(platform, tenant_a, "Ada Admin", operator=True))

    wrong = await install_all(visitor, folder, own=tenant_a.id, other=tenant_b.id)
    wrong += await deliver(visitor)
    outbox = folder / "outboxes" / "dsp"
    assert len(list(outbox.rglob("*.wav"))) == 2
    messages = [parse_message(path.read_bytes()).root for path in outbox.rglob("*.xml")]
    assert {genre.text for message in messages for genre in message.iterfind(".//{*}GenreText")} == {"Popular"}
    wrong += await give_the_licence_up(visitor)
    # What others require goes after them.
    for plugin, name in PLUGINS.items():
        wrong += await uninstall_with_its_data(visitor, plugin, name)

    assert wrong == []
    assert (await shop.installed(), shop.wheels()) == ({}, [])
    offered = (await platform.scope(tenant_a.id, SYSTEM_ACTOR)).plugins
    assert not PLUGINS.keys() & {*platform.runtimes.current.loaded, *offered.transports, *offered.genre_mappers}
    tenant = await platform.control.collection(TenantDocument).get(tenant_a.id)
    assert not PLUGINS.keys() & {*tenant.enabled_plugins, *tenant.disabled_plugins, *tenant.plugin_configuration}
