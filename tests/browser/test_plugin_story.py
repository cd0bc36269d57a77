"""The life of a plugin from the admin page: published by a stranger, installed, configured, used and gone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from distro_core.identity.documents import TenantDocument
from distro_core.scope import SYSTEM_ACTOR
from distro_core.settings import Settings
from tests.api.conftest import serve_api
from tests.browser.conftest import hire
from tests.browser.plugins import uninstall_with_its_data
from tests.browser.stranger import Signed, Stranger
from tests.browser.visitor import Visitor
from tests.delivery.dsp import receiver_at
from tests.delivery.label import Label
from tests.delivery.workers import worker
from tests.marketplace.market import Market
from tests.marketplace.shops import Shop, empty_shop, open_shop
from tests.publishing.conftest import OURS

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def shop(settings: Settings, browser: Browser, tmp_path: Path) -> AsyncIterator[Shop]:
    """A platform that reads no registry but its own. The folder of the night box is what a DSP gives its users."""
    set_by_operator = {**settings.plugins, "night-box": {"folder": str(tmp_path / "dsp" / "users")}}
    market = Market(tmp_path, now=datetime.now(UTC))
    async with open_shop(settings, market, registries=(), plugins=set_by_operator) as opened, worker(opened.platform):
        yield opened
        await empty_shop(opened)
        for document in OURS:
            await opened.platform.control.collection(document).raw.delete_many({})


@pytest.fixture
async def address(shop: Shop) -> AsyncIterator[str]:
    """The address of an API of that platform."""
    async with serve_api(shop.platform, development=False) as url:
        yield url


@pytest.fixture
def tenants(tenant_a: TenantDocument, tenant_b: TenantDocument) -> tuple[TenantDocument, TenantDocument]:
    """Ada's label, and Stella's."""
    return tenant_a, tenant_b


async def register(stella: Visitor, stranger: Stranger) -> None:
    """Become a developer with a public key; a private one is not even sent."""
    page = stella.page
    await stella.open("/developer", "Developer portal")
    await stella.button("Become a developer").click()
    for name, value in {"ID": "night-owls", "Name": "Night Owls", "Support": "owls@example.com"}.items():
        await page.get_by_label(name, exact=True).fill(value)
    key = page.get_by_label("Public key")
    await key.fill(stranger.key.read_text())
    await stella.button("Register").click()
    await expect(page.get_by_text("This is the private key")).to_be_visible()
    await key.fill(stranger.printed_key)
    await stella.button("Register").click()
    await expect(page.get_by_role("heading", name="Night Owls")).to_be_visible()


async def submit(stella: Visitor, signed: Signed) -> list[str]:
    """Hand a version in; its automatic checks are done when its page appears."""
    page = stella.page
    await stella.open("/developer", "Developer portal")
    await stella.button("Submit a version").click()
    await page.get_by_label("Wheel").set_input_files(signed.wheel)
    await page.get_by_label("Signature").set_input_files(signed.signature)
    for label, file in (("Wheel", signed.wheel), ("Signature", signed.signature)):
        await expect(page.get_by_label(label)).to_have_accessible_description(re.compile(re.escape(file.name)))
    await page.get_by_label("Keywords (optional)").fill("owls, folders")
    wrong = await stella.glance("submission-dialog")
    await stella.button("Submit").click()
    await stella.sees_heading("Night box 0.1.0")
    return wrong


async def change_keys(stella: Visitor, stranger: Stranger) -> list[str]:
    """A second key, whose id must be its own, and the end of it: what it signs counts no more."""
    page, keys = stella.page, stella.card("Night Owls")
    await stella.button("Add a key…").click()
    pasted = page.get_by_label("Public key")
    await pasted.fill(stranger.printed_key)
    await stella.button("Add key").click()
    await expect(page.get_by_text("two keys have one id")).to_be_visible()
    await pasted.fill(stranger.next_key())
    wrong = await stella.glance("signing-key")
    await stella.button("Add key").click()
    await expect(page.get_by_text("The key night-owls-2027 counts")).to_be_visible()
    await keys.get_by_role("button", name="Revoke… night-owls-2027").click()
    wrong += await stella.glance("signing-key-revoked")
    await stella.button("Revoke key").click()
    await expect(page.get_by_text("The key night-owls-2027 is revoked")).to_be_visible()
    await expect(keys.get_by_role("listitem").filter(has_text="2027")).to_contain_text("Revoked")
    await expect(keys.get_by_role("listitem").filter(has_text="2026")).to_contain_text("Revoke…")
    return wrong


async def review(ada: Visitor) -> None:
    """Find what waits for its review, and begin."""
    page = ada.page
    await ada.open("/developer", "Developer portal")
    await page.get_by_role("row").filter(has_text="Submitted").get_by_role("link", name="night-box 0.1.0").click()
    await ada.sees_heading("Night box 0.1.0")
    await ada.button("Begin review").click()
    await expect(page.locator(".page-header .badge")).to_have_text("In review")


async def publish(stella: Visitor, ada: Visitor, stranger: Stranger) -> list[str]:
    """From a developer's account to the marketplace, by way of two refusals."""
    page = stella.page
    await register(stella, stranger)

    # What somebody else has signed does not get past the automatic checks.
    wrong = await submit(stella, stranger.pack("forged", stranger.other_key()))
    checks = stella.card("Automatic checks")
    await expect(checks.locator(".badge")).to_have_text("Failed")
    await expect(checks).to_contain_text("PLUGIN_SIGNATURE_INVALID")
    wrong += await stella.glance("submission-failed")

    # What a reviewer rejects comes back with the reasons.
    signed = stranger.pack("dist")
    wrong += await submit(stella, signed)
    await expect(checks.locator(".badge")).to_have_text("Passed")
    await review(ada)
    await ada.button("Reject…").click()
    await ada.page.get_by_label("Reasons").fill("The description says nothing.\nName a support address.")
    await ada.button("Reject").click()
    await expect(ada.page.locator(".page-header .badge")).to_have_text("Rejected")
    await page.reload()
    await expect(page.locator(".notice.bad")).to_contain_text("Name a support address.")
    wrong += await stella.look("submission")

    # What is approved is listed.
    wrong += await submit(stella, signed)
    await review(ada)
    await ada.button("Approve").click()
    await expect(ada.page.locator(".page-header .badge")).to_have_text("Listed")
    await page.reload()
    await expect(page.get_by_role("link", name="In the marketplace")).to_be_visible()
    await stella.open("/developer", "Developer portal")
    wrong += await change_keys(stella, stranger)
    return wrong + await stella.look("developer-portal")


async def install_with_the_keyboard(ada: Visitor) -> list[str]:
    """Found in the marketplace and installed while one watches, without a mouse."""
    page, press = ada.page, ada.page.keyboard.press
    await ada.open("/marketplace", "Marketplace")
    wrong = await ada.look("marketplace")
    await ada.tab_to(page.get_by_label("Search"))
    await page.keyboard.type("owls")
    await ada.tab_to(page.get_by_role("link", name="Night box"))
    await press("Enter")
    await ada.sees_heading("Night box")
    await ada.tab_to(ada.button("Install…"))
    await press("Enter")
    await ada.tab_to(ada.button("Install"))
    await press("Enter")
    await expect(page.get_by_text("It is installed in version 0.1.0.")).to_be_visible(timeout=60_000)
    await expect(page.get_by_text("steps were made")).to_be_visible()
    wrong += await ada.glance("installed-dialog")
    await ada.tab_to(page.get_by_role("link", name="Open it"))
    await press("Enter")
    await ada.sees_heading("Night box")
    return wrong


async def configure(ada: Visitor) -> list[str]:
    """Switched on and configured: what is wrong stands at its field, a secret is told to nobody."""
    page = ada.page
    await ada.button("Switch on").click()
    await expect(page.get_by_text("The plugin is on")).to_be_visible()
    form = ada.card("Configuration")
    await form.get_by_label("Greeting").fill(HOSTILE)
    await form.get_by_label("Day").select_option("Weekend")
    await form.get_by_label("Notes").fill("51")
    await form.get_by_label("Closes").fill("25")
    await form.get_by_role("button", name="Add").click()
    await form.get_by_label("Token (optional)").fill("hush")
    wrongs = [form.get_by_label(name) for name in ("Notes", "Closes", "Name")]
    await ada.button("Save").click()
    for field in wrongs:
        await expect(field).to_have_attribute("aria-invalid", "true")
    wrong = await ada.glance("configuration-faults")
    for field, value in zip(wrongs, ("10", "22", "Ola"), strict=True):
        await field.fill(value)
    await form.get_by_role("group", name="People, 1").get_by_label("Weekday").check()
    await ada.button("Save").click()
    await expect(page.get_by_text("The configuration is saved")).to_be_visible()

    # The secret stays when it is left empty, goes when it is removed, and is never shown.
    token = form.get_by_label("Token (optional)")
    await page.reload()
    await expect(form.get_by_text("Set", exact=True)).to_be_visible()
    await expect(token).to_have_value("")
    await ada.button("Save").click()
    await expect(form.get_by_text("Set", exact=True)).to_be_visible()
    await form.get_by_role("button", name="Remove Token (optional)").click()
    await expect(token).to_be_disabled()
    await ada.button("Save").click()
    await expect(form.get_by_text("Will be removed")).to_have_count(0)
    await expect(form.get_by_text("Set", exact=True)).to_have_count(0)
    assert await form.get_by_label("Name").input_value() == "Ola"
    assert await form.get_by_role("group", name="People, 1").get_by_label("Weekday").is_checked()
    return wrong + await ada.look("configured-plugin")


async def take_a_note(ada: Visitor) -> None:
    """A form of the plugin: what its mutation refuses stands at the field, what it takes in its table."""
    form, taken = ada.card("New note"), ada.card("Notes")
    await expect(taken).to_contain_text("Nothing here yet.")
    await form.get_by_label("Text").fill("x" * 41)
    await form.get_by_role("button", name="Send").click()
    await expect(form.get_by_label("Text")).to_have_attribute("aria-invalid", "true")
    await form.get_by_label("Text").fill("Ring twice")
    await form.get_by_label("Day").select_option("WEEKEND")
    await form.get_by_role("button", name="Send").click()
    await expect(taken.get_by_role("cell", name="Ring twice (weekend)")).to_be_visible()
    await expect(form.get_by_label("Text")).to_have_value("")


async def deliver(ada: Visitor, dsp: Path) -> list[str]:
    """Used: a release travels by it, is followed live, and the DSP answers when it opens. What slots say stays text."""
    page = ada.page
    await ada.open("/targets", "Targets")
    await page.get_by_role("link", name="Night shop").click()
    await expect(ada.card("Free gifts")).to_contain_text("userCreate is no mutation of its plugin")
    await page.get_by_role("link", name="Releases", exact=True).click()
    await page.get_by_role("link", name="Night Drive").click()
    await expect(ada.card("In the box").get_by_role("row")).to_have_count(3)
    wrong = await ada.glance("release-with-slot")
    await ada.button("Deliver…").click()
    await page.get_by_label("Target").select_option("Night shop (ERN 4.3, Night box)")
    await ada.button("Deliver").click()
    await expect(page.locator(".badge.big")).to_have_text("Processing by platform", timeout=60_000)
    async with receiver_at(dsp):
        await expect(page.locator(".badge.big")).to_have_text("Live", timeout=60_000)
    log = page.get_by_role("log")
    for line in ("An attempt begins", "Delivery started", "receipt"):
        await expect(log).to_contain_text(line, ignore_case=True)
    await expect(page.get_by_text("The platform answered")).to_be_visible()
    await page.reload()
    notes = ada.card("<b>Notes</b>")
    await expect(notes.get_by_role("cell", name=f"{HOSTILE}: live")).to_be_visible()
    await expect(notes.get_by_role("cell", name="No", exact=True).first).to_be_visible()
    return wrong + await ada.glance("delivery-with-slot")


@pytest.mark.proves("MKT-07", "MKT-08", "PLG-13")
async def test_a_strangers_plugin_is_published_installed_configured_used_and_uninstalled(
    visitor: Visitor,
    other_visitor: Visitor,
    shop: Shop,
    tenants: tuple[TenantDocument, TenantDocument],
    tmp_path: Path,
) -> None:
    platform, (tenant_a, tenant_b) = shop.platform, tenants
    stranger = Stranger(tmp_path / "work")
    stranger.write()
    label = Label(await platform.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path)
    await label.release(title="Night Drive")
    await visitor.sign_in(await hire(platform, tenant_a, "Ada Admin", operator=True))
    await other_visitor.sign_in(await hire(platform, tenant_b, "Stella Stranger"), "Stella Stranger")

    wrong = await publish(other_visitor, visitor, stranger)
    wrong += await install_with_the_keyboard(visitor)
    wrong += await configure(visitor)
    await take_a_note(visitor)
    label = Label(await platform.scope(tenant_a.id, SYSTEM_ACTOR), tmp_path)
    chosen = {"transport": "night-box", "settings": {"directory": "label"}, "acknowledges": True}
    await label.target(name="Night shop", **chosen)
    wrong += await deliver(visitor, tmp_path / "dsp")
    wrong += await uninstall_with_its_data(visitor, "night-box", "Night box")

    assert wrong == []
    names = await platform.control.tenant(tenant_a.id, tenant_a.key).database.list_collection_names()
    assert [name for name in names if re.match("p_night", name)] == []
    stored = await platform.control.collection(TenantDocument).get(tenant_a.id)
    assert "night-box" not in {*stored.enabled_plugins, *stored.plugin_configuration}
